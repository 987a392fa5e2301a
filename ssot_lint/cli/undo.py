"""`ssot-lint undo`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ssot_lint.cli.options import storage_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@click.command("undo")
@storage_options
def command(root: Path, cache_dir: Path | None) -> int:
    """Roll the last --fix back from its journal. A file that was edited since stays as it is.

    Exit code 0 if every file was restored, or there was nothing to undo; 1 if one was left as it is.
    """
    from ssot_lint.fixing.write import undo  # noqa: PLC0415 - --help must be quick
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same
    from ssot_lint.workspace.storage import journal_folder  # noqa: PLC0415 - the same

    journals = journal_folder(root, cache_dir)
    with failures_told():
        if roll_back_interrupted(root, journals):
            click.echo('"ssot-lint undo" once more undoes the run before it')
            return 0
        outcome = undo(root, journals)
    for path in outcome.written:
        click.echo(one_line(f"restored {path}"))
    for refused in outcome.refused:
        click.echo(one_line(f"left {refused.path}: {refused.reason}"))
    click.echo(one_line(_summary(root, len(outcome.written), len(outcome.refused))))
    return 1 if outcome.refused else 0


def _summary(root: Path, restored: int, left: int) -> str:
    if not restored and not left:
        return f"nothing to undo in {root}"
    text = f"{_files(restored)} restored"
    return f'{text}, {left} left; "ssot-lint undo" can be tried again' if left else text


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def roll_back_interrupted(root: Path, journals: Path) -> bool:
    """Roll an interrupted run back, if there was one, and say which files hold their old bytes again."""
    from ssot_lint.fixing.write import recover  # noqa: PLC0415 - --help must be quick
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - the same

    restored = recover(root, journals)
    for path in restored:
        click.echo(one_line(f"restored {path}"))
    if restored:
        click.echo(f"an interrupted run was rolled back: {_files(len(restored))} restored")
    return bool(restored)


@contextmanager
def failures_told() -> Iterator[None]:
    """Make what keeps journals from being read, or files from being written, a message to the user."""
    from ssot_lint.fixing.write import BusyError, JournalError  # noqa: PLC0415 - --help must be quick

    try:
        yield
    except (BusyError, JournalError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        said = f"{error.filename}: {error.strerror.lower()}" if error.filename and error.strerror else str(error)
        raise click.ClickException(said) from None
