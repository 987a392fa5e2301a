"""Which files may be written at all: those that are plainly the user's own, under the root, and as they were read."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ssot_lint.fixing.exchange import Folder, RefusalError, Traits, opened, see, traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def folder_of(root: Path, path: str) -> Iterator[tuple[Folder, str]]:
    """Open the folder of a file (posix, relative to the root), and give it with the file's name.

    RefusalError if the path must not be followed or does not lead to a folder, also where that is found out later.
    """
    parts = _parts(path)
    try:
        with opened(root, parts[:-1]) as folder:
            yield folder, parts[-1]
    except FileNotFoundError:
        raise RefusalError("it is gone") from None
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            raise RefusalError("its folder is a link, or no folder") from None
        raise


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    odd = "\\:" if sys.platform == "win32" else ""
    if any(part in ("", ".", "..") or "\0" in part or any(one in part for one in odd) for part in parts):
        raise RefusalError("it is outside the root")
    if any(part.rstrip(". ").casefold() in (".git", "git~1") for part in parts):
        raise RefusalError("it belongs to git")
    return parts


def reason_of(refusal: RefusalError | PermissionError) -> str:
    """Say why, for the user."""
    return str(refusal) if isinstance(refusal, RefusalError) else f"the system forbids it: {refusal.strerror}"


def inspected(root: Path, path: str, expected: str | None, traits: Traits | None) -> Traits:
    """Return what the new file must take over: `traits` where no file is expected.

    RefusalError if it must not be written.
    """
    try:
        with folder_of(root, path) as (folder, name):
            _inspect_folder(folder)
            if expected is None and traits is not None:
                if see(folder, name):
                    raise RefusalError("it has been made since")
                return traits
            _inspect(folder, name, expected)
            return traits_of(folder, name)
    except PermissionError as error:
        raise RefusalError(reason_of(error)) from None


def _inspect_folder(folder: Folder) -> None:
    if folder.fd is not None:
        if not os.fstat(folder.fd).st_mode & stat.S_IWUSR:
            raise RefusalError("its folder is read-only")
        effective = os.access in os.supports_effective_ids
        if not os.access(".", os.W_OK | os.X_OK, dir_fd=folder.fd, effective_ids=effective):
            raise RefusalError("its folder cannot be written")


def _inspect(folder: Folder, name: str, expected: str | None) -> None:
    seen = see(folder, name)
    if seen is None:
        raise RefusalError("it is gone")
    status = seen.status
    reasons = (
        (stat.S_ISLNK(status.st_mode), "it is a link"),
        (not stat.S_ISREG(status.st_mode), "it is no regular file"),
        (status.st_nlink > 1, f"it has {status.st_nlink} hard links"),
        (_is_foreign(status), "it belongs to another user"),
        (not status.st_mode & stat.S_IWUSR, "it is read-only"),
        (seen.token != expected, "it has changed since it was read"),
    )
    for holds, reason in reasons:
        if holds:
            raise RefusalError(reason)


def _is_foreign(status: os.stat_result) -> bool:
    if sys.platform == "win32":
        return False
    else:  # noqa: RET505 - the type checker reads what is behind a test of the platform as unreachable elsewhere
        return os.geteuid() not in (0, status.st_uid)
