"""The closing lines that every readable report shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.report import SEVERITIES
from ssot_lint.reporters.neutral import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.model.finding import Finding
    from ssot_lint.model.report import Report


def counted(number: int, what: str) -> str:
    """Return a count with its noun."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def by_severity(findings: Sequence[Finding]) -> str:
    """Say how many findings there are of each severity."""
    numbers = [(severity, sum(one.severity == severity for one in findings)) for severity in SEVERITIES]
    return ", ".join(
        counted(number, severity) if severity != "info" else f"{number:,} info"
        for severity, number in numbers
        if number
    )


def closing(report: Report) -> list[str]:
    """Return the lines that close a report."""
    if report.quiet:
        return []
    if report.nothing_asked:
        return [one_line(f"nothing to check: {report.nothing_asked}")]
    active = report.active
    lines = []
    if active:
        lines.append(f"{counted(len(active), 'finding')} ({by_severity(active)}) in {counted(report.analysed, 'file')}")
    else:
        new = "new " if _baselined(report) else ""
        lines.append(f"no {new}findings in {counted(report.analysed, 'file')}")
    lines += _baseline(report)
    lines += _fixes(report)
    suppressed = len(report.findings) - len(report.unsuppressed)
    if suppressed:
        lines.append(f"{counted(suppressed, 'finding')} suppressed or excepted")
    lines += _blocking(report)
    if not report.has_concepts:
        lines.append("no concepts declared: run ssot-lint init")
    return lines


def fixes_made(report: Report) -> list[str]:
    """Return the lines that close a run which reports nothing but its fixes."""
    if report.quiet:
        return []
    if report.nothing_asked:
        return closing(report)
    return [*_fixes(report), *_blocking(report)]


def _baselined(report: Report) -> int:
    return len(report.unsuppressed) - len(report.active)


def _baseline(report: Report) -> list[str]:
    """Say what the baseline covers, and what of it is gone; nobody knows that if something could not be analysed."""
    use = report.baseline
    if use is None:
        return []
    covered = [counted(_baselined(report), "finding")] if _baselined(report) else []
    covered += [f"{counted(len(use.notices), 'file')} that could not be analysed"] if use.notices else []
    lines = [f"in the baseline {use.name}: {' and '.join(covered)}"] if covered else []
    if use.gone and not report.blocked:
        lines.append(f"{gone_entries(use.gone, use.name)}: ssot-lint baseline prune")
    if use.renames_unknown:
        lines.append(f"findings in renamed files are told as new: {use.renames_unknown}")
    return [one_line(line) for line in lines]


def gone_entries(number: int, name: str) -> str:
    """Say how many entries of a baseline are gone."""
    return f"{number:,} {'entry' if number == 1 else 'entries'} of {name} {'is' if number == 1 else 'are'} gone"


def _blocking(report: Report) -> list[str]:
    blocking = sum(notice.blocking for notice in report.notices)
    return [f"the verdict is incomplete: {counted(blocking, 'file')} could not be analysed"] if blocking else []


def _fixes(report: Report) -> list[str]:
    """Say what was fixed, and what could be."""
    fixing = report.fixing
    lines = []
    safe, unsafe = report.fixable("safe"), report.fixable("unsafe")
    if fixing is not None:
        what = f"{counted(len(fixing.fixed), 'finding')} in {counted(len(fixing.files), 'file')}"
        if not fixing.would and not fixing.fixed:
            lines.append("nothing was fixed")
        elif not fixing.would:
            lines.append(f"fixed {what}; ssot-lint undo takes that back")
        elif fixing.fixed:
            lines.append(f"--fix would fix {what}")
        else:
            lines.append("--fix would change nothing")
        if fixing.would:
            unsafe -= sum(one.remedy is not None and one.remedy.applicability == "unsafe" for one in fixing.fixed)
    elif safe:
        old = safe - sum(one.remedy is not None and one.remedy.applicability == "safe" for one in report.active)
        also = f", {old:,} of them in the baseline" if old else ""
        lines.append(f"--fix would fix {counted(safe, 'finding')}{also}")
    if unsafe > 0:
        more = "more " if safe or (fixing is not None and fixing.fixed) else ""
        lines.append(f"{counted(unsafe, f'{more}finding')} could be fixed with --unsafe-fixes")
    return lines
