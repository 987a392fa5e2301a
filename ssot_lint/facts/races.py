"""The second look at shared state: what is tested and set, under which contexts, and what is held meanwhile."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.facts.bodies import FUNCTIONS, LEAVES, own_nodes, own_statements
from ssot_lint.facts.kept import read_kept
from ssot_lint.facts.names import dotted
from ssot_lint.facts.nodes import children
from ssot_lint.facts.states import Names, first_await
from ssot_lint.facts.windows import Checks, WindowFinder
from ssot_lint.model.details import Hold, SharedCall, SharedWrite, Sharing, Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.facts.text import Columns

_CLOSED: Final = (*FUNCTIONS, ast.Lambda, ast.ClassDef)
_WRITES: Final = frozenset(("pop", "popitem", "clear", "update", "setdefault", "append", "add", "remove", "discard"))
_ENTERS: Final = frozenset(("enter_context", "enter_async_context"))
_STATEMENTS: Final = ("body", "orelse", "finalbody")
_SLEEPS: Final = frozenset(("time.sleep", "asyncio.sleep", "sleep", "anyio.sleep", "trio.sleep"))


def read_sharing(text: str, tree: ast.Module, columns: Columns) -> Sharing:
    """Read what the functions of a file do with what outlives their calls."""
    reader = _Reader(columns, acquires="acquire" in text or any(name in text for name in _ENTERS))
    classes: list[tuple[ast.ClassDef, str]] = []
    pending: list[tuple[ast.AST, str]] = [(tree, "")]
    while pending:
        node, scope = pending.pop()
        for one in _inner_statements(node):
            inner = scope
            if isinstance(one, (*FUNCTIONS, ast.ClassDef)):
                inner = f"{scope}.{one.name}" if scope else one.name
            if isinstance(one, FUNCTIONS):
                reader.read(one, inner)
            elif isinstance(one, ast.ClassDef):
                classes.append((one, inner))
            pending.append((one, inner))
    return reader.result(classes)


class _Left(NamedTuple):
    """A statement that is looked at once it is known that something is tested or held in its file."""

    node: ast.stmt
    scope: str
    around: tuple[str, ...]
    names: Names | ast.FunctionDef | ast.AsyncFunctionDef


class _Reader:
    """Reads the functions of a file, one after the other."""

    def __init__(self, columns: Columns, *, acquires: bool) -> None:
        self._columns = columns
        self._windows: list[Window] = []
        self._holds: list[Hold] = []
        self._writes: list[SharedWrite] = []
        self._calls: list[SharedCall] = []
        self._scope = ""
        self._finder: WindowFinder
        self._left: list[_Left] = []
        self._known: dict[ast.AST, Names] = {}
        self._acquires = acquires

    def result(self, classes: Sequence[tuple[ast.ClassDef, str]]) -> Sharing:
        """Put together what bears on the windows and on what is held; nothing else is told."""
        if not self._windows and not self._holds:
            return Sharing()
        for one in self._left:
            self._record(one)
        states = {one.state for one in self._windows} | {name for one in self._holds for name, _ in one.polls}
        scopes = [*(one.scope for one in self._windows), *(one.scope for one in self._holds)]
        meant = {scope.rpartition(".")[2] for scope in scopes}
        contexts = {name for one in self._windows for name in one.around} | {one.context for one in self._holds}
        contexts |= {name for one in self._writes if one.state in states for name in one.around}
        holders = {one.scope.rpartition(".")[2] for one in self._holds}
        holds = [one.calling(holders) for one in self._holds]
        return Sharing(
            tuple(sorted(self._windows, key=lambda one: one.at)),
            tuple(sorted(holds, key=lambda one: one.at)),
            tuple(one for one in self._writes if one.state in states),
            tuple(one for one in self._calls if one.callee.rpartition(".")[2] in meant),
            tuple(read_kept(classes, {name.rpartition(".")[2] for name in contexts})),
        )

    def read(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: str) -> None:
        """Read one function; what is nested in it is read by itself."""
        self._scope = scope
        if not any(isinstance(one, (ast.If, ast.With, ast.AsyncWith)) for one in own_statements(node)):
            self._left += [_Left(one, scope, (), node) for one in own_statements(node)]
            return
        self._finder = WindowFinder(node, self._columns, scope)
        self._suite(node.body, (), {})
        self._windows += self._finder.windows

    def _suite(self, suite: Sequence[ast.stmt], around: tuple[str, ...], checks: Checks) -> None:
        for number, node in enumerate(suite):
            if isinstance(node, _CLOSED):
                continue
            self._left.append(_Left(node, self._scope, around, self._finder.names))
            if self._acquires:
                around = self._acquired(node, around)
            if isinstance(node, (ast.With, ast.AsyncWith)):
                inner = (*around, *(self._finder.names.context(item.context_expr) for item in node.items))
                self._hold(node, inner[len(around) :])
                self._suite(node.body, inner, checks)
                continue
            inside = checks
            if isinstance(node, ast.If):
                inside, checks = self._finder.look(node, suite[number + 1 :], around, checks)
            for field in _STATEMENTS:
                self._suite(getattr(node, field, ()), around, inside)
            for handler in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                self._suite(handler.body, around, inside)

    def _acquired(self, node: ast.stmt, around: tuple[str, ...]) -> tuple[str, ...]:
        """Return the contexts behind a statement that acquires or releases a lock, or enters a context."""
        for one in _own_nodes(node):
            if not isinstance(one, ast.Call) or not isinstance(one.func, ast.Attribute):
                continue
            lock = self._finder.names.context(one.func.value)
            if one.func.attr == "acquire":
                around = (*around, lock)
            elif one.func.attr == "release":
                around = tuple(name for name in around if name != lock)
            elif one.func.attr in _ENTERS:
                around = (*around, "?")
        return around

    def _record(self, one: _Left) -> None:
        """Take note of what a statement by itself writes and calls."""
        names = one.names if isinstance(one.names, Names) else self._names_of(one.names)
        node = one.node
        targets: list[ast.expr] = []
        if isinstance(node, (ast.Assign, ast.Delete)):
            targets = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            targets = [node.target]
        for target in targets:
            state = names.state(target)
            if state is not None:
                self._writes.append(SharedWrite(state.name, one.scope, node.lineno, one.around))
        for call in _own_nodes(node):
            if isinstance(call, ast.Call):
                name = dotted(call.func)
                holder, _, last = name.rpartition(".")
                if last in _WRITES and holder:
                    self._writes.append(SharedWrite(holder, one.scope, node.lineno, one.around))
                if holder in ("", "self", "cls") and name:
                    self._calls.append(SharedCall(name, one.scope, one.around))

    def _names_of(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Names:
        """Return what the names of a function mean that tests nothing and holds nothing."""
        if function not in self._known:
            self._known[function] = Names(function)
        return self._known[function]

    def _hold(self, node: ast.With | ast.AsyncWith, contexts: Sequence[str]) -> None:
        calls: list[tuple[str, int, bool]] = []
        awaits: set[ast.AST] = set()
        polls: list[tuple[str, int]] = []
        for one in own_nodes(node):
            if isinstance(one, ast.Await):
                awaits.add(one.value)
            elif isinstance(one, ast.Call):
                calls.append((dotted(one.func), one.lineno, one in awaits))
            elif isinstance(one, ast.While) and _sleeps(one):
                polls += [(test.state.name, one.lineno) for test in self._finder.names.tests(one.test)]
        awaited = next((line for line in map(first_await, node.body) if line), 0)
        is_async, in_async = isinstance(node, ast.AsyncWith), self._finder.is_async
        at = self._columns.span(node.items[0].context_expr)
        for context in contexts:
            if context != "?" and not context.endswith("()"):
                hold = Hold(context, self._scope, is_async, in_async, at, awaited, tuple(calls), tuple(polls))
                self._holds.append(hold)


def _inner_statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements that stand right in a statement."""
    for field in _STATEMENTS:
        yield from getattr(node, field, ())
    for arm in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from arm.body


def _own_nodes(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of the expressions of a statement, without the suites in it and what is closed."""
    pending: list[ast.AST] = [
        one for one in children(node) if not isinstance(one, (ast.stmt, ast.ExceptHandler, ast.match_case))
    ]
    while pending:
        one = pending.pop()
        yield one
        if not isinstance(one, _CLOSED) and type(one) not in LEAVES:
            pending.extend(children(one))


def _sleeps(node: ast.While) -> bool:
    """Tell whether a loop waits by sleeping."""
    return any(isinstance(one, ast.Call) and dotted(one.func) in _SLEEPS for one in own_nodes(node))
