"""`text`: for a person at a terminal; grouped by concept, the source line with its span, the chain, the places."""

from __future__ import annotations

import functools
import io
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ssot_lint.reporters.neutral import one_line
from ssot_lint.reporters.summary import closing

if TYPE_CHECKING:
    from ssot_lint.model.finding import Finding, Severity
    from ssot_lint.model.report import Report

_LONGEST = 1_000
"""A longer source line is not shown: nobody would see the place in it."""

_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}


def text(report: Report, *, color: bool, width: int | None = None) -> str:
    """Return the report for a terminal of `width` columns, without one for a file or a pipe: nothing is wrapped."""
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
    show = functools.partial(console.print, soft_wrap=width is None)
    ordered = sorted(report.active, key=lambda one: (not one.concept, one.concept))
    for concept, group in groupby(ordered, key=lambda one: one.concept):
        findings = list(group)
        show(_heading(report, concept, len(findings)))
        show()
        for finding in findings:
            for line in _finding(report, finding):
                console.print(line, soft_wrap=width is None or line.plain.startswith("  "))
            show()
    for notice in report.notices:
        style = "bold red" if notice.blocking else "dim"
        show(Text.assemble((one_line(notice.path), "bold"), ": ", (notice.kind, style), ": ", one_line(notice.message)))
    for last in closing(report):
        show(Text(last, "bold"))
    return "\n".join(line.rstrip(" ") for line in out.getvalue().split("\n"))


def _heading(report: Report, concept: str, number: int) -> Text:
    title = one_line(concept) if concept else "without a concept"
    score = report.scores.get(concept)
    parts = f"{number} finding{'' if number == 1 else 's'}"
    if score is not None:
        parts += f", score {score.score:g} ({score.canonical} of {score.total} imports are canonical)"
    return Text.assemble((title, "bold underline"), "  ", (parts, "dim"))


def _finding(report: Report, finding: Finding) -> list[Text]:
    place = one_line(str(finding.at))
    lines = [
        Text.assemble(
            (place, "bold"),
            ": ",
            (f"{finding.code}[{finding.name}]", _STYLES[finding.severity]),
            (f" {finding.kind}", "dim"),
        ),
        Text(one_line(finding.message)),
    ]
    lines += _source(report, finding)
    for hop in finding.chain:
        lines.append(Text(f"  {one_line(hop.path)}:{hop.line}: {one_line(hop.name)} {one_line(hop.how)}", "dim"))
    for one in finding.related:
        lines.append(Text(f"  {one_line(str(one.at))}: {one_line(one.message)}", "dim"))
    if finding.remedy is not None:
        lines.append(Text.assemble(("  do: ", "bold green"), one_line(finding.remedy.title)))
    return lines


def _source(report: Report, finding: Finding) -> list[Text]:
    """Return the source line and a line that marks the span."""
    at = finding.at
    source = report.lines.get((at.path, at.line))
    if source is None or len(source) > _LONGEST:
        return []
    source = source.replace("\t", " ")
    end = at.end_column if at.end_line == at.line else len(source) + 1
    before, inside = one_line(source[: at.column - 1]), one_line(source[at.column - 1 : end - 1])
    gutter = f"  {at.line} | "
    marked = Text.assemble((gutter, "dim"), before, (inside, _STYLES[finding.severity]), one_line(source[end - 1 :]))
    marks = " " * cell_len(before) + "^" * max(cell_len(inside), 1)
    marker = Text(" " * (len(gutter) - 2) + "| " + marks, "dim")
    return [marked, marker]
