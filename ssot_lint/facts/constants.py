"""Strings that a file puts together from constants: `"a." "b"`, `BASE + ".b"`, `f"{BASE}.b"`."""

from __future__ import annotations

import ast

from ssot_lint.facts.names import text_of

_MOST_PARTS = 20


class Constants:
    """The names of a file that are always one string constant; collected when the first one is asked for."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._values: dict[str, str] | None = None

    def value(self, node: ast.expr | None) -> str:
        """Return the string that an expression is, "" where only running would tell."""
        if node is None:
            return ""
        text = text_of(node)
        if text is not None:
            return text
        parts = _parts(node)
        if not parts or len(parts) > _MOST_PARTS:
            return ""
        texts = [self._part(part) for part in parts]
        return "".join(texts) if all(texts) else ""

    def _part(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self._named(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            return self._named(node.attr)
        return text_of(node) or ""

    def _named(self, name: str) -> str:
        if self._values is None:
            self._values = _constants(self._tree)
        return self._values.get(name, "")


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return what a string is put together from, in order."""
    parts: list[ast.expr] = []
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add):
            pending += [one.right, one.left]
        elif isinstance(one, ast.JoinedStr):
            pending += reversed(one.values)
        elif isinstance(one, ast.FormattedValue) and one.conversion == -1 and one.format_spec is None:
            pending.append(one.value)
        else:
            parts.append(one)
    return parts


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the names that every binding in the file binds to one and the same string."""
    found: dict[str, str] = {}
    stored: dict[str, int] = {}
    assigned: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            stored[node.id] = stored.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            stored[node.arg] = stored.get(node.arg, 0) + 1
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        value = text_of(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and value and found.setdefault(target.id, value) == value:
                assigned[target.id] = assigned.get(target.id, 0) + 1
    return {name: value for name, value in found.items() if stored[name] == assigned[name]}
