"""The part of `ssot-lint check` that adds suppression comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from ssot_lint.cli.fixing import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssot_lint.engine import Options
    from ssot_lint.model.report import Report

_OPTION: Final = "--add-ignore"

ignore_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    _OPTION,
    metavar="[=REASON]",
    help="Suppress everything that is found, with a comment on its line. undo takes it back.",
)


class WithBareIgnore(click.Command):
    """A command on which `--add-ignore` takes what stands behind it as a path, and only `=REASON` as its reason."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give the bare option an empty reason."""
        options = args.index("--") if "--" in args else len(args)
        bare = [f"{one}=" if one == _OPTION else one for one in args[:options]]
        return super().parse_args(ctx, [*bare, *args[options:]])


def refuse_with_fixes(fixes: Asked) -> None:
    """Refuse to suppress and to repair in one run."""
    if fixes != Asked():
        raise click.UsageError(f"{_OPTION} accepts what is found, and does not combine with options about fixes")


def run_ignores(options: Options, reason: str, *, err: bool) -> Report:
    """Add the suppressions, say how many they are, and return the report of what is left."""
    from ssot_lint.engine.ignoring import add_ignores  # noqa: PLC0415 - only for this option
    from ssot_lint.fixing.write import BusyError, JournalError  # noqa: PLC0415 - the same
    from ssot_lint.reporters.summary import counted  # noqa: PLC0415 - the same

    try:
        done = add_ignores(options, reason.strip())
    except (BusyError, JournalError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        said = f"{error.filename}: {error.strerror.lower()}" if error.filename and error.strerror else str(error)
        raise click.ClickException(f"nothing was changed: {said}") from None
    where = f" in {counted(done.files, 'file')}" if done.added else ""
    click.echo(f"{counted(done.added, 'suppression')} added{where}", err=err)
    return done.report
