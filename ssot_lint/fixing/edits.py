"""Byte-range edits: from places in decoded source to offsets in the file's bytes, and onto the bytes."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.facts.read import Parsed, parsed
from ssot_lint.fixing.rewriters.imports import Layout
from ssot_lint.model.location import Span
from ssot_lint.parsing.reader import decode, source_encoding

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_LINE_END: Final = re.compile(r"(?:\r\n|\r|\n)\Z")


class Edit(NamedTuple):
    """One change of a file: the bytes from `start` to `end` (offsets in the original) become `content`."""

    start: int
    end: int
    content: bytes


class OverlapError(Exception):
    """Two edits of one file that touch the same bytes."""


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return a file's bytes with edits applied; every byte outside of them stays. Raises OverlapError."""
    ordered = sorted(set(edits))
    for first, second in pairwise(ordered):
        if second.start < first.end or first.start == second.start:
            raise OverlapError(f"edits at bytes {first.start} to {first.end} and {second.start} to {second.end}")
    parts: list[bytes] = []
    at = 0
    for edit in ordered:
        parts += [data[at : edit.start], edit.content]
        at = edit.end
    return b"".join([*parts, data[at:]])


class EditableSource:
    """A file's bytes with the lines of its text: finds the offsets of places, and how new lines must look."""

    def __init__(self, data: bytes) -> None:
        """Decode the bytes; raises UnreadableSourceError."""
        text = decode(data)
        self.data = data
        self._parsed: Parsed | None = None
        self._encoding, mark = source_encoding(data)
        self._lines = [match.group() for match in _LINE.finditer(text) if match.group()]
        sizes = (len(line.encode(self._encoding)) for line in self._lines)
        self._starts = [mark, *(mark + total for total in accumulate(sizes))]

    def parse(self) -> Parsed:
        """Return the text with its syntax tree; raises UnreadableSourceError."""
        if self._parsed is None:
            self._parsed = parsed(self.data)
        return self._parsed

    @property
    def exact(self) -> bool:
        """Whether text and bytes correspond place by place; not so for encodings that carry state between lines."""
        whole = "".join(self._lines).encode(self._encoding)
        return self._starts[-1] == len(self.data) and self.data.endswith(whole)

    def offset(self, line: int, column: int) -> int:
        """Return the byte offset of a place: 1-based line, 1-based column in code points."""
        if line > len(self._lines):
            return len(self.data)
        return self._starts[line - 1] + len(self._lines[line - 1][: column - 1].encode(self._encoding))

    def edit(self, span: Span, content: str) -> Edit:
        """Return the edit that puts text in the place of a span."""
        start, end = self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)
        return Edit(start, end, content.encode(self._encoding))

    def text(self, span: Span) -> str:
        """Return the text of a span."""
        start, end = self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)
        return self.data[start:end].decode(self._encoding)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    def line(self, number: int) -> str:
        """Return a line without its end."""
        return self._lines[number - 1].rstrip("\r\n")

    def decoded(self, data: bytes) -> str:
        """Return the text of some of the file's bytes, or of bytes that shall be."""
        return data.decode(self._encoding)

    def stands_alone(self, span: Span) -> bool:
        """Tell whether a statement, and the comment behind it, has its lines for itself, and no comment right above."""
        first, last = self._lines[span.line - 1], self._lines[span.end_line - 1]
        if first[: span.column - 1].strip() or last[self.with_comment(span).end_column - 1 :].strip():
            return False
        return span.line == 1 or not self._lines[span.line - 2].lstrip().startswith("#")

    def with_comment(self, span: Span) -> Span:
        """Return the span of a statement with the comment behind it on its line."""
        line = self._lines[span.end_line - 1].rstrip("\r\n")
        behind = line[span.end_column - 1 :]
        if not behind.lstrip().startswith("#"):
            return span
        return Span(span.line, span.column, span.end_line, len(line.rstrip()) + 1)

    def removal(self, span: Span) -> Edit:
        """Return the edit that removes the lines of a statement."""
        return Edit(self.offset(span.line, 1), self.offset(span.end_line + 1, 1), b"")

    def line_after(self, span: Span, layout: Layout, content: str) -> Edit:
        """Return the edit that puts a statement on a line of its own below another one."""
        line = self._lines[span.end_line - 1]
        at = self.offset(span.end_line, len(line.rstrip("\r\n")) + 1)
        return Edit(at, at, (layout.newline + layout.indent + content).encode(self._encoding))

    def layout(self, span: Span, width: int) -> Layout:
        """Say how lines that follow a statement must look: it shares its line after a colon and beside a semicolon."""
        first, last = self._lines[span.line - 1], self._lines[span.end_line - 1]
        before, after = first[: span.column - 1], last[span.end_column - 1 :]
        end = _LINE_END.search(first)
        newline = end.group() if end is not None else self._common_line_end()
        shared = bool(before.strip()) or after.lstrip().startswith(";")
        return Layout("" if shared else before, newline, width, one_line=shared)

    def _common_line_end(self) -> str:
        ends = (_LINE_END.search(line) for line in self._lines)
        return next((end.group() for end in ends if end is not None), "\n")
