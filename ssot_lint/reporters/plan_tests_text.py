"""The tests of a concept, as lists: who imports it, who patches it, who reaches it, and who departs on purpose."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ssot_lint.reporters.medium import FEW
from ssot_lint.reporters.summary import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.model.plan import ConceptTests, Reach, Reference
    from ssot_lint.reporters.medium import Medium


def tests_lines(tests: ConceptTests, medium: Medium) -> Iterator[str]:
    """Yield the tests of a concept, sort by sort."""
    yield from _referring("import it", tests.imports, medium)
    yield ""
    yield from _referring("patch it, or name it in a string", tests.patches, medium)
    for through, what in (("production", "production code"), ("tests", "modules of tests")):
        reached = [one for one in tests.reached if one.through == through]
        if reached:
            reach = "reach" if len(reached) > 1 else "reaches"
            yield f"\n{counted(len(reached), 'test file')} {reach} it only through {what} ({_depths(reached)}):\n"
            yield from medium.some([_reach_line(one, medium) for one in reached])
    if tests.legacy:
        yield f"\n{counted(len(tests.legacy), 'departure')} in tests on purpose:\n"
        yield from medium.some(
            [
                f"{medium.code(f'{one.path}:{one.line}')} {medium.code(one.rule)}: {medium.text(one.why)}"
                for one in tests.legacy
            ]
        )
    if not tests.reached:
        yield "\nNo other test file reaches it."


def _depths(reached: Sequence[Reach]) -> str:
    """Say how many imports lead there, and from how many files: the least depths one by one."""
    depths = sorted(Counter(one.depth for one in reached).items())
    said = [f"{number:,} at depth {depth}" for depth, number in depths[:FEW]]
    deeper = sum(number for _, number in depths[FEW:])
    return ", ".join([*said, f"{deeper:,} deeper, up to {depths[-1][0]}"] if deeper else said)


def _singular(what: str) -> str:
    """Return what one does, of what several do."""
    return what.replace("import it", "imports it").replace("patch it", "patches it").replace("name it", "names it")


def _referring(what: str, references: Sequence[Reference], medium: Medium) -> Iterator[str]:
    """Yield the addresses through which tests refer to a concept, each with its verdict, number and first places."""
    files = len({one.path for one in references})
    many = "No test file" if not files else counted(files, "test file")
    where = f", in {counted(len(references), 'place')}:\n" if files else "."
    yield f"{many} {what if files > 1 else _singular(what)}{where}"
    by_address: dict[tuple[str, str], list[Reference]] = {}
    for one in references:
        by_address.setdefault((one.address, one.verdict), []).append(one)
    ordered = sorted(by_address.items(), key=lambda item: (-len(item[1]), item[0]))
    yield from medium.some(
        [
            f"{len(found):,} x {medium.code(address)} ({medium.text(verdict)}): "
            + medium.few([f"{one.path}:{one.line}" for one in found])
            for (address, verdict), found in ordered
        ]
    )


def _reach_line(reach: Reach, medium: Medium) -> str:
    way = " -> ".join(map(medium.code, reach.way))
    return f"{medium.code(reach.path)}: {way if reach.depth > 1 else f'another name of {way}'}"
