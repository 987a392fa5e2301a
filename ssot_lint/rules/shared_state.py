"""What functions share: which state it is, whether an object is made for it, and what is known to be shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.rules.construction import definition_of, words
from ssot_lint.rules.locks import Lock, held, owner_of
from ssot_lint.rules.mixed_candidates import module_instances

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from ssot_lint.model.details import Sharing, Window
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

_MAKING: Final = frozenset(
    ("create", "make", "build", "new", "open", "connect", "construct", "init", "initialize", "setup", "start")
)
_OF_A_THREAD: Final = frozenset(("threading.local", "contextvars.ContextVar", "asgiref.local.Local"))
_OURS: Final = ("self", "cls")
MAKING_ITSELF: Final = frozenset(("__init__", "__post_init__", "__init_subclass__", "__set_name__", "__del__"))
"""Methods that run while nobody else knows the instance."""


class Guard(NamedTuple):
    """A statement that sets some state under a lock; `pausing` says that others may run meanwhile."""

    scope: str
    path: str
    line: int
    context: str
    pausing: bool


def state_of(project: Project, file: SourceFile, scope: str, state: str) -> Hashable:
    """Return which state a name means in a function: equal ones are the same; None for what is not shared."""
    root, _, name = state.partition(".")
    if root in _OURS:
        owner = owner_of(file, scope)
        return (file.path, owner, name) if owner else None
    target = project.resolve_in(file, scope, root).target
    if name:
        return (target.path, target.name, name) if _is_class(project, target) else None
    if target.kind != "value":
        return None
    return None if _made_by(project, target) in _OF_A_THREAD else target


def _is_class(project: Project, target: Target) -> bool:
    definition = definition_of(project, target)
    return definition is not None and definition.kind == "class"


def _made_by(project: Project, target: Target) -> str:
    """Return what a module-level name is bound to the result of, "" if it is not known."""
    source = project.by_path.get(target.path)
    for one in source.facts.bindings if source is not None else ():
        if one.name == target.name and one.kind == "call" and source is not None:
            return project.resolve(source.module, one.target).target.name
    return ""


def made(project: Project, file: SourceFile, window: Window) -> Target | None:
    """Return what makes the object that a window sets, None where no object is known to be made."""
    name = window.made
    if name in ("", "="):
        return None
    owner = owner_of(file, window.scope)
    target = project.resolve_in(file, window.scope, owner if name == "cls" and owner else name).target
    if _is_class(project, target):
        return target
    last = name.rpartition(".")[2].lstrip("_")
    return target if last[:1].isupper() or (words(last) or ("",))[0] in _MAKING else None


def shared_classes(project: Project) -> frozenset[Target]:
    """Return the classes of which an instance is shared: at module level, kept in a global, or under a key."""
    return project.remember(("shared classes",), lambda: frozenset(_shared_classes(project)))


def _shared_classes(project: Project) -> Iterator[Target]:
    for file in project.files:
        if project.zone(file.path) == "production":
            yield from (target for target, _, _ in module_instances(project, file))
    for path, details in project.details.items():
        file = project.by_path[path]
        for window in details.sharing.windows:
            if window.keyed or window.state.partition(".")[0] != "self":
                target = made(project, file, window)
                if target is not None:
                    yield target


def is_shared(project: Project, file: SourceFile, sharing: Sharing, window: Window) -> str:
    """Say how it is known that several tasks or threads share the state of a window, "" if it is not known."""
    if not window.state.startswith("self."):
        return "it belongs to the class" if "." in window.state else "it is a global of the module"
    owner = owner_of(file, window.scope)
    for one in sharing.holds:
        if owner_of(file, one.scope) == owner and isinstance(
            held(project, file, sharing, one.scope, one.context), Lock
        ):
            return f"{owner} has a lock ({one.context}, line {one.at.line})"
    if project.resolve(file.module, owner).target in shared_classes(project):
        return f"one {owner} is shared"
    return ""


def guards(project: Project) -> dict[Hashable, list[Guard]]:
    """Return, by state, the statements that set it under a lock."""
    return project.remember(("guards",), lambda: _guards(project))


def _guards(project: Project) -> dict[Hashable, list[Guard]]:
    found: dict[Hashable, list[Guard]] = {}
    for path, details in project.details.items():
        file, sharing = project.by_path[path], details.sharing
        awaiting = {(one.state, one.scope) for one in sharing.windows if one.awaited or one.started}
        for one in sharing.writes:
            if one.scope.rpartition(".")[2] in MAKING_ITSELF:
                continue
            known = [(name, held(project, file, sharing, one.scope, name)) for name in one.around]
            for name, lock in known:
                state = state_of(project, file, one.scope, one.state) if isinstance(lock, Lock) else None
                if state is not None and isinstance(lock, Lock):
                    pausing = lock.family == "thread" or (one.state, one.scope) in awaiting
                    found.setdefault(state, []).append(Guard(one.scope, path, one.line, name, pausing))
    return found


def is_declared_singleton(policy: BoundPolicy, target: Target | None) -> bool:
    """Tell whether the policy says that what is made is a singleton."""
    return any(
        bound.concept.construct == "singleton" and (target == bound.target or target in bound.factories)
        for bound in policy.concepts
    )
