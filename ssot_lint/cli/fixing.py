"""The part of `ssot-lint check` that fixes: its options, and what it runs."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from ssot_lint.cli.console import ProgressBar
from ssot_lint.cli.options import wants_color
from ssot_lint.cli.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ssot_lint.engine.fixing import Fixed, Verification
    from ssot_lint.engine.options import Options
    from ssot_lint.fixing.verify import Trial

_MOST_RUNS: Final = 20
"""How often the command of --verify is run at the most."""


@dataclass(frozen=True)
class Asked:
    """What the command line says about fixes."""

    fix: bool = False
    unsafe: bool = False
    only: bool = False
    diff: bool = False
    interactive: bool = False
    verify: str | None = None
    show: bool = False
    fixable: tuple[str, ...] | None = None
    unfixable: tuple[str, ...] = ()
    fail_on_fix: bool = False

    @property
    def any(self) -> bool:
        """Whether fixes are asked for at all."""
        return self.fix or self.only or self.diff or self.interactive or self.verify is not None


def fix_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about fixes; they arrive as one `fixes`, the selectors of rules still as they are written."""

    @click.option("--fix", is_flag=True, help="Make the safe fixes.")
    @click.option("--unsafe-fixes", "unsafe", is_flag=True, help="With --fix or --diff: the unproven ones, too.")
    @click.option("--fix-only", "only", is_flag=True, help="Make the fixes, and say nothing of what is left.")
    @click.option("--diff", is_flag=True, help="Print what --fix would change as a diff, and change nothing.")
    @click.option("--interactive", is_flag=True, help="Ask before each fix; the questions are on stderr.")
    @click.option("--verify", metavar="CMD", help="Run this in the root, and take back the fixes that make it fail.")
    @click.option("--show-fixes", "show", is_flag=True, help="List every fix that was made, or could be.")
    @click.option("--fixable", multiple=True, metavar="RULES", help="Make the fixes of these rules only.")
    @click.option("--unfixable", multiple=True, metavar="RULES", help="Make no fixes of these rules.")
    @click.option("--exit-non-zero-on-fix", "fail_on_fix", is_flag=True, help="Exit 1 if anything was fixed.")
    @functools.wraps(command)
    def with_fixes(*args: object, **values: Any) -> object:  # noqa: ANN401 - click's values, by name
        own = {name: values.pop(name) for name in Asked.__dataclass_fields__}
        own["fixable"] = own["fixable"] or None
        return command(*args, fixes=Asked(**own), **values)

    return with_fixes


def run_fixes(options: Options, asked: Asked, color: str, *, with_edits: bool) -> Fixed:
    """Make the fixes, or only find out what they would do."""
    from ssot_lint.engine.fixing import fix, preview  # noqa: PLC0415 - only for this option
    from ssot_lint.engine.repairing import Wanted  # noqa: PLC0415 - the same
    from ssot_lint.fixing.write import BusyError, JournalError  # noqa: PLC0415 - the same

    accept = None
    if asked.interactive:
        accept = Questions(color=wants_color(color, terminal=sys.stderr.isatty()))
    wanted = Wanted(asked.unsafe, asked.fixable, asked.unfixable, accept, with_edits)
    if asked.diff:
        return preview(options, wanted)
    try:
        return fix(options, wanted, _verification(asked.verify, options) if asked.verify is not None else None)
    except (BusyError, JournalError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        said = f"{error.filename}: {error.strerror.lower()}" if error.filename and error.strerror else str(error)
        raise click.ClickException(f"nothing was changed: {said}") from None


def _verification(command: str, options: Options) -> Verification:
    from ssot_lint.engine.fixing import Verification  # noqa: PLC0415 - only for this option
    from ssot_lint.fixing.verify import run_command  # noqa: PLC0415 - the same
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same

    def run(root: Path) -> Trial:
        return run_command(command, root)

    def said(line: str) -> None:
        if isinstance(options.progress, ProgressBar):
            options.progress.end()
        click.echo(one_line(f"--verify: {line}"), err=True)

    return Verification(run, _MOST_RUNS, said)


def print_diff(diff: bytes, color: str) -> None:
    """Print a diff: byte for byte where a program reads it, harmless and in colours where a person does."""
    from ssot_lint.reporters.diff import shown_diff  # noqa: PLC0415 - only for this option

    if not diff:
        return
    if sys.stdout.isatty():
        for line in shown_diff(diff, color=wants_color(color, terminal=True)):
            click.echo(line, color=True)
    else:
        click.echo(diff, nl=False)
