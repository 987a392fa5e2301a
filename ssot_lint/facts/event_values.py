"""Which events an expression names: by a string, a constant, part of an f-string, or a message that says its type."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ssot_lint.facts.bodies import FUNCTIONS
from ssot_lint.facts.details import typed_parameters
from ssot_lint.facts.names import dotted, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from ssot_lint.model.details import EventForm

_KEYS: Final = frozenset(("type", "event"))
_WORD: Final = re.compile(r"[\w.-]+")
_DEEPEST: Final = 4


class Named(NamedTuple):
    """An event as an expression names it: how, in which form, the text, and the node of just that."""

    how: Literal["argument", "message", "comparison"]
    form: EventForm
    text: str
    node: ast.expr


class Values(NamedTuple):
    """What is known of the local names of a scope.

    `assigned` has the places and values of each in source order; `typed` the annotation of each parameter.
    """

    words: AbstractSet[str]
    assigned: dict[str, list[tuple[int, int, ast.expr]]]
    typed: dict[str, str]

    @classmethod
    def of(cls, scope: ast.AST, nodes: Sequence[ast.AST], words: AbstractSet[str]) -> Values:
        """Collect the assignments of a scope's own nodes."""
        assigned: dict[str, list[tuple[int, int, ast.expr]]] = {}
        for one in nodes:
            if isinstance(one, ast.Assign):
                target, value = one.targets[0], one.value
            elif isinstance(one, (ast.AnnAssign, ast.NamedExpr)) and one.value is not None:
                target, value = one.target, one.value
            else:
                continue
            if isinstance(target, ast.Name):
                assigned.setdefault(target.id, []).append((one.lineno, one.col_offset, value))
        typed: dict[str, str] = {}
        if isinstance(scope, FUNCTIONS):
            arguments = scope.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            typed = {**dict.fromkeys([one.arg for one in every], "?"), **typed_parameters(scope)}
        return cls(words, assigned, typed)

    def before(self, name: str, node: ast.expr) -> ast.expr | None:
        """Return what a local name was assigned last before a place."""
        found = [value for line, column, value in self.assigned.get(name, ()) if (line, column) < _place(node)]
        return found[-1] if found else None

    def source(self, root: str) -> str:
        """Return the dotted callee that a local name is assigned from, or its annotation; "?" if it is only local."""
        if root in self.assigned:
            value = self.assigned[root][-1][2]
            value = value.value if isinstance(value, ast.Await) else value
            called = dotted(value.func) if isinstance(value, ast.Call) else dotted(value)
            return called or "?"
        return self.typed.get(root, "")


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def named_events(node: ast.expr, values: Values, call: ast.expr, depth: int = 0) -> Iterator[Named]:
    """Yield the events that an argument of a call names."""
    if isinstance(node, (ast.Await, ast.Starred)):
        return
    if isinstance(node, ast.Name) and node.id in values.assigned and depth < _DEEPEST:
        value = values.before(node.id, call)
        if value is not None:
            yield from named_events(value, values, call, depth + 2)
    elif isinstance(node, ast.IfExp) and depth < _DEEPEST:
        for one in (node.body, node.orelse):
            yield from named_events(one, values, call, depth + 1)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if text_of(key) in _KEYS:
                yield from _in_message(value, values, call, depth)
    elif isinstance(node, ast.Call):
        yield from _made(node, values, call, depth)
    else:
        yield from _itself(node, values.words)


def _made(node: ast.Call, values: Values, call: ast.expr, depth: int) -> Iterator[Named]:
    """Yield what `json.dumps(message)` and `dict(type=...)` name; other calls give what only running tells."""
    last = dotted(node.func).rpartition(".")[2]
    if last == "dumps" and node.args and depth < _DEEPEST:
        yield from (one for one in named_events(node.args[0], values, call, depth + 1) if one.how == "message")
    elif last == "dict" and not node.args:
        for one in node.keywords:
            if one.arg in _KEYS:
                yield from _in_message(one.value, values, call, depth)


def _in_message(value: ast.expr, values: Values, call: ast.expr, depth: int) -> Iterator[Named]:
    if isinstance(value, (ast.Dict, ast.Call)):
        return
    yield from (one._replace(how="message") for one in named_events(value, values, call, depth + 1))


def _itself(node: ast.expr, words: AbstractSet[str]) -> Iterator[Named]:
    """Yield what a string, a constant or an f-string names."""
    if isinstance(node, ast.Constant):
        text = text_of(node)
        if text is not None and text in words:
            yield Named("argument", "literal", text, node)
    elif isinstance(node, ast.JoinedStr):
        texts = [text_of(one) or "" for one in node.values]
        if not any(re.search(r"\s", text) for text in texts):
            for word in dict.fromkeys(word for text in texts for word in _WORD.findall(text)):
                if word in words:
                    yield Named("argument", "part", word, node)
    else:
        name = dotted(node)
        if name.removesuffix(".value").rpartition(".")[2] in words:
            yield Named("argument", "constant", name, node)
