"""Small readings of expressions: dotted names, constants, what a condition means."""

from __future__ import annotations

import ast
import re
from typing import Final

_TRANSPARENT: Final = frozenset(("Optional", "Union", "Annotated", "Final", "ClassVar"))
_IN_TEXT: Final = re.compile(r"(?:\w+\.)?(?:Optional\[)?([^\W\d][\w.]*)\]?(?: *\| *None)?")


def dotted(node: ast.expr | None) -> str:
    """Return `a.b.c` for a chain of attributes on a name, "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


def callee(node: ast.expr) -> str:
    """Return the dotted name of a decorator, base or context manager, called, subscripted or plain."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return dotted(node)


def annotated(node: ast.expr | None) -> str:
    """Return the dotted name of the one class that an annotation speaks of, None aside; "" if there is no such."""
    while node is not None:
        if isinstance(node, ast.Constant):
            found = _IN_TEXT.fullmatch(text_of(node) or "")
            return found.group(1) if found else ""
        if isinstance(node, ast.BinOp):
            options = [node.left, node.right]
        elif isinstance(node, ast.Subscript) and callee(node.value).rpartition(".")[2] in _TRANSPARENT:
            options = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
            if callee(node.value).rpartition(".")[2] == "Annotated":
                options = options[:1]
        else:
            return dotted(node)
        options = [one for one in options if not (isinstance(one, ast.Constant) and one.value is None)]
        node = options[0] if len(options) == 1 else None
    return ""


def text_of(node: ast.expr | None) -> str | None:
    """Return the value of a string constant, else None; no name holds a lone surrogate, which cannot be encoded."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    value = node.value
    return value if value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value) else None


def texts_of(node: ast.expr | None) -> tuple[tuple[str, ...], bool]:
    """Return the string constants of a list, tuple or set display, and whether there was nothing else in it."""
    if not isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return (), False
    texts = [text_of(element) for element in node.elts]
    return tuple(text for text in texts if text is not None), None not in texts


def caught(handler_type: ast.expr | None) -> tuple[str, ...]:
    """Return the exceptions that a handler names, last segments only; ("*",) for a bare one."""
    if handler_type is None:
        return ("*",)
    nodes = handler_type.elts if isinstance(handler_type, ast.Tuple) else [handler_type]
    return tuple(dotted(node).rpartition(".")[2] or "?" for node in nodes)


def meaning(test: ast.expr) -> str:
    """Tell what is known of a condition: type-checking, runtime (not type-checking, or true), never, main or ""."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return {"type-checking": "runtime", "never": "runtime", "runtime": "never"}.get(meaning(test.operand), "")
    if dotted(test).rpartition(".")[2] == "TYPE_CHECKING":
        return "type-checking"
    if isinstance(test, ast.Constant):
        return "runtime" if test.value else "never"
    if isinstance(test, ast.Compare) and dotted(test.left) == "__name__" and text_of(test.comparators[0]) == "__main__":
        return "main"
    return ""


def class_attributes(node: ast.ClassDef) -> tuple[str, ...]:
    """Return the names that a class body assigns or annotates."""
    found = []
    for one in node.body:
        targets = one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
        found += [target.id for target in targets if isinstance(target, ast.Name)]
    return tuple(found)
