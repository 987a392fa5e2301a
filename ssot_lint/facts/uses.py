"""Uses of wanted names through module objects: `m.Name` where an import of the file binds `m`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ssot_lint.facts.names import dotted
from ssot_lint.facts.scopes import bound_by_imports, walk_scopes
from ssot_lint.facts.text import LineIndex
from ssot_lint.model.facts import Use

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssot_lint.facts.text import Columns
    from ssot_lint.model.facts import Block, Import


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
    bound = bound_by_imports(blocks, imports)
    roots = {name for _, name in bound}
    found: set[Use] = set()
    for node, around in walk_scopes(tree, lines, roots, scope_of):
        if isinstance(node, ast.Attribute) and node.attr in tokens:
            path = dotted(node)
            root = path.partition(".")[0]
            block = around.binder(root, bound) if root in roots else None
            if block is not None:
                found.add(Use(block, path, around.block, columns.span(node)))
    return tuple(sorted(found, key=lambda use: (use.at, use.dotted)))
