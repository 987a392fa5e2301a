"""Where libcst nodes stand, counted the way that `ast` counts: lines from 1, columns in UTF-8 bytes from 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from ssot_lint.parsing.lower_alignment import Alignment
from ssot_lint.parsing.reader import split_lines

if TYPE_CHECKING:
    import ast

Mark = tuple[int, int]
"""A line and a column."""


class Span(TypedDict):
    """The four position attributes of an `ast` node, ready to be passed to its constructor."""

    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int


def span(start: Mark, end: Mark) -> Span:
    """Join two marks."""
    return {"lineno": start[0], "col_offset": start[1], "end_lineno": end[0], "end_col_offset": end[1]}


def end_of(node: ast.stmt | ast.expr) -> Mark:
    """Return where a lowered node ends."""
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def slice_parts(node: cst.Slice) -> list[cst.CSTNode]:
    """Return the expressions and colons of a slice that are there."""
    parts = (node.lower, node.first_colon, node.upper, node.second_colon, node.step)
    return [part for part in parts if isinstance(part, cst.CSTNode)]


class Places:
    """The positions of all nodes of one module."""

    def __init__(self, module: cst.Module, text: str) -> None:
        self._text = text
        self._ranges = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
        self._wide: dict[int, str] = {}
        if not text.isascii():
            lines = enumerate(split_lines(text), 1)
            self._wide = {number: line for number, line in lines if not line.isascii()}
        rendering = module.code
        self._alignment = None if rendering == text else Alignment(text, rendering)

    def own_start(self, node: cst.CSTNode) -> Mark:
        """Return where the node starts, without parentheses around it."""
        position = self._ranges[node].start
        line, column = position.line, position.column
        return self._in_bytes(*(self._alignment.start(line, column) if self._alignment else (line, column)))

    def own_end(self, node: cst.CSTNode) -> Mark:
        """Return where the node ends, without parentheses around it."""
        position = self._ranges[node].end
        line, column = position.line, position.column
        return self._in_bytes(*(self._alignment.end(line, column) if self._alignment else (line, column)))

    def start(self, node: cst.CSTNode) -> Mark:
        """Return where the node starts, with all parentheses around it."""
        opening = getattr(node, "lpar", None)
        return self.own_start(opening[0] if opening else node)

    def end(self, node: cst.CSTNode) -> Mark:
        """Return where the node ends, with all parentheses around it, but no space after its last sign."""
        closing = getattr(node, "rpar", None)
        if closing:
            return self.own_end(closing[-1])
        if isinstance(node, cst.Tuple):
            return self.last(node.elements[-1])
        if isinstance(node, cst.Yield) and node.value is not None:
            return self.end(node.value.item if isinstance(node.value, cst.From) else node.value)
        if isinstance(node, cst.Slice):
            return self.end(slice_parts(node)[-1])
        return self.own_end(node)

    def last(self, element: cst.BaseElement | cst.MatchSequenceElement | cst.MatchStar) -> Mark:
        """Return where the last element of an open sequence ends: after its comma where it has one."""
        return self.own_end(element.comma if isinstance(element.comma, cst.Comma) else element)

    def inside(self, node: cst.CSTNode) -> Span:
        """Return the span of the node, without parentheses around it."""
        return span(self.own_start(node), self.own_end(node))

    def between(self, first: cst.CSTNode, last: cst.CSTNode) -> Span:
        """Return the span from the start of one node to the end of another, with the parentheses around them."""
        return span(self.start(first), self.end(last))

    def between_brackets(self, first: cst.CSTNode, last: cst.CSTNode) -> Span:
        """Return the span from an opening bracket to a closing one."""
        return span(self.own_start(first), self.own_end(last))

    def source(self, start: Mark, end: Mark) -> str:
        """Return the text between two marks."""
        lines = [line.encode() for line in split_lines(self._text)[start[0] - 1 : end[0]]]
        lines[-1] = lines[-1][: end[1]]
        lines[0] = lines[0][start[1] :]
        return b"\n".join(lines).decode()

    def _in_bytes(self, line: int, column: int) -> Mark:
        wide = self._wide.get(line)
        return line, column if wide is None else len(wide[:column].encode())
