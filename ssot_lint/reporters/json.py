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
        "findings": [_finding(finding, _edits(report, finding)) for finding in report.findings],
        "notices": [
            {"kind": one.kind, "path": one.path, "message": one.message, "blocking": one.blocking}
            for one in sorted([*report.notices, *(report.baseline.notices if report.baseline is not None else ())])
        ],
        "summary": _summary(report),
    }
    return neutral_json(json.dumps(document, indent=1, ensure_ascii=True)) + "\n"


def _edits(report: Report, finding: Finding) -> list[dict[str, Any]] | None:
    """Return the edits of a finding's fix, None where they were not asked for."""
    if report.fixing is None or finding.fingerprint not in report.fixing.edits:
        return None
    return [
        {"path": one.path, "delete": True}
        if one.content is None
        else {
            "path": one.path,
            "start": one.start,
            "end": one.end,
            "content": one.content.decode("utf-8", "backslashreplace"),
        }
        for one in report.fixing.edits[finding.fingerprint]
    ]


def _finding(finding: Finding, edits: list[dict[str, Any]] | None) -> dict[str, Any]:
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
        "baseline_state": finding.baseline_state,
        "suppressed": finding.suppressed,
        "related": [{**_place(one.at), "message": one.message} for one in finding.related],
        "chain": [
            {"module": hop.module, "name": hop.name, "path": hop.path, "line": hop.line} for hop in finding.chain
        ],
        "evidence": finding.evidence,
        "fix": _fix(finding.remedy, edits),
    }


def _fix(remedy: Remedy | None, edits: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    if remedy is None:
        return None
    return {"applicability": remedy.applicability, "title": remedy.title, "reason": remedy.reason, "edits": edits}


def _place(at: Location) -> dict[str, Any]:
    return {"path": at.path, "line": at.line, "column": at.column, "end_line": at.end_line, "end_column": at.end_column}


def _summary(report: Report) -> dict[str, Any]:
    active = report.unsuppressed
    summary: dict[str, Any] = {
        "files": report.files,
        "analysed": report.analysed,
        "findings": len(active),
        "by_rule": dict(sorted(Counter(one.name for one in active).items())),
        "by_concept": dict(sorted(Counter(one.concept for one in active if one.concept).items())),
        "by_severity": dict(sorted(Counter(one.severity for one in active).items())),
        "fixable": report.fixable("safe") + report.fixable("unsafe"),
        "score": {
            name: {"canonical": one.canonical, "total": one.total, "score": one.score}
            for name, one in sorted(report.scores.items())
        },
    }
    if report.baseline is not None:
        new = len(report.active)
        gone = None if report.blocked else report.baseline.gone
        summary["baseline"] = {"new": new, "unchanged": len(active) - new, "gone": gone}
    if report.fixing is not None:
        summary["fixed"] = 0 if report.fixing.would else len(report.fixing.fixed)
        summary["files_changed"] = [] if report.fixing.would else list(report.fixing.files)
    if report.statistics:
        summary["seconds"] = {stage: round(value, 3) for stage, value in report.statistics.items()}
        summary["parsed"] = report.parsed
        summary["cached"] = report.analysed - report.parsed
    return summary
