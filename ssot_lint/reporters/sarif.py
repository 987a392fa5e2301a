"""`sarif`: SARIF 2.1.0, for code scanning and for editors; one run, valid against the official schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ssot_lint import __version__
from ssot_lint.model.report import SEVERITIES
from ssot_lint.reporters.neutral import neutral_json, sarif_text
from ssot_lint.reporters.order import urgent_first
from ssot_lint.reporters.rule_page import rule_markdown
from ssot_lint.reporters.sarif_result import BASE, LEVELS, artifact, result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.model.finding import Notice
    from ssot_lint.model.report import Report
    from ssot_lint.model.rule import Rule

MOST_RESULTS: Final = 25_000
"""GitHub refuses a run with more."""

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_END: Final = "]}]}"
"""What closes the results, their run, the runs and the document; between, each result has its line."""

_PROBLEM: Final = {"error": "error", "warning": "warning", "info": "recommendation"}
_WITHHELD: Final = ("fix-withheld", "fix-failed", "write-refused", "rolled-back")


def sarif(report: Report, rules: Sequence[Rule], folder: str = "") -> str:
    """Return the report as SARIF; `folder` is where the root stands in the repository, "" or `a/b/`."""
    indexes = {rule.code: number for number, rule in enumerate(rules)}
    shown = urgent_first(report.findings)[:MOST_RESULTS]
    baselined = report.baseline.notices if report.baseline is not None else ()
    notices = [_notification(notice, folder) for notice in sorted([*report.notices, *baselined])]
    if len(shown) < len(report.findings):
        said = f"{len(report.findings) - len(shown):,} findings are left out: SARIF takes {MOST_RESULTS:,} of a run"
        notices.append({"descriptor": {"id": "left-out"}, "level": "warning", "message": {"text": said}})
    run = {
        "tool": {"driver": _driver(rules, notices)},
        "invocations": [{"executionSuccessful": not report.blocked, "toolExecutionNotifications": notices}],
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [],
    }
    start = json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}).removesuffix(_END)
    results = [json.dumps(result(report, one, indexes.get(one.code, -1), folder)) for one in shown]
    return neutral_json("\n".join([start, ",\n".join(results), _END, ""]))


def _driver(rules: Sequence[Rule], notices: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "ssot-lint",
        "semanticVersion": __version__,
        "version": __version__,
        "rules": [_rule(rule) for rule in rules],
        "notifications": [{"id": kind} for kind in sorted({one["descriptor"]["id"] for one in notices})],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    """Describe a rule; its default level is that of its most severe kind."""
    levels = {level for kind in rule.kinds.values() for level in (kind.production, kind.tests)}
    severity = next((one for one in SEVERITIES if one in levels), None)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": " ".join(rule.doc.strip().partition("\n\n")[0].split()) or rule.summary},
        "help": {"text": rule.doc.strip() or rule.summary, "markdown": rule_markdown(rule)},
        "defaultConfiguration": {"enabled": severity is not None, "level": LEVELS[severity or "info"]},
        "properties": {
            "tags": ["maintainability", "single-source-of-truth"],
            "problem.severity": _PROBLEM[severity or "info"],
        },
    }


def _notification(notice: Notice, folder: str) -> dict[str, Any]:
    level = "error" if notice.blocking else "warning" if notice.kind in _WITHHELD else "note"
    said: dict[str, Any] = {
        "descriptor": {"id": notice.kind},
        "level": level,
        "message": {"text": sarif_text(f"{notice.kind}: {notice.message}")},
    }
    if notice.path:
        said["locations"] = [{"physicalLocation": {"artifactLocation": artifact(notice.path, folder)}}]
    return said
