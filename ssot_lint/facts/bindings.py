"""What assignments bind at module level, and the namespaces that they write."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ssot_lint.facts.exports import ExportReader
from ssot_lint.facts.names import dotted, text_of
from ssot_lint.model.facts import Binding, Replacement

if TYPE_CHECKING:
    from ssot_lint.facts.text import Columns


class BindingReader:
    """Collects bindings in source order, `__all__`, `sys.modules` entries, and whether more may be bound."""

    def __init__(self, columns: Columns) -> None:
        self.bindings: list[Binding] = []
        self.replacements: list[Replacement] = []
        self.exports = ExportReader()
        self.opaque_getattr = False
        self.writes_namespace = False
        self._columns = columns

    def bind(self, name: str, node: ast.stmt | ast.expr, block: int, kind: str = "value", target: str = "") -> None:
        """Record that a statement binds, or deletes, a name."""
        self.bindings.append(Binding(name, kind, target, block, self._columns.span(node)))  # type: ignore[arg-type]

    def assign(self, target: ast.expr, value: ast.expr, block: int, scope: str) -> None:
        """Record `target = value`; `scope` is the kind of the scope around it."""
        if isinstance(target, (ast.Tuple, ast.List)):
            self._assign_many(target, value, block, scope)
        elif isinstance(target, ast.Subscript):
            self._assign_item(target, value, block, scope)
        elif scope == "module" and isinstance(target, ast.Attribute):
            name = dotted(target)
            if name:
                self.bind(name, target, block)
        elif scope == "module" and isinstance(target, ast.Name):
            if target.id == "__all__":
                self.exports.set(value)
            elif target.id == "__getattr__":
                self.opaque_getattr = True
            else:
                self._bind(target, value, block)

    def _assign_many(self, target: ast.Tuple | ast.List, value: ast.expr, block: int, scope: str) -> None:
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for one, its_value in zip(target.elts, value.elts, strict=True):
                self.assign(one, its_value, block, scope)
        else:
            self.bind_target(target, block, scope)

    def _assign_item(self, target: ast.Subscript, value: ast.expr, block: int, scope: str) -> None:
        if dotted(target.value) == "sys.modules":
            key = _module_key(target.slice)
            if key:
                self.replacements.append(Replacement(key, dotted(value), block, self._columns.span(target)))
        elif isinstance(target.value, ast.Call) and scope == "module":
            name = text_of(target.slice)
            if dotted(target.value.func) not in ("globals", "vars", "locals"):
                return
            if name is None:
                self.writes_namespace = True
            else:
                self.bind(name, target, block, "alias" if dotted(value) else "value", dotted(value))

    def _bind(self, target: ast.Name, value: ast.expr | None, block: int) -> None:
        name = dotted(value)
        kind = "alias" if name and name not in ("None", "True", "False") else "value"
        if isinstance(value, ast.Call):
            kind, name = "call", dotted(value.func)
        self.bind(target.id, target, block, kind, name)

    def bind_target(self, target: ast.expr, block: int, scope: str) -> None:
        """Record the names of a target whose value is not followed (a loop variable, an unpacked call)."""
        if scope != "module":
            return
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                if node.id in ("__getattr__", "__all__"):
                    self.opaque_getattr = True
                else:
                    self._bind(node, None, block)


def _module_key(node: ast.expr) -> str:
    """Return the key of `sys.modules[...]`: dotted, or relative to the module's own name; "" where it is computed."""
    text = text_of(node)
    if text is not None:
        return text
    if dotted(node) == "__name__":
        return "."
    left: ast.expr | None = None
    tail: str | None = None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, tail = node.left, text_of(node.right)
    elif isinstance(node, ast.JoinedStr) and len(node.values) == 2 and isinstance(node.values[0], ast.FormattedValue):  # noqa: PLR2004 - f"{__name__}.tail" has two parts
        left, tail = node.values[0].value, text_of(node.values[1])
    if left is not None and dotted(left) == "__name__" and tail and tail.startswith("."):
        return tail
    return ""
