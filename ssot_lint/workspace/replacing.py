"""A file of ours, such as a baseline or a report, written beside its old self and then put in its place."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class NoPlainFileError(Exception):
    """What is there is a link, a folder or a device, and is left as it is."""


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole; its permissions stay. NoPlainFileError, OSError: then nothing has changed."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        if is_odd(path):
            raise NoPlainFileError
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o777)
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink()


def is_odd(path: Path) -> bool:
    """Tell whether anything but a plain file has this name."""
    return path.is_symlink() or (os.path.lexists(path) and not path.is_file())
