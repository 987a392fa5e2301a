"""Where a file's text holds what the reader looks for, and its columns in code points."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from ssot_lint.model.location import Span
from ssot_lint.parsing.reader import split_lines

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable


def first_line(node: ast.stmt) -> int:
    """Return the line where a statement begins, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def holds_word(text: str, name: str) -> bool:
    """Tell whether a text holds a name where it is a word of its own; a regular expression takes five times as long."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not (_is_in_word(text[at - 1 : at]) or _is_in_word(text[end : end + 1])):
            return True
        at = text.find(name, at + 1)
    return False


def _is_in_word(character: str) -> bool:
    return character == "_" or character.isalnum()


class LineIndex:
    """The sorted numbers of the lines that hold one of some words: what no line of a range holds need not be read.

    `places` are positions in the text, in order, whose lines count, too.
    """

    def __init__(self, text: str, words: Iterable[str], places: Iterable[int] = ()) -> None:
        lines: set[int] = set()
        line_end = "\n" if "\n" in text or "\r" not in text else "\r"
        for word in words:
            line, last, found = 1, 0, text.find(word)
            while found >= 0:
                line += text.count(line_end, last, found)
                lines.add(line)
                last, found = found, text.find(word, found + len(word))
        line, last = 1, 0
        for place in places:
            line += text.count(line_end, last, place)
            lines.add(line)
            last = place
        self._lines = sorted(lines)
        # Lines that end in a lone CR among others would be counted wrong: then every line counts as a hit.
        self._everywhere = line_end == "\n" and text.count("\r") != text.count("\r\n")

    def holds(self, node: ast.stmt) -> bool:
        """Tell whether one of the words stands on a line of a statement, decorators included."""
        return bool(self._lines) and self.within(first_line(node), node.end_lineno)

    def __bool__(self) -> bool:
        return bool(self._lines)

    def within(self, first: int, last: int | None) -> bool:
        """Tell whether one of the words stands on a line from `first` to `last`."""
        if self._everywhere:
            return bool(self._lines)
        at = bisect_left(self._lines, first)
        return at < len(self._lines) and (last is None or self._lines[at] <= last)


class Columns:
    """Turns the UTF-8 byte columns of `ast` into 1-based code-point columns."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ascii = text.isascii()
        self._lines: list[str] | None = None

    def column(self, line: int, offset: int) -> int:
        """Convert a 0-based UTF-8 offset in a line."""
        if self._ascii:
            return offset + 1
        if self._lines is None:
            self._lines = split_lines(self._text)
        content = self._lines[line - 1] if line <= len(self._lines) else ""
        if content.isascii():
            return offset + 1
        return len(content.encode()[:offset].decode(errors="replace")) + 1

    def source(self, node: ast.expr) -> str:
        """Return how an expression is written, "" if it takes more than one line."""
        if node.end_lineno != node.lineno or node.end_col_offset is None:
            return ""
        if self._lines is None:
            self._lines = split_lines(self._text)
        content = self._lines[node.lineno - 1] if node.lineno <= len(self._lines) else ""
        return content.encode()[node.col_offset : node.end_col_offset].decode(errors="replace")

    def span(self, node: ast.stmt | ast.expr | ast.alias) -> Span:
        """Return the span of a node."""
        end_line = node.end_lineno or node.lineno
        end = node.end_col_offset if node.end_col_offset is not None else node.col_offset
        return Span(node.lineno, self.column(node.lineno, node.col_offset), end_line, self.column(end_line, end))
