"""Locks that a fix makes and holds, as they stand in a syntax tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.names import dotted
from ssot_lint.facts.references import read_references
from ssot_lint.facts.suites import aliases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.facts.text import Columns


class NewLock(NamedTuple):
    """A lock that is made at a module's level: its name, and the module of its type, which a fix `imports` or not."""

    name: str
    module: str
    imports: bool = False


def without_made(after: Sequence[ast.stmt], planned: Sequence[Sequence[NewLock]]) -> tuple[list[ast.stmt], list[int]]:
    """Return a suite without the locks that are made in it, and the numbers of the statements that have them above.

    `planned` are the locks of every other statement of the suite, imports apart, in order.
    """
    made: set[ast.stmt] = set()
    found: list[int] = []
    new = [at for at, node in enumerate(after) if not isinstance(node, (ast.Import, ast.ImportFrom))]
    for number, locks in enumerate(planned):
        at = new[number] if locks and number < len(new) else len(after)
        there = after[at : at + len(locks)]
        if locks and new[number + len(locks) :][:1] == [at + len(locks)] and all(map(_is_made, there, locks)):
            found.append(number)
            made.update(there)
            del new[number : number + len(locks)]
    return [node for node in after if node not in made], found


def not_new(tree: ast.Module, columns: Columns, locks: Sequence[NewLock]) -> str:
    """Say which lock takes a name that a file has already, or is of a module whose name means something else there."""
    references = read_references(tree, columns)
    imports = (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))
    taken = {one.bound for node in imports for one in aliases(node)} | references.chains.keys() | references.bound
    names = [lock.name for lock in locks]
    wrong = [name for name in names if name in taken or names.count(name) > 1]
    wrong += [lock.module for lock in locks if lock.module in references.bound]
    return f"{wrong[0]} means something else in the file" if wrong else ""


def _is_made(node: ast.stmt, lock: NewLock) -> bool:
    """Tell whether a statement makes a lock, and does nothing else."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.value, ast.Call):
        return False
    target, call = node.targets[0], node.value
    if not isinstance(target, ast.Name) or target.id != lock.name or call.args or call.keywords:
        return False
    return dotted(call.func) == f"{lock.module}.Lock"


def under(node: ast.stmt, lock: NewLock) -> ast.stmt | None:
    """Return the one statement that stands under a lock, None if this is no such block."""
    expected = ast.AsyncWith if lock.module == "asyncio" else ast.With
    if not isinstance(node, expected) or len(node.items) != 1 or len(node.body) != 1:
        return None
    held = node.items[0]
    is_held = isinstance(held.context_expr, ast.Name) and held.context_expr.id == lock.name
    return node.body[0] if is_held and held.optional_vars is None else None
