"""What a module's own statements bind its names to, in source order and branch by branch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.facts import Binding, Definition, Import

if TYPE_CHECKING:
    from ssot_lint.model.facts import Facts, SourceFile

Statement = Import | Definition | Binding


class Event(NamedTuple):
    """A statement that binds a name; `block` is where it stands."""

    line: int
    column: int
    statement: Statement
    block: int

    @property
    def position(self) -> tuple[int, int]:
        """Source position, which orders events."""
        return (self.line, self.column)


IMPORT_ERRORS = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException", "*"))
"""The handlers that catch a failing import."""


class Arm(NamedTuple):
    """When a block runs, seen from the function or module around it.

    `attempt`: in a try or suppress; `guarded`: in one that catches a failing import; `handler`: in an except.
    `main`: only when the file is run as a script; for who imports it, that is `never`. `local`: only when a function is
    called.
    """

    never: bool = False
    typing_only: bool = False
    runtime_only: bool = False
    handler: bool = False
    attempt: bool = False
    guarded: bool = False
    conditional: bool = False
    main: bool = False
    local: bool = False

    @property
    def certain(self) -> bool:
        """Whether the block always runs when the function or module around it does."""
        return not (self.never or self.typing_only or self.attempt or self.handler or self.conditional)


@dataclass
class Namespace:
    """The module-level names of one file, each with the statements that bind it, and its star imports."""

    file: SourceFile
    statements: dict[str, list[Statement]] = field(default_factory=dict)
    stars: list[Event] = field(default_factory=list)
    _events: dict[str, list[Event]] = field(default_factory=dict)

    @classmethod
    def of(cls, file: SourceFile) -> Namespace:
        """Collect the statements of module level by the names that they bind."""
        found = cls(file)
        facts, names = file.facts, found.statements
        scopes = _module_blocks(facts)
        for one in facts.imports:
            if one.block in scopes:
                if one.name == "*":
                    found.stars.append(_event(one))
                else:
                    names.setdefault(one.bound_as, []).append(one)
        others: tuple[Definition | Binding, ...] = (*facts.definitions, *facts.bindings)
        for other in others:
            if other.block in scopes and "." not in other.name:
                names.setdefault(other.name, []).append(other)
        return found

    def events(self, name: str) -> list[Event]:
        """Return what binds a name, in source order."""
        found = self._events.get(name)
        if found is None:
            events = map(_event, self.statements.get(name, ()))
            found = self._events[name] = sorted(events, key=lambda event: event.position)
        return found

    def bound(self, name: str) -> bool:
        """Tell whether a statement of this module binds the name."""
        return any(not _is_delete(statement) for statement in self.statements.get(name, ()))


def _event(statement: Statement) -> Event:
    return Event(statement.at.line, statement.at.column, statement, statement.block)


def arm(facts: Facts, block: int) -> Arm:
    """Say when a block runs."""
    if not block:
        return _ALWAYS
    never = typing_only = runtime_only = handler = attempt = guarded = conditional = main = local = False
    for one in facts.enclosing(block):
        kind, detail = one.kind, one.detail
        if kind == "function":
            local = True
            break
        if kind == "type-checking":
            typing_only = True
        elif kind in ("if", "else") and detail:
            never = never or detail[0] == "never"
            main = main or detail[0] == "main"
            runtime_only = runtime_only or detail[0] == "runtime"
            conditional = conditional or detail[0] == "try"
        elif kind in ("if", "else", "loop", "case"):
            conditional = True
        elif kind == "except":
            handler = True
        elif kind == "try":
            attempt = True
            guarded = guarded or not IMPORT_ERRORS.isdisjoint(detail)
        elif kind == "with":
            suppressed = any(name.endswith("suppress") for name in detail)
            attempt, guarded = attempt or suppressed, guarded or suppressed
    at_start = main and not never
    return Arm(never or main, typing_only, runtime_only, handler, attempt, guarded, conditional, at_start, local)


_ALWAYS = Arm()


class Alternative(NamedTuple):
    """One statement that may have bound a name at the end; a fallback did so only if another statement failed."""

    event: Event
    fallback: bool


def alternatives(
    facts: Facts, events: list[Event], before: tuple[int, int] | None, *, typing: bool
) -> list[Alternative]:
    """Return which of the events may be in force, the likeliest last: at `before`, or at the end of the module."""
    found: list[Alternative] = []
    for event in events:
        if before is not None and event.position >= before:
            break
        when = arm(facts, event.block)
        if when.never or (when.typing_only and not typing) or (when.runtime_only and typing and _typed(facts, events)):
            continue
        if _is_delete(event.statement):
            if not (when.conditional or when.handler or when.attempt):
                found = []
        elif when.handler:
            found.append(Alternative(event, fallback=True))
        elif when.attempt:
            found = [Alternative(one.event, fallback=True) for one in found]
            found.append(Alternative(event, fallback=False))
        elif when.conditional:
            found.append(Alternative(event, fallback=False))
        else:
            found = [Alternative(event, fallback=False)]
    return found


def _typed(facts: Facts, events: list[Event]) -> bool:
    return any(arm(facts, event.block).typing_only for event in events)


def _is_delete(statement: Statement) -> bool:
    return isinstance(statement, Binding) and statement.kind == "delete"


def _module_blocks(facts: Facts) -> set[int]:
    """Return the blocks whose names are the module's."""
    inside = {0}
    for index, block in enumerate(facts.blocks):
        if block.parent in inside and block.kind not in ("class", "function"):
            inside.add(index)
    return inside
