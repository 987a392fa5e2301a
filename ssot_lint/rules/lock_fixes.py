"""The remedy of a window: one new lock of the module, where that is plain to see, else what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.model.fix import HoldLock, Remedy
from ssot_lint.rules.construction import words
from ssot_lint.rules.locks import Lock, held
from ssot_lint.rules.places import advice
from ssot_lint.rules.shared_state import guards, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.model.details import Sharing, Window
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.model import Project
    from ssot_lint.rules.race_windows import Verdict

_FIXED: Final = frozenset(("plain", "await-before-publish", "publish-before-init"))
_TELL_NOTHING: Final = frozenset(("lock", "mutex", "guard", "async", "init", "singleton", "instance", "global"))
"""Words in the name of a lock that do not say what it is for."""
_OTHER_LOOPS: Final = frozenset(("anyio", "trio"))
_TASKS: Final = "an asyncio.Lock works in one event loop only, that in which a task first waits for it"


def lock_remedy(
    project: Project, file: SourceFile, sharing: Sharing, window: Window, verdicts: Mapping[Window, Verdict]
) -> Remedy:
    """Return the remedy of a window; `verdicts` are those of all windows of its file."""
    verdict = verdicts[window]
    if verdict.kind not in _FIXED or window.fast:
        return advice(verdict.remedy)
    known = _known_lock(project, file, sharing, window)
    if known:
        return advice(f"hold {known} around the test and the assignment")
    same = [one for one in sharing.windows if one.state == window.state]
    if not all(_is_plain(file, one, window, verdicts) for one in same) or not _is_own(project, file, window):
        return advice(verdict.remedy)
    module: Final = "asyncio" if window.is_async else "threading"
    if not _can_import(file, module):
        return advice(verdict.remedy)
    reason = "only running shows whether what is done under the lock comes back to wait for it"
    lines = tuple(sorted({one.check for one in same}))
    return Remedy(
        f"hold a new {module}.Lock around the test and the assignment",
        "unsafe",
        f"{reason}; {_TASKS}" if window.is_async else reason,
        (HoldLock(file.path, window.state, module, lines),),
    )


def _is_plain(file: SourceFile, one: Window, window: Window, verdicts: Mapping[Window, Verdict]) -> bool:
    """Tell whether a window of the same state can be put under the same lock."""
    verdict = verdicts.get(one)
    if verdict is None or verdict.kind not in _FIXED or one.is_async != window.is_async:
        return False
    outer = one.scope.split(".")[:-1]
    classes = {known.qualname for known in file.facts.definitions if known.kind == "class"}
    return one.whole and not one.around and all(".".join(outer[: n + 1]) in classes for n in range(len(outer)))


def _is_own(project: Project, file: SourceFile, window: Window) -> bool:
    """Tell whether the state is a global of the window's own module."""
    target = project.resolve_in(file, window.scope, window.state).target
    return (target.kind, target.path, target.name) == ("value", file.path, window.state)


def _can_import(file: SourceFile, module: str) -> bool:
    """Tell whether a module is imported under its own name, or can be."""
    facts = file.facts
    if module == "asyncio" and any(one.module.partition(".")[0] in _OTHER_LOOPS for one in facts.imports):
        return False
    if module in {*(one.name for one in facts.definitions), *(one.name for one in facts.bindings)}:
        return False
    bound = [one for one in facts.imports if one.bound_as == module]
    own = [one for one in bound if not (one.name or one.explicit) and one.module.partition(".")[0] == module]
    return own == bound and (not bound or any(not one.block for one in bound))


def _known_lock(project: Project, file: SourceFile, sharing: Sharing, window: Window) -> str:
    """Return the lock that is there for the state of a window already, "" if none is."""
    for one in guards(project).get(state_of(project, file, window.scope, window.state), ()):
        return f"{one.context}, which {one.scope} ({one.path}:{one.line}) holds to set it,"
    family = "task" if window.is_async else "thread"
    for name, line in _lock_names(file):
        lock = held(project, file, sharing, window.scope, name)
        told = set(words(name)) - _TELL_NOTHING
        if isinstance(lock, Lock) and lock.family == family and told <= set(words(window.state)):
            return f"{name} (line {line})"
    return ""


def _lock_names(file: SourceFile) -> Iterator[tuple[str, int]]:
    """Yield the names of the module that speak of locks, with their lines."""
    named = [(one.name, one.at.line) for one in file.facts.bindings if not one.block]
    named += [(one.bound_as, one.at.line) for one in file.facts.imports if not one.block]
    return ((name, line) for name, line in named if {"lock", "mutex"}.intersection(words(name)))
