"""A plan as Markdown: for a file, or as the text that a terminal shows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.reporters.neutral import markdown_code, markdown_link, markdown_text, one_line
from ssot_lint.reporters.summary import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ssot_lint.model.plan import ConceptTests, Cycle, Doer, Plan, Reach, Reference, Step, StepName, Touched, Work

AIMS: Final[dict[StepName, str]] = {
    "imports": "every import takes it from its home",
    "strings": "every string names its home, or the module that reads it",
    "events": "only the emitters emit the events, as the home's constants",
    "uses": "only the owners do it",
    "construction": "it is made in one way",
    "second implementations": "it is implemented once, under the names of its home",
    "policy": "the policy says what is so",
    "shims": "no old address is left, and no test that means one",
}
"""What is so when a step is done."""

_DOERS: Final[tuple[tuple[Doer, str], ...]] = (
    ("fix", "--fix does"),
    ("unsafe", "--unsafe-fixes would do, which --fix leaves"),
    ("person", "a person must decide"),
)
_FEW: Final = 3


class Medium(NamedTuple):
    """How text of the user's files, names of code, and links are written; and how much of a long list is."""

    text: Callable[[str], str]
    code: Callable[[str], str]
    link: Callable[[str], str]
    most: int

    def some(self, lines: Sequence[str], indent: str = "") -> list[str]:
        """Return the first of some lines of a list, and how many more there are."""
        shown = [f"{indent}- {line}" for line in lines[: self.most]]
        left = len(lines) - len(shown)
        return [*shown, f"{indent}- and {left:,} more"] if left else shown

    def few(self, texts: Sequence[str]) -> str:
        """Return the first of some names in a row, and how many more there are."""
        more = f" and {len(texts) - _FEW:,} more" if len(texts) > _FEW else ""
        return ", ".join(map(self.code, texts[:_FEW])) + more


def markdown(most: int) -> Medium:
    """Return the medium of a Markdown file."""
    return Medium(markdown_text, markdown_code, markdown_link, most)


def terminal(most: int) -> Medium:
    """Return the medium of a terminal, which shows characters as they are."""
    return Medium(one_line, lambda text: f"`{one_line(text)}`", one_line, most)


def plan_text(plan: Plan, medium: Medium) -> str:
    """Return the whole plan."""
    lines = [f"# Plan: {medium.text(plan.name)}", "", *_head(plan, medium)]
    for number, step in enumerate(plan.steps, 1):
        lines += ["", *_step(number, step, medium)]
    lines += ["", "## Tests of the concept", "", *tests_lines(plan.tests, medium)]
    return "\n".join(lines) + "\n"


def _head(plan: Plan, medium: Medium) -> Iterator[str]:
    if plan.home:
        yield f"- home: {medium.code(plan.home)}"
    if plan.definition:
        at = f" at {medium.code(plan.defined_at)}" if plan.defined_at else ""
        yield f"- definition: {medium.code(plan.definition)}{at}"
    if plan.score is not None:
        score = plan.score
        yield f"- score: {score.score:g} ({score.canonical:,} of {score.total:,} canonical)"
    if plan.issue:
        yield f"- issue: {medium.link(plan.issue)}"
    stated = (("priority", plan.priority), ("impact", plan.impact))
    yield from (f"- {key}: {medium.text(said)}" for key, said in stated if said)
    yield f"- left: {counted(len(plan.findings), 'finding')}{parts(plan.steps)}"
    if plan.silenced:
        yield f"- suppressed or excepted: {counted(plan.silenced, 'finding')}"


def parts(steps: Iterable[Step]) -> str:
    """Say who repairs the findings of some steps."""
    steps = tuple(steps)
    fix, unsafe, person = (sum(step.count(doer) for step in steps) for doer, _ in _DOERS)
    said = [f"--fix repairs {fix:,}"] if fix else []
    said += [f"--unsafe-fixes {unsafe:,}{' more' if fix else ''}"] if unsafe else []
    said += [f"{person:,} need{'s' if person == 1 else ''} a person"] if person else []
    return f" ({', '.join(said)})" if said else ""


def _step(number: int, step: Step, medium: Medium) -> Iterator[str]:
    yield f"## {number}. {step.name.capitalize()}"
    yield ""
    yield step_line(step)
    for doer, title in _DOERS:
        work = step.of(doer)
        if work:
            yield f"\n{title} ({step.count(doer):,}):\n"
            yield from medium.some([work_line(one, medium) for one in work])
    if step.cycles:
        yield f"\nAn import of the home at module level would close a cycle in {counted(len(step.cycles), 'file')}:\n"
        yield from medium.some([cycle_line(one, medium) for one in step.cycles])
    if step.files:
        yield f"\n{counted(len(step.files), 'file')}:\n"
        yield from medium.some([file_line(one, medium) for one in step.files])


def step_line(step: Step) -> str:
    """Return a step as a check-box, which is ticked when the step is done."""
    if step.done:
        return f"- [x] {AIMS[step.name]}"
    files = counted(len(step.files), "file")
    production = sum(one.zone == "production" for one in step.files)
    of_which = f", {production:,} of production" if production else ""
    left = f"{counted(step.count(), 'finding')} left in {files}{of_which}"
    return f"- [ ] {AIMS[step.name]}: {left}{parts([step])}"


def work_line(work: Work, medium: Medium) -> str:
    """Return a piece of work: how often, what, why it is not safe, and where."""
    why = f"; {medium.text(work.reason)}" if work.reason else ""
    rule = f"{work.rule} {work.kind}"
    return f"{len(work.places):,} x {medium.code(rule)}: {medium.text(work.title)}{why} ({_places(work, medium)})"


def _places(work: Work, medium: Medium) -> str:
    return medium.few([f"{path}:{line}" for path, line in work.places])


def cycle_line(cycle: Cycle, medium: Medium) -> str:
    """Return what leads from the home back to a file."""
    return f"{medium.code(cycle.path)}: {' -> '.join(map(medium.code, cycle.way))}"


def file_line(file: Touched, medium: Medium) -> str:
    """Return a file with its findings and who imports it."""
    counts = [(file.fix, "--fix"), (file.unsafe, "--unsafe-fixes"), (file.person, "a person")]
    by = ", ".join(f"{number:,} {who}" for number, who in counts if number)
    zones = [(file.production, "production"), (file.tests, "test")]
    said = [f"{counted(len(names), f'{zone} module')} ({medium.few(names)})" for names, zone in zones if names]
    importers = f"; {file.zone}, imported by {' and '.join(said) or 'nobody'}" if file.zone != "policy" else ""
    return f"{medium.code(file.path)}: {counted(file.findings, 'finding')} ({by}){importers}"


def tests_lines(tests: ConceptTests, medium: Medium) -> Iterator[str]:
    """Yield the tests of a concept, sort by sort."""
    yield from _referring("import it", tests.imports, medium)
    yield ""
    yield from _referring("patch it, or name it in a string", tests.patches, medium)
    for through, what in (("production", "production code"), ("tests", "modules of tests")):
        reached = [one for one in tests.reached if one.through == through]
        if reached:
            reach = "reach" if len(reached) > 1 else "reaches"
            depths = Counter(one.depth for one in reached)
            by_depth = ", ".join(f"{number:,} at depth {depth}" for depth, number in sorted(depths.items()))
            yield f"\n{counted(len(reached), 'test file')} {reach} it only through {what} ({by_depth}):\n"
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
