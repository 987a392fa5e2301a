"""What a class or function can be called with, where that is known, and whether a call fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.rules.constructors import ALLOWED, detail_of, lineage, made_of_fields

if TYPE_CHECKING:
    from ssot_lint.model.details import Call, FunctionDetail, Parameter
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

_KEEPING: Final = frozenset(("lru_cache", "cache", "contextmanager", "asynccontextmanager", "final", "override"))
"""Decorators that leave the parameters of a function as they are."""
_BINDING: Final = frozenset(("classmethod", "staticmethod"))


class Signature(NamedTuple):
    """What can be passed to a callable, whether it is asynchronous, and what is written of what it returns."""

    parameters: tuple[Parameter, ...]
    is_async: bool = False
    function: FunctionDetail | None = None

    def __str__(self) -> str:
        """Return the parameters as they are written, without their defaults: `(a, *, b=...)`."""
        shown: list[str] = []
        for one in self.parameters:
            if one.kind == "keyword" and not any(part.startswith("*") for part in shown):
                shown.append("*")
            stars = {"places": "*", "keywords": "**"}.get(one.kind, "")
            shown.append(stars + one.name + ("=..." if one.default and not stars else ""))
        return f"({', '.join(shown)})"


class Fit(NamedTuple):
    """What a call gives to a signature: the parameters in their order, and what is wrong ("" if nothing is)."""

    given: tuple[str, ...]
    problem: str


def signature_of(project: Project, target: Target) -> Signature | None:
    """Return the signature of what a target is, None where it is not known."""
    return project.remember(("signature", target), lambda: _signature_of(project, target))


def _signature_of(project: Project, target: Target) -> Signature | None:
    if target.kind not in ("definition", "value"):
        return None
    functions = detail_of(project, target.path, target.name)
    if functions:
        holder = target.name.rpartition(".")[0]
        return _of_function(functions[0], in_class=bool(holder)) if len(functions) == 1 else None
    classes = lineage(project, target)
    return _of_class(project, classes) if classes else None


def _of_function(function: FunctionDetail, *, in_class: bool) -> Signature | None:
    names = {name.rpartition(".")[2] for name in function.decorators}
    if not names <= _KEEPING | _BINDING or (in_class and _BINDING.isdisjoint(names)):
        return None
    parameters = function.signature[1:] if "classmethod" in names else function.signature
    return Signature(parameters, function.is_async and "asynccontextmanager" not in names, function)


def _of_class(project: Project, classes: list[Target]) -> Signature | None:
    """Return the signature of the first `__new__`, else of the first `__init__`, written or made of fields."""
    for method in ("__new__", "__init__"):
        for one in classes:
            functions = detail_of(project, one.path, f"{one.name}.{method}")
            if len(functions) > 1 or any(function.decorators for function in functions):
                return None
            if functions:
                parameters = functions[0].signature[1:]
                open_ended = any(part.kind in ("places", "keywords") for part in parameters)
                return None if method == "__new__" and open_ended else Signature(parameters)
            if method == "__init__":
                fields = made_of_fields(project, one, classes)
                if fields is None or fields != ALLOWED:
                    return Signature(fields) if fields is not None else None
    return Signature(())


def fit(signature: Signature, call: Call) -> Fit:
    """Bind the arguments of a call, of which none are starred."""
    placed = [one for one in signature.parameters if one.kind in ("positional", "either")]
    named = {one.name for one in signature.parameters if one.kind in ("either", "keyword")}
    kinds = {one.kind for one in signature.parameters}
    given = [one.name for one in placed[: call.positional]]
    problem = ""
    if call.positional > len(placed) and "places" not in kinds:
        most = f"{len(placed)} positional argument{'s' if len(placed) != 1 else ''}"
        problem = f"it takes {'at most ' if placed else ''}{most}, and {call.positional} are given"
    for name in call.keywords:
        if name in named and name in given:
            problem = problem or f"{name} is given twice"
        elif name in named:
            given.append(name)
        elif "keywords" not in kinds:
            problem = problem or f"it has no parameter {name}"
    required = [one.name for one in signature.parameters if not one.default]
    left_out = [name for name in required if name not in given]
    if left_out:
        problem = problem or f"{' and '.join(left_out)} {'is' if len(left_out) == 1 else 'are'} left out"
    order = [one.name for one in signature.parameters]
    return Fit(tuple(sorted(given, key=order.index)), problem)
