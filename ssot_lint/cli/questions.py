"""The questions of `--interactive`: on stderr, so that stdout holds the report and nothing else."""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from ssot_lint.engine.repairing import Fix

_ANSWERS: Final = {answer: answer[0] for answer in ("y", "yes", "n", "no", "a", "all", "q", "quit")}
_HELP: Final = """\
  y  make this fix
  n  leave it (so does Enter alone)
  a  make this one and all others of {}
  q  ask no more; what was accepted is made"""


class Questions:
    """Asks about one fix after the other. A finding that was left is not asked about again when lines have moved."""

    def __init__(self, *, color: bool) -> None:
        self._color = color
        self._all_of: set[tuple[str, str]] = set()
        self._left: set[tuple[str, ...]] = set()
        self._ended = False
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # what cannot be decoded is a wrong answer

    def __call__(self, fix: Fix, diff: bytes) -> bool:
        """Show a fix and its diff, and return whether it is to be made."""
        fingerprints = tuple(finding.fingerprint for finding in fix.findings)
        first = fix.findings[0]
        group = (first.concept or first.name, fix.remedy.applicability)
        if group in self._all_of:
            return True
        if self._ended or fingerprints in self._left:
            return False
        self._show(fix, diff)
        answer = self._answer(group[0] if group[1] == "safe" else f"{group[0]}, unsafe ones too")
        self._ended = answer == "q"
        if answer == "a":
            self._all_of |= {group, (group[0], "safe")}
        elif answer == "n":
            self._left.add(fingerprints)
        return answer in ("y", "a")

    def _show(self, fix: Fix, diff: bytes) -> None:
        from ssot_lint.reporters.diff import shown_diff  # noqa: PLC0415 - only for this option
        from ssot_lint.reporters.text import in_short  # noqa: PLC0415 - rich takes a sixth of a second to import

        width = shutil.get_terminal_size((80, 24)).columns if sys.stderr.isatty() else None
        said = in_short(fix.findings, color=self._color, width=width)
        for line in [said.rstrip("\n"), *shown_diff(diff, color=self._color)]:
            click.echo(line, err=True, color=True)

    def _answer(self, everything: str) -> str:
        from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - only for this option

        while True:
            question = f"make this fix? [y]es, [n]o, [a]ll of {one_line(everything)}, [q]uit: "
            click.echo(question, err=True, nl=False)
            line = sys.stdin.readline() if sys.stdin is not None else ""
            if not line:
                click.echo("\nthere are no more answers: nothing more is accepted", err=True)
                return "q"
            answer = _ANSWERS.get(line.strip().lower() or "n")
            if answer is not None:
                click.echo("", err=True)
                return answer
            click.echo(_HELP.format(one_line(everything)), err=True)
