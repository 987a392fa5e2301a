"""Events in one file: which calls are given one, what is compared with one, and the constants that stand for one."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.facts.bodies import FUNCTIONS, own_nodes
from ssot_lint.facts.details import class_detail, function_detail
from ssot_lint.facts.event_values import Values, named_events
from ssot_lint.facts.names import dotted, text_of
from ssot_lint.facts.text import Columns, LineIndex
from ssot_lint.model.details import ClassDetail, EventConstant, Events, EventUse, FunctionDetail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from ssot_lint.facts.event_values import Named

_SPEAKS: Final = re.compile(r"type|event", re.IGNORECASE)
_EQUALITIES: Final = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)


def plain_word(text: str) -> str:
    """Return a name without case and signs, so that `agent_started` and `AgentStarted` are the same."""
    return re.sub(r"[\W_]+", "", text).lower()


def read_events(text: str, tree: ast.Module, words: AbstractSet[str]) -> Events:
    """Return what a file does with the words, in functions and statements that hold one of them."""
    scopes: list[ast.Module | ast.ClassDef] = [tree, *(one for one in tree.body if isinstance(one, ast.ClassDef))]
    named = {name for scope in scopes for name, _, _ in _stated(scope, words) if name.isidentifier()}
    reader = _Reader(text, words, frozenset(words | named))
    reader.walk(tree)
    functions = (*reader.named, *reader.called())
    return Events(
        tuple(sorted(reader.uses, key=lambda one: (one.at, one.call))),
        tuple(reader.constants),
        tuple(sorted(dict.fromkeys(functions), key=lambda one: one.at)),
        tuple(sorted(dict.fromkeys(reader.classes), key=lambda one: one.at)),
        tuple(sorted(set(reader.calls))),
    )


class _Scope(NamedTuple):
    """A scope to be read: its node, its qualified name, and that of the function around it."""

    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    name: str = ""
    inside: str = ""


class _Reader:
    """One walk over the scopes of a file."""

    def __init__(self, text: str, values: AbstractSet[str], words: AbstractSet[str]) -> None:
        """Read for `values`, and for all `words` that stand for one in this file."""
        self._values = values
        self._words = words
        self._plain = {plain_word(word) for word in values}
        self._lines = LineIndex(text, words)
        self._columns = Columns(text)
        self._methods: dict[str, list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]] = {}
        self.uses: list[EventUse] = []
        self.constants: list[EventConstant] = []
        self.named: list[FunctionDetail] = []
        self.classes: list[ClassDetail] = []
        self.calls: list[tuple[str, str]] = []

    def walk(self, tree: ast.Module) -> None:
        """Visit the scopes that hold a word."""
        pending = [_Scope(tree)]
        while pending:
            scope = pending.pop()
            nodes = list(own_nodes(scope.node))
            for inner in self._inner(scope, nodes):
                if isinstance(inner.node, FUNCTIONS):
                    self._methods.setdefault(inner.node.name, []).append((inner.node, inner.name))
                if self._lines.holds(inner.node):  # type: ignore[arg-type]
                    pending.append(inner)
            self._read(scope, nodes)

    def called(self) -> Iterator[FunctionDetail]:
        """Yield the functions of the file that are given an event, by the last name of the callee."""
        for name in sorted({use.callee.rpartition(".")[2] for use in self.uses}):
            for node, qualname in self._methods.get(name, ()):
                yield function_detail(node, qualname, self._columns, list(own_nodes(node)), shaped=False)

    def _inner(self, scope: _Scope, nodes: list[ast.AST]) -> Iterator[_Scope]:
        for node in nodes:
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                name = f"{scope.name}.{node.name}" if scope.name else node.name
                yield _Scope(node, name, scope.name if isinstance(scope.node, FUNCTIONS) else scope.inside)

    def _read(self, scope: _Scope, nodes: list[ast.AST]) -> None:
        """Read what stands in a scope itself; decorators belong to the scope around what they decorate."""
        node = scope.node
        if isinstance(node, FUNCTIONS):
            if self._is_named(node.name):
                self.named.append(function_detail(node, scope.name, self._columns, list(own_nodes(node)), shaped=False))
        elif isinstance(node, ast.ClassDef):
            self.classes.append(class_detail(node, scope.name, scope.inside, self._columns, handler=False))
        if not isinstance(node, FUNCTIONS):
            prefix = f"{scope.name}." if scope.name else ""
            for name, value, stated in _stated(node, self._values):
                self.constants.append(EventConstant(prefix + name, value, self._columns.span(stated)))
        values = Values.of(node, nodes, self._words)
        statement = 0
        for one in nodes:
            if isinstance(one, ast.stmt):
                statement = one.lineno
                for decorator in getattr(one, "decorator_list", ()):
                    for part in ast.walk(decorator):
                        self._expression(part, scope, values, decorator.lineno)
            self._expression(one, scope, values, statement)

    def _is_named(self, name: str) -> bool:
        plain = plain_word(name)
        return any(word in plain for word in self._plain)

    def _expression(self, node: ast.AST, scope: _Scope, values: Values, statement: int) -> None:
        if isinstance(node, ast.Call):
            self._call(node, scope, values, statement)
        elif isinstance(node, ast.Compare):
            self._comparison(node, scope, values, statement)

    def _call(self, call: ast.Call, scope: _Scope, values: Values, statement: int) -> None:
        name = dotted(call.func) or _chained(call.func)
        if not name:
            return
        if self._is_named(name.rpartition(".")[2]):
            self.calls.append((scope.name, name))
        for argument in (*call.args, *(one.value for one in call.keywords)):
            for named in named_events(argument, values, call):
                self._use(named, scope, call, name, values.source(name.partition(".")[0]), statement)

    def _comparison(self, node: ast.Compare, scope: _Scope, values: Values, statement: int) -> None:
        if len(node.ops) != 1 or not isinstance(node.ops[0], _EQUALITIES):
            return
        sides = (node.left, node.comparators[0])
        for one, other in (sides, sides[::-1]):
            if not _speaks_of_events(other):
                continue
            for part in one.elts if isinstance(one, (ast.Tuple, ast.List, ast.Set)) else [one]:
                if isinstance(part, ast.Constant):
                    for named in named_events(part, values, node):
                        self._use(named._replace(how="comparison"), scope, node, "", "", statement)

    def _use(  # noqa: PLR0913 - the fields of a use
        self, named: Named, scope: _Scope, around: ast.expr, name: str, source: str, statement: int
    ) -> None:
        how, form, text, node = named
        source_text = self._columns.source(node).lstrip("uU")
        plain = form == "literal" and any(source_text == f"{quote}{text}{quote}" for quote in ('"', "'"))
        at, call = self._columns.span(node), self._columns.span(around)
        self.uses.append(EventUse(how, form, text, at, call, scope.name, name, source, statement, plain))


def _stated(scope: ast.Module | ast.ClassDef, values: AbstractSet[str]) -> Iterator[tuple[str, str, ast.stmt]]:
    """Yield the names that a body gives one of some strings, with the string and the statement.

    A name with `[]` behind it is given a list or the like with the string in it.
    """
    for one in scope.body:
        if isinstance(one, (ast.Assign, ast.AnnAssign)) and one.value is not None:
            ending = "" if isinstance(one.value, ast.Constant) else "[]"
            texts = dict.fromkeys(text_of(part) for part in ast.walk(one.value) if isinstance(part, ast.Constant))
            for target in one.targets if isinstance(one, ast.Assign) else [one.target]:
                if isinstance(target, ast.Name):
                    yield from (
                        (target.id + ending, text, one) for text in texts if text is not None and text in values
                    )


def _chained(function: ast.expr) -> str:
    """Return `get().emit` for a method of what a call, awaited or not, returns."""
    if isinstance(function, ast.Attribute):
        value = function.value.value if isinstance(function.value, ast.Await) else function.value
        if isinstance(value, ast.Call) and dotted(value.func):
            return f"{dotted(value.func)}().{function.attr}"
        return f"?.{function.attr}"
    return ""


def _speaks_of_events(node: ast.expr) -> bool:
    """Tell whether an expression is named as the type of a message: `event_type`, `m["type"]`, `m.get("event")`."""
    if isinstance(node, ast.Subscript):
        return bool(_SPEAKS.search(text_of(node.slice) or ""))
    if isinstance(node, ast.Call):
        first = text_of(node.args[0]) if node.args else None
        return dotted(node.func).rpartition(".")[2] == "get" and bool(_SPEAKS.search(first or ""))
    return bool(_SPEAKS.search(dotted(node).rpartition(".")[2]))
