"""One proposed concept as a `[[concept]]` table of a policy, with its evidence in comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.reporters.neutral import one_line, toml_string
from ssot_lint.studies.moved_text import moved_from
from ssot_lint.studies.wording import array, commented, listed, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.studies.proposal import Proposal


def concept_lines(proposal: Proposal, prefix: str = "") -> list[str]:
    """Return the table; `prefix` is what stands before its name, "tool.ssot-lint." in a pyproject.toml."""
    return [
        f"[[{prefix}concept]]",
        f"name = {toml_string(proposal.concept.name)}",
        *_home(proposal),
        *_aliases(proposal),
        *_companions(proposal),
        *_looks_like(proposal),
        *_rivals(proposal),
        *moved_from(proposal),
        "",
        *_more(proposal),
        f"# [[{prefix}concept.exception]]",
        '# path = "plugins/**"',
        '# rule = "noncanonical-import"',
        '# reason = "follows with the next release"',
        "# until = 2099-12-31",
    ]


def _home(proposal: Proposal) -> Iterator[str]:
    concept = proposal.concept
    elsewhere = sum(source.imports.total for source in proposal.sources if source.role != "gone")
    home = proposal.home_imports
    today = [f"{said(home)} from here"] if home.total else []
    today += [f"{elsewhere:,} from elsewhere"] if elsewhere else []
    yield ""
    yield from commented(f"To be imported from here. Today: {', '.join(today) or 'no import at all'}.")
    for name, number in proposal.odd_names_at_home:
        yield from commented(f"Mind: {said(number)} {'takes' if number.total == 1 else 'take'} it from here as {name}.")
    for remark in proposal.remarks:
        yield from commented(f"Mind: {remark}.")
    for address, number in proposal.other_homes[:1]:
        yield from commented(f"Mind: more imports use {address}: {said(number)}. Is that the home?")
    yield f"home = {toml_string(concept.home)}"
    if concept.definition:
        target = proposal.target
        yield from commented(
            f"The home passes it on; it is defined here: {target.path}:{target.line}, a {proposal.kind}."
        )
        yield f"definition = {toml_string(concept.definition)}"


def _aliases(proposal: Proposal) -> Iterator[str]:
    if proposal.concept.aliases:
        numbers = dict(proposal.at_home)
        yield from commented("Other names under which the home offers the same object.")
        yield "aliases = ["
        for name in proposal.concept.aliases:
            used = said(numbers[name]) if name in numbers else "no imports"
            yield f"    {toml_string(name)},  # {used}"
        yield "]"
    for one in proposal.others_at_home:
        yield from commented(f"Not an alias: {one.name} of the home is another object, {one.note}.")


def _companions(proposal: Proposal) -> Iterator[str]:
    if proposal.makers:
        yield from commented("Functions of the home that give it, to be imported from here as well.")
        yield "also = ["
        for one in proposal.makers:
            yield f"    {toml_string(one.name)},  # {one_line(f'{one.path}:{one.line}, {one.note}')}"
        yield "]"


def _looks_like(proposal: Proposal) -> Iterator[str]:
    if proposal.kind != "class":
        return
    number, declared = len(proposal.alike), bool(proposal.concept.looks_like)
    line = f"looks-like = {array([proposal.pattern])}"
    if not number and not declared:
        yield from commented("Names of classes that claim to be it; no other class is called so today.")
        yield f"# {line}"
        return
    there = [(number, "production"), (proposal.alike_in_tests, "tests")]
    where = ", ".join(f"{found:,} in {zone}" for found, zone in there if found)
    wide = "" if declared else " One word may be too little to go by, hence this is commented out."
    yield from commented(f"Names of classes that claim to be it. Others that are called so: {where}.{wide}")
    yield from listed(proposal.alike)
    yield line if declared else f"# {line}"
    if proposal.alike:
        yield from commented("Of these, the names that only contain the words:")
        yield f"# unlike = {array([proposal.alike[0].name])}"


def _rivals(proposal: Proposal) -> Iterator[str]:
    if proposal.rivals:
        yield ""
        yield from commented(
            "Other objects that bear one of its names. ssot-lint compares what they do, and reports what it finds:"
        )
        yield from listed(proposal.rivals)


def _more(proposal: Proposal) -> Iterator[str]:
    concept = proposal.concept
    yield from commented("More to say about it, where that holds:")
    if proposal.kind == "class":
        yield '# construct = "factory"     # factory, singleton, direct or any: how it is made'
        if proposal.makers:
            first = toml_string(f"{concept.home_module}:{proposal.makers[0].name}")
            yield f"# factory = [{first}]     # what makes it; other ways are findings"
        yield '# require-args = ["user"]     # parameters that no call of its class or factories may leave out'
        yield "# per-user = true     # no state is shared between its instances, and none of them is kept for all"
        yield f"# owners = {array([concept.home_module])}     # modules that may call the class itself"
    yield '# scope = ["**"]     # where it must be single; default: everywhere, but for other services'
    yield '# strings = "report"     # mock.patch("a.b.C") and the like: report, fix or ignore'
    yield '# severity = "warning"     # of all findings about it, in the place of each rule\'s own'
    yield from commented("A place where a rule does not apply to it:")
