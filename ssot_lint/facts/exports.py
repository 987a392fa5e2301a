"""What `__all__` says."""

from __future__ import annotations

import ast

from ssot_lint.facts.names import dotted, text_of, texts_of
from ssot_lint.model.facts import Exports


class ExportReader:
    """Follows the statements that set and change `__all__`, in source order."""

    def __init__(self) -> None:
        self._seen = False
        self._names: list[str] = []
        self._modules: list[str] = []
        self._partial = False

    def result(self) -> Exports | None:
        """Return what was read, None without an `__all__`."""
        return Exports(tuple(self._names), tuple(self._modules), self._partial) if self._seen else None

    def set(self, value: ast.expr) -> None:
        """Read `__all__ = value`."""
        self._names, self._modules, self._partial = [], [], False
        self.add(value)

    def add(self, value: ast.expr) -> None:
        """Read `__all__ += value`."""
        self._seen = True
        pending = [value]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                pending += [node.right, node.left]
                continue
            if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
                pending += [element.value for element in reversed(node.elts) if isinstance(element, ast.Starred)]
                plain = [element for element in node.elts if not isinstance(element, ast.Starred)]
                names, whole = texts_of(ast.Tuple(plain, ast.Load()))
                self._names += names
                self._partial = self._partial or not whole
                continue
            name = dotted(node)
            if isinstance(node, ast.Call) and dotted(node.func) in ("list", "tuple") and len(node.args) == 1:
                pending.append(node.args[0])
            elif name.endswith(".__all__"):
                self._modules.append(name[: -len(".__all__")])
            elif name != "__all__":
                self._partial = True

    def call(self, name: str, call: ast.Call) -> None:
        """Read `__all__.extend(...)`, `.append(...)` and `.remove(...)`."""
        self._seen = True
        argument = call.args[0] if call.args else None
        text = text_of(argument)
        if name == "__all__.extend" and argument is not None:
            self.add(argument)
        elif name == "__all__.append" and text is not None:
            self._names.append(text)
        elif name == "__all__.remove" and text in self._names:
            self._names.remove(text)
        elif name != "__all__.sort":
            self._partial = True
