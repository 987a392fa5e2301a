"""What a fix changes in one file, as a diff that `git apply` takes: byte for byte, whatever the encoding and line ends.

A line is what git takes for one: it ends with a line feed and nothing else, so a carriage return is part of it.
"""

from __future__ import annotations

import io
import os
import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CONTEXT: Final = 3  # unchanged lines around a change
_MOST_PAIRS: Final = 1_000_000  # of lines to compare; beyond it difflib leaves out lines that stand everywhere
_NO_NEWLINE: Final = b"\n\\ No newline at end of file\n"
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_PLAIN: Final = range(ord(" "), ord("~") + 1)
_ESCAPES: Final = {
    ord(raw): f"\\{escape}".encode() for raw, escape in zip('\a\b\t\n\v\f\r"\\', 'abtnvfr"\\', strict=True)
}


class _Change(NamedTuple):
    """Lines that are replaced, and those that replace them."""

    old_from: int
    old_to: int
    new_from: int
    new_to: int


def unified(path: str, before: bytes, after: bytes | None) -> bytes:
    """Return the diff of a file (posix, relative to the root); None deletes the file. Nothing if nothing changes."""
    if before == after:
        return b""
    old, new = _name(f"a/{path}"), _name(f"b/{path}")
    lines = [b"diff --git %b %b\n" % (old, new)]
    if after is None:
        lines.append(b"deleted file mode 100644\n")
    hunks = list(_hunks(_lines(before), _lines(after or b"")))
    if hunks:  # an empty file is deleted without any
        lines += [b"--- %b\n" % _ended(old), b"+++ %b\n" % (b"/dev/null" if after is None else _ended(new))]
    return b"".join([*lines, *hunks])


def changed_lines(before: bytes, after: bytes) -> frozenset[int]:
    """Return the numbers of the lines that are new or other ones, counted as Python does, whatever ends them."""
    changes = _changes(_LINE_END.split(before), _LINE_END.split(after))
    return frozenset(number + 1 for one in changes for number in range(one.new_from, one.new_to))


def _lines(content: bytes) -> list[bytes]:
    return io.BytesIO(content).readlines()


def _hunks(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[bytes]:
    for group in _groups(_changes(old, new)):
        first, last = group[0], group[-1]
        before, after = min(_CONTEXT, first.old_from), min(_CONTEXT, len(old) - last.old_to)
        ranges = (
            _range(first.old_from - before, last.old_to + after),
            _range(first.new_from - before, last.new_to + after),
        )
        yield b"@@ -%b +%b @@\n" % ranges
        at = first.old_from - before
        for one in group:
            yield from (_line(b" ", line) for line in old[at : one.old_from])
            yield from (_line(b"-", line) for line in old[one.old_from : one.old_to])
            yield from (_line(b"+", line) for line in new[one.new_from : one.new_to])
            at = one.old_to
        yield from (_line(b" ", line) for line in old[at : at + after])


def _changes(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[_Change]:
    """Compare; what is equal at both ends is left out first, since comparing takes time."""
    most = min(len(old), len(new))
    start = _equal(old, new, most, 1)
    end = _equal(old, new, most - start, -1)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > _MOST_PAIRS)
    for what, *ends in matcher.get_opcodes():
        if what != "equal":
            yield _Change(*(start + one for one in ends))


def _groups(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Put changes together whose context would touch."""
    group: list[_Change] = []
    for change in changes:
        if group and change.old_from - group[-1].old_to > 2 * _CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _equal(old: Sequence[bytes], new: Sequence[bytes], most: int, step: int) -> int:
    """Count the lines that are equal from the start (step 1) or the end (-1), up to `most`."""
    first = 0 if step == 1 else -1
    return next((n for n in range(most) if old[first + step * n] != new[first + step * n]), most)


def _range(start: int, end: int) -> bytes:
    """Say where lines are, counted from 1; no line is said by the one before it."""
    length = end - start
    return b"%d" % end if length == 1 else b"%d,%d" % (start + 1 if length else start, length)


def _line(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + _NO_NEWLINE


def _name(name: str) -> bytes:
    """Write a file's name as git does: in quotes, with escapes as in C, if it is not plain ASCII."""
    raw = os.fsencode(name)
    escaped = b"".join(_ESCAPES.get(byte) or (bytes([byte]) if byte in _PLAIN else b"\\%03o" % byte) for byte in raw)
    return raw if escaped == raw else b'"%b"' % escaped


def _ended(name: bytes) -> bytes:
    """End a name that holds spaces with a tab, so that they are not taken for its end."""
    return name + b"\t" if b" " in name else name
