"""The part of `ssot-lint report` that writes the tracker in Markdown, over the last one if there is one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from ssot_lint.cli.console import ProgressBar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ssot_lint.engine import Options
    from ssot_lint.model.report import Report


def deliver(options: Options, concepts: Sequence[str], output: Path | None) -> int:
    """Print the tracker, or write it into a file; return the exit code."""
    from ssot_lint import engine  # noqa: PLC0415 - --help must not wait for the engine
    from ssot_lint.reporters.summary import counted  # noqa: PLC0415 - the same
    from ssot_lint.reporters.tracker import ROOM, length, tracker_text  # noqa: PLC0415 - the same
    from ssot_lint.reporters.tracker_file import TrackerError, read_tracker  # noqa: PLC0415 - the same
    from ssot_lint.studies.tracker import tracker_of  # noqa: PLC0415 - the same

    there = _read(output) if output is not None else b""
    try:
        former = read_tracker(there.decode("utf-8", "surrogateescape"))
    except TrackerError as error:
        raise click.ClickException(f"{output} is left as it is: {error}") from None
    progress = ProgressBar()
    options = engine.with_baseline(dataclasses.replace(options, progress=progress))
    try:
        tracker = tracker_of(options, concepts, former.figures, former.before)
    finally:
        progress.end()
    text = tracker_text(tracker, former.notes)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text.encode("utf-8", "surrogateescape"), there)
    if length(text) > ROOM:
        said = f"the report has {counted(length(text), 'character')}; GitHub takes {ROOM:,} for an issue"
        click.echo(said, err=True)
    return _incomplete(tracker.report)


def _read(output: Path) -> bytes:
    """Return the bytes of a former report, nothing where there is none."""
    from ssot_lint.workspace.replacing import is_odd  # noqa: PLC0415 - --help must be quick

    try:
        if is_odd(output):
            raise click.ClickException(f"{output} is left as it is: it is no regular file")
        return output.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise click.ClickException(f"{output} cannot be read: {(error.strerror or '').lower()}") from None


def _write(output: Path, data: bytes, there: bytes) -> None:
    """Put the report into its place, unless somebody has written there while the project was read."""
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - --help must be quick
    from ssot_lint.workspace.replacing import NoPlainFileError, replace_file  # noqa: PLC0415 - the same

    if _read(output) != there:
        raise click.ClickException(f"{output} is left as it is: it has changed meanwhile; run it again")
    if data == there:
        click.echo(one_line(f"{output} is as it was"))
        return
    try:
        replace_file(output, data)
    except NoPlainFileError:
        raise click.ClickException(f"{output} is left as it is: it is no regular file") from None
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {(error.strerror or '').lower()}") from None
    click.echo(one_line(f"wrote {output}"))


def _incomplete(report: Report) -> int:
    """Say on stderr what could not be analysed, and return the exit code that follows from it."""
    from ssot_lint.reporters.concise import notice_line  # noqa: PLC0415 - --help must be quick

    blocking = [notice_line(notice) for notice in report.notices if notice.blocking]
    for line in blocking:
        click.echo(line, err=True)
    return 2 if blocking else 0
