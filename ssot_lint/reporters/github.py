"""`github`: annotations, as the workflow commands that GitHub's runner obeys."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from ssot_lint.reporters.neutral import command_data, command_property
from ssot_lint.reporters.order import urgent_first
from ssot_lint.reporters.summary import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.finding import Finding, Notice
    from ssot_lint.model.report import Report

MOST_OF_A_LEVEL: Final = 10
"""GitHub drops what a step says beyond that."""

_COMMANDS: Final = {"error": "error", "warning": "warning", "info": "notice"}


def github(report: Report, folder: str = "") -> str:
    """Return the commands, the most urgent first, and how many there was no room for.

    `folder` is where the root stands in the repository, "" or `a/b/`.
    """
    said: Counter[str] = Counter()
    lines = []
    for command, line in _annotations(report, folder):
        said[command] += 1
        if said[command] <= MOST_OF_A_LEVEL:
            lines.append(line)
    left = sum(said.values()) - len(lines)
    if left and not report.quiet:
        lines.append(f"{counted(left, 'annotation')} left out: GitHub shows {MOST_OF_A_LEVEL} of a level")
    return "".join(f"{line}\n" for line in lines)


def _annotations(report: Report, folder: str) -> Iterator[tuple[str, str]]:
    """Yield level and command: what blocks the verdict, the findings, the other notices."""
    for notice in report.notices:
        if notice.blocking:
            yield "error", _notice("error", notice, folder)
    for finding in urgent_first(report.active):
        command = _COMMANDS[finding.severity]
        yield command, _finding(command, finding, folder)
    for notice in report.notices:
        if not notice.blocking:
            yield "notice", _notice("notice", notice, folder)


def _finding(command: str, finding: Finding, folder: str) -> str:
    at = finding.at
    place = {"file": f"{folder}{at.path}", "line": str(at.line), "endLine": str(at.end_line)}
    if at.line == at.end_line:  # GitHub refuses columns of a longer stretch
        place |= {"col": str(at.column), "endColumn": str(at.end_column)}
    notes = [f"{one.at}: {one.message}" for one in finding.related]
    return _command(command, {**place, "title": f"{finding.code} {finding.name}"}, [finding.message, *notes])


def _notice(command: str, notice: Notice, folder: str) -> str:
    place = {"file": f"{folder}{notice.path}"} if notice.path else {}
    return _command(command, {**place, "title": notice.kind}, [notice.message])


def _command(command: str, properties: dict[str, str], lines: list[str]) -> str:
    stated = ",".join(f"{key}={command_property(value)}" for key, value in properties.items())
    return f"::{command} {stated}::{'%0A'.join(map(command_data, lines))}"
