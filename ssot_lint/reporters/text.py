"""`text`: for a person at a terminal; grouped by concept, the source line with its span, the chain, the places."""

from __future__ import annotations

import io
import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from ssot_lint.reporters.neutral import one_line
from ssot_lint.reporters.summary import closing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssot_lint.model.finding import Finding, Severity
    from ssot_lint.model.fix import Remedy
    from ssot_lint.model.report import Report

_LONGEST = 1_000
"""A longer source line is not shown: nobody would see the place in it."""

_ABOUT_FIXES = ("fix-withheld", "fix-failed", "write-refused", "rolled-back")

_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}


def text(report: Report, *, color: bool, width: int | None = None) -> str:
    """Return the report for a terminal of `width` columns, without one for a file or a pipe: nothing is wrapped."""
    lines: list[Text] = []
    ordered = sorted(report.active, key=lambda one: (not one.concept, one.concept))
    for concept, group in groupby(ordered, key=lambda one: one.concept):
        findings = list(group)
        lines += [*_heading(report, concept, len(findings), width), Text()]
        for finding in findings:
            lines += [*_finding(report, finding, width), Text()]
    for notice in report.notices:
        style = "bold red" if notice.blocking else "yellow" if notice.kind in _ABOUT_FIXES else "dim"
        said = f"{one_line(notice.path)}: {notice.kind}: {one_line(notice.message)}"
        lines += _wrapped(said, style, width, hang="  ")
    for last in closing(report):
        lines += _wrapped(last, "bold", width)
    return _printed(lines, color=color, width=width)


def in_short(findings: Sequence[Finding], *, color: bool, width: int | None) -> str:
    """Return what a question about the fix of these findings starts with."""
    lines: list[Text] = []
    for finding in findings:
        lines += [_title(finding), *_wrapped(one_line(finding.message), "", width)]
    remedy = findings[0].remedy
    if remedy is not None:
        lines += _remedy(remedy, width)
    return _printed(lines, color=color, width=width)


def _printed(lines: Iterable[Text], *, color: bool, width: int | None) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    return "\n".join(line.rstrip(" ") for line in out.getvalue().split("\n"))


def _wrapped(said: str, style: str, width: int | None, *, hang: str = "") -> list[Text]:
    """Wrap a sentence at words to a width; what follows its first line hangs."""
    if width is None:
        return [Text(said, style)]
    parts = textwrap.wrap(
        said, width, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
    return [Text(part, style) for part in parts]


def _heading(report: Report, concept: str, number: int, width: int | None) -> list[Text]:
    title = one_line(concept) if concept else "without a concept"
    score = report.scores.get(concept)
    parts = f"{number} finding{'' if number == 1 else 's'}"
    if score is not None:
        parts += f", score {score.score:g} ({score.canonical} of {score.total} imports are canonical)"
    if width is not None and cell_len(title) + 2 + cell_len(parts) > width:
        return [Text(title, "bold underline"), *_wrapped(parts, "dim", width)]
    return [Text.assemble((title, "bold underline"), "  ", (parts, "dim"))]


def _finding(report: Report, finding: Finding, width: int | None) -> list[Text]:
    lines = [_title(finding), *_wrapped(one_line(finding.message), "", width)]
    lines += _source(report, finding, width)
    notes = [f"  {one_line(hop.path)}:{hop.line}: {one_line(hop.name)} {one_line(hop.how)}" for hop in finding.chain]
    notes += [f"  {one_line(str(one.at))}: {one_line(one.message)}" for one in finding.related]
    for note in notes:
        lines += _wrapped(note, "dim", width, hang="      ")
    if finding.remedy is not None:
        lines += _remedy(finding.remedy, width)
    return lines


def _title(finding: Finding) -> Text:
    return Text.assemble(
        (one_line(str(finding.at)), "bold"),
        ": ",
        (f"{finding.code}[{finding.name}]", _STYLES[finding.severity]),
        (f" {finding.kind}", "dim"),
    )


def _remedy(remedy: Remedy, width: int | None) -> list[Text]:
    """Say what to do: by --fix, by --unsafe-fixes and why not by --fix, or by hand."""
    label = {"safe": "fix", "unsafe": "unsafe fix", "display": "do"}[remedy.applicability]
    lines = _wrapped(f"  {label}: {one_line(remedy.title)}", "green", width, hang="      ")
    if remedy.reason:
        lines += _wrapped(f"    since {one_line(remedy.reason)}", "dim", width, hang="      ")
    return lines


def _source(report: Report, finding: Finding, width: int | None) -> list[Text]:
    """Return the source line and a line that marks the span; of a long line the part around the span."""
    at = finding.at
    source = report.lines.get((at.path, at.line))
    if source is None or len(source) > _LONGEST:
        return []
    source = source.replace("\t", " ")
    end = at.end_column if at.end_line == at.line else len(source) + 1
    parts = (source[: at.column - 1], source[at.column - 1 : end - 1], source[end - 1 :])
    before, inside, after = (one_line(part) for part in parts)
    gutter = f"  {at.line} | "
    if width is not None:
        before, inside, after = _cut(before, inside, after, width - len(gutter))
    marked = Text.assemble((gutter, "dim"), before, (inside, _STYLES[finding.severity]), after)
    marks = " " * cell_len(before) + "^" * max(cell_len(inside), 1)
    return [marked, Text(" " * (len(gutter) - 2) + "| " + marks, "dim")]


def _cut(before: str, inside: str, after: str, width: int) -> tuple[str, str, str]:
    """Cut a source line to a width, so that what is marked stays in sight."""
    before = before.lstrip() if cell_len(before + inside + after) > width else before
    if cell_len(inside) > width:
        return "", _head(inside, width), ""
    room = width - cell_len(inside)
    if cell_len(before) > room:
        before = _tail(before, room)
    return before, inside, _head(after, room - cell_len(before))


def _head(part: str, width: int) -> str:
    return part if cell_len(part) <= width else set_cell_size(part, max(width - 1, 0)) + "…" * (width > 0)


def _tail(part: str, width: int) -> str:
    while part and cell_len(part) > width - 1:
        part = part[1:]
    return "…" * (width > 0) + part
