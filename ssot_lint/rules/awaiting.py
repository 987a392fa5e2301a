"""Whether a call is awaited where it should be, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.rules.construction import definition_of
from ssot_lint.rules.constructors import lineage
from ssot_lint.rules.signatures import signature_of

if TYPE_CHECKING:
    from ssot_lint.model.details import FunctionDetail
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target
    from ssot_lint.rules.concept_calls import ConceptCall

_VALUES: Final = frozenset(("str", "int", "float", "bool", "bytes", "dict", "list", "set", "tuple"))


def wrong_await(project: Project, one: ConceptCall) -> str:
    """Say what is wrong with the await of a call, or with its absence; "" if nothing is known to be."""
    function = one.signature.function
    if function is None:
        known = one.call.awaited and _is_no_awaitable(project, one.target)
        return f"{one.target} is a class, and its instances cannot be awaited" if known else ""
    if function.generator or any(name.rpartition(".")[2].endswith("contextmanager") for name in function.decorators):
        return ""
    if one.signature.is_async:
        opened = one.call.opened and not one.call.awaited
        return f"{one.target} is asynchronous, and its result is used without await" if opened else ""
    if not one.call.awaited:
        return ""
    gives = _gives(project, one.target, function)
    return f"{one.target} is not asynchronous and gives {gives}, which cannot be awaited" if gives else ""


def _gives(project: Project, target: Target, function: FunctionDetail) -> str:
    """Return what a function is known to give if that cannot be awaited, else ""."""
    file = project.by_path[target.path]
    returned = [
        project.resolve_in(file, function.qualname, one.target).target for one in function.returned if one.target
    ]
    signatures = [signature_of(project, one) for one in returned if one.kind == "definition"]
    if any(one is not None and one.is_async for one in signatures):
        return ""
    if function.returns:
        if function.returns in _VALUES:
            return function.returns
        stated = project.resolve_in(file, function.qualname, function.returns).target
        return stated.name if _is_no_awaitable(project, stated) else ""
    sure = len(returned) == len(function.returned) and all(_is_no_awaitable(project, one) for one in returned)
    return returned[0].name if returned and sure else ""


def _is_no_awaitable(project: Project, target: Target) -> bool:
    """Tell whether a class of the project, with all its bases, is known to have no `__await__`."""
    classes = lineage(project, target)
    definitions = [definition_of(project, one) for one in classes]
    return bool(classes) and all(
        one is not None and "__await__" not in (*one.members, *one.attributes) for one in definitions
    )
