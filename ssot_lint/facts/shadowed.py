"""Names that a suite binds a second time before anything could have used the first binding."""

from __future__ import annotations

import ast
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.facts.bodies import FUNCTIONS
from ssot_lint.facts.names import callee, dotted
from ssot_lint.facts.nodes import children
from ssot_lint.model.facts import Binder, Shadowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lint.facts.text import Columns

# Decorators that only wrap or mark: whoever replaces the decorated object loses it. Any other one may register it.
_MARKS: Final = frozenset(
    ("staticmethod", "classmethod", "property", "cached_property", "abstractmethod", "runtime_checkable", "dataclass")
) | frozenset(("contextmanager", "asynccontextmanager", "lru_cache", "cache", "final", "override"))
_MARKING_MODULES: Final = ("pytest.mark.", "pytest.fixture", "pytest_asyncio.fixture", "unittest.skip")
_CONSTANTS: Final = frozenset(("", "None", "True", "False"))


def read_shadowed(suites: Iterable[tuple[Sequence[ast.stmt], str]], columns: Columns) -> tuple[Shadowed, ...]:
    """Return what is replaced unused in suites of statements, each with the qualified name of its scope."""
    return tuple(one for body, scope in suites for one in _Suite(body, scope, columns).read())


class _Seen(NamedTuple):
    """A statement, by its number in the suite, that binds a name."""

    number: int
    kind: str
    node: ast.stmt | ast.alias
    target: str = ""


class _Suite:
    """The statements of a module or class, which all run, one after the other."""

    def __init__(self, body: Sequence[ast.stmt], scope: str, columns: Columns) -> None:
        self._body = body
        self._scope = scope
        self._columns = columns
        self._uses: dict[str, list[int]] | None = None

    def read(self) -> Iterator[Shadowed]:
        """Yield every binding that the next one of its name replaces unused."""
        last: dict[str, _Seen] = {}
        for number, node in enumerate(self._body):
            for name, seen in _bound(number, node):
                first = last.get(name)
                if first is not None and self._is_lost(name, first, seen):
                    yield Shadowed(name, self._scope, self._binder(first), self._binder(seen))
                last[name] = seen

    def _is_lost(self, name: str, first: _Seen, second: _Seen) -> bool:
        if not name.strip("_") or (not self._scope and name.startswith("__") and name.endswith("__")):
            return False
        if first.kind == second.kind == "alias" and self._scope:
            return False
        return not _may_be_registered(first.node) and not self._used(name, first.number, second.number)

    def _binder(self, seen: _Seen) -> Binder:
        return Binder(seen.kind, self._columns.span(seen.node), seen.target)  # type: ignore[arg-type]

    def _used(self, name: str, first: int, second: int) -> bool:
        """Tell whether something that runs after one statement, up to and in another, may use the name."""
        return self._touched(name, first, second) or any(
            self._touched(called.name, number, second) and _mentions(called, name)
            for number, called in enumerate(self._body[first + 1 : second], first + 1)
            if isinstance(called, FUNCTIONS) and not self._scope
        )

    def _touched(self, name: str, after: int, until: int) -> bool:
        if self._uses is None:
            self._uses = {}
            for number, node in enumerate(self._body):
                for used in _names_at_once(*self._read_at_once(node)):
                    self._uses.setdefault(used, []).append(number)
        numbers = self._uses.get(name, [])
        at = bisect_right(numbers, after)
        return at < len(numbers) and numbers[at] <= until

    def _read_at_once(self, node: ast.stmt) -> list[ast.AST]:
        """Return the parts of a statement that may use a name.

        Not an alias's own name, nor what no program reads: the types of module variables, and what a plain function
        is declared to return.
        """
        if isinstance(node, ast.Assign) and any(True for _ in _bound(0, node)):
            return [node.value]
        if isinstance(node, ast.AnnAssign) and not self._scope:
            return [node.target, *([node.value] if node.value is not None else [])]
        if isinstance(node, FUNCTIONS) and not self._scope and not node.decorator_list:
            return [node.args]
        return [node]


def _bound(number: int, node: ast.stmt) -> Iterator[tuple[str, _Seen]]:
    """Yield the names that a statement binds, as far as their replacement is of interest."""
    if isinstance(node, ast.ClassDef):
        yield node.name, _Seen(number, "class", node)
    elif isinstance(node, FUNCTIONS):
        yield node.name, _Seen(number, "function", node)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], _Seen(number, "import", alias)
    elif isinstance(node, ast.ImportFrom):
        if node.module != "__future__":
            yield from ((alias.asname or alias.name, _Seen(number, "import", alias)) for alias in node.names)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        target = dotted(node.value)
        if target not in _CONSTANTS:
            yield node.targets[0].id, _Seen(number, "alias", node, target)


def _may_be_registered(node: ast.stmt | ast.alias) -> bool:
    """Tell whether a decorator may have handed a definition to somebody."""
    for decorator in getattr(node, "decorator_list", []):
        name = callee(decorator)
        if name.rpartition(".")[2] not in _MARKS and not name.startswith(_MARKING_MODULES):
            return True
    return False


def _names_at_once(*nodes: ast.AST) -> Iterator[str]:
    """Yield the names that stand outside the bodies of functions."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, FUNCTIONS):
            pending += [*node.decorator_list, node.args, *([node.returns] if node.returns is not None else [])]
        else:
            pending += children(node)


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node))
