"""Where something stands in a source file."""

from __future__ import annotations

from msgspec import Struct


class Span(Struct, frozen=True, array_like=True, order=True, gc=False):
    """A stretch of one file: 1-based lines, 1-based columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Location(Struct, frozen=True, order=True, gc=False):
    """A stretch of one file of the project; `path` is posix and relative to the root."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of(cls, path: str, span: Span) -> Location:
        """Place a span in a file."""
        return cls(path, span.line, span.column, span.end_line, span.end_column)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"
