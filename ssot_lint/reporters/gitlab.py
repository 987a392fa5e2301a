"""`gitlab`: a code quality report, as merge requests show it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from ssot_lint.reporters.neutral import neutral_json, one_line, unicode_path

if TYPE_CHECKING:
    from ssot_lint.model.finding import Finding, Notice
    from ssot_lint.model.report import Report

_SEVERITIES: Final = {"error": "major", "warning": "minor", "info": "info"}


def gitlab(report: Report, folder: str = "") -> str:
    """Return the findings and notices; `folder` is where the root stands in the repository, "" or `a/b/`."""
    entries = [_finding(finding, folder) for finding in report.active]
    seen: Counter[tuple[str, str]] = Counter()
    for notice in report.notices:
        seen[(notice.kind, notice.path)] += 1
        entries.append(_notice(notice, seen[(notice.kind, notice.path)], folder))
    return neutral_json(json.dumps(entries, indent=1, ensure_ascii=True)) + "\n"


def _finding(finding: Finding, folder: str) -> dict[str, Any]:
    return {
        "description": one_line(finding.message),
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": _location(finding.at.path, finding.at.line, folder),
    }


def _notice(notice: Notice, number: int, folder: str) -> dict[str, Any]:
    """Return a notice; several of one kind about one file are told apart by their number."""
    identity = json.dumps(["notice", notice.kind, notice.path, number], ensure_ascii=True)
    return {
        "description": one_line(f"{notice.kind}: {notice.message}"),
        "check_name": notice.kind,
        "fingerprint": hashlib.sha256(identity.encode()).hexdigest()[:16],
        "severity": "blocker" if notice.blocking else "info",
        "location": _location(notice.path, 1, folder),
    }


def _location(path: str, line: int, folder: str) -> dict[str, Any]:
    return {"path": unicode_path(f"{folder}{path}"), "lines": {"begin": line}}
