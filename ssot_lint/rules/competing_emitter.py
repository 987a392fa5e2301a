"""An event of a vocabulary that is emitted by somebody else than its emitters.

One voice: the modules that a `[[vocabulary]]` names as `emitters`. Whoever emits one of its events beside them has its
own idea of what the message holds, who receives it and what happens when sending fails. Kinds:

- `definition`: a function that is named for emitting an event (`notify_order_placed`) and does not pass it on to
  somebody who is: no other function so named, and no emitter, is called in it.
- `known`: the event, as a string, as a constant, or in a message (`{"type": ...}` or `{"event": ...}`), is given to a
  call that matches `emit-calls`, directly or through one local variable, and who receives that call is known: it is no
  emitter, and does not pass it on to one.
- `unknown-receiver`: one of both, where only running tells who receives it in the end.

Not findings: the emitters and their subclasses; adapters that delegate; a call of a method that is named for an event,
which is how an emitter is used; comparisons and subscriptions; interfaces, doubles, and functions that do nothing.
Tests are read only where the policy gives the rule a level for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.places import advice, target_place
from ssot_lint.rules.receivers import Receiver, Receivers
from ssot_lint.rules.vocabularies import (
    asked_vocabularies,
    class_around,
    does_nothing,
    emission,
    emits_by_name,
    event_files,
    event_of,
    events_in,
    is_double,
    matches,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.model.details import Events, EventUse, FunctionDetail
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy, BoundVocabulary
    from ssot_lint.project.model import Project

_NAMED: Final = 3


def suspects(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return the files that speak of an event."""
    return event_files(project, policy, (RULE.code, RULE.name))


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every other voice."""
    for bound in asked_vocabularies(project, policy):
        if bound.vocabulary.emitters:
            receivers = Receivers(project, policy, bound)
            for file, events in events_in(project, bound):
                if not bound.emits(file.module):
                    yield from _File(project, bound, receivers, file, events).findings()


class _File:
    """What one file that is no emitter does with the events of one vocabulary."""

    def __init__(
        self, project: Project, bound: BoundVocabulary, receivers: Receivers, file: SourceFile, events: Events
    ) -> None:
        self._project = project
        self._bound = bound
        self._receivers = receivers
        self._file = file
        self._events = events

    def findings(self) -> Iterator[Finding]:
        """Yield the definitions, and the emissions that stand in none of them."""
        emissions = [one for one in map(self._emission, self._events.uses) if one is not None]
        spoken: set[tuple[str, str]] = set()
        for function in self._events.functions:
            event = emits_by_name(self._bound.vocabulary, function.qualname)
            if event and not does_nothing(function) and not is_double(function.qualname.rpartition(".")[0]):
                spoken.add((function.qualname, event))
                own = [one for one in emissions if (one[0].scope, one[1]) == (function.qualname, event)]
                finding = self._definition(function, event, own)
                if finding is not None:
                    yield finding
        at: set[object] = set()
        for use, event, receiver in emissions:
            if receiver.kind != "emitter" and (use.scope, event) not in spoken and use.at not in at:
                at.add(use.at)
                yield self._emitted(use, event, receiver)

    def _emission(self, use: EventUse) -> tuple[EventUse, str, Receiver] | None:
        """Return a use that emits an event, with the event and who receives it."""
        vocabulary = self._bound.vocabulary
        callee = use.callee
        if not callee or not matches(callee, vocabulary.emit_calls) or emits_by_name(vocabulary, callee):
            return None
        if is_double(use.scope):
            return None
        event = event_of(self._project, self._bound, self._file, use)
        if not event:
            return None
        return use, event, self._receivers.of(self._file, use.scope, callee, use.source)

    def _definition(
        self, function: FunctionDetail, event: str, own: Sequence[tuple[EventUse, str, Receiver]]
    ) -> Finding | None:
        """Judge a function that is named for an event: whom it gives the event to, as far as that is known."""
        further = {one.kind for one in self._receivers.further(self._file, function, event)}
        kinds = further | {receiver.kind for _, _, receiver in own}
        if "emitter" in kinds:
            return None
        if self._is_passed_on_elsewhere(function, event):
            kinds.add("unknown")
        uses = [use for use, _, _ in own]
        name = function.qualname.rpartition(".")[2]
        if "unknown" in kinds:
            kind, what = "unknown-receiver", "and whom it gives it to, only running tells"
        else:
            kind, what = "definition", "and does not pass it on to one of its emitters"
        return self._finding(
            kind,
            f"{function.qualname}",
            f"{name} is named for emitting {event}, {what} ({self._emitters()})",
            Location.of(self._file.path, function.at),
            event,
            related=tuple(Related(Location.of(self._file.path, use.at), "it emits the event here") for use in uses),
            advised=f"let {name} call an emitter of {self._bound.vocabulary.name}, or its callers",
        )

    def _is_passed_on_elsewhere(self, function: FunctionDetail, event: str) -> bool:
        """Tell whether another method of the class calls one that is named for the event: for what this one kept."""
        own = class_around(self._project, self._file, function.qualname)
        itself = function.qualname.rpartition(".")[2]
        return bool(own) and any(
            emits_by_name(self._bound.vocabulary, callee) == event and callee not in (f"self.{itself}", f"cls.{itself}")
            for scope, callee in self._events.calls
            if scope != function.qualname and class_around(self._project, self._file, scope) == own
        )

    def _emitted(self, use: EventUse, event: str, receiver: Receiver) -> Finding:
        if receiver.kind == "unknown":
            kind, who = "unknown-receiver", "whose receiver only running tells"
        else:
            kind, who = "known", f"which is {receiver.name}, no emitter of it"
        what = f"in a message to {use.callee}(...)" if use.how == "message" else f"to {use.callee}(...)"
        return self._finding(
            kind,
            f"{use.scope} {event}",
            f"{event} is given {what}, {who}; its emitters are {self._emitters()}",
            Location.of(self._file.path, use.at),
            event,
            statement=use.statement,
            related=target_place(receiver.target, "who receives it") if receiver.target is not None else (),
            advised=f"emit {event} through an emitter of {self._bound.vocabulary.name}",
        )

    def _emitters(self) -> str:
        emitters = self._bound.vocabulary.emitters
        more = f" and {len(emitters) - _NAMED} more" if len(emitters) > _NAMED else ""
        return ", ".join(emitters[:_NAMED]) + more

    def _finding(  # noqa: PLR0913 - what tells one finding from another
        self,
        kind: str,
        subject: str,
        message: str,
        at: Location,
        event: str,
        *,
        advised: str,
        statement: int = 0,
        related: tuple[Related, ...] = (),
    ) -> Finding:
        return Finding(
            code=RULE.code,
            name=RULE.name,
            kind=kind,
            concept=self._bound.vocabulary.name,
            subject=f"{self._file.module}:{subject}",
            message=message,
            at=at,
            module=self._file.module,
            statement=statement,
            related=related,
            evidence={"event": event, "emitters": list(self._bound.vocabulary.emitters)},
            remedy=advice(advised),
        )


def departure(project: Project, bound: BoundVocabulary, spot: Spot) -> Departure:
    """Emit an event to whoever comes."""
    del project
    if not bound.vocabulary.emitters:
        return "the policy names no emitters"
    return {spot.path(): emission(bound.vocabulary, bound.vocabulary.names[0])}


RULE = Rule(
    code="SSOT401",
    name="competing-emitter",
    summary="an event that is emitted by somebody else than its emitters",
    kinds={
        "definition": Levels("warning", "off"),
        "known": Levels("warning", "off"),
        "unknown-receiver": Levels("info", "off"),
    },
    check=check,
    departure=departure,
    about=("vocabulary",),
    suspects=suspects,
)
