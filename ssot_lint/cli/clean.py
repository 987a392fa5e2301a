"""`ssot-lint clean`."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from ssot_lint.cli.options import storage_options
from ssot_lint.cli.undo import failures_told, roll_back_interrupted

if TYPE_CHECKING:
    from pathlib import Path


@click.command("clean")
@storage_options
def command(root: Path, cache_dir: Path | None) -> int:
    """Remove caches and journals; the last --fix cannot be undone then. An interrupted run is rolled back first."""
    from ssot_lint.reporters.neutral import one_line  # noqa: PLC0415 - --help must be quick
    from ssot_lint.workspace import storage  # noqa: PLC0415 - the same

    folder = storage.cache_folder(root, cache_dir)
    if not os.path.lexists(folder):
        click.echo(one_line(f"nothing to clean: there is no {folder}"))
        return 0
    with failures_told():
        storage.refuse_foreign(root, folder)
        journals = storage.journal_folder(root, cache_dir)
        roll_back_interrupted(root, journals)
        _remove(root, folder, journals, storage.journal_folders(folder))
    click.echo(one_line(f"removed {folder}"))
    return 0


def _remove(root: Path, folder: Path, own: Path, journals: list[Path]) -> None:
    """Remove the folder, while no project that has journals there can begin to write."""
    from ssot_lint.fixing.journal import BusyError, locked  # noqa: PLC0415 - --help must be quick

    with ExitStack() as locks:
        for one in [own, *(other for other in journals if other != own)]:
            store = locks.enter_context(locked(root if one == own else folder, one, create=True))
            if store.running() is not None:
                raise BusyError(f"an interrupted run waits to be rolled back; its journal is in {one}")
        if sys.platform != "win32":
            shutil.rmtree(folder)
    if sys.platform == "win32":  # an open file cannot be deleted there
        shutil.rmtree(folder)
