"""The tracker in Markdown, ready to be the body of an issue or a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.model.report import ConceptScore
from ssot_lint.reporters.medium import markdown
from ssot_lint.reporters.plan_text import parts, score_text
from ssot_lint.reporters.summary import by_severity, counted
from ssot_lint.reporters.tracker_file import Notes, figures_line
from ssot_lint.reporters.tracker_findings import concepts, consolidated, test_plan, tests
from ssot_lint.reporters.tracker_steps import criteria, process, remediation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lint.model.plan import Plan
    from ssot_lint.model.tracker import Figures, Tracker
    from ssot_lint.reporters.medium import Medium

ROOM: Final = 65_536
"""Characters; GitHub takes no longer body of an issue."""

_MOSTS: Final = (40, 25, 15, 10, 6, 4, 3, 2, 1, 0)
"""How much of long lists is shown: the most that leaves the whole report short enough."""


def tracker_text(tracker: Tracker, notes: Sequence[tuple[str, str]] = ()) -> str:
    """Return the report with the notes of the former one. Notes are never cut: they alone can make it too long."""
    text = ""
    for most in _MOSTS:
        text = "\n".join(_spaced(_lines(tracker, markdown(most), Notes(notes)))) + "\n"
        if length(text) <= ROOM:
            break
    return text


def _spaced(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines, of several empty ones in a row only one; notes are one line here, and so stay as they are."""
    last = ""
    for line in lines:
        if line or last:
            yield line
        last = line


def length(text: str) -> int:
    """Return the length as GitHub may count it: a character beyond the basic plane is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def _lines(tracker: Tracker, medium: Medium, notes: Notes) -> Iterator[str]:
    alone = tracker.plans[0] if len(tracker.plans) == 1 else None
    yield f"# SSOT tracker{f': {medium.text(alone.name)}' if alone is not None and not tracker.whole else ''}"
    yield ""
    yield figures_line(tracker.figures, tracker.before)
    yield ""
    yield from _header(tracker, medium)
    sections = (
        ("Summary", [*_summary(tracker, medium), "", *notes.place("summary")]),
        ("Process", process(tracker, medium)),
        ("Findings by concept", concepts(tracker, medium, notes)),
        ("Files requiring consolidation", consolidated(tracker, medium)),
        ("Existing tests", tests(tracker, medium)),
        ("Test plan", [*test_plan(tracker, medium), "", *notes.place("tests")]),
        ("Remediation plan", [*remediation(tracker, medium), "", *notes.place("decisions")]),
        ("Success criteria", criteria(tracker, medium)),
        ("Change since the last report", _change(tracker, medium)),
    )
    for title, lines in sections:
        yield from ("", f"## {title}", "", *lines)
    yield from ("", "## Notes", "", *notes.place("closing"), *notes.others())
    yield ""
    yield "Made by ssot-lint. What stands between the markers of notes is kept when the report is made again."


def _header(tracker: Tracker, medium: Medium) -> Iterator[str]:
    """Yield issue, status and priority: those of the concept that comes next."""
    shown = tracker.next or (tracker.plans[0] if tracker.plans else None)
    if shown is not None and shown.issue:
        yield f"- issue: {medium.link(shown.issue)}"
    yield f"- status: {_status(tracker)}"
    if shown is not None and shown.priority:
        yield f"- priority: {medium.text(shown.priority)}"
    if shown is not None and len(tracker.plans) > 1:
        yield f"- next: {medium.code(shown.name)}" if tracker.next is not None else "- next: nothing is left"


def _status(tracker: Tracker) -> str:
    steps = tracker.steps
    done = sum(step.done for step in steps)
    if tracker.report.blocked:
        return f"incomplete, since files could not be analysed; {done:,} of {counted(len(steps), 'step')} done"
    return "done" if done == len(steps) else f"open, {done:,} of {counted(len(steps), 'step')} done"


def plan_status(plan: Plan) -> str:
    """Return how far a plan is, in a few words."""
    if not plan.left:
        return "done"
    if all(one.baseline_state == "unchanged" for one in plan.findings):
        return "in the baseline"
    return f"open, {len(plan.steps) - len(plan.left)} of {len(plan.steps)} steps done"


def _summary(tracker: Tracker, medium: Medium) -> Iterator[str]:
    report = tracker.report
    left = report.unsuppressed
    yield f"- {counted(len(left), 'finding')} ({by_severity(left)}) in {counted(report.analysed, 'file')}"
    yield f"- {len(report.failing):,} of them make{'s' * (len(report.failing) == 1)} a run fail"
    unchanged = sum(one.baseline_state == "unchanged" for one in left)
    if unchanged:
        yield f"- {unchanged:,} of them {'is' if unchanged == 1 else 'are'} in the baseline"
    alone = sum(not one.concept for one in left)
    if alone:
        yield f"- {counted(alone, 'finding')} of no concept; the rest{parts(tracker.steps)}"
    scored = [plan.score for plan in tracker.plans if plan.score is not None]
    if scored:
        canonical, total = sum(one.canonical for one in scored), sum(one.total for one in scored)
        yield f"- score of all concepts together: {score_text(ConceptScore(canonical, total))}"
    impacts = [plan for plan in tracker.plans if plan.left and plan.impact]
    yield from medium.some([f"impact of {medium.code(one.name)}: {medium.text(one.impact)}" for one in impacts])
    yield from _table(tracker.plans, medium)


def _table(plans: Sequence[Plan], medium: Medium) -> Iterator[str]:
    if not plans:
        return
    yield from ("", "| concept | issue | priority | status | score | findings |", "|---|---|---|---|---|--:|")
    shown = plans[: 3 * medium.most]
    for plan in shown:
        score = f"{plan.score.score:g}" if plan.score is not None else ""
        said = (medium.text(plan.name), medium.link(plan.issue), medium.text(plan.priority), plan_status(plan), score)
        yield f"| {' | '.join(said)} | {len(plan.findings):,} |"
    if len(plans) > len(shown):
        yield f"\nand {len(plans) - len(shown):,} more"


def _change(tracker: Tracker, medium: Medium) -> Iterator[str]:
    before, now = tracker.before, tracker.figures
    if before is None:
        yield "There is no earlier report with other figures."
        return
    yield f"- findings: {_from_to(before.findings, now.findings)}"
    yield f"- findings that make a run fail: {_from_to(before.failing, now.failing)}"
    yield from medium._replace(most=3 * medium.most).some(list(_changed(before, now, medium)))


def _changed(before: Figures, now: Figures, medium: Medium) -> Iterable[str]:
    """Yield a line for each concept whose figures are others."""
    for name, one in now.concepts.items():
        was = before.concepts.get(name)
        if was is None:
            yield f"{medium.code(name)}: new in this report"
        elif was != one:
            said = [
                f"findings {_from_to(was.findings, one.findings)}",
                f"steps {_from_to(was.steps_done, one.steps_done)}",
            ]
            if was.total or one.total:
                old, new = ConceptScore(was.canonical, was.total), ConceptScore(one.canonical, one.total)
                said.append(f"score {score_text(new)}, before {score_text(old)}")
            yield f"{medium.code(name)}: {'; '.join(said)}"
    for name in before.concepts:
        if name not in now.concepts:
            yield f"{medium.code(name)}: no longer in this report"


def _from_to(before: int, now: int) -> str:
    return f"{now:,}, unchanged" if before == now else f"{now:,} ({now - before:+,})"
