"""The documents that a policy is made of: files and packs, read into data with the place of every key.

tomli gives no positions, so a small scanner finds them. It runs after tomli has accepted the text, hence it need not
judge anything, and where it loses its way the places are merely missing.
"""

from __future__ import annotations

import bisect
import contextlib
import importlib.resources
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

from ssot_lint.model.location import Span
from ssot_lint.workspace import convert

if TYPE_CHECKING:
    import sys

    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_LIMIT = 8_000_000
_BOM = "\ufeff"

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^\s.=\[\]{}"'#,]+)[ \t]*""")
_SCALAR = re.compile(
    r'''"""(?:\\[\s\S]|[^\\])*?"{3,5}|\'\'\'[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^\s,\]}#"'](?:[^,\]}#\n]*[^\s,\]}#])?'''
)


class UnreadableError(Exception):
    """A document that cannot be read; the text says why, without naming it."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """One file, pack or override: its data and, by path, where its keys stand.

    `folder` is where its relative paths start (None for a pack), `prefix` where the policy stands in the file, and
    `via` the entry of the top policy's `extend` that brought it.
    """

    file: str
    data: dict[str, Any]
    identity: str = ""
    folder: Path | None = None
    via: int = -1
    prefix: convert.Path = ()
    spans: dict[convert.Path, Span] = field(default_factory=dict)

    def problem(self, misfit: convert.Misfit) -> convert.Problem:
        """Tell the user of a misfit in this document."""
        path = misfit.path
        while path and path not in self.spans:
            path = path[:-1]
        return convert.Problem(
            file=self.file,
            key=convert.key_text((*self.prefix, *misfit.path)),
            what=misfit.what,
            value=misfit.value,
            expected=misfit.expected,
            hint=misfit.hint,
            line=self.spans[path].line if path in self.spans else 0,
        )


def packs_folder() -> Traversable:
    """Return where the packs are: in the package when installed, else beside it in the checkout."""
    installed = importlib.resources.files("ssot_lint") / "packs"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "rules" / "packs"


def pack_names() -> tuple[str, ...]:
    """Return the names of the shipped packs."""
    folder = packs_folder()
    files = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def read_pack(name: str) -> Document:
    """Read a shipped pack."""
    text = (packs_folder() / f"{name}.toml").read_text(encoding="utf-8")
    return Document(file=f"pack:{name}", identity=f"pack:{name}", data=tomli.loads(text), spans=scan(text))


def read_bytes(path: Path) -> bytes:
    """Read a regular file; anything else, or what cannot be read, is an UnreadableError."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            mode = os.fstat(handle).st_mode
            if not stat.S_ISREG(mode):
                raise UnreadableError("is a folder" if stat.S_ISDIR(mode) else "is not a regular file")
            with os.fdopen(handle, "rb", closefd=False) as file:
                data = file.read(_LIMIT + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UnreadableError("is not the name of a file") from error
    if len(data) > _LIMIT:
        raise UnreadableError(f"is larger than {_LIMIT // 1_000_000} MB")
    return data


def read_file(path: Path, shown: str) -> tuple[Document, list[convert.Problem]]:
    """Read a policy file, or the `[tool.ssot-lint]` of a pyproject.toml; with problems the document is what is left."""
    text, problems = _decoded(read_bytes(path), shown)
    prefix = ("tool", "ssot-lint") if path.name == "pyproject.toml" else ()
    document = Document(
        file=shown,
        identity=os.path.realpath(path),
        folder=path.parent,
        prefix=prefix,
        data={},
        spans=scan(text, prefix),
    )
    try:
        data: Any = tomli.loads(text)
    except RecursionError:
        return document, [*problems, convert.Problem(file=shown, what="is nested too deeply")]
    except ValueError as error:
        return document, [*problems, _syntax(shown, str(error))]
    for part in prefix:
        data = data.get(part, {}) if isinstance(data, dict) else {}
    if isinstance(data, dict):
        document.data.update(data)
    else:
        misfit = convert.Misfit(path=(), value=convert.shown(data), expected="a table")
        problems.append(document.problem(misfit))
    return document, problems


def holds_policy(path: Path) -> bool:
    """Tell whether a pyproject.toml has a `[tool.ssot-lint]`, or must be taken to have one as it cannot be read."""
    try:
        raw = read_bytes(path)
    except UnreadableError:
        return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises on a name with a NUL
    try:
        tool = tomli.loads(raw.decode()).get("tool")
    except (ValueError, RecursionError):
        return b"ssot-lint" in raw
    return isinstance(tool, dict) and "ssot-lint" in tool


def _decoded(raw: bytes, shown: str) -> tuple[str, list[convert.Problem]]:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8: byte 0x{raw[error.start]:02x}"
        return "", [convert.Problem(file=shown, what=what, hint="save it as UTF-8", line=line)]
    problems = []
    if text.startswith(_BOM):
        hint = "save it as UTF-8 without it"
        problems.append(convert.Problem(file=shown, what="starts with a byte order mark", hint=hint, line=1))
    return text.removeprefix(_BOM).replace("\r\n", "\n"), problems


def _syntax(shown: str, message: str) -> convert.Problem:
    at = _AT.search(message)
    line, column = (int(at[1] or 0), int(at[2] or 0)) if at else (0, 0)
    said = message[: at.start()] + (" at the end of the file" if at and not line else "") if at else message
    what = f"invalid TOML: {convert.neutral(said)[:200]}"
    return convert.Problem(file=shown, what=what, line=line, column=column)


def scan(text: str, prefix: convert.Path = ()) -> dict[convert.Path, Span]:
    """Find where the value of every key and the header of every table stand, as far as the scanner understands."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    with contextlib.suppress(_LostError, RecursionError):  # what was found until then is right
        scanner.run()
    starts = [0, *(match.end() for match in re.finditer("\n", scanner.text))]

    def spot(offset: int) -> tuple[int, int]:
        line = bisect.bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    depth = len(prefix)
    found = {path: ends for path, ends in scanner.found.items() if path[:depth] == prefix}
    return {path[depth:]: Span(*spot(start), *spot(end)) for path, (start, end) in found.items()}


class _LostError(Exception):
    """The scanner met what it does not understand."""


class _Scanner:
    """Walks once over a valid TOML text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[convert.Path, tuple[int, int]] = {}
        self._arrays: dict[convert.Path, int] = {}

    def run(self) -> None:
        """Visit every header and every pair."""
        table: convert.Path = ()
        while self._next():
            table = self._header() if self._next() == "[" else self._pair(table)

    def _next(self) -> str:
        """Return the next significant character, or nothing at the end."""
        self.at = self._match(_BLANK).end()
        return self.text[self.at : self.at + 1]

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _LostError
        return match

    def _skip(self, mark: str) -> None:
        if not self.text.startswith(mark, self.at):
            raise _LostError
        self.at += len(mark)

    def _header(self) -> convert.Path:
        start = self.at
        brackets = 2 if self.text.startswith("[[", start) else 1
        self._skip("[" * brackets)
        *parents, last = self._key()
        self._skip("]" * brackets)
        table: convert.Path = ()
        for part in parents:
            table = self._current((*table, part))
        table = (*table, last)
        if brackets == 2:  # noqa: PLR2004 - an array of tables
            self.found.setdefault(table, (start, self.at))
            self._arrays[table] = self._arrays.get(table, 0) + 1
        table = self._current(table)
        self.found[table] = (start, self.at)
        return table

    def _current(self, table: convert.Path) -> convert.Path:
        """Step into the last table of an array of tables."""
        return (*table, self._arrays[table] - 1) if table in self._arrays else table

    def _pair(self, table: convert.Path) -> convert.Path:
        """Visit `key = value`; return the table for the next one."""
        key = self._key()
        self._skip("=")
        start = self.at
        self._value((*table, *key))
        for length in range(1, len(key)):
            self.found.setdefault((*table, *key[:length]), (start, self.at))
        return table

    def _key(self) -> list[str]:
        parts = []
        while True:
            match = self._match(_KEY)
            self.at = match.end()
            part = match[1]
            parts.append(tomli.loads(f"key = {part}")["key"] if part[0] in "\"'" else part)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _value(self, path: convert.Path) -> None:
        mark = self._next()
        start = self.at
        if mark == "[":
            self._elements(path)
        elif mark == "{":
            self._inline(path)
        else:
            self.at = self._match(_SCALAR).end()
        self.found[path] = (start, self.at)

    def _elements(self, path: convert.Path) -> None:
        self._skip("[")
        index = 0
        while self._next() != "]":
            self._value((*path, index))
            index += 1
            if self._next() == ",":
                self.at += 1
        self._skip("]")

    def _inline(self, path: convert.Path) -> None:
        self._skip("{")
        while self._next() != "}":
            self._pair(path)
            if self._next() == ",":
                self.at += 1
        self._skip("}")
