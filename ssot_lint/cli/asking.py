"""Questions to a person at a terminal: on stderr, so that stdout holds what was asked for and nothing else."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence


def at_terminal() -> bool:
    """Tell whether there is somebody to ask, and nobody else who reads what is printed."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str) -> str:
    """Return the answer to a question, without the space around it. UsageError when there are no more answers."""
    from ssot_lint.engine import UsageError  # noqa: PLC0415 - --help must be quick
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same

    click.echo(f"{one_line(question)} ", err=True, nl=False)
    if isinstance(sys.stdin, io.TextIOWrapper):
        with suppress(io.UnsupportedOperation):  # it was done before the first answer
            sys.stdin.reconfigure(errors="replace")  # what cannot be decoded is a wrong answer
    line = sys.stdin.readline()
    if not line:
        click.echo("", err=True)
        raise UsageError("there are no more answers: nothing is written")
    return line.strip()


def agrees(question: str) -> bool:
    """Ask for a yes or a no; Enter alone is a no."""
    while True:
        answer = ask(f"{question} [y]es, [n]o:").lower()
        if answer in ("y", "yes", "n", "no", ""):
            return answer in ("y", "yes")


def chosen(question: str, options: Sequence[str]) -> int:
    """Ask for one of several by its number, and return its index; Enter alone is the first."""
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - --help must be quick

    for number, option in enumerate(options, 1):
        click.echo(one_line(f"  {number}  {option}"), err=True)
    while True:
        answer = ask(f"{question} 1-{len(options)}, Enter for 1:") or "1"
        if answer.isdecimal() and 1 <= int(answer) <= len(options):
            return int(answer) - 1
