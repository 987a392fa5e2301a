"""Where a file speaks of a name that one of its imports binds: chains of attributes, other bindings, strings."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.names import dotted, text_of
from ssot_lint.facts.nodes import children

if TYPE_CHECKING:
    from ssot_lint.facts.text import Columns
    from ssot_lint.model.location import Span

_ANNOTATION_LENGTH = 200
"""A longer string is no annotation."""


class Chain(NamedTuple):
    """A dotted name as far as it goes: `m.Cart.open` is one chain of the root `m`; `stored` if it is assigned."""

    at: Span
    dotted: str
    stored: bool = False


class References(NamedTuple):
    """What a file does with the names at the root of its chains.

    `chains` by root; `bound` are the names that something other than an import binds, anywhere in the file; `strings`
    are the identifiers in strings that may be annotations, with the dotted names there; `names` all that is mentioned.
    """

    chains: dict[str, list[Chain]]
    bound: frozenset[str]
    strings: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """Every name that the file mentions, in code or in a string."""
        return frozenset(self.chains) | self.bound | {one.partition(".")[0] for one in self.strings}


def read_references(tree: ast.Module, columns: Columns) -> References:
    """Collect the references of a whole file."""
    chains: dict[str, list[Chain]] = {}
    bound: set[str] = set()
    strings: set[str] = set()
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Attribute, ast.Name)):
            name = dotted(node)
            if name:
                root = name.partition(".")[0]
                stored = not isinstance(node.ctx, ast.Load)
                chains.setdefault(root, []).append(Chain(columns.span(node), name, stored))
                if stored and isinstance(node, ast.Name):
                    bound.add(root)
                continue
        bound.update(_bound_by(node))
        text = text_of(node) if isinstance(node, ast.Constant) else None
        if text is not None and len(text) <= _ANNOTATION_LENGTH:
            strings.update(re.findall(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*", text))
        pending.extend(children(node))
    return References(chains, frozenset(bound), frozenset(strings))


def _bound_by(node: ast.AST) -> list[str]:
    """Return the names that a node other than a name or an import binds."""
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return [node.name] if node.name else []
    if isinstance(node, ast.MatchMapping):
        return [node.rest] if node.rest else []
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return list(node.names)
    return []
