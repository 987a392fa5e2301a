"""What the tracker tells of each concept: its findings, its files, its tests, and which rules are red."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ssot_lint.reporters.order import urgent_first
from ssot_lint.reporters.plan_tests_text import tests_lines
from ssot_lint.reporters.plan_text import head
from ssot_lint.reporters.summary import counted
from ssot_lint.reporters.tracker_steps import TOP, box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.finding import Finding
    from ssot_lint.model.plan import Plan
    from ssot_lint.model.tracker import Consolidated, Tracker
    from ssot_lint.reporters.medium import Medium
    from ssot_lint.reporters.tracker_file import Notes


def concepts(tracker: Tracker, medium: Medium, notes: Notes) -> Iterator[str]:
    """Yield the three most urgent concepts in full, and the others in a line each."""
    if not tracker.plans:
        yield "No concept is declared: run ssot-lint init."
    for number, plan in enumerate(tracker.plans[:TOP], 1):
        yield from ("", f"### {number}. {medium.text(plan.name)}", "", *head(plan, medium))
        if plan.findings:
            yield from ("", "By rule:", "", *_by_rule(plan.findings, medium))
            yield from ("", "The most urgent:", "", *medium.some(_most_urgent(plan, medium)))
        yield from ("", *notes.place(f"concept {plan.name}"))
    rest = tracker.plans[TOP:]
    if rest:
        yield from ("", "### The others", "", *medium.some([_in_short(plan, medium) for plan in rest]))
    alone = [one for one in tracker.report.unsuppressed if not one.concept]
    if alone:
        yield from ("", f"### Without a concept: {counted(len(alone), 'finding')}", "", *_by_rule(alone, medium))


def _by_rule(findings: Iterable[Finding], medium: Medium) -> list[str]:
    counts = Counter(f"{one.code}[{one.name}] {one.kind}" for one in findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return medium.some([f"{number:,} x {medium.code(rule)}" for rule, number in ordered])


def _most_urgent(plan: Plan, medium: Medium) -> list[str]:
    return [
        f"{medium.code(f'{one.at.path}:{one.at.line}')} {medium.code(f'{one.code}[{one.name}]')}: "
        f"{medium.text(one.message)}"
        for one in urgent_first(plan.findings)
    ]


def _in_short(plan: Plan, medium: Medium) -> str:
    rules = Counter(one.name for one in plan.findings)
    ordered = sorted(rules.items(), key=lambda item: (-item[1], item[0]))
    said = ", ".join(f"{name} {number:,}" for name, number in ordered)
    return f"{medium.code(plan.name)}: {counted(len(plan.findings), 'finding')}{f' ({said})' if said else ''}"


def consolidated(tracker: Tracker, medium: Medium) -> Iterator[str]:
    """Yield the files that implement a concept again or pass it on."""
    if not tracker.files:
        yield "None."
        return
    zones = Counter(one.zone for one in tracker.files)
    yield f"{counted(len(tracker.files), 'file')}: {zones['production']:,} of production, {zones['tests']:,} of tests."
    yield from ("", *medium.some([_file(one, medium) for one in tracker.files]))


def _file(one: Consolidated, medium: Medium) -> str:
    importers = f"imported by {len(one.production):,} of production and {len(one.tests):,} of tests"
    of = ", ".join(map(medium.text, one.concepts))
    return f"{medium.code(one.path)} ({of}): {medium.text(', '.join(one.what))}; {one.zone}, {importers}"


def tests(tracker: Tracker, medium: Medium) -> Iterator[str]:
    """Yield the tests of the most urgent concepts."""
    if not tracker.plans:
        yield "None."
    for plan in tracker.plans[:TOP]:
        yield from ("", f"### Tests of {medium.text(plan.name)}", "", *tests_lines(plan.tests, medium))


def test_plan(tracker: Tracker, medium: Medium) -> Iterator[str]:
    """Yield every rule that found something, or can speak of the concepts: a test, red while it makes a run fail."""
    yield "Every rule is a test, red while it makes a run fail; `ssot-lint --select CODE` shows it alone."
    yield ""
    found: dict[str, Counter[str]] = {}
    failing = Counter(_rule(one) for one in tracker.report.failing)
    for one in tracker.report.unsuppressed:
        found.setdefault(_rule(one), Counter())[one.concept] += 1
    ordered = sorted(found, key=lambda rule: (-failing[rule], -found[rule].total(), rule))
    for rule in ordered:
        counts = sorted(found[rule].items(), key=lambda item: (-item[1], item[0]))
        first = ", ".join(f"{medium.code(name) if name else 'no concept'} {number:,}" for name, number in counts[:TOP])
        more = f" and {len(counts) - TOP:,} more" if len(counts) > TOP else ""
        fail = f", of which {failing[rule]:,} fail" if failing[rule] else ", none of which fails"
        left = f"{counted(found[rule].total(), 'finding')}{fail} ({first}{more})"
        yield box(f"{medium.code(rule)}: {left}", done=not failing[rule])
    yield from (box(medium.code(rule), done=True) for rule in tracker.rules if rule not in found)


def _rule(finding: Finding) -> str:
    return f"{finding.code}[{finding.name}]"
