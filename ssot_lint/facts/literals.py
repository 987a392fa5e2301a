"""Values that are written out: strings, numbers, and collections of them, in a form that can be compared."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final
from zlib import crc32

from ssot_lint.facts.names import dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAKERS: Final = frozenset(("frozenset", "set", "tuple", "list", "dict"))
_DEPTH: Final = 20
_LONG: Final = 120


def parts_of(node: ast.expr | None) -> tuple[str, ...]:
    """Return the elements of a collection that is written out, in order, and another such value as its one element.

    The order of elements and the kind of collection do not count. Return () for what only running would tell, and for
    what is empty.
    """
    if isinstance(node, ast.Call) and dotted(node.func) in _MAKERS and len(node.args) == 1 and not node.keywords:
        node = node.args[0]
    texts: list[str | None]
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        texts = [_text(one) for one in node.elts]
    elif isinstance(node, ast.Dict):
        texts = [_pair(key, value, _DEPTH) for key, value in zip(node.keys, node.values, strict=True)]
    else:
        texts = [_text(node)]
    known = [text for text in texts if text is not None]
    return tuple(sorted(known)) if len(known) == len(texts) else ()


def enum_values(node: ast.ClassDef) -> tuple[str, ...]:
    """Return the values of the members of an enum, () where one of them is computed."""
    assigned = [one for one in node.body if isinstance(one, ast.Assign)]
    own = [one for one in assigned if isinstance(one.targets[0], ast.Name) and not one.targets[0].id.startswith("_")]
    texts = [_text(one.value) for one in own]
    known = [text for text in texts if text is not None]
    return tuple(dict.fromkeys(known)) if len(known) == len(texts) else ()


def _text(node: ast.expr | None, depth: int = _DEPTH) -> str | None:
    """Return a literal as text, None for anything else."""
    text: str | None = None
    if isinstance(node, ast.Constant):
        text = _constant(node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        text = f"-{_constant(node.operand.value)}"
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)) and depth:
        text = _joined([_text(one, depth - 1) for one in node.elts])
    elif isinstance(node, ast.Dict) and depth:
        pairs = zip(node.keys, node.values, strict=True)
        text = _joined([_pair(key, value, depth - 1) for key, value in pairs])
    if text is None or len(text) <= _LONG:
        return text
    return f"{text[:_LONG]}... {crc32(text.encode(errors='surrogatepass')):x}"


def _constant(value: object) -> str:
    """Return a constant as text; an integer of very many digits cannot be written in decimal."""
    return hex(value) if isinstance(value, int) and value.bit_length() > _LONG else repr(value)


def _pair(key: ast.expr | None, value: ast.expr, depth: int) -> str | None:
    texts = (_text(key, depth), _text(value, depth))
    return None if None in texts else f"{texts[0]}: {texts[1]}"


def _joined(texts: Sequence[str | None]) -> str | None:
    known = [text for text in texts if text is not None]
    return f"({', '.join(known)})" if len(known) == len(texts) else None
