"""What classes and their instances keep under a name, and what it is made by."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from ssot_lint.facts.bodies import FUNCTIONS, own_statements
from ssot_lint.facts.names import callee, dotted
from ssot_lint.model.details import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

_FIELDS: Final = frozenset(("field", "dataclasses.field", "attr.ib", "attrs.field", "attr.field"))


def read_kept(classes: Iterable[tuple[ast.ClassDef, str]], names: AbstractSet[str]) -> Iterator[Kept]:
    """Yield what some classes, given with their qualified names, keep under some names."""
    if not names:
        return
    for node, owner in classes:
        found: dict[tuple[str, str], Kept] = {}
        for name, made in _all_kept(node):
            if name in names:
                found.setdefault((name, made), Kept(owner, name, made))
        yield from found.values()


def _all_kept(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for one in node.body:
        if isinstance(one, FUNCTIONS):
            for statement in own_statements(one):
                for target, made in _assigned(statement):
                    if target.partition(".")[0] in ("self", "cls", node.name) and target.count(".") == 1:
                        yield target.partition(".")[2], made
        else:
            yield from ((target, made) for target, made in _assigned(one) if "." not in target)


def _assigned(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield the targets of an assignment with the dotted callee, default factory or annotation; "?" for the rest."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    value = node.value
    if isinstance(value, ast.BoolOp):
        value = value.values[-1]
    made = "?"
    if isinstance(value, ast.Call):
        factory = next((one.value for one in value.keywords if one.arg in ("default_factory", "factory")), None)
        made = dotted(factory) if factory is not None and dotted(value.func) in _FIELDS else dotted(value.func)
    elif isinstance(node, ast.AnnAssign) and (value is None or isinstance(value, ast.Constant)):
        made = callee(node.annotation)
    if isinstance(value, ast.Constant) and isinstance(node, ast.Assign):
        return
    for target in targets:
        if dotted(target):
            yield dotted(target), made or "?"
