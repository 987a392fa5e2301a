"""An event of a vocabulary written as a string where its home has a constant.

A string can be misspelt, and nobody finds who uses it; the constant of the home can only be missing. Kinds: `emission`
(the string, or a message that holds it, is given to a call that matches `emit-calls`), `subscription` (the same with
`subscribe-calls`), `comparison` (it is compared with what is called the type or the event of a message). Where
competing-emitter reports the same place, that comes first.

The fix writes the constant and imports the home. It is safe for plain `str` constants and members of a `StrEnum`; of
any other enum it writes `Member.value`, since a bare member is not equal to its string. It is unsafe where the enum
makes its values in its own way, where the import would close a cycle or load libraries that the file does not need so
far, and where nothing shows that the file can import the home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.event_constants import ConstantWriter
from ssot_lint.rules.places import target_place
from ssot_lint.rules.vocabularies import (
    asked_vocabularies,
    event_files,
    event_of,
    events_in,
    home_constants,
    matches,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import EventUse
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.policy import Vocabulary
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy, BoundVocabulary
    from ssot_lint.project.model import Project


def suspects(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return the files that speak of an event."""
    return event_files(project, policy, (RULE.code, RULE.name))


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every string in the place of a constant."""
    for bound in asked_vocabularies(project, policy):
        constants = home_constants(project, bound)
        found = [
            (file, use, kind, constants[event])
            for file, events in (events_in(project, bound) if constants else ())
            for use, kind in _raw(bound.vocabulary, events.uses)
            for event in [event_of(project, bound, file, use)]
            if event in constants
        ]
        writer = ConstantWriter(project, bound, {file.path: file for file, _, _, _ in found})
        for file, use, kind, constant in found:
            yield _finding(bound, file, use, kind, constant, writer)


def _raw(vocabulary: Vocabulary, uses: tuple[EventUse, ...]) -> Iterator[tuple[EventUse, str]]:
    """Yield the strings of a file that stand for an event, each once, with the kind of use."""
    seen: set[object] = set()
    for use in uses:
        kind = "comparison" if use.how == "comparison" else kind_of_call(vocabulary, use.callee)
        if use.form == "literal" and kind and use.at not in seen:
            seen.add(use.at)
            yield use, kind


def kind_of_call(vocabulary: Vocabulary, callee: str) -> str:
    """Return what a call that is given an event does with it, "" if nothing that is known."""
    if matches(callee, vocabulary.emit_calls):
        return "emission"
    return "subscription" if matches(callee, vocabulary.subscribe_calls) else ""


def _finding(  # noqa: PLR0913 - a use in its place
    bound: BoundVocabulary, file: SourceFile, use: EventUse, kind: str, constant: str, writer: ConstantWriter
) -> Finding:
    vocabulary, home = bound.vocabulary, bound.home
    where = "it is compared" if kind == "comparison" else f"it is given to {use.callee}(...)"
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=kind,
        concept=vocabulary.name,
        subject=f"{file.module}:{use.scope} {use.text}",
        message=f'"{use.text}" is written as a string where {where}; {vocabulary.home_module} has {constant} for it',
        at=Location.of(file.path, use.at),
        module=file.module,
        statement=use.statement,
        related=target_place(home, "the home of the events") if home is not None else (),
        evidence={"event": use.text, "constant": constant, "home": vocabulary.home},
        remedy=writer.remedy(file, use, constant),
    )


def departure(project: Project, bound: BoundVocabulary, spot: Spot) -> Departure:
    """Compare with an event by its string."""
    known = [name for name in bound.vocabulary.names if name in home_constants(project, bound)]
    if not known:
        return "its home has no constants"
    return {spot.path(): f'def is_the_first(event):\n    return event == "{known[0]}"\n'}


RULE = Rule(
    code="SSOT402",
    name="raw-event-name",
    summary="an event written as a string where its home has a constant",
    kinds={kind: Levels("info", "off") for kind in ("emission", "subscription", "comparison")},
    check=check,
    departure=departure,
    about=("vocabulary",),
    suspects=suspects,
    fixable=True,
)
