"""A try statement around imports, whose handler binds their names to something else: where its parts stand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.bodies import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator


class Fallback(NamedTuple):
    """The lines of a try statement; `outer` and `inner` are how many characters it and its body are indented.

    `more` says what there is in it beside imports and other things of their names, "" if nothing.
    """

    line: int
    first: int
    handler: int
    last: int
    outer: int
    inner: int
    more: str


def read_fallback(tree: ast.Module, line: int) -> Fallback | None:
    """Return the try statement in a line, None if there is none."""
    node = next((one for one in ast.walk(tree) if isinstance(one, ast.Try) and one.lineno == line), None)
    if node is None or not node.handlers:
        return None
    first = node.body[0]
    last = node.end_lineno or node.lineno
    return Fallback(line, first.lineno, node.handlers[0].lineno, last, node.col_offset, first.col_offset, _more(node))


def _more(node: ast.Try) -> str:
    """Say what a statement does beside importing names, or else binding them to something."""
    imports = [one for one in node.body if isinstance(one, (ast.Import, ast.ImportFrom))]
    if len(imports) < len(node.body) or node.orelse or node.finalbody:
        return "the try statement does more than import"
    imported = {alias.asname or alias.name.partition(".")[0] for one in imports for alias in one.names}
    names = [name for handler in node.handlers for one in handler.body for name in _bound(one)]
    if len(node.handlers) > 1 or not imported.issuperset(names):
        return "the handler does more than bind the same names"
    return ""


def _bound(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a handler binds; "" where it does anything else."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.decorator_list:
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Assign):
        yield from (target.id if isinstance(target, ast.Name) else "" for target in node.targets)
    else:
        yield ""
