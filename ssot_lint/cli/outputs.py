"""Where the reports of a check go: each format to stdout, to stderr or into its file."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssot_lint.cli.options import wants_color

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssot_lint.model.finding import Severity
    from ssot_lint.model.report import Report

_CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Where GitHub's and GitLab's runners say the repository is."""


@dataclass(frozen=True)
class Outputs:
    """How reports are shown: in colour, with the fixes listed, and for `github` with closing lines and a job summary.

    `root` gives the root of the project, for the servers that look paths up in the whole repository.
    """

    color: str
    show_fixes: bool
    closing: bool
    summary: bool
    root: Callable[[], Path]

    def write(self, report: Report, formats: Sequence[tuple[str, str]]) -> None:
        """Write a report in each of the formats, "" standing for the terminal."""
        alone = all(file or name == "github" for name, file in formats)
        for name, file in formats:
            content = self._content(report, name, file)
            if name != "github":
                put(content, file)
                continue
            put(content, file, err=True)
            if self.summary:
                _append_job_summary(report)
            if self.closing and alone and not file:
                put(_closing(report) + self._below(report), "")

    def _content(self, report: Report, name: str, file: str) -> str:
        from ssot_lint.reporters import FOR_MACHINES, IN_REPOSITORY, PLAIN  # noqa: PLC0415 - --help must not wait

        if name == "text":
            content = self._text(report, terminal=not file and sys.stdout.isatty())
        elif name == "sarif":
            from ssot_lint.reporters.sarif import sarif  # noqa: PLC0415 - only for this format
            from ssot_lint.rules import all_rules  # noqa: PLC0415 - the same

            content = sarif(report, all_rules(), self._folder())
        elif name in IN_REPOSITORY:
            content = IN_REPOSITORY[name](report, self._folder())
        else:
            content = PLAIN[name](report)
        return content if name in FOR_MACHINES or name == "github" else content + self._below(report)

    def _text(self, report: Report, *, terminal: bool) -> str:
        color = wants_color(self.color, terminal=terminal)
        if not report.active and not color and not terminal:
            from ssot_lint.reporters.concise import concise  # noqa: PLC0415 - --help must not wait for the reporters

            return concise(report)  # without findings both say the same
        from ssot_lint.reporters.text import text  # noqa: PLC0415 - rich takes a sixth of a second to import

        return text(report, color=color, width=shutil.get_terminal_size((80, 24)).columns if terminal else None)

    def _below(self, report: Report) -> str:
        """Return what is put under a report for persons."""
        from ssot_lint.reporters.fixes import listed_fixes  # noqa: PLC0415 - --help must not wait for the reporters

        fixes = listed_fixes(report) if self.show_fixes else ""
        return fixes + (_statistics(report) if report.statistics else "")

    def _folder(self) -> str:
        """Return where the root stands in the checkout that a runner speaks of, "" or `a/b/`."""
        for checkout in filter(None, map(os.environ.get, _CHECKOUTS)):
            root = Path(os.path.realpath(self.root()))
            if root.is_relative_to(os.path.realpath(checkout)):
                inside = root.relative_to(os.path.realpath(checkout)).as_posix()
                return "" if inside == "." else f"{inside}/"
        return ""


def split_formats(values: Sequence[str], known: Sequence[str]) -> list[tuple[str, str]]:
    """Return the formats that are asked for as FMT[:FILE], each with its file, "" for stdout."""
    found = [(name, file) for name, _, file in (value.partition(":") for value in values)]
    for name, _ in found:
        if name not in known:
            raise click.UsageError(f'no output format is called "{name}"; there are {", ".join(known)}')
    return found


def put(content: str, file: str, *, err: bool = False) -> None:
    """Print a report, or write it into its file."""
    if not file:
        click.echo(content, nl=False, color=True, err=err)
        return
    try:
        Path(file).write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.ClickException(f"cannot write {file}: {error.strerror}") from None


def _append_job_summary(report: Report) -> None:
    """Append to the file that GitHub shows on the page of a job, if there is one."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    from ssot_lint.reporters.job_summary import job_summary  # noqa: PLC0415 - only on GitHub

    try:
        with Path(file).open("a", encoding="utf-8", newline="\n") as out:
            out.write(job_summary(report))
    except OSError as error:
        raise click.ClickException(f"cannot write the job summary {file}: {error.strerror}") from None


def _closing(report: Report) -> str:
    from ssot_lint.reporters.summary import closing  # noqa: PLC0415 - --help must not wait for the reporters

    return "".join(f"{line}\n" for line in closing(report))


def _statistics(report: Report) -> str:
    counts: Counter[tuple[str, str, Severity]] = Counter()
    for finding in report.active:
        counts[(f"{finding.code}[{finding.name}]", finding.kind, finding.severity)] += 1
    lines = [f"{number:>7}  {rule} {kind} ({severity})" for (rule, kind, severity), number in sorted(counts.items())]
    lines += [f"{seconds:>6.2f}s  {stage}" for stage, seconds in report.statistics.items()]
    lines += [f"{report.parsed:>7}  parsed", f"{report.analysed - report.parsed:>7}  known from earlier runs"]
    return "\n".join(lines) + "\n"
