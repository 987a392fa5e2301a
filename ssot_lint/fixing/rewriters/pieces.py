"""Takes names out of a statement in pieces, puts names in, and makes it text again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.fixing.rewriters.order import place
from ssot_lint.fixing.rewriters.written import NEW_LINE, Alias, Written

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from ssot_lint.fixing.rewriters.imports import Layout


def readdressed(written: Written, module: str) -> Written:
    """Take a `from` statement to another module, and change nothing else."""
    before, between = written.before, written.between
    if not module.startswith(".") and before == "from":
        before = "from "
    if not module.endswith(".") and between.startswith("import"):
        between = f" {between}"
    return written._replace(before=before, module=module, module_text=module, between=between)


def without(written: Written, gone: Container[int], layout: Layout) -> Written:
    """Take names out with their comments; the others stay as they stand, and the end looks as it did."""
    kept: list[Alias] = []
    loose = ""
    lead: str | None = None
    for position, alias in enumerate(written.aliases):
        if position in gone:
            loose += alias.loose if "#" in alias.loose else ""
            if lead is None and (not kept or NEW_LINE.search(alias.lead)):
                lead = alias.lead
            continue
        if lead is None or (NEW_LINE.search(alias.lead) and (kept or written.bracket)):
            lead = alias.lead
        kept.append(alias._replace(loose=loose + alias.loose, lead=lead))
        loose, lead = "", None
    close = loose + written.close
    needs_line = bool(loose) or (bool(kept) and "#" in kept[-1].after)
    if needs_line and not written.flat and not NEW_LINE.search(written.close):
        close = f"{loose}{layout.newline}{layout.indent}{written.close}"
    return written._replace(aliases=_closed(kept, trailing=written.aliases[-1].comma), close=close)


def with_name(written: Written, new: Alias) -> Written:
    """Put a name in at its sorted place, in a line of its own where the others have one."""
    aliases = list(written.aliases)
    position = place([alias.name for alias in aliases], new.name)
    first = aliases[0]
    if written.flat:
        lead = " " if position else first.lead
        aliases[0] = first._replace(lead=first.lead if position else " ")
        aliases.insert(position, new._replace(lead=lead))
    else:
        above = "".join(f"{first.lead}{comment}" for comment in _above(new))
        aliases.insert(position, new._replace(lead=first.lead, above=above))
    return written._replace(aliases=_closed(aliases, trailing=written.aliases[-1].comma))


def rendered(written: Written, layout: Layout, suffix: str, *, wraps: bool, crowded: bool) -> str:
    """Return the text with the comment that follows it; what was one line is wrapped where it may not be one.

    `crowded` says that a comment may follow that is not known here.
    """
    text = written.text + suffix
    if not written.flat or not written.module or layout.one_line:
        return text
    commented = any(alias.has_comments for alias in written.aliases)
    if not commented and (not wraps or layout.fits(text)):
        return text
    only = written.aliases[0]
    if len(written.aliases) == 1 and not (only.above or written.bracket or suffix or crowded) and layout.fits(text):
        return text
    return _block(written, layout) + suffix


def _closed(aliases: Sequence[Alias], *, trailing: bool) -> tuple[Alias, ...]:
    """Put commas behind all names, and behind the last one where there was one."""
    commas = [True] * (len(aliases) - 1) + [trailing]
    pairs = zip(aliases, commas, strict=True)
    return tuple(alias if alias.comma == comma else alias._replace(comma=comma) for alias, comma in pairs)


def _block(written: Written, layout: Layout) -> str:
    """Put every name on a line of its own in brackets, as black does."""
    start = f"{layout.newline}{layout.indent}    "
    rows = []
    for alias in written.aliases:
        rows += [f"{start}{comment}" for comment in _above(alias)]
        local = f" as {alias.local}" if alias.local else ""
        rows.append(f"{start}{alias.name}{local},{alias.after}")
    return f"from {written.module} import ({''.join(rows)}{layout.newline}{layout.indent})"


def _above(alias: Alias) -> list[str]:
    return [line.strip() for line in alias.above.splitlines() if line.strip()]
