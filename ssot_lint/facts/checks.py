"""Try statements that are tests of the import in them."""

from __future__ import annotations

import ast
from typing import Final

from ssot_lint.facts.names import callee, caught, dotted

_IMPORT_FAILURES: Final = frozenset(("ImportError", "ModuleNotFoundError"))


def checks_itself(node: ast.Try) -> bool:
    """Tell whether a try statement is a test of the import in it: it fails where the import works, or does not."""
    if any(_fails(statement) for statement in (*node.body, *node.orelse)):
        return True
    handlers = [handler for handler in node.handlers if _IMPORT_FAILURES & set(caught(handler.type))]
    return any(_fails(statement, asserts=True) for handler in handlers for statement in handler.body)


def _fails(statement: ast.stmt, *, asserts: bool = False) -> bool:
    """Recognise `pytest.fail(...)`, `self.fail(...)`; with `asserts` also assertions and `raise AssertionError`."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        name = dotted(statement.value.func).rpartition(".")[2]
        return name == "fail" or (asserts and name.startswith("assert"))
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        return asserts and callee(statement.exc).endswith("AssertionError")
    return asserts and isinstance(statement, ast.Assert)
