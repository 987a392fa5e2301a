"""The `moved-from` of a proposed concept: old addresses, and what else imports take it from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.reporters.neutral import one_line, toml_string
from ssot_lint.studies.wording import MOST_SHOWN, commented, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.studies.proposal import Proposal, Source

_NAMED: Final = 3


def moved_from(proposal: Proposal) -> Iterator[str]:
    """Yield the array with its evidence; what nobody but a person can decide is commented out."""
    name = proposal.concept.home_name
    roles: dict[str, list[Source]] = {"old": [], "definition": [], "facade": [], "tests": [], "gone": []}
    for source in proposal.sources:
        roles[source.role].append(source)
    optional = [*roles["facade"], *roles["tests"], *roles["gone"]]
    if roles["old"] or optional:
        mark = "" if roles["old"] else "# "
        yield ""
        yield from commented("Modules that must not serve it any more, with the imports that take it from there.")
        yield f"{mark}moved-from = ["
        yield from (f"    {_entry(source, name)}" for source in roles["old"])
        yield from (f"{mark}    {'' if mark else '# '}{_entry(source, name)}" for source in optional[:MOST_SHOWN])
        if len(optional) > MOST_SHOWN:
            yield f"    # ... and {len(optional) - MOST_SHOWN:,} more like these"
        yield f"{mark}]"
    for source in roles["definition"]:
        where = "defined" if source.module == proposal.target.module else "passed on to the home"
        yield from commented(f"Not listed, since it is {where} there: {source.module}, {_imported(source, name)}.")


def _entry(source: Source, home_name: str) -> str:
    note = "; ".join(filter(None, (source.note, _imported(source, home_name))))
    return f"{toml_string(source.module)},  # {one_line(note)}"


def _imported(source: Source, home_name: str) -> str:
    names = [name for name, _ in source.names]
    if names == [home_name]:
        return said(source.imports)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{said(source.imports)}, as {', '.join(names[:_NAMED])}{more}"
