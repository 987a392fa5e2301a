"""Containers that outlive an instance and that its methods write to: of the class, of the module, of a default."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from ssot_lint.facts.bodies import FUNCTIONS, own_nodes
from ssot_lint.facts.names import callee, dotted
from ssot_lint.model.details import Mutation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.facts.text import Columns
    from ssot_lint.model.location import Span

_MAKERS: Final = frozenset(("dict", "list", "set", "defaultdict", "deque", "OrderedDict", "Counter"))
_WRITES: Final = frozenset(
    (
        *("append", "add", "update", "setdefault", "extend", "insert", "appendleft", "pop", "popitem", "popleft"),
        *("remove", "discard", "clear"),
    )
)
_BINDING: Final = frozenset(("classmethod", "staticmethod"))


def mutations(node: ast.ClassDef, module: Iterable[ast.stmt], qualname: str, columns: Columns) -> tuple[Mutation, ...]:
    """Return what the methods of a class write to that another instance has too."""
    methods = [one for one in node.body if isinstance(one, FUNCTIONS)]
    nodes = [one for method in methods for one in own_nodes(method)]
    own = {dotted(one) for one in nodes if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)}
    places = {f"self.{name}": span for name, span in _containers(node.body, columns, fields=_makes_fields(node))}
    shared = {name: span for name, span in places.items() if name not in own}
    outer = dict(_containers(module, columns, fields=False))
    found: list[Mutation] = []
    for method in methods:
        scope = f"{qualname}.{method.name}"
        for name, line in _written(method, node.name):
            root = name.partition(".")[0]
            if name in shared:
                found.append(Mutation(name.partition(".")[2], "class", shared[name], scope, line))
            elif name in outer and root not in _locals(method):
                found.append(Mutation(name, "module", outer[name], scope, line))
        found += _defaults(method, scope, columns)
    return tuple(found)


def _makes_fields(node: ast.ClassDef) -> bool:
    """Tell whether something may make fields of the annotated names of a class, one for each instance."""
    return bool(node.decorator_list or node.bases or node.keywords)


def _containers(body: Iterable[ast.stmt], columns: Columns, *, fields: bool) -> Iterator[tuple[str, Span]]:
    for one in body:
        targets = one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
        if not isinstance(one, (ast.Assign, ast.AnnAssign)) or not _is_container(one.value):
            continue
        if fields and isinstance(one, ast.AnnAssign) and callee(one.annotation).rpartition(".")[2] != "ClassVar":
            continue
        yield from ((target.id, columns.span(target)) for target in targets if isinstance(target, ast.Name))


def _is_container(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return dotted(value.func).rpartition(".")[2] in _MAKERS
    return isinstance(value, (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp))


def _written(method: ast.FunctionDef | ast.AsyncFunctionDef, owner: str) -> Iterator[tuple[str, int]]:
    """Yield the dotted names that a method changes in place, its class and its instance both as `self`."""
    for one in own_nodes(method):
        targets: list[ast.expr] = []
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in _WRITES:
            targets = [one.func.value]
        elif isinstance(one, (ast.Assign, ast.Delete)):
            targets = [target.value for target in one.targets if isinstance(target, ast.Subscript)]
        elif isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Subscript):
            targets = [one.target.value]
        for target in targets:
            while isinstance(target, ast.Subscript):
                target = target.value  # noqa: PLW2901 - what stands under a key belongs to the container
            name = _of_class(target, owner)
            if name:
                yield name, target.lineno


def _of_class(node: ast.expr, owner: str) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call) and dotted(node.value.func) == "type":
        return f"self.{node.attr}"
    name = dotted(node).replace("self.__class__.", "self.")
    root, _, rest = name.partition(".")
    return f"self.{rest}" if rest and root in ("self", "cls", owner) else name


def _locals(method: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    arguments = method.args
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    names = {one.arg for one in every if one is not None}
    nodes = list(own_nodes(method))
    names |= {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return names - {name for one in nodes if isinstance(one, ast.Global) for name in one.names}


def _defaults(method: ast.FunctionDef | ast.AsyncFunctionDef, scope: str, columns: Columns) -> Iterator[Mutation]:
    """Yield the mutable defaults of a method that it changes, keeps or returns."""
    arguments = method.args
    placed = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(placed[len(placed) - len(arguments.defaults) :], arguments.defaults, strict=True)]
    pairs += [(one, value) for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value]
    mutable = {one.arg: value for one, value in pairs if _is_container(value)}
    if not mutable:
        return
    nodes = list(own_nodes(method))
    rebound = {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    used = {name for name, _ in _written(method, "")}
    for one in nodes:
        if isinstance(one, ast.Return) and one.value is not None:
            used.add(dotted(one.value))
        elif isinstance(one, (ast.Assign, ast.AnnAssign)) and one.value is not None:
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            if any(isinstance(target, ast.Attribute) for target in targets):
                used.add(dotted(one.value))
    for name, value in mutable.items():
        if name in used and name not in rebound:
            yield Mutation(name, "default", columns.span(value), scope, value.lineno)
