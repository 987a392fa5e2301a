"""`concise`: one line a finding, notes under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.reporters.neutral import one_line
from ssot_lint.reporters.summary import closing

if TYPE_CHECKING:
    from ssot_lint.model.finding import Finding, Notice
    from ssot_lint.model.report import Report


def concise(report: Report) -> str:
    """Return `path:line:col: CODE[name] message` for every finding, then notices and the closing lines."""
    lines = []
    for finding in report.active:
        lines.append(finding_line(finding))
        lines += [f"    {one_line(str(one.at))}: {one_line(one.message)}" for one in finding.related]
    lines += [notice_line(notice) for notice in report.notices]
    return "".join(f"{line}\n" for line in [*lines, *closing(report)])


def finding_line(finding: Finding) -> str:
    """Return the line form of a finding."""
    return f"{one_line(str(finding.at))}: {finding.code}[{finding.name}] {one_line(finding.message)}"


def notice_line(notice: Notice) -> str:
    """Return a notice as one line."""
    return f"{one_line(notice.path)}: {notice.kind}: {one_line(notice.message)}"
