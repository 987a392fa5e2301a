"""The closing lines that every readable report shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.report import SEVERITIES

if TYPE_CHECKING:
    from ssot_lint.model.report import Report


def counted(number: int, what: str) -> str:
    """Return a count with its noun."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def closing(report: Report) -> list[str]:
    """Return the lines that close a report."""
    if report.quiet:
        return []
    if report.nothing_asked:
        return ["nothing to check: no file that is read stands under the given paths"]
    active = report.active
    lines = []
    if active:
        by_severity = [(severity, sum(one.severity == severity for one in active)) for severity in SEVERITIES]
        parts = ", ".join(
            counted(number, severity) if severity != "info" else f"{number:,} info"
            for severity, number in by_severity
            if number
        )
        lines.append(f"{counted(len(active), 'finding')} ({parts}) in {counted(report.analysed, 'file')}")
    else:
        lines.append(f"no findings in {counted(report.analysed, 'file')}")
    suppressed = len(report.findings) - len(active)
    if suppressed:
        lines.append(f"{counted(suppressed, 'finding')} suppressed or excepted")
    blocking = sum(notice.blocking for notice in report.notices)
    if blocking:
        lines.append(f"the verdict is incomplete: {counted(blocking, 'file')} could not be analysed")
    if not report.has_concepts:
        lines.append("no concepts declared: run ssot-lint init")
    return lines
