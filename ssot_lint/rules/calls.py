"""The remedy of a call that goes past a factory: call the factory instead, if the call fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.fix import RedirectUses, Remedy
from ssot_lint.model.location import Span
from ssot_lint.rules.places import advice

if TYPE_CHECKING:
    from ssot_lint.model.details import Call, FunctionDetail
    from ssot_lint.model.facts import Import, Performed, SourceFile
    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target


def factories_of(bound: BoundConcept) -> str:
    """Return the factories of a concept as messages name them; its home where it has none."""
    return " or ".join(address.replace(":", ".") for address in bound.concept.factory) or bound.home_module


def call_remedy(project: Project, bound: BoundConcept, file: SourceFile, call: Call, called: Target) -> Remedy:
    """Return the remedy of a call of `called` that should have been one of the concept's factory."""
    title = f"call {factories_of(bound)} in the place of {call.callee}"
    one = binder_of(file, call.callee, call.scope)
    if len(bound.concept.factory) != 1 or one is None:
        return advice(title)
    module, _, name = bound.concept.factory[0].partition(":")
    factory = function_of(project, next(iter(bound.factories)))
    if factory is None or "." in name or not fits(call, factory):
        return advice(title)
    constructor = function_of(project, called._replace(name=f"{called.name}.__init__"))
    reason = _doubt(call, factory, constructor)
    at = call.at
    uses = (Span(at.line, at.column, at.line, at.column + len(call.callee)),)
    intent = RedirectUses(file.path, one.statement, one.at, module, name, call.callee, uses)
    return Remedy(title, "unsafe" if reason else "safe", reason, (intent,))


def _doubt(call: Call, factory: FunctionDetail, constructor: FunctionDetail | None) -> str:
    """Say why the signatures of constructor and factory are not known to agree, "" if they are."""
    if constructor is None or constructor.parameters[1:] != factory.parameters:
        return f"{factory.qualname} has other parameters than the constructor"
    if call.positional + len(call.keywords) != len(factory.parameters):
        return f"{factory.qualname} and the constructor may have other defaults for what the call leaves out"
    return ""


def fits(call: Call | Performed, factory: FunctionDetail) -> bool:
    """Tell whether a function can take the arguments of a call; it gives its result at once."""
    if factory.is_async or factory.generator or call.open_ended:
        return False
    rest = factory.parameters[call.positional :]
    return call.positional <= len(factory.parameters) and set(call.keywords) <= set(rest)


def function_of(project: Project, target: Target) -> FunctionDetail | None:
    """Return what the second look says of a function."""
    details = project.details.get(target.path)
    functions = details.functions if details is not None else ()
    return next((one for one in functions if one.qualname == target.name), None)


def binder_of(file: SourceFile, dotted: str, scope: str) -> Import | None:
    """Return the import that a dotted name in a scope comes from, in a function itself or at the module's top."""
    root = dotted.partition(".")[0]
    scopes = ("", *(scope[:end] for end in range(len(scope) + 1) if scope[end : end + 1] in ("", ".")))
    found = [one for one in file.facts.imports if one.bound_as == root]
    inside = [one for one in found if file.facts.scope_name(one.block) in scopes]
    return inside[-1] if len(inside) == len(found) == 1 else None
