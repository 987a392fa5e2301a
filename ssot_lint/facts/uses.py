"""Uses of wanted names through module objects: `m.Name` where an import of the file binds `m`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ssot_lint.facts.names import dotted
from ssot_lint.facts.text import LineIndex
from ssot_lint.model.facts import Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from ssot_lint.facts.text import Columns
    from ssot_lint.model.facts import Block, Import

_Function = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_Comprehension = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_Scopes = (*_Function, *_Comprehension, ast.ClassDef)


def read_uses(  # noqa: PLR0913 - the file, as the extractor knows it
    text: str,
    tree: ast.Module,
    tokens: frozenset[str],
    imports: Sequence[Import],
    blocks: Sequence[Block],
    scope_of: Mapping[ast.AST, int],
    columns: Columns,
) -> tuple[Use, ...]:
    """Return the dotted names that end in one of `tokens` and whose root an import binds."""
    lines = LineIndex(text, [f".{token}" for token in tokens])
    if not lines:
        return ()
    bound = {(binding_scope(blocks, one.block), one.bound_as) for one in imports}
    reader = _UseReader(tokens, bound, lines, scope_of, columns)
    return tuple(reader.read(tree))


def binding_scope(blocks: Sequence[Block], block: int) -> int:
    """Return the function, class or module block in which names of a block are bound."""
    while blocks[block].kind not in ("module", "class", "function"):
        block = blocks[block].parent
    return block


def names_bound_in(scope: ast.AST, roots: AbstractSet[str]) -> frozenset[str]:
    """Return those of some names that a scope binds otherwise than by an import."""
    names: set[str] = set()
    if isinstance(scope, _Function):
        arguments = scope.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        names |= {one.arg for one in [*every, arguments.vararg, arguments.kwarg] if one is not None}
    if isinstance(scope, ast.Module) or not (roots - names):
        return frozenset(names & roots)
    declared: set[str] = set()
    pending = list(ast.iter_child_nodes(scope))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)):
            names.add(node.name or "")
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
        if not isinstance(node, _Scopes):
            pending.extend(ast.iter_child_nodes(node))
    return frozenset((names - declared) & roots)


class _UseReader:
    """An iterative walk over the scopes whose lines hold a wanted name."""

    def __init__(
        self,
        tokens: frozenset[str],
        bound: set[tuple[int, str]],
        lines: LineIndex,
        scope_of: Mapping[ast.AST, int],
        columns: Columns,
    ) -> None:
        self._tokens = tokens
        self._roots = {name for _, name in bound}
        self._bound = bound
        self._lines = lines
        self._scope_of = scope_of
        self._columns = columns

    def read(self, tree: ast.Module) -> Iterator[Use]:
        """Yield the uses in source order."""
        found: list[tuple[Use, int]] = []
        # Each entry: a scope's node and the (block or None, local names) of the scopes that its names look through.
        pending: list[tuple[ast.AST, tuple[tuple[int | None, frozenset[str]], ...]]] = [(tree, ())]
        while pending:
            node, outer = pending.pop()
            block = self._scope_of.get(node)
            inner = (*outer, (block, names_bound_in(node, self._roots)))
            visible = outer if isinstance(node, ast.ClassDef) else inner
            for child in self._walk(node):
                if isinstance(child, _Scopes):
                    pending.append((child, visible))
                elif isinstance(child, ast.Attribute):
                    use = self._use(child, inner)
                    if use is not None:
                        found.append((use, len(found)))
        return iter(sorted({use for use, _ in found}, key=lambda use: (use.at, use.dotted)))

    def _walk(self, scope: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes of one scope, nested scopes unopened, statements without a wanted line left out."""
        pending = list(ast.iter_child_nodes(scope))
        while pending:
            node = pending.pop()
            if isinstance(node, ast.stmt) and not self._lines.holds(node):
                continue
            yield node
            if not isinstance(node, _Scopes):
                pending.extend(ast.iter_child_nodes(node))

    def _use(self, node: ast.Attribute, scopes: tuple[tuple[int | None, frozenset[str]], ...]) -> Use | None:
        if node.attr not in self._tokens:
            return None
        path = dotted(node)
        root = path.partition(".")[0]
        if root not in self._roots:
            return None
        for block, local in reversed(scopes):
            if block is not None and (block, root) in self._bound:
                inner = next((one for one, _ in reversed(scopes) if one is not None), 0)
                return Use(block, path, inner, self._columns.span(node))
            if root in local:
                return None
        return None
