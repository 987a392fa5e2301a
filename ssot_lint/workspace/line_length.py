"""How long the project's lines may be, as its formatter is told: fixes keep to it."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import tomli

from ssot_lint.parsing.reader import UnreadableSourceError
from ssot_lint.workspace.sources import read_source

if TYPE_CHECKING:
    from pathlib import Path

_DEFAULT: Final = 88  # of ruff and black
_LARGEST: Final = 10_000
_MOST_BYTES: Final = 1_000_000
_MOST_EXTENDED: Final = 10
_PYPROJECT: Final = "pyproject.toml"
_OTHER_TOOLS: Final = (("black", "line-length"), ("isort", "line_length"), ("isort", "line-length"))


class LineLengths:
    """The line lengths of a project's files; what a folder states is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._real_root = os.path.realpath(root)
        self._stated: dict[str, int | None] = {}

    def of(self, path: str) -> int:
        """Return the line length of a file (posix, relative to the root): the nearest folder upward states it.

        In one folder ruff's own file counts before pyproject.toml, and there ruff before black before isort. A file
        that cannot be read, or holds no TOML, states nothing.
        """
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder not in self._stated:
                self._stated[folder] = self._stated_in(folder)
            stated = self._stated[folder]
            if stated is not None:
                return stated
        return _DEFAULT

    def _stated_in(self, folder: str) -> int | None:
        for name in (".ruff.toml", "ruff.toml"):
            stated = self._ruff(_joined(folder, name))
            if stated is not None:
                return stated
        pyproject = _joined(folder, _PYPROJECT)
        stated = self._ruff(pyproject)
        if stated is None:
            tool = _table(self._read(pyproject), "tool")
            lengths = (_length(_table(tool, name).get(key)) for name, key in _OTHER_TOOLS)
            stated = next((length for length in lengths if length is not None), None)
        return stated

    def _ruff(self, path: str | None) -> int | None:
        """Return what a configuration of ruff states, or one that it extends; those outside the root are not read."""
        for _ in range(_MOST_EXTENDED):
            if path is None:
                break
            settings = self._read(path)
            if PurePosixPath(path).name == _PYPROJECT:
                settings = _table(_table(settings, "tool"), "ruff")
            length = _length(settings.get("line-length"))
            if length is not None:
                return length
            path = _extended(path, settings.get("extend"))
        return None

    def _read(self, path: str) -> dict[str, Any]:
        """Read a TOML file under the root, to which no link leads; nothing if that cannot be had."""
        full = os.path.join(self._real_root, path)  # noqa: PTH118 - compared as text
        try:
            if not os.path.lexists(full) or os.path.realpath(full) != os.path.normpath(full):
                return {}
            content = read_source(self._root, path)
            return {} if len(content) > _MOST_BYTES else tomli.loads(content.decode("utf-8-sig"))
        except (UnreadableSourceError, ValueError, OSError, RecursionError):
            return {}


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _length(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST:
        return value
    return None


def _extended(path: str, extend: object) -> str | None:
    """Return the path that an `extend` means, relative to the root; None if it leaves it."""
    if not isinstance(extend, str) or not extend or extend.startswith(("/", "~")) or "\\" in extend:
        return None
    parts: list[str] = list(PurePosixPath(path).parent.parts)
    for part in PurePosixPath(extend).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return "/".join(parts)
