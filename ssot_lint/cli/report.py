"""`ssot-lint report`: one module a format, loaded when it is asked for."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ssot_lint.cli.options import project_options

if TYPE_CHECKING:
    from ssot_lint.engine import Options

FORMATS: Final = {"markdown": "report_markdown"}
"""The module of each format, in this package; its `deliver(options, concepts, output)` returns the exit code."""


@click.command("report")
@click.argument("concepts", nargs=-1, metavar="[CONCEPT]...")
@click.option(
    "--format",
    "name",
    type=click.Choice(list(FORMATS)),
    default="markdown",
    help="markdown (default): the tracker, ready to be the body of an issue.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write it there, over the last report: its notes are kept, and its figures are compared with.",
)
@project_options
def command(options: Options, concepts: tuple[str, ...], name: str, output: Path | None) -> int:
    """Report on the concepts of the policy, or on some of them: findings, tests, plan, and what has changed.

    Nothing is ticked by hand: every run ticks the boxes anew from what it finds. What a person writes between
    "<!-- ssot-lint: notes NAME -->" and "<!-- ssot-lint: end notes -->" stays as it is. A file that is no report of
    ssot-lint is never written over.
    """
    module = importlib.import_module(f"ssot_lint.cli.{FORMATS[name]}")
    code: int = module.deliver(options, concepts, output)
    return code
