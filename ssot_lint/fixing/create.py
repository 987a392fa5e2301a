"""A new file under the root: complete or not there at all, and never in the place of another."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ssot_lint.fixing.exchange import PLAIN, move, remove, sync, write_all
from ssot_lint.fixing.journal import new_name
from ssot_lint.fixing.writable import folder_of

if TYPE_CHECKING:
    from pathlib import Path


def create(root: Path, path: str, content: bytes) -> None:
    """Make a file (posix, relative to the root). FileExistsError if anything has that name; RefusalError, OSError."""
    beside = new_name()
    with folder_of(root, path) as (folder, name):
        try:
            fd = os.open(folder.at(beside), os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN, 0o666, dir_fd=folder.fd)
            try:
                write_all(fd, content)
                os.fsync(fd)
            finally:
                os.close(fd)
            move(folder, beside, name)
            sync(folder)
        finally:
            remove(folder, beside)
