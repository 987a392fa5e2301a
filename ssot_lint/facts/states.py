"""State that outlives a call, as a function writes it: which it is, what tests whether it is there, what sets it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.facts.bodies import FUNCTIONS, LEAVES, local_callees, own_nodes, own_statements
from ssot_lint.facts.names import dotted
from ssot_lint.facts.nodes import children

if TYPE_CHECKING:
    from collections.abc import Iterator

_MISSING: Final = (ast.Is, ast.Eq)
_THERE: Final = (ast.IsNot, ast.NotEq)
_EMPTY: Final = frozenset(("dict", "list", "set", "defaultdict", "OrderedDict", "collections.defaultdict", "deque"))
_CLOSED: Final = (*FUNCTIONS, ast.Lambda, ast.ClassDef)


class State(NamedTuple):
    """Shared state: its dotted name, and the key under which it is meant, as source of a tree ("" for the whole)."""

    name: str
    key: str = ""


class Test(NamedTuple):
    """A test of shared state: `missing` says that what follows runs where it is missing."""

    state: State
    missing: bool


class Names:
    """What the names in a function mean."""

    def __init__(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        body = list(own_nodes(node))
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
        declared = {name for one in body if isinstance(one, ast.Global) for name in one.names}
        stored = {one.id for one in body if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        self.declared = declared
        self._locals = (stored | {one.arg for one in every if one is not None}) - declared
        self.made = dict(local_callees(node))
        self._copies: dict[str, State] = {}
        for one in own_statements(node):
            if isinstance(one, ast.Assign) and len(one.targets) == 1 and isinstance(one.targets[0], ast.Name):
                self._copy(one.targets[0].id, one.value)

    def _copy(self, name: str, value: ast.expr) -> None:
        """Take note of `local = state`; what else a name is assigned does not make it another's copy."""
        state = self.read(value) if name in self._locals else None
        if state is not None:
            self._copies.setdefault(name, state)

    def state(self, node: ast.expr) -> State | None:
        """Return the shared state that an expression is: what it names, or what stands there under a key."""
        if isinstance(node, ast.Subscript):
            holder = self._holder(node.value)
            return State(holder, ast.dump(node.slice)) if holder else None
        if isinstance(node, ast.Name):
            return State(node.id) if node.id in self.declared else None
        holder = self._holder(node)
        return State(holder) if holder else None

    def read(self, node: ast.expr) -> State | None:
        """Return the shared state whose value an expression gives: `state`, `registry.get(key)`, a local copy."""
        if isinstance(node, ast.Name) and node.id in self._copies:
            return self._copies[node.id]
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            holder = self._holder(node.func.value)
            return State(holder, ast.dump(node.args[0])) if holder else None
        return self.state(node)

    def _holder(self, node: ast.expr) -> str:
        """Return the dotted name of what may be shared: a name of the module, an attribute of self, of a class."""
        name = dotted(node).replace("self.__class__.", "cls.")
        root, _, rest = name.partition(".")
        if not rest:
            return "" if root in self._locals else name
        if rest.count("."):
            return ""
        return name if root in ("self", "cls") or (root[:1].isupper() and root not in self._locals) else ""

    def tests(self, node: ast.expr) -> Iterator[Test]:
        """Yield the tests of shared state in a condition."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield from (Test(one.state, not one.missing) for one in self.tests(node.operand))
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                yield from self.tests(value)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            yield from self._compared(node, node.ops[0], node.comparators[0])
        else:
            state = self.read(node)
            if state is not None:
                yield Test(state, missing=False)

    def _compared(self, node: ast.Compare, how: ast.cmpop, other: ast.expr) -> Iterator[Test]:
        if isinstance(how, (ast.In, ast.NotIn)):
            holder = self._holder(other)
            if holder:
                yield Test(State(holder, ast.dump(node.left)), isinstance(how, ast.NotIn))
        elif isinstance(other, ast.Constant) and other.value is None and isinstance(how, (*_MISSING, *_THERE)):
            state = self.read(node.left)
            if state is not None:
                yield Test(state, isinstance(how, _MISSING))

    def context(self, node: ast.expr) -> str:
        """Return how a context manager is written: a dotted name, `f()` for what a call gives, "?" for the rest."""
        name = dotted(node)
        if name:
            copied = self._copies.get(name)
            if copied is not None:
                return "?" if copied.key else copied.name
            return f"{self.made[name]}()" if name in self.made else "?" if name in self._locals else name
        called = dotted(node.func) if isinstance(node, ast.Call) else ""
        return f"{called}()" if called else "?"

    def callee(self, node: ast.expr) -> str:
        """Return the dotted callee of what an expression makes, through one local name; "" if that is no call."""
        value = node.value if isinstance(node, ast.Await) else node
        if isinstance(value, ast.Call):
            return dotted(value.func)
        return self.made.get(value.id, "") if isinstance(value, ast.Name) else ""


def fills(node: ast.expr | None) -> bool:
    """Tell whether a value stands for something that is there: neither None nor false nor empty."""
    if node is None or (isinstance(node, ast.Constant) and not node.value):
        return False
    if isinstance(node, (ast.Dict, ast.List, ast.Set, ast.Tuple)):
        return bool(getattr(node, "keys", None) or getattr(node, "elts", None))
    return not (isinstance(node, ast.Call) and dotted(node.func) in _EMPTY)


def ends(suite: list[ast.stmt]) -> bool:
    """Tell whether nothing after a suite runs."""
    return bool(suite) and isinstance(suite[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))


def first_await(node: ast.AST) -> int:
    """Return the line of the first await in a statement or expression, 0 if there is none."""
    pending: list[ast.AST] = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
            return one.lineno
        if not isinstance(one, _CLOSED) and type(one) not in LEAVES:
            pending.extend(children(one)[::-1])
    return 0
