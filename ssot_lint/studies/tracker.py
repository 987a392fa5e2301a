"""What the tracker of a project tells: the plan of every entry of its policy, and what of their files must go."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ssot_lint.engine.checking import chosen_rules
from ssot_lint.model.tracker import ConceptFigures, Consolidated, Figures, Tracker
from ssot_lint.studies.entries import chosen_names
from ssot_lint.studies.plan import plan_of, survey
from ssot_lint.studies.plan_steps import importers_of, step_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssot_lint.engine import Options
    from ssot_lint.model.plan import Plan
    from ssot_lint.model.rule import Rule
    from ssot_lint.project.model import Project

_MOST_FIGURES: Final = 150
_LONGEST_NAME: Final = 100
"""Characters; figures are remembered of this many entries, whose names are no longer."""

_LAST: Final = "\U0010ffff"
"""After every priority that a policy states."""


def tracker_of(options: Options, names: Sequence[str], before: Figures | None, older: Figures | None) -> Tracker:
    """Read and check the project, and plan the repair of the entries that are asked for, all without any.

    `before` are the figures of the last report, and `older` those that it was compared with: they are compared with
    again where nothing has changed. Raises PolicyError, UsageError.
    """
    found = survey(options)
    policy = found.whole.loaded.policy
    plans = [plan_of(found, name) for name in chosen_names(policy, names)]
    failing = Counter(one.concept for one in found.report.failing)
    plans.sort(key=lambda one: (not one.left, one.priority or _LAST, -failing[one.name], -len(one.findings), one.name))
    report = found.report
    if names:
        wanted = {plan.name for plan in plans}
        report = replace(report, findings=[one for one in report.findings if one.concept in wanted])
    figures = _figures(plans, len(report.unsuppressed), len(report.failing))
    return Tracker(
        plans=tuple(plans),
        report=report,
        rules=tuple(_rules(chosen_rules(options, policy), plans)),
        files=_consolidated(found.whole.project, plans),
        figures=figures,
        before=older if before == figures else before,
        whole=not names,
    )


def _figures(plans: Iterable[Plan], findings: int, failing: int) -> Figures:
    concepts = {}
    for plan in plans:
        canonical, total = (plan.score.canonical, plan.score.total) if plan.score is not None else (0, 0)
        done = sum(step.done for step in plan.steps)
        concepts[plan.name] = ConceptFigures(len(plan.findings), canonical, total, done)
    kept = [name for name in concepts if len(name) <= _LONGEST_NAME][:_MOST_FIGURES]
    return Figures(findings, failing, {name: concepts[name] for name in sorted(kept)})


def _rules(rules: Iterable[Rule], plans: Sequence[Plan]) -> list[str]:
    """Return the rules that can find something of the plans' entries, and those that have."""
    sorts = {plan.what for plan in plans}
    red = {finding.code for plan in plans for finding in plan.findings}
    able = [one for one in rules if (one.needs_policy and sorts.intersection(one.about)) or one.code in red]
    return [f"{one.code}[{one.name}]" for one in able]


def _consolidated(project: Project, plans: Iterable[Plan]) -> tuple[Consolidated, ...]:
    """Return the files that implement a concept again, or pass it on: those of production that most import first."""
    what: dict[str, Counter[str]] = defaultdict(Counter)
    concepts: dict[str, set[str]] = defaultdict(set)
    for plan in plans:
        for finding in plan.findings:
            apart = step_of(finding) == "second implementations" or finding.code in ("SSOT202", "SSOT204", "SSOT305")
            if apart and finding.at.path in project.by_path:
                what[finding.at.path][f"{finding.name} {finding.kind}"] += 1
                concepts[finding.at.path].add(plan.name)
    found = []
    for path, kinds in what.items():
        counts = tuple(f"{number} x {kind}" if number > 1 else kind for kind, number in sorted(kinds.items()))
        zone = project.zone(path)
        found.append(Consolidated(path, zone, counts, tuple(sorted(concepts[path])), *importers_of(project, path)))
    found.sort(key=lambda one: (one.zone != "production", -len(one.production), -len(one.tests), one.path))
    return tuple(found)
