"""How literals of text are lowered: plain, formatted (f"") and template (t"") strings, and several in a row."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

import libcst as cst

from ssot_lint.parsing.lower_position import end_of, span
from ssot_lint.parsing.reader import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from libcst import TemplatedString, TemplatedStringExpression, TemplatedStringText

    from ssot_lint.parsing.lower_position import Mark, Span
    from ssot_lint.parsing.lower_tree import Expressions, Lowering

    Text = cst.FormattedStringText | TemplatedStringText
    Replacement = cst.FormattedStringExpression | TemplatedStringExpression
else:

    class Absent:
        """Stands for the classes of t-strings where libcst is too old to have them."""

    TemplatedString = getattr(cst, "TemplatedString", Absent)
    TemplatedStringExpression = getattr(cst, "TemplatedStringExpression", Absent)
    TemplatedStringText = getattr(cst, "TemplatedStringText", Absent)

_DOUBLED = re.compile(r"(\\\\|\\N\{[^{}]+\})|([{}])\2")
_TO_ESCAPE = re.compile(r"(\\.)|(\\|\")", re.DOTALL)


def _simple(tree: Lowering, node: cst.SimpleString) -> ast.expr:
    return _constant(tree, node, tree.places.inside(node))


def _constant(tree: Lowering, node: cst.SimpleString, place: Span) -> ast.Constant:
    kind = "u" if node.value.startswith("u") else None
    return ast.Constant(tree.literal(node.value, node), kind=kind, **place)


def _formatted(tree: Lowering, node: cst.FormattedString | TemplatedString) -> ast.expr:
    return _joined(tree, [node], tree.places.inside(node))


def _concatenated(tree: Lowering, node: cst.ConcatenatedString) -> ast.expr:
    pieces: list[cst.CSTNode] = []
    rest: cst.CSTNode = node
    while isinstance(rest, cst.ConcatenatedString):
        pieces.append(rest.left)
        rest = rest.right
    pieces.append(rest)
    place = tree.places.inside(node)
    if any(not isinstance(piece, cst.SimpleString) for piece in pieces):
        return _joined(tree, pieces, place)
    values = [_constant(tree, piece, place) for piece in pieces if isinstance(piece, cst.SimpleString)]
    return ast.Constant(_sum(tree, node, values), kind=values[0].kind, **place)


def _sum(tree: Lowering, node: cst.CSTNode, parts: Sequence[ast.Constant]) -> str | bytes:
    texts = [part.value for part in parts if isinstance(part.value, str)]
    if len(texts) == len(parts):
        return "".join(texts)
    data = [part.value for part in parts if isinstance(part.value, bytes)]
    if texts:
        raise tree.error("cannot mix bytes and nonbytes literals", node)
    return b"".join(data)


def _joined(tree: Lowering, pieces: Sequence[cst.CSTNode], place: Span) -> ast.expr:
    """Lower f-strings or t-strings, with the plain strings that stand among them."""
    parts: list[ast.expr] = []
    template = False
    for piece in pieces:
        if isinstance(piece, cst.SimpleString):
            parts.append(_simple(tree, piece))
        elif isinstance(piece, (cst.FormattedString, TemplatedString)):
            raw = "r" in piece.start.lower()
            template = template or isinstance(piece, TemplatedString)
            parts.extend(_parts(tree, piece.parts, raw=raw))
    values = _folded(tree, pieces[0], parts)
    if sys.version_info >= (3, 14) and template:
        return ast.TemplateStr(values, **place)
    return ast.JoinedStr(values, **place)


def _parts(tree: Lowering, nodes: Iterable[cst.CSTNode], *, raw: bool) -> list[ast.expr]:
    parts: list[ast.expr] = []
    for node in nodes:
        if isinstance(node, (cst.FormattedStringText, TemplatedStringText)):
            value = _text(tree, node, raw=raw)
            parts.append(ast.Constant(value, kind=None, **tree.places.inside(node)))
        elif isinstance(node, (cst.FormattedStringExpression, TemplatedStringExpression)):
            parts.extend(_replacement(tree, node, raw=raw))
    return parts


def _folded(tree: Lowering, node: cst.CSTNode, parts: Iterable[ast.expr]) -> list[ast.expr]:
    """Join neighbouring texts, and leave out empty ones."""
    values: list[ast.expr] = []
    for part in parts:
        last = values[-1] if values else None
        if isinstance(part, ast.Constant) and isinstance(last, ast.Constant):
            value = _sum(tree, node, [last, part])
            place = span((last.lineno, last.col_offset), end_of(part))
            values[-1] = ast.Constant(value, kind=last.kind, **place)
        else:
            values.append(part)
    return [value for value in values if not isinstance(value, ast.Constant) or value.value]


def _replacement(tree: Lowering, node: Replacement, *, raw: bool) -> list[ast.expr]:
    """Lower what stands in braces; with an equals sign, its own text precedes it."""
    place = tree.places.inside(node)
    line, column = tree.places.own_start(node)
    start, end = (line, column + 1), tree.places.own_end(node.whitespace_after_expression)
    spec = None
    if node.format_spec is not None:
        values = _folded(tree, node, _parts(tree, node.format_spec, raw=raw))
        spec = ast.JoinedStr(values, **_spec_place(tree, node))
    conversion = ord(node.conversion) if node.conversion else -1
    if node.equal and not node.conversion and spec is None:
        conversion = ord("r")
    value = tree.expression(node.expression)
    lowered: ast.expr
    if sys.version_info >= (3, 14) and isinstance(node, TemplatedStringExpression):
        text = tree.places.source(start, tree.places.end(node.expression))
        lowered = ast.Interpolation(value, text, conversion, spec, **place)
    else:
        lowered = ast.FormattedValue(value, conversion, spec, **place)
    if node.equal is None:
        return [lowered]
    return [ast.Constant(tree.places.source(start, end), kind=None, **span(start, end)), lowered]


def _spec_place(tree: Lowering, node: Replacement) -> Span:
    """Return the span from the colon to before the closing brace."""
    line, column = tree.places.own_end(node)
    end: Mark = (line, column - 1)
    start = tree.places.own_start(node.format_spec[0]) if node.format_spec else end
    return span((start[0], start[1] - 1), end)


def _text(tree: Lowering, node: Text, *, raw: bool) -> str:
    """Return the value of the text between braces."""
    text = "\n".join(split_lines(node.value))
    if raw or "\\" not in text:
        return text.replace("{{", "{").replace("}}", "}")
    text = _DOUBLED.sub(lambda found: found[1] or found[2], text)
    escaped = _TO_ESCAPE.sub(lambda found: found[1] or "\\" + found[2], text)
    value = tree.literal(f'"""{escaped}"""', node)
    return value if isinstance(value, str) else ""


STRINGS: Expressions = {
    "ConcatenatedString": _concatenated,
    "FormattedString": _formatted,
    "SimpleString": _simple,
    "TemplatedString": _formatted,
}
