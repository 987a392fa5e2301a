"""The bodies of functions: what belongs to them, and how they end."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from ssot_lint.facts.names import dotted
from ssot_lint.facts.nodes import children

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
LEAVES: Final = frozenset((ast.Name, ast.Constant, ast.alias, ast.Load, ast.Store, ast.Del, ast.Pass, ast.Import))
"""Nodes with nothing inside that a reader of bodies looks for."""
_UNOPENED: Final = LEAVES | {*FUNCTIONS, ast.ClassDef, ast.Lambda}
_SUITES: Final = ("cases", "finalbody", "orelse", "handlers", "body")
_suites: dict[type, tuple[str, ...]] = {}


def without_docstring(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """Return a body without its docstring."""
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body


def adds_nothing(node: ast.ClassDef) -> bool:
    """Tell whether a class is its bases under another name: no body to speak of, no keywords, no type arguments."""
    if node.keywords or any(isinstance(base, (ast.Subscript, ast.Call)) for base in node.bases):
        return False
    return all(
        isinstance(one, ast.Pass) or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in node.body
    )


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own body in source order, nested functions and classes unopened."""
    pending: list[ast.AST] = list(reversed(getattr(node, "body", [])))
    while pending:
        one = pending.pop()
        yield one
        if type(one) not in _UNOPENED:
            pending.extend(children(one)[::-1])


def own_statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements of a function's own body in source order, nested functions and classes unopened."""
    pending: list[ast.AST] = list(reversed(getattr(node, "body", [])))
    while pending:
        one = pending.pop()
        if isinstance(one, ast.stmt):
            yield one
        names = _suites.get(type(one))
        if names is None:
            names = _suites[type(one)] = _suites_of(type(one))
        for name in names:
            pending.extend(getattr(one, name)[::-1])


def _suites_of(kind: type[ast.AST]) -> tuple[str, ...]:
    """Return the fields with the suites of a statement, the last one first; none for what is not opened."""
    return tuple(name for name in _SUITES if name in kind._fields) if kind not in _UNOPENED else ()


def always_raises(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether every call of a function ends in an exception: its last statement raises, and nothing returns."""
    if not node.body or not isinstance(node.body[-1], ast.Raise):
        return False
    ways_out = (ast.Return, ast.Yield, ast.YieldFrom)
    return not any(isinstance(one, ways_out) for one in own_nodes(node))


def local_callees(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[tuple[str, str], ...]:
    """Return the local names that are assigned the result of a call, with its callee."""
    found: list[tuple[str, str]] = []
    for one in own_statements(node):
        targets = one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
        if isinstance(one, (ast.Assign, ast.AnnAssign)) and len(targets) == 1 and isinstance(targets[0], ast.Name):
            value = one.value.value if isinstance(one.value, ast.Await) else one.value
            if isinstance(value, ast.Call) and dotted(value.func):
                found.append((targets[0].id, dotted(value.func)))
    return tuple(dict.fromkeys(found))
