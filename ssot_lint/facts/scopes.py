"""The scopes of a file: which names each binds, and a walk over those whose lines hold what is looked for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.facts.nodes import children

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from ssot_lint.facts.text import LineIndex
    from ssot_lint.model.facts import Block, Import

_FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSION: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES: Final = (*_FUNCTION, *_COMPREHENSION, ast.ClassDef)
_NAMED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Scope(NamedTuple):
    """A scope on the way to a node: its block (None where nothing in it was recorded), and its own names."""

    block: int | None
    local: frozenset[str]


class Around(NamedTuple):
    """What is around a node: the qualified name, and the scopes that its names are looked up in, outermost first."""

    name: str
    scopes: tuple[Scope, ...]

    @property
    def block(self) -> int:
        """The innermost block that is known."""
        return next((one.block for one in reversed(self.scopes) if one.block is not None), 0)

    def binder(self, name: str, bound: AbstractSet[tuple[int, str]]) -> int | None:
        """Return the block in which an import binds a name for here; None where something else does, or nothing."""
        for block, local in reversed(self.scopes):
            if block is not None and (block, name) in bound:
                return block
            if name in local:
                return None
        return None

    def hides(self, name: str) -> bool:
        """Tell whether a scope inside the module binds a name by itself."""
        return any(name in one.local for one in self.scopes[1:])


def binding_scope(blocks: Sequence[Block], block: int) -> int:
    """Return the function, class or module block in which names of a block are bound."""
    while blocks[block].kind not in ("module", "class", "function"):
        block = blocks[block].parent
    return block


def bound_by_imports(blocks: Sequence[Block], imports: Sequence[Import]) -> frozenset[tuple[int, str]]:
    """Return the scopes, by their blocks, in which imports bind names, each with the name."""
    return frozenset((binding_scope(blocks, one.block), one.bound_as) for one in imports)


def names_bound_in(scope: ast.AST, roots: AbstractSet[str]) -> frozenset[str]:
    """Return those of some names that a scope binds otherwise than by an import."""
    names: set[str] = set()
    if isinstance(scope, _FUNCTION):
        arguments = scope.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        names |= {one.arg for one in [*every, arguments.vararg, arguments.kwarg] if one is not None}
    if isinstance(scope, ast.Module) or not (roots - names):
        return frozenset(names & roots)
    declared: set[str] = set()
    pending = [*children(scope)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (*_NAMED, ast.ExceptHandler)):
            names.add(node.name or "")
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
        if not isinstance(node, _SCOPES):
            pending.extend(children(node))
    return frozenset((names - declared) & roots)


def walk_scopes(
    tree: ast.Module, lines: LineIndex, roots: AbstractSet[str], scope_of: Mapping[ast.AST, int]
) -> Iterator[tuple[ast.AST, Around]]:
    """Yield the nodes of the statements that hold a wanted line, each before what is in it, with what is around it.

    Of the names that scopes bind only `roots` are told.
    """
    pending: list[tuple[ast.AST, Around]] = [(tree, Around("", ()))]
    while pending:
        node, outer = pending.pop()
        own = node.name if isinstance(node, _NAMED) else ""
        name = ".".join(filter(None, (outer.name, own)))
        inner = Around(name, (*outer.scopes, Scope(scope_of.get(node), names_bound_in(node, roots))))
        # The names of a class body are not seen from its functions.
        visible = Around(name, outer.scopes) if isinstance(node, ast.ClassDef) else inner
        for child in _own_nodes(node, lines):
            yield child, inner
            if isinstance(child, _SCOPES):
                pending.append((child, visible))


def _own_nodes(scope: ast.AST, lines: LineIndex) -> Iterator[ast.AST]:
    """Yield the nodes of one scope, nested scopes unopened, statements without a wanted line left out."""
    pending = [*children(scope)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt) and not lines.holds(node):
            continue
        yield node
        if not isinstance(node, _SCOPES):
            pending.extend(children(node))
