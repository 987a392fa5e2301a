"""A plan as one JSON object: everything that the text has, nothing cut."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ssot_lint.reporters.neutral import neutral_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lint.model.plan import ConceptTests, Plan, Reference, Step, Work


def plan_json(plan: Plan) -> str:
    """Return the whole plan."""
    document: dict[str, Any] = {
        "version": 1,
        "concept": plan.name,
        "what": plan.what,
        "home": plan.home,
        "definition": plan.definition,
        "defined_at": plan.defined_at,
        "issue": plan.issue,
        "priority": plan.priority,
        "impact": plan.impact,
        "score": None,
        "findings": len(plan.findings),
        "silenced": plan.silenced,
        "steps": [_step(number, step) for number, step in enumerate(plan.steps, 1)],
        "tests": _tests(plan.tests),
    }
    if plan.score is not None:
        score = plan.score
        document["score"] = {"canonical": score.canonical, "total": score.total, "score": score.score}
    return neutral_json(json.dumps(document, indent=1, ensure_ascii=True)) + "\n"


def _step(number: int, step: Step) -> dict[str, Any]:
    return {
        "number": number,
        "step": step.name,
        "done": step.done,
        "findings": step.count(),
        "fix": _work(step.of("fix")),
        "unsafe": _work(step.of("unsafe")),
        "decide": _work(step.of("person")),
        "cycles": [{"path": one.path, "way": list(one.way)} for one in step.cycles],
        "files": [
            {
                "path": one.path,
                "zone": one.zone,
                "fix": one.fix,
                "unsafe": one.unsafe,
                "decide": one.person,
                "importers": {"production": list(one.production), "tests": list(one.tests)},
            }
            for one in step.files
        ],
    }


def _work(works: Iterable[Work]) -> list[dict[str, Any]]:
    return [
        {
            "rule": one.rule,
            "kind": one.kind,
            "title": one.title,
            "reason": one.reason,
            "places": [{"path": path, "line": line} for path, line in one.places],
        }
        for one in works
    ]


def _tests(tests: ConceptTests) -> dict[str, Any]:
    return {
        "imports": [_reference(one) for one in tests.imports],
        "patches": [_reference(one) for one in tests.patches],
        "reached": [
            {"path": one.path, "depth": one.depth, "way": list(one.way), "through": one.through}
            for one in tests.reached
        ],
        "legacy": [{"path": one.path, "line": one.line, "rule": one.rule, "why": one.why} for one in tests.legacy],
    }


def _reference(one: Reference) -> dict[str, Any]:
    return {"path": one.path, "line": one.line, "address": one.address, "verdict": one.verdict}
