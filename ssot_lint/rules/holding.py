"""What holds an instance for everybody: globals, attributes of classes, the state of an app, cached getters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.location import Location
from ssot_lint.project.namespace import arm
from ssot_lint.rules.locks import owner_of
from ssot_lint.rules.mixed_candidates import CACHES, module_instances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import Call, Details, FunctionDetail
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target


class Holding(NamedTuple):
    """A place that holds what a call makes: which call, under which name, how that is shared, whether by a key."""

    target: Target
    at: Location
    scope: str
    name: str
    how: str
    keyed: bool


def kept(target: str, function: FunctionDetail) -> str:
    """Say how the result of a call is shared, "" if it is not."""
    if target in function.sets_globals:
        return "kept in the global"
    holder, _, name = target.partition(".state.")
    return "kept on" if name and holder.endswith(("app", "application")) else ""


def keeps_on_class(call: Call, function: FunctionDetail, holder: str) -> bool:
    """Recognise `cls._instance = cls()` in a class method that is there to get the one instance."""
    owner, _, attribute = call.target.rpartition(".")
    bound = not {"classmethod", "staticmethod"}.isdisjoint(function.decorators)
    return bound and owner in ("cls", holder) and not attribute.endswith("[]")


def holdings(project: Project, file: SourceFile, details: Details) -> Iterator[Holding]:
    """Yield what a file holds for everybody, whoever makes it."""
    functions = {one.qualname: one for one in details.functions}
    classes = {one.qualname for one in details.classes}
    for call in details.calls:
        if not call.target:
            continue
        how = _how(project, file, call, functions.get(call.scope), classes)
        if how:
            holder = owner_of(file, call.scope)
            name = holder if call.callee == "cls" and holder else call.callee
            target = project.resolve_in(file, call.scope, name).target
            keyed = call.target.endswith("[]")
            yield Holding(target, Location.of(file.path, call.at), call.scope, call.target, how, keyed)
    for function in details.functions:
        if function.parameters or CACHES.isdisjoint(name.rpartition(".")[2] for name in function.decorators):
            continue
        for one in function.returned:
            if one.kind == "call" and one.target:
                target = project.resolve_in(file, function.qualname, one.target).target
                at = Location.of(file.path, function.at)
                yield Holding(
                    target, at, function.qualname, function.qualname, "kept by the cached getter", keyed=False
                )


def _how(project: Project, file: SourceFile, call: Call, function: FunctionDetail | None, classes: set[str]) -> str:
    """Say how what a call makes is shared, "" if it is not."""
    if function is None:
        return _outside(file, call, classes)
    root, _, rest = call.target.removesuffix("[]").partition(".")
    if rest:
        return kept(call.target, function) or ("" if "." in rest else _on_object(project, file, call, root))
    if not call.target.endswith("[]"):
        return kept(call.target, function)
    is_own = root in function.parameters or root in dict(function.locals)
    is_global = project.resolve(file.module, root).target.kind == "value"
    return "kept in" if is_global and not is_own else ""


def _outside(file: SourceFile, call: Call, classes: set[str]) -> str:
    """Say how what is made while a module is loaded is shared."""
    if "." in call.target:
        return ""
    if call.scope:
        return "kept on the class in" if call.scope in classes else ""
    bound = [one for one in file.facts.bindings if one.name == call.target and one.at.line == call.statement]
    script = any(arm(file.facts, one.block).never for one in bound)
    return "" if script else "kept at module level in"


def _on_object(project: Project, file: SourceFile, call: Call, root: str) -> str:
    """Say how an attribute of a class, or of self, is shared."""
    owner = owner_of(file, call.scope)
    if owner and root in ("cls", owner):
        return "kept on the class in"
    if not owner or root != "self":
        return ""
    shared = shared_instances(project).get(project.resolve(file.module, owner).target)
    return f"kept by the shared {owner} ({shared.path}:{shared.line}) in" if shared is not None else ""


def shared_instances(project: Project) -> dict[Target, Location]:
    """Return the classes of which production code keeps an instance at module level, and where."""
    return project.remember(("shared instances",), lambda: _shared_instances(project))


def _shared_instances(project: Project) -> dict[Target, Location]:
    found: dict[Target, Location] = {}
    for file in project.files:
        if project.zone(file.path) == "production":
            for target, _, number in module_instances(project, file):
                found.setdefault(target, Location.of(file.path, file.facts.bindings[number].at))
    return found
