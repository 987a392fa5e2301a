"""`json`: one object, sorted, the same bytes for the same result."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from ssot_lint.reporters.neutral import neutral_json

if TYPE_CHECKING:
    from ssot_lint.model.finding import Finding
    from ssot_lint.model.fix import Remedy
    from ssot_lint.model.location import Location
    from ssot_lint.model.report import Report


def as_json(report: Report) -> str:
    """Return the report as one JSON object."""
    document = {
        "version": 1,
        "findings": [_finding(finding) for finding in report.findings],
        "notices": [
            {"kind": one.kind, "path": one.path, "message": one.message, "blocking": one.blocking}
            for one in report.notices
        ],
        "summary": _summary(report),
    }
    return neutral_json(json.dumps(document, indent=1, ensure_ascii=True)) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "kind": finding.kind,
        "severity": finding.severity,
        "concept": finding.concept,
        "subject": finding.subject,
        "message": finding.message,
        **_place(finding.at),
        "module": finding.module,
        "fingerprint": finding.fingerprint,
        "baseline_state": None,
        "suppressed": finding.suppressed,
        "related": [{**_place(one.at), "message": one.message} for one in finding.related],
        "chain": [
            {"module": hop.module, "name": hop.name, "path": hop.path, "line": hop.line} for hop in finding.chain
        ],
        "evidence": finding.evidence,
        "fix": _fix(finding.remedy),
    }


def _fix(remedy: Remedy | None) -> dict[str, Any] | None:
    if remedy is None:
        return None
    return {"applicability": remedy.applicability, "title": remedy.title, "reason": remedy.reason, "edits": None}


def _place(at: Location) -> dict[str, Any]:
    return {"path": at.path, "line": at.line, "column": at.column, "end_line": at.end_line, "end_column": at.end_column}


def _summary(report: Report) -> dict[str, Any]:
    active = report.active
    summary: dict[str, Any] = {
        "files": report.files,
        "analysed": report.analysed,
        "findings": len(active),
        "by_rule": dict(sorted(Counter(one.name for one in active).items())),
        "by_concept": dict(sorted(Counter(one.concept for one in active if one.concept).items())),
        "by_severity": dict(sorted(Counter(one.severity for one in active).items())),
        "fixable": sum(one.remedy is not None and one.remedy.applicability != "display" for one in active),
        "score": {
            name: {"canonical": one.canonical, "total": one.total, "score": one.score}
            for name, one in sorted(report.scores.items())
        },
    }
    if report.statistics:
        summary["seconds"] = {stage: round(value, 3) for stage, value in report.statistics.items()}
        summary["parsed"] = report.analysed
        summary["cached"] = 0
    return summary
