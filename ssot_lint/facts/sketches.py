"""Sketches of bodies: cheap, made for every file, equal wherever the digests of two bodies (`shape`) are.

A sketch sees statements, what kind of expression they hold, and the names of methods that they call; no local name and
no docstring. Two bodies of one sketch are alike, and the second look tells whether they are the same.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from ssot_lint.facts.bodies import FUNCTIONS, without_docstring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SUITES: Final[Mapping[type[ast.AST], tuple[str, ...]]] = {
    kind: tuple(name for name in ("finalbody", "orelse", "cases", "handlers", "body") if name in kind._fields)
    for kind in (*vars(ast).values(),)
    if isinstance(kind, type) and issubclass(kind, ast.AST) and {"body", "cases"} & set(kind._fields)
}
"""The suites of every statement that has some, the last one first."""
_WEIGHTLESS: Final[frozenset[type[ast.AST]]] = frozenset(
    (ast.Pass, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, *FUNCTIONS, ast.ClassDef)
) | {ast.ExceptHandler, ast.match_case}

SHORT: Final = 3
"""A function of so few lines below its first is sketched with its class only."""


class Sketch(NamedTuple):
    """The sketch of a body, and how many of its statements say something: no `pass`, no import, no `self.x = x`."""

    mark: int
    weight: int


def function_sketch(body: Sequence[ast.stmt]) -> Sketch:
    """Sketch the body of a function."""
    parts: list[str] = []
    weight = _add(parts, without_docstring(body))
    return Sketch(_mark(parts), weight)


def class_sketch(body: Sequence[ast.stmt], known: Mapping[ast.stmt, Sketch]) -> Sketch:
    """Sketch the body of a class from the sketches of its methods and nested classes; their names count."""
    parts: list[str] = []
    weight = 0
    for one in without_docstring(body):
        if isinstance(one, (*FUNCTIONS, ast.ClassDef)):
            own = known.get(one) or function_sketch(one.body)
            parts += (one.name, str(own.mark))
            weight += own.weight
        else:
            weight += _add(parts, (one,))
            target = one.targets[0] if isinstance(one, ast.Assign) else getattr(one, "target", None)
            parts.append(getattr(target, "id", ""))
    return Sketch(_mark(parts), weight)


def _mark(parts: Iterable[str]) -> int:
    return crc32(" ".join(parts).encode(errors="surrogatepass"))


def _add(parts: list[str], body: Sequence[ast.stmt]) -> int:
    """Add what is seen of some statements, those inside of them included, and return their weight."""
    weight = 0
    pending: list[ast.AST] = list(reversed(body))
    add, suites_of, weightless = parts.append, _SUITES.get, _WEIGHTLESS
    while pending:
        node = pending.pop()
        kind = type(node)
        add(kind.__name__)
        suites = suites_of(kind)
        if suites is not None:
            weight += kind not in weightless
            head = getattr(node, "test", None) or getattr(node, "iter", None)
            if head is not None:
                add(_seen(head))
            for suite in suites:
                inner = getattr(node, suite)
                if inner:
                    pending += inner[::-1]
            continue
        value: Any = getattr(node, "value", None)
        held = type(value)
        if held is ast.Await:
            held = type(value := value.value)
        if held is ast.Call:
            weight += 1
            add(_seen(value))
        elif held is ast.Constant or held is ast.Name:
            weight += kind is not ast.Expr and not _only_keeps(node)
        else:
            add(held.__name__)
            weight += kind not in weightless
    return weight


def _seen(node: ast.expr) -> str:
    """Return what is seen of an expression: its kind, of a call the method and the number of arguments."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        return f"{name}({len(node.args)},{len(node.keywords)}"
    return type(node).__name__


def _only_keeps(node: ast.AST) -> bool:
    """Tell whether a statement only keeps a parameter: `self.name = name`."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or not isinstance(node.value, ast.Name):
        return False
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return isinstance(target, ast.Attribute) and target.attr.lstrip("_") == node.value.id
