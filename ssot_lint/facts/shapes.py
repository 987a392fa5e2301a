"""The shape of a body: a digest that is the same for bodies equal up to local names and docstrings."""

from __future__ import annotations

import ast
import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from ssot_lint.facts.bodies import without_docstring

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LEFT_OUT = frozenset(("ctx", "type_comment", "kind", "lineno", "col_offset", "end_lineno", "end_col_offset"))

_NAMES: Final[Mapping[type[ast.AST], str]] = {
    ast.Name: "id",
    ast.arg: "arg",
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
}
"""Where a local name may stand; attributes, keywords and strings of that text are no local names."""


class Shape(NamedTuple):
    """The digest of a body (16 hex digits), and a sum of each of its statements, in source order."""

    digest: str
    statements: tuple[int, ...]


def shape(body: Sequence[ast.stmt], local: frozenset[str]) -> Shape:
    """Return the shape of a body with the names in `local` erased."""
    digest = hashlib.sha256()
    numbers: dict[str, int] = {}
    sums: list[int] = []
    parts: list[bytes] = []
    pending: list[object] = list(reversed(without_docstring(body)))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.AST):
            if isinstance(node, ast.stmt):
                _close(parts, sums, digest)
            parts.append(type(node).__name__.encode())
            own = _NAMES.get(type(node))
            for name, value in reversed(list(ast.iter_fields(node))):
                if name == own and value in local:
                    pending.append(b"$%d" % numbers.setdefault(value, len(numbers)))
                elif name not in _LEFT_OUT:
                    pending.append(value)
        elif isinstance(node, list):
            parts.append(b"[%d" % len(node))
            pending.extend(reversed(node))
        else:
            parts.append(repr(node).encode(errors="surrogatepass"))
    _close(parts, sums, digest)
    return Shape(digest.hexdigest()[:16], tuple(sums))


def _close(parts: list[bytes], sums: list[int], digest: hashlib._Hash) -> None:
    """End a statement: its parts go into the digest of the body, and their sum beside those of the others."""
    if parts:
        data = b";".join((*parts, b""))
        digest.update(data)
        sums.append(crc32(data))
        parts.clear()
