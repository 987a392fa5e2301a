"""Reading source files: regular files under the root only, up to a size."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping  # noqa: TC003 - workers unpack Sources
from pathlib import Path  # noqa: TC003 - the same
from typing import Final, NamedTuple

from ssot_lint.parsing.reader import UnreadableSourceError

MAX_BYTES: Final = 20_000_000
"""A larger file is not read."""


def read_source(root: Path, path: str) -> bytes:
    """Return a file's bytes; raises UnreadableSourceError with the reason where it cannot be had."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(root / path, flags)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UnreadableSourceError("unreadable", str(reason).lower()) from None
    with open(descriptor, "rb") as file:  # noqa: PTH123 - an open descriptor has no path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableSourceError("unreadable", "not a regular file")
        if status.st_size > MAX_BYTES:
            raise UnreadableSourceError("over-limit", f"larger than {MAX_BYTES // 1_000_000} MB")
        try:
            return file.read()
        except OSError as error:
            raise UnreadableSourceError("unreadable", (error.strerror or "read error").lower()) from None


class Sources(NamedTuple):
    """The files under a root, some of them with other bytes than on disk; goes to workers as it is."""

    root: Path
    contents: Mapping[str, bytes]

    def read(self, path: str) -> bytes:
        """Return a file's bytes. UnreadableSourceError."""
        data = self.contents.get(path)
        return read_source(self.root, path) if data is None else data

    def size(self, path: str) -> int:
        """Return how many bytes a file has, 0 if nobody knows."""
        if path in self.contents:
            return len(self.contents[path])
        status = self.status(path)
        return status.st_size if status is not None else 0

    def status(self, path: str) -> os.stat_result | None:
        """Return the status of a file on disk, None if it cannot be had."""
        try:
            return os.lstat(f"{self.root}/{path}")
        except (OSError, ValueError):
            return None
