"""`junit`: XML that build servers read as test results; a suite a rule, a case a finding.

No attribute is there but those of the strictest readers (Jenkins's xUnit plugin); a place stands in the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.reporters.concise import finding_line, notice_line
from ssot_lint.reporters.neutral import xml_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.model.finding import Finding, Notice
    from ssot_lint.model.report import Report


def junit(report: Report) -> str:
    """Return the suites; what does not make the run fail is a skipped case, and a suite without findings passes."""
    failing = {id(finding) for finding in report.failing}
    cases: dict[str, list[str]] = {}
    for finding in sorted(report.active, key=lambda one: one.code):
        suite = cases.setdefault(f"{finding.code} {finding.name}", [])
        suite.append(_finding(finding, failing=id(finding) in failing))
    for notice in report.notices:
        cases.setdefault("notices", []).append(_notice(notice))
    if not cases:
        cases["ssot-lint"] = [f"{_case_start('no findings', 'ssot-lint')}/>"]
    suites = [_suite(name, cases[name]) for name in cases]
    head = f'<testsuites name="ssot-lint" {_counts([case for suite in cases.values() for case in suite])} time="0">'
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *suites, "</testsuites>"]) + "\n"


def _suite(name: str, cases: Sequence[str]) -> str:
    start = f'<testsuite name="{xml_text(name)}" {_counts(cases)} skipped="{_number(cases, "skipped")}" time="0">'
    return "\n".join([start, *cases, "</testsuite>"])


def _counts(cases: Sequence[str]) -> str:
    return f'tests="{len(cases)}" failures="{_number(cases, "failure")}" errors="{_number(cases, "error")}"'


def _number(cases: Sequence[str], tag: str) -> int:
    """Count the cases with an outcome; no text looks like its tag, since all text is escaped."""
    return sum(f"<{tag} " in case for case in cases)


def _finding(finding: Finding, *, failing: bool) -> str:
    """Return a case whose name has no line, so that a build server knows it again."""
    name = f"{finding.concept}: {finding.subject}" if finding.concept else finding.subject
    start = _case_start(f"{finding.kind} {name}", finding.module or finding.at.path)
    lines = [finding_line(finding)]
    lines += [f"{one.at}: {one.message}" for one in finding.related]
    lines += [f"{hop.path}:{hop.line}: {hop.name} {hop.how}".rstrip() for hop in finding.chain if hop.path]
    if finding.remedy is not None:
        lines.append(f"{finding.remedy.applicability}: {finding.remedy.title}")
    tag = "failure" if failing else "skipped"
    return f"{start}>{_outcome(tag, finding.severity, finding.message, lines)}</testcase>"


def _notice(notice: Notice) -> str:
    start = _case_start(f"{notice.kind} {notice.path}", "notices")
    tag = "error" if notice.blocking else "skipped"
    return f"{start}>{_outcome(tag, notice.kind, notice.message, [notice_line(notice)])}</testcase>"


def _case_start(name: str, classname: str) -> str:
    return f'<testcase name="{xml_text(name)}" classname="{xml_text(classname)}" time="0"'


def _outcome(tag: str, kind: str, message: str, lines: Sequence[str]) -> str:
    text = "\n".join(map(xml_text, lines))
    return f'<{tag} type="{xml_text(kind)}" message="{xml_text(message)}">{text}</{tag}>'
