"""What `--show-fixes` lists: the fixes of a run, file by file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ssot_lint.reporters.neutral import one_line

if TYPE_CHECKING:
    from ssot_lint.model.report import Report


def listed_fixes(report: Report) -> str:
    """Return a line for each file, and under it one for each fix that was made, or would be."""
    fixing = report.fixing
    by_path: dict[str, Counter[str]] = {}
    for finding in fixing.fixed if fixing is not None else ():
        if finding.remedy is not None:
            unsafe = " (unsafe)" if finding.remedy.applicability == "unsafe" else ""
            line = f"{finding.code} {one_line(finding.remedy.title)}{unsafe}"
            by_path.setdefault(finding.at.path, Counter())[line] += 1
    lines = []
    for path, fixes in sorted(by_path.items()):
        lines.append(f"{one_line(path)}:")
        lines += [f"  {line}" + (f", {number} times" if number > 1 else "") for line, number in fixes.items()]
    return "".join(f"{line}\n" for line in lines)
