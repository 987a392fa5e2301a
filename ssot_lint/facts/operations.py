"""Where a file may perform a declared operation: by a dotted name, whatever it is imported as."""

from __future__ import annotations

import ast
from bisect import bisect_right
from typing import TYPE_CHECKING

from ssot_lint.facts.bodies import FUNCTIONS
from ssot_lint.facts.names import dotted
from ssot_lint.facts.nodes import children
from ssot_lint.facts.scopes import bound_by_imports, walk_scopes
from ssot_lint.facts.text import LineIndex
from ssot_lint.model.facts import Performed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lint.facts.scopes import Around
    from ssot_lint.facts.text import Columns
    from ssot_lint.model.facts import Binding, Block, Import, Performance
    from ssot_lint.model.location import Span


def read_performed(  # noqa: PLR0913 - the file, as the extractor knows it
    text: str,
    tree: ast.Module,
    names: frozenset[str],
    imports: Sequence[Import],
    bindings: Sequence[Binding],
    blocks: Sequence[Block],
    scope_of: Mapping[ast.AST, int],
    columns: Columns,
) -> tuple[Performed, ...]:
    """Return the uses of dotted names that hold one of `names`, and of what the file calls such a name."""
    if not names:
        return ()
    alone = _alone(names, imports, bindings)
    lines = LineIndex(text, [*(f".{name}" for name in names), *alone])
    if not lines:
        return ()
    reader = _Reader(names, alone, bound_by_imports(blocks, imports), columns)
    for node, around in walk_scopes(tree, lines, reader.roots, scope_of):
        reader.see(node, around)
    return reader.found()


def _alone(names: frozenset[str], imports: Iterable[Import], bindings: Iterable[Binding]) -> frozenset[str]:
    """Return what stands for a wanted name, or for something in it, by itself: through imports, stars and aliases."""
    alone: set[str] = set()
    for one in imports:
        binds_module = one.name or one.explicit or "." not in one.module
        if one.name == "*":
            alone |= names
        elif one.name in names or (binds_module and one.module.rpartition(".")[2] in names):
            alone.add(one.bound_as)
    aliases = [(one.name, one.target.split(".")) for one in bindings if one.kind == "alias" and "." not in one.name]
    new = {""}
    while new:
        new = {name for name, target in aliases if target[0] in alone or not names.isdisjoint(target[1:])} - alone
        alone |= new
    return frozenset(alone)


class _Reader:
    """Sees the nodes of one file, each before what is in it."""

    def __init__(
        self, names: frozenset[str], alone: frozenset[str], bound: frozenset[tuple[int, str]], columns: Columns
    ) -> None:
        self.roots = alone | {name for _, name in bound}
        self._names = names
        self._alone = alone
        self._bound = bound
        self._columns = columns
        self._how: dict[ast.AST, Performance] = {}
        self._calls: dict[ast.AST, ast.Call] = {}
        self._passed: set[ast.AST] = set()
        self._statements: list[tuple[int, int]] = []
        self._found: dict[Span, tuple[ast.expr, str, int, str]] = {}

    def see(self, node: ast.AST, around: Around) -> None:
        """Take note of one node."""
        if node in self._passed:
            self._passed.update(children(node))
            return
        if isinstance(node, ast.stmt):
            self._statements.append((node.lineno, node.end_lineno or node.lineno))
        self._passed.update(_annotations(node))
        self._tell(node)
        if isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
            self._name(node, around)

    def found(self) -> tuple[Performed, ...]:
        """Return the uses in source order."""
        self._statements.sort()
        return tuple(self._performed(at, *found) for at, found in sorted(self._found.items()))

    def _performed(self, at: Span, node: ast.expr, path: str, block: int, scope: str) -> Performed:
        call = self._calls.get(node)
        arguments = call.args if call is not None else []
        keywords = call.keywords if call is not None else []
        named = tuple(one.arg for one in keywords if one.arg is not None)
        starred = any(isinstance(one, ast.Starred) for one in arguments)
        return Performed(
            how=self._how.get(node, "read"),
            dotted=path,
            block=block,
            scope=scope,
            at=at,
            statement=self._line_of(at),
            positional=len(arguments),
            keywords=named,
            open_ended=starred or len(named) < len(keywords),
        )

    def _tell(self, node: ast.AST) -> None:
        """Note what a node does with the names in it."""
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            for decorator in node.decorator_list:
                self._how[decorator.func if isinstance(decorator, ast.Call) else decorator] = "decorate"
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                self._how[base.value if isinstance(base, ast.Subscript) else base] = "subclass"
        elif isinstance(node, ast.Call):
            self._how.setdefault(node.func, "call")
            self._calls[node.func] = node
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            self._how[node.value] = "write"
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            self._how[node] = "write"

    def _name(self, node: ast.Attribute | ast.Name, around: Around) -> None:
        path = dotted(node)
        if not path:
            return
        self._passed.update(children(node))
        root, *rest = path.split(".")
        if root not in self.roots or (root not in self._alone and self._names.isdisjoint(rest)):
            return
        block = around.binder(root, self._bound)
        if block is None and around.hides(root):
            return
        self._found[self._columns.span(node)] = (node, path, block or 0, around.name)

    def _line_of(self, at: Span) -> int:
        """Return the line in which the innermost statement around a place starts."""
        before = bisect_right(self._statements, (at.line + 1, 0))
        around = (first for first, last in reversed(self._statements[:before]) if last >= at.end_line)
        return next(around, at.line)


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a node only says to type checkers."""
    annotation = getattr(node, "returns", None) or getattr(node, "annotation", None)
    if isinstance(annotation, ast.AST):
        yield annotation
