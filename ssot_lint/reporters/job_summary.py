"""The job summary of GitHub, in Markdown: the concepts with their scores, every finding, the notices."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ssot_lint.model.report import SEVERITIES
from ssot_lint.reporters.neutral import markdown_text
from ssot_lint.reporters.order import urgent_first
from ssot_lint.reporters.summary import closing, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.report import Report

_ROOM: Final = 900_000
"""Bytes; GitHub takes 1 MiB from a step, and shows nothing of a longer summary."""


def job_summary(report: Report) -> str:
    """Return the summary; findings that there is no room for are counted."""
    head = ["## ssot-lint", "", *(f"{markdown_text(line)}  " for line in closing(replace(report, quiet=False))), ""]
    head += [*_concepts(report), *_notices(report)]
    rows = list(_rows(report))
    text = "\n".join(head) + "\n"
    if not rows:
        return text
    text += "| severity | place | rule | finding |\n|---|---|---|---|\n"
    shown, left = _fitting(rows, _ROOM - len(text.encode()))
    text += "".join(shown)
    return f"{text}\n{counted(left, 'more finding')}\n" if left else f"{text}\n"


def _fitting(rows: Iterable[str], room: int) -> tuple[list[str], int]:
    """Return the rows that fit in so many bytes, and how many do not."""
    shown = []
    left = 0
    for row in rows:
        room -= len(row.encode())
        if room >= 0 and not left:
            shown.append(row)
        else:
            left += 1
    return shown, left


def _concepts(report: Report) -> Iterator[str]:
    """Yield a table of the concepts that have a score or findings."""
    counts = Counter((one.concept, one.severity) for one in report.active if one.concept)
    names = sorted({*report.scores, *(name for name, _ in counts)})
    if not names:
        return
    yield from ["| concept | score | errors | warnings | infos |", "|---|---|--:|--:|--:|"]
    for name in names:
        score = report.scores.get(name)
        parts = f"{score.score:g} ({score.canonical} of {score.total} canonical)" if score is not None else ""
        numbers = " | ".join(str(counts[(name, severity)]) for severity in SEVERITIES)
        yield f"| {markdown_text(name)} | {parts} | {numbers} |"
    yield ""


def _notices(report: Report) -> Iterator[str]:
    if not report.notices:
        return
    yield from ["| notice | file | |", "|---|---|---|"]
    shown = sorted(report.notices, key=lambda one: not one.blocking)
    rows, left = _fitting(
        (f"| {one.kind} | {markdown_text(one.path)} | {markdown_text(one.message)} |" for one in shown), _ROOM // 3
    )
    yield from rows
    if left:
        yield from ["", counted(left, "more notice")]
    yield ""


def _rows(report: Report) -> Iterator[str]:
    for one in urgent_first(report.active):
        rule = f"{one.code} {one.name}"
        cells = [one.severity, markdown_text(str(one.at)), rule, markdown_text(one.message)]
        yield f"| {' | '.join(cells)} |\n"
