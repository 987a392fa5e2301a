"""Where the characters of libcst's rendering of a module stand in the text that it was read from.

The two are nearly always equal. libcst loses form feeds in indentation, backslashes that precede a statement on a line
of their own, and spaces after the conversion in an f-string; its positions count in the rendering.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_LINE_END = re.compile(r"\r\n?|\n")
_BLANK = " \t\f"
_LOST = _BLANK + "\\\r\n"


class Alignment:
    """The way from lines and columns of the rendering to those of the text; both count columns in code points."""

    def __init__(self, text: str, rendering: str) -> None:
        self._offsets = _offsets(text, rendering)
        self._text_lines = _line_starts(text)
        self._rendered_lines = _line_starts(rendering)

    def start(self, line: int, column: int) -> tuple[int, int]:
        """Return where something starts: after what was lost in front of it."""
        return self._place(self._offsets[self._rendered_lines[line - 1] + column])

    def end(self, line: int, column: int) -> tuple[int, int]:
        """Return where something ends: before what was lost behind it."""
        offset = self._rendered_lines[line - 1] + column
        return self._place(self._offsets[offset - 1] + 1 if offset else 0)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._text_lines, offset)
        return line, offset - self._text_lines[line - 1]


def _offsets(text: str, rendering: str) -> list[int]:
    """Return for each character of the rendering, and for its end, the offset in the text."""
    offsets: list[int] = []
    at = 0
    for character in rendering:
        while character not in _BLANK and at < len(text) and text[at] != character and text[at] in _LOST:
            at += 1
        offsets.append(at)
        at += text.startswith(character, at)
    return [*offsets, len(text)]


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _LINE_END.finditer(text))]
