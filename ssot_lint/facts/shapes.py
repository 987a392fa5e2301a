"""The shape of a body: a digest that is the same for bodies equal up to local names and docstrings."""

from __future__ import annotations

import ast
import hashlib
from typing import TYPE_CHECKING

from ssot_lint.facts.bodies import without_docstring

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEFT_OUT = frozenset(("ctx", "type_comment", "kind", "lineno", "col_offset", "end_lineno", "end_col_offset"))


def shape(body: Sequence[ast.stmt], local: frozenset[str]) -> tuple[str, int]:
    """Return the digest of a body with the names in `local` erased (16 hex digits), and its number of statements."""
    digest = hashlib.sha256()
    numbers: dict[str, int] = {}
    size = 0
    pending: list[object] = list(reversed(without_docstring(body)))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.AST):
            size += isinstance(node, ast.stmt)
            digest.update(type(node).__name__.encode())
            pending.extend(value for name, value in reversed(list(ast.iter_fields(node))) if name not in _LEFT_OUT)
        elif isinstance(node, list):
            digest.update(b"[%d" % len(node))
            pending.extend(reversed(node))
        elif isinstance(node, str) and node in local:
            digest.update(b"$%d" % numbers.setdefault(node, len(numbers)))
        else:
            digest.update(repr(node).encode(errors="surrogatepass"))
        digest.update(b";")
    return digest.hexdigest()[:16], size
