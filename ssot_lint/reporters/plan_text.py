"""A plan as Markdown: for a file, or as the text that a terminal shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.reporters.plan_tests_text import tests_lines
from ssot_lint.reporters.summary import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.plan import Cycle, Doer, Plan, Step, StepName, Touched, Work
    from ssot_lint.model.report import ConceptScore
    from ssot_lint.reporters.medium import Medium

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
    ("fix", "--fix does, unless its own check withholds a fix"),
    ("unsafe", "--unsafe-fixes would do, which --fix leaves"),
    ("person", "a person must decide"),
)


def plan_text(plan: Plan, medium: Medium) -> str:
    """Return the whole plan."""
    lines = [f"# Plan: {medium.text(plan.name)}", "", *head(plan, medium)]
    for number, step in enumerate(plan.steps, 1):
        lines += ["", *_step(number, step, medium)]
    lines += ["", "## Tests of the concept", "", *tests_lines(plan.tests, medium)]
    return "\n".join(lines) + "\n"


def head(plan: Plan, medium: Medium) -> Iterator[str]:
    """Yield what is known of the concept itself, and how much is left."""
    if plan.home:
        yield f"- home: {medium.code(plan.home)}"
    if plan.definition:
        at = f" at {medium.code(plan.defined_at)}" if plan.defined_at else ""
        yield f"- definition: {medium.code(plan.definition)}{at}"
    if plan.score is not None:
        yield f"- score: {score_text(plan.score)}"
    if plan.issue:
        yield f"- issue: {medium.link(plan.issue)}"
    stated = (("priority", plan.priority), ("impact", plan.impact))
    yield from (f"- {key}: {medium.text(said)}" for key, said in stated if said)
    yield f"- left: {counted(len(plan.findings), 'finding')}{parts(plan.steps)}"
    if plan.silenced:
        yield f"- suppressed or excepted: {counted(plan.silenced, 'finding')}"


def score_text(score: ConceptScore) -> str:
    """Return a score with its parts."""
    return f"{score.score:g} ({score.canonical:,} of {score.total:,} canonical)"


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
        yield f"\nAn import of the home at module level could close a cycle in {counted(len(step.cycles), 'file')}:\n"
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
