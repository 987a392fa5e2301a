"""Whether a module only passes names on: imports, aliases, `__all__`, warnings, and the guards around them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from ssot_lint.facts.callees import LOGGERS
from ssot_lint.facts.names import dotted, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_SERVING: Final = frozenset(("__getattr__", "__dir__"))
_WARNINGS: Final = frozenset(("warn", "print"))
_LOGGER_MAKERS: Final = frozenset(("getLogger", "get_logger"))


def passes_names(body: Sequence[ast.stmt]) -> bool:
    """Tell whether no statement of a suite makes anything of its own."""
    pending = list(reversed(body))
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.If, ast.Try)):
            pending += [*node.body, *node.orelse]
        elif isinstance(node, ast.With):
            pending += node.body
        elif not _passes(node):
            return False
        if isinstance(node, ast.Try):
            pending += [*node.finalbody, *(one for handler in node.handlers for one in handler.body)]
    return True


def _passes(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass, ast.Raise, ast.Delete)):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or (isinstance(node.value, ast.Call) and _only_speaks(node.value))
    if isinstance(node, ast.FunctionDef):
        return node.name in _SERVING
    if isinstance(node, ast.Assign):
        return all(_renames(target, node.value) for target in node.targets)
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        return node.value is None or _renames(node.target, node.value)
    return type(node).__name__ == "TypeAlias" and bool(dotted(getattr(node, "value", None)))


def _only_speaks(call: ast.Call) -> bool:
    """Recognise warnings, log messages and changes of `__all__`."""
    first, _, last = dotted(call.func).rpartition(".")
    return first in ("__all__", "warnings") or first in LOGGERS or (last in _WARNINGS and not first)


def _renames(target: ast.expr, value: ast.expr) -> bool:
    """Recognise an alias, `globals()[...] = name`, `sys.modules[...] = name`, a dunder, and a logger of the module."""
    if isinstance(target, ast.Name) and target.id.startswith("__") and target.id.endswith("__"):
        return True
    if isinstance(target, ast.Name) and isinstance(value, ast.Call):
        return dotted(value.func).rpartition(".")[2] in _LOGGER_MAKERS
    if isinstance(target, ast.Subscript) and text_of(target.slice) is None and dotted(target.value) != "sys.modules":
        return False
    return isinstance(target, (ast.Name, ast.Subscript)) and bool(dotted(value))
