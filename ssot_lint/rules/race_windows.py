"""Whether a test of shared state and the assignment behind it are kept together, and what comes of it if not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.rules.construction import words
from ssot_lint.rules.locks import Lock, held, owner_of
from ssot_lint.rules.shared_state import MAKING_ITSELF, guards, is_declared_singleton, is_shared, made, state_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ssot_lint.model.details import Sharing, Window
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project

_KNOWN_DECORATORS: Final = frozenset(
    (
        *("property", "staticmethod", "classmethod", "abstractmethod", "override", "final", "wraps", "inject"),
        *("get", "post", "put", "patch", "delete", "websocket", "route", "contextmanager", "asynccontextmanager"),
    )
)
_ENDING: Final = frozenset(("close", "aclose", "stop", "shutdown", "disconnect", "cleanup", "dispose", "terminate"))
"""Verbs of what takes something down: to do that twice makes nothing twice."""


class Verdict(NamedTuple):
    """What a window is: its kind, what is said of it, what to do, and how it is known that the state is shared."""

    kind: str
    message: str
    remedy: str
    shared: str


def judge(project: Project, policy: BoundPolicy, file: SourceFile, sharing: Sharing, window: Window) -> Verdict | None:
    """Judge one window; None where two cannot meet in it, or where that is not known."""
    if _is_set_aside(project, file, sharing, window):
        return None
    contexts = [held(project, file, sharing, window.scope, one) for one in window.around]
    state = state_of(project, file, window.scope, window.state)
    target = made(project, file, window)
    if "unknown" in contexts or state is None or is_declared_singleton(policy, target):
        return None
    shared = is_shared(project, file, sharing, window)
    if any(isinstance(one, Lock) and not _lets_tasks_in(one, window) for one in contexts):
        return _fast(window, shared) if window.fast and window.started and not window.awaited and shared else None
    if window.is_async and (window.awaited or window.started):
        return _in_tasks(window, shared, sure=target is not None)
    return _unguarded(project, file, window, state, shared) or _plain(window, shared, sure=target is not None)


def _lets_tasks_in(lock: Lock, window: Window) -> bool:
    """Tell whether a lock lets a second task of the same thread into a window that awaits."""
    return window.is_async and bool(window.awaited or window.started) and lock.family == "thread" and lock.again


def _in_tasks(window: Window, shared: str, *, sure: bool) -> Verdict:
    """Judge a window in which other tasks may run; `sure` says that an object is known to be made in it."""
    if not window.awaited:
        return Verdict("publish-before-init" if shared else "plain", _starts(window, shared), _remedy(window), shared)
    one_for_all = not window.keyed and (window.made == "=" or window.awaited == window.set or "." not in window.state)
    kind = "await-before-publish" if shared and (sure or one_for_all) else "plain"
    return Verdict(kind, _awaits(window, shared), _remedy(window), shared)


def _unguarded(project: Project, file: SourceFile, window: Window, state: Hashable, shared: str) -> Verdict | None:
    """Find another function that holds a lock to set the same state."""
    for one in guards(project).get(state, ()):
        if one.pausing and (one.path, one.scope) != (file.path, window.scope):
            where = f"{one.scope} ({one.path}:{one.line})"
            message = f"{_tested(window)} without {one.context}, which {where} holds to set it"
            return Verdict("registry-read-unlocked", message, f"hold {one.context} around both", shared)
    return None


def _plain(window: Window, shared: str, *, sure: bool) -> Verdict | None:
    if window.is_async or not sure or window.state.startswith("self."):
        return None
    message = f"{_tested(window)} without a lock: two threads that come at once make two"
    return Verdict("plain", message, _remedy(window), shared)


def _is_set_aside(project: Project, file: SourceFile, sharing: Sharing, window: Window) -> bool:
    """Tell whether a function may run but once at a time, or runs before anything is shared."""
    if any(one.rpartition(".")[2] not in _KNOWN_DECORATORS for one in window.decorators):
        return True
    name = window.scope.rpartition(".")[2]
    if (words(name) or ("",))[0] in _ENDING or name == "__aexit__":
        return True
    if window.state.startswith("self.") and name in MAKING_ITSELF:
        return True
    owner = owner_of(file, window.scope)
    bases = [base for one in file.facts.definitions if one.qualname == owner for base in one.bases]
    if any(base.rpartition(".")[2].endswith(("Enum", "Flag")) for base in bases):
        return True
    calls = [
        one
        for one in sharing.calls
        if one.callee.rpartition(".")[2] == name and one.scope != window.scope and _meets(file, one.scope, owner)
    ]
    return (
        name.startswith("_")
        and bool(calls)
        and all(
            any(held(project, file, sharing, one.scope, context) != "nothing" for context in one.around)
            for one in calls
        )
    )


def _meets(file: SourceFile, scope: str, owner: str) -> bool:
    return not owner or owner_of(file, scope) == owner


def _tested(window: Window) -> str:
    state = f"{window.state}[...]" if window.keyed else window.state
    return f"{state} is tested (line {window.check}) and then set (line {window.set})"


def _awaits(window: Window, shared: str) -> str:
    again = "does it all again" if window.made == "=" else "sets it again"
    what = f"a second task that comes meanwhile {again}"
    where = "" if shared else ", if tasks share this object"
    return f"{_tested(window)} with an await between (line {window.awaited}) and no lock around both: {what}{where}"


def _starts(window: Window, shared: str) -> str:
    where = "" if shared else ", if tasks share this object"
    return (
        f"{_tested(window)}, and only then started (await {window.starter}(), line {window.started}), "
        f"with no lock around all: a second task finds it before it is ready{where}"
    )


def _fast(window: Window, shared: str) -> Verdict:
    message = (
        f"{_tested(window)} under {window.around[-1]}, and only then started (await {window.starter}(), line "
        f"{window.started}): the test on line {window.fast} holds no lock and finds it before it is ready"
    )
    return Verdict("publish-before-init", message, "start it first, and set it when it is ready", shared)


def _remedy(window: Window) -> str:
    if window.started and not window.awaited:
        return "start it first and set it when it is ready, with one asyncio.Lock around test and assignment"
    lock = "asyncio.Lock" if window.is_async else "threading.Lock"
    return f"hold one {lock} around the test and the assignment, or test again under it"
