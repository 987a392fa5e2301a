"""Locks that are held while something waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.rules.locks import Lock, held, owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import Hold, Sharing
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.location import Span
    from ssot_lint.project.model import Project

_MAKING: frozenset[str] = frozenset(("__init__", "__post_init__", "__new__"))


class Wait(NamedTuple):
    """A lock that is held, the line that waits for what needs it, and the line that needs it."""

    context: str
    scope: str
    type: str
    at: Span
    line: int
    other: int
    message: str
    remedy: str


def held_locks(project: Project, file: SourceFile, sharing: Sharing) -> Iterator[Wait]:
    """Yield the locks of a file that are held while the holder waits for what needs them."""
    known = [(one, held(project, file, sharing, one.scope, one.context)) for one in sharing.holds]
    locks = [(one, lock) for one, lock in known if isinstance(lock, Lock) and lock.exclusive]
    for one, lock in locks:
        wait = (
            _through_call(file, one, lock, locks)
            or _across_await(one, lock)
            or _through_flag(project, file, sharing, one, lock)
        )
        if wait is not None:
            yield wait


def _across_await(one: Hold, lock: Lock) -> Wait | None:
    """Find a lock of threads that is held over an await: the next task stops the loop that would release it."""
    if lock.family != "thread" or one.is_async or not one.awaited:
        return None
    message = (
        f"{one.context} is a {lock.type} and is held over an await (line {one.awaited}): a second task that comes to "
        f"line {one.at.line} meanwhile stops the event loop, and with it the holder"
    )
    remedy = "use an asyncio.Lock, or await outside of it"
    return Wait(one.context, one.scope, lock.type, one.at, one.awaited, 0, message, remedy)


def _through_call(file: SourceFile, one: Hold, lock: Lock, locks: list[tuple[Hold, Lock]]) -> Wait | None:
    """Find a call, under the lock, of a function that takes the same lock."""
    owner = owner_of(file, one.scope)
    for callee, line, awaited in one.calls:
        root, _, name = callee.rpartition(".")
        if root not in ("", "self", "cls"):
            continue
        scope = f"{owner}.{name}" if root else name
        for other, same in locks:
            if other.scope == scope and same.identity == lock.identity and awaited == other.in_async:
                message = (
                    f"{one.context} is held (line {one.at.line}) while {callee}() is called (line {line}), which "
                    f"takes the same {lock.type} (line {other.at.line}): it waits for itself"
                )
                remedy = f"call {callee}() outside of the lock, or a variant of it that expects the lock to be held"
                return Wait(one.context, one.scope, lock.type, one.at, line, other.at.line, message, remedy)
    return None


def _through_flag(project: Project, file: SourceFile, sharing: Sharing, one: Hold, lock: Lock) -> Wait | None:
    """Find a loop, under the lock, that waits for state which is only set under the same lock."""
    owner = owner_of(file, one.scope)
    for state, line in one.polls:
        writes = [
            write
            for write in sharing.writes
            if write.state == state
            and write.scope.rpartition(".")[2] not in _MAKING
            and (owner_of(file, write.scope) == owner or "." not in state)
        ]
        needing = [write for write in writes if lock in _locks(project, file, sharing, write.scope, write.around)]
        if needing and len(needing) == len(writes):
            message = (
                f"{one.context} is held (line {one.at.line}) while a loop waits for {state} (line {line}), which is "
                f"only set under the same lock ({needing[-1].scope}, line {needing[-1].line}): it waits for ever"
            )
            remedy = f"wait for {state} outside of the lock, or with an asyncio.Condition"
            return Wait(one.context, one.scope, lock.type, one.at, line, needing[-1].line, message, remedy)
    return None


def _locks(project: Project, file: SourceFile, sharing: Sharing, scope: str, around: tuple[str, ...]) -> list[object]:
    return [held(project, file, sharing, scope, context) for context in around]
