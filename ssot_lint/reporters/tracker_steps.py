"""The check-boxes of the tracker: the process, the remediation plan and the success criteria.

No box is ticked by hand: what the run finds ticks it, and unticks it where a later run finds otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.reporters.plan_text import AIMS, step_line, work_line
from ssot_lint.reporters.summary import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.plan import Plan, StepName
    from ssot_lint.model.tracker import Tracker
    from ssot_lint.reporters.medium import Medium

TOP = 3
"""How many concepts are told in full."""


def box(text: str, *, done: bool) -> str:
    """Return a check-box."""
    return f"- [{'x' if done else ' '}] {text}"


def process(tracker: Tracker, medium: Medium) -> Iterator[str]:
    """Yield the seven steps of the process, for the concept that comes next."""
    plan = tracker.next
    yield box(f"**Discover the next SSOT departure.** {_discovered(tracker, medium)}", done=bool(tracker.plans))
    yield box(f"**Find the existing tests.** {_existing(plan)}", done=plan is None or _is_tested(plan))
    yield box(f"**Plan and write the new tests.** {_new_tests(plan)}", done=plan is None or _is_held(plan))
    yield box(f"**Plan the remediation.** {_planned(plan, medium)}", done=bool(tracker.plans))
    steps = tracker.steps
    done = sum(step.done for step in steps)
    said = f"{done:,} of {counted(len(steps), 'step')} done."
    yield box(f"**Execute the plan.** {said}", done=bool(steps) and done == len(steps))
    yield box(f"**Run the tests until they are green.** {_red(tracker)}", done=_is_green(tracker))
    left = sum(not met for met, _ in evaluated(tracker))
    said = "All success criteria are met." if not left else f"{left} success criteria are not met."
    yield box(f"**Close with a report.** {said if left != 1 else '1 success criterion is not met.'}", done=not left)


def _discovered(tracker: Tracker, medium: Medium) -> str:
    if not tracker.plans:
        return "No concept is declared: run ssot-lint init."
    plan = tracker.next
    if plan is None:
        return "Nothing is left of the declared concepts."
    return f"Next is {medium.code(plan.name)}, with {counted(len(plan.findings), 'finding')}."


def _existing(plan: Plan | None) -> str:
    if plan is None:
        return "No concept is left to be repaired."
    tests = plan.tests
    importing, patching = len({one.path for one in tests.imports}), len({one.path for one in tests.patches})
    files = counted(importing, "test file")
    return f"{files} import{'s' * (importing == 1)} it, {patching:,} patch it, {len(tests.reached):,} more reach it."


def _is_tested(plan: Plan) -> bool:
    return bool(plan.tests.files or plan.tests.reached)


def _new_tests(plan: Plan | None) -> str:
    if plan is None:
        return "No concept is left to be repaired."
    if not plan.home:
        return "It has no home; its rules are its tests (see the test plan)."
    held = len({one.path for one in plan.tests.imports if one.canonical})
    take = "takes" if held == 1 else "take"
    return f"{counted(held, 'test file') if held else 'No test file'} {take if held else 'takes'} it from its home."


def _is_held(plan: Plan) -> bool:
    """Tell whether there is a test of the address that is to stay."""
    return not plan.home or any(one.canonical for one in plan.tests.imports)


def _planned(plan: Plan | None, medium: Medium) -> str:
    if plan is None:
        return "No step is left."
    open_questions = sum(step.count("person") for step in plan.steps)
    asked = (
        f"; {counted(open_questions, 'finding')} need{'s' * (open_questions == 1)} a decision" if open_questions else ""
    )
    return f"{counted(len(plan.left), 'step')} left{asked}: {medium.code(f'ssot-lint plan {plan.name}')}."


def _red(tracker: Tracker) -> str:
    red = {one.code for one in tracker.report.failing}
    said = (
        f"{counted(len(red), 'rule')} of ssot-lint {'is' if len(red) == 1 else 'are'} red."
        if red
        else "No rule is red."
    )
    return f"{said} The project's own tests are not run for this report."


def _is_green(tracker: Tracker) -> bool:
    return not tracker.report.failing and not tracker.report.blocked


def remediation(tracker: Tracker, medium: Medium) -> Iterator[str]:
    """Yield the steps of every plan, those of the first ones with what is to be done."""
    if not tracker.plans:
        yield "There is nothing to plan."
    for plan in tracker.plans[:TOP]:
        yield from ("", f"### {medium.text(plan.name)}", "")
        for step in plan.steps:
            yield step_line(step)
            yield from medium.some([work_line(one, medium) for one in step.work], "  ")
    rest = tracker.plans[TOP:]
    shown = rest[: medium.most]
    for plan in shown:
        yield from ("", f"### {medium.text(plan.name)}", "", *map(step_line, plan.steps))
    if len(rest) > len(shown):
        yield f"\nand the steps of {len(rest) - len(shown):,} more"


def evaluated(tracker: Tracker) -> list[tuple[bool, str]]:
    """Return the success criteria: whether each is met, and what was found."""
    report = tracker.report
    blocking = sum(notice.blocking for notice in report.notices)
    scored = [plan.score for plan in tracker.plans if plan.score is not None]
    full = sum(one.canonical == one.total for one in scored)
    homes = [plan for plan in tracker.plans if plan.home and plan.what == "concept"]
    held = sum(_is_held(plan) for plan in homes)
    found = [
        (
            not blocking,
            f"every file could be analysed ({counted(blocking, 'file')} could not)"
            if blocking
            else "every file could be analysed",
        ),
        (not report.failing, f"no finding at {report.fails_at} or above is left ({len(report.failing):,} are)"),
        (full == len(scored), f"the score of every concept is 100 ({full:,} of {len(scored):,})"),
        (held == len(homes), f"a test takes each concept from its home ({held:,} of {len(homes):,})"),
    ]
    names = dict.fromkeys(step.name for step in tracker.steps)
    return [*found, *(_aim(tracker, name) for name in AIMS if name in names)]


def _aim(tracker: Tracker, name: StepName) -> tuple[bool, str]:
    left = sum(step.count() for step in tracker.steps if step.name == name)
    return not left, f"{name}: {AIMS[name]} ({counted(left, 'finding')} left)"


def criteria(tracker: Tracker, medium: Medium) -> Iterator[str]:
    """Yield the success criteria as check-boxes."""
    yield from (box(medium.text(said), done=met) for met, said in evaluated(tracker))
