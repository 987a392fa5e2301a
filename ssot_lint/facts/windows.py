"""Where a function tests shared state and sets it afterwards, and what stands between."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from ssot_lint.facts.bodies import FUNCTIONS, own_nodes
from ssot_lint.facts.names import callee, dotted
from ssot_lint.facts.states import Names, State, ends, fills, first_await
from ssot_lint.model.details import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.facts.text import Columns

Checks = dict[State, tuple[int, tuple[str, ...]]]
"""The tests that hold where a statement stands: the line and the contexts of each, by what it tests."""

_STARTS: Final = ("start", "init", "connect", "setup", "set_up", "open", "load", "prepare", "boot", "warm", "launch")
_OPEN: Final = ("body", "orelse", "finalbody")


class WindowFinder:
    """Finds the windows of one function."""

    def __init__(self, function: ast.FunctionDef | ast.AsyncFunctionDef, columns: Columns, scope: str) -> None:
        self.names = Names(function)
        self.windows: list[Window] = []
        self.is_async = isinstance(function, ast.AsyncFunctionDef)
        self._function = function
        self._columns = columns
        self._scope = scope
        self._decorators = tuple(callee(one) or "?" for one in function.decorator_list)
        self._found: list[Window] = []

    def look(
        self, node: ast.If, rest: Sequence[ast.stmt], around: tuple[str, ...], checks: Checks
    ) -> tuple[Checks, Checks]:
        """Look for what an `if` tests and sets; return the tests that hold inside it, and those that hold after it."""
        inside, after = dict(checks), dict(checks)
        for test in self.names.tests(node.test):
            state = test.state
            suite = node.body if test.missing else [*node.orelse, *(rest if ends(node.body) else ())]
            window = Window(
                state=state.name,
                keyed=bool(state.key),
                scope=self._scope,
                is_async=self.is_async,
                decorators=self._decorators,
                check=node.lineno,
                set=0,
                at=self._columns.span(node.test),
                around=around,
                fast=self._fast(state, around, checks),
            )
            self._found = []
            self._scan(state, suite, 0, window)
            whole = bool(self._found) and test.missing and self._is_whole(node, state)
            self.windows += [one.as_whole() if whole else one for one in self._found]
            inside.setdefault(state, (node.lineno, around))
            if ends(node.body):
                after.setdefault(state, (node.lineno, around))
        return inside, after

    def _fast(self, state: State, around: tuple[str, ...], checks: Checks) -> int:
        """Return the line of a test of the same state that fewer contexts hold, 0 if there is none."""
        line, outer = checks.get(state, (0, around))
        return line if len(outer) < len(around) else 0

    def _is_whole(self, node: ast.If, state: State) -> bool:
        """Tell whether an `if` that holds a window tests nothing else, and could stand in a `with` as it is."""
        test = node.test
        if isinstance(test, ast.UnaryOp):
            tested: ast.expr | None = test.operand
        else:
            tested = test.left if isinstance(test, ast.Compare) and len(test.ops) == 1 else None
        if not isinstance(tested, ast.Name) or State(tested.id) != state or node.orelse:
            return False
        if not any(node is one for one in self._function.body):
            return False
        if any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in own_nodes(self._function)):
            return False
        return not any(
            isinstance(one, (ast.JoinedStr, ast.Constant)) and one.end_lineno != one.lineno for one in ast.walk(node)
        )

    def _scan(self, state: State, suite: Sequence[ast.stmt], awaited: int, window: Window) -> int | None:
        """Follow a suite to the statement that sets the state.

        Returns the line of the first await so far; None where nothing goes on, or the state is set or tested again.
        """
        for number, node in enumerate(suite):
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                continue
            if isinstance(node, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
                return None
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                awaited = awaited or first_await(node)
                if self._sets(node, state):
                    self._keep(node, awaited, suite[number + 1 :], window)
                    return None
            elif isinstance(node, (ast.If, ast.While)) and any(
                test.state == state for test in self.names.tests(node.test)
            ):
                return None
            elif isinstance(node, (ast.Expr, ast.AugAssign, ast.Delete, ast.Assert)):
                awaited = awaited or first_await(node)
            else:
                went = self._scan_inside(state, node, awaited, window)
                if went is None:
                    return None
                awaited = went
        return awaited

    def _scan_inside(self, state: State, node: ast.stmt, awaited: int, window: Window) -> int | None:
        """Follow the suites of a compound statement."""
        head = getattr(node, "test", None) or getattr(node, "iter", None)
        if isinstance(node, (ast.AsyncFor, ast.AsyncWith)):
            awaited = awaited or node.lineno
        elif head is not None:
            awaited = awaited or first_await(head)
        arms = [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]
        suites = [getattr(node, field) for field in _OPEN if hasattr(node, field)] + [one.body for one in arms]
        went = [self._scan(state, one, awaited, window) for one in suites]
        if self._found:
            return None
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            return max([awaited, *(one for one in went if one is not None)])
        live = [one for one in went if one is not None]
        return max(live) if live else None

    def _sets(self, node: ast.Assign | ast.AnnAssign, state: State) -> bool:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return fills(node.value) and any(self.names.state(target) == state for target in targets)

    def _keep(self, node: ast.Assign | ast.AnnAssign, awaited: int, rest: Sequence[ast.stmt], window: Window) -> None:
        if self._found or node.value is None:
            return
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        own = {dotted(target) for target in targets} | {dotted(node.value)}
        constant = isinstance(node.value, ast.Constant)
        started = (0, "") if constant else self._started(own - {""}, rest)
        made = "=" if constant else self.names.callee(node.value)
        self._found.append(window.closed(node.lineno, made, awaited, started))

    def _started(self, own: set[str], rest: Sequence[ast.stmt]) -> tuple[int, str]:
        """Return where what was set is started only now: the line of the await, and the method."""
        for node in rest:
            value = node.value if isinstance(node, (ast.Expr, ast.Assign)) else None
            call = value.value if isinstance(value, ast.Await) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                method = call.func.attr.lstrip("_")
                if dotted(call.func.value) in own and method.startswith(_STARTS):
                    return node.lineno, call.func.attr
            if first_await(node):
                return 0, ""
        return 0, ""
