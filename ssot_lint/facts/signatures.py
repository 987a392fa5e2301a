"""What can be passed to a function, and to the constructor that a dataclass decorator makes of fields."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from ssot_lint.facts.names import callee, dotted
from ssot_lint.model.details import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS: Final = frozenset(("field", "Field", "ib", "attrib"))
_DEFAULTS: Final = frozenset(("default", "default_factory", "factory"))


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Parameter, ...]:
    """Return the parameters of a function in their order, `self` and `cls` among them."""
    return tuple(_parameters(node.args))


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    placed = [*arguments.posonlyargs, *arguments.args]
    required = len(placed) - len(arguments.defaults)
    for number, one in enumerate(placed):
        kind = "positional" if number < len(arguments.posonlyargs) else "either"
        yield Parameter(one.arg, kind, number >= required)  # type: ignore[arg-type]  # one of two literals
    if arguments.vararg is not None:
        yield Parameter(arguments.vararg.arg, "places", default=True)
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield Parameter(one.arg, "keyword", default is not None)
    if arguments.kwarg is not None:
        yield Parameter(arguments.kwarg.arg, "keywords", default=True)


def options(node: ast.ClassDef) -> tuple[str, ...]:
    """Return the keywords of the class's decorators as `name=Value`, "?" for a value that only running tells."""
    found = []
    for one in node.decorator_list:
        for keyword in one.keywords if isinstance(one, ast.Call) else ():
            value = keyword.value
            text = repr(value.value) if isinstance(value, ast.Constant) else "?"
            found.append(f"{keyword.arg or '**'}={text}")
    return tuple(found)


def fields(node: ast.ClassDef) -> tuple[Parameter, ...]:
    """Return what a class decorator may make parameters of: the annotated names of the body, `attr.ib()` ones too."""
    found: dict[str, Parameter] = {}
    keyword_only = False
    for one in node.body if node.decorator_list else ():
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            kind = callee(one.annotation).rpartition(".")[2] or _quoted(one.annotation)
            if kind == "KW_ONLY":
                keyword_only = True
            elif kind != "ClassVar":
                _add(found, one.target.id, one.value, keyword_only=keyword_only)
        elif isinstance(one, ast.Assign) and isinstance(one.value, ast.Call) and _is_field(one.value):
            for target in one.targets:
                if isinstance(target, ast.Name):
                    _add(found, target.id, one.value, keyword_only=keyword_only)
    return tuple(found.values())


def _quoted(annotation: ast.expr) -> str:
    """Return the word that a quoted annotation begins with."""
    value = annotation.value if isinstance(annotation, ast.Constant) else ""
    return value.partition("[")[0].rpartition(".")[2] if isinstance(value, str) else ""


def _is_field(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] in _FIELDS


def _add(found: dict[str, Parameter], name: str, value: ast.expr | None, *, keyword_only: bool) -> None:
    """Add a field; one with `init=False` is none, and one whose options are not known takes anything."""
    kind, default = ("keyword" if keyword_only else "either"), value is not None
    if isinstance(value, ast.Call) and _is_field(value):
        stated = {one.arg: one.value for one in value.keywords}
        default = not _DEFAULTS.isdisjoint(name for name in stated if name)
        if _is(stated.get("init"), truth=False):
            found.pop(name, None)
            return
        if _is(stated.get("kw_only"), truth=True):
            kind = "keyword"
        if None in stated or value.args or "alias" in stated:
            name, kind, default = "**", "keywords", True
    found[name] = Parameter(name, kind, default)  # type: ignore[arg-type]  # one of the literals


def _is(node: ast.expr | None, *, truth: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is truth
