"""Where ssot-lint keeps what it remembers between runs: the folder of caches and journals, and that it is ours."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Final

from ssot_lint.parsing.reader import UnreadableSourceError
from ssot_lint.workspace.sources import read_source

FOLDER: Final = ".ssot-lint-cache"
"""Its name in the root; discovery never reads it."""

JOURNALS: Final = "journal"
PACKS: Final = "facts"

_IGNORE: Final = ".gitignore"
_TAG: Final = "CACHEDIR.TAG"
_CONTENTS: Final = {
    _TAG: b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# This file is a cache directory tag created by ssot-lint.\n"
    b"# For information about cache directory tags see https://bford.info/cachedir/\n",
    _IGNORE: b"# Created by ssot-lint.\n*\n",
}
"""What keeps the folder out of backups, and out of git."""


class StorageError(OSError):
    """A folder that is not to be used; the text says why."""


def cache_folder(root: Path, cache_dir: Path | None) -> Path:
    """Return the folder, absolute: the one that was asked for, else that in the root."""
    return Path(os.path.abspath(root / FOLDER if cache_dir is None else cache_dir))  # noqa: PTH100 - links stay


def journal_folder(root: Path, cache_dir: Path | None) -> Path:
    """Return the folder of the project's journals."""
    return _own_folder(root, cache_folder(root, cache_dir), JOURNALS)


def pack_folder(root: Path, cache_dir: Path | None) -> Path:
    """Return the folder of what earlier runs have learnt of the project's files."""
    return _own_folder(root, cache_folder(root, cache_dir), PACKS)


def is_inside(root: Path, folder: Path) -> bool:
    """Tell whether a folder stands in the root, links followed."""
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(root))


def _own_folder(root: Path, folder: Path, name: str) -> Path:
    """Return a folder of the project's own: outside the root projects may share what is above it."""
    if is_inside(root, folder):
        return folder / name
    return folder / name / hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]


def journal_folders(folder: Path) -> list[Path]:
    """Return the folders in which projects have journals here."""
    top = folder / JOURNALS
    inner = sorted(top.iterdir()) if _is_folder(top) else []
    return [one for one in (top, *inner) if _is_folder(one)]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def prepare(root: Path, folder: Path) -> None:
    """Make the folder, such that git and backups leave it out. StorageError, OSError."""
    refuse_foreign(root, folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in _CONTENTS.items():
        if not os.path.lexists(folder / name):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with open(os.open(folder / name, flags, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor has no path
                file.write(content)


def prepare_inner(folder: Path, inner: Path) -> None:
    """Make a folder in one that is prepared; no link on the way to it is followed. StorageError, OSError."""
    inner.mkdir(mode=0o700, parents=True, exist_ok=True)
    if Path(os.path.realpath(inner)) != Path(os.path.realpath(folder)) / inner.relative_to(folder):
        raise StorageError(f"{inner} is a link, or a link leads to it")


def is_usable(root: Path, folder: Path) -> bool:
    """Tell whether the folder may be used: what must not be written is not believed either."""
    try:
        refuse_foreign(root, folder)
    except (OSError, ValueError):
        return False
    return True


def refuse_foreign(root: Path, folder: Path) -> None:
    """Raise StorageError if the folder is there and not ours, or holds the root, or a link in the root leads to it.

    Ours is what has our name or our tag, and what is empty: `clean` removes all that is in it.
    """
    top = Path(os.path.abspath(root))  # noqa: PTH100 - links stay
    inner = folder.relative_to(top) if folder.is_relative_to(top) else None
    if inner is not None and Path(os.path.realpath(folder)) != Path(os.path.realpath(top)) / inner:
        raise StorageError(f"{folder} is a link, or a link leads to it")
    if Path(os.path.realpath(top)).is_relative_to(os.path.realpath(folder)):
        raise StorageError(f"{folder} holds the project")
    try:
        mode = folder.lstat().st_mode if folder.name == FOLDER else folder.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):
        raise StorageError(f"{folder} is no folder")
    if folder.name != FOLDER and not _is_tagged(folder) and {one.name for one in folder.iterdir()} - _CONTENTS.keys():
        raise StorageError(f"{folder} holds other things; caches need a folder of their own")


def _is_tagged(folder: Path) -> bool:
    try:
        return read_source(folder, _TAG) == _CONTENTS[_TAG]
    except UnreadableSourceError:
        return False
