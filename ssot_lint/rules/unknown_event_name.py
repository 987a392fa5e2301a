"""A name that is nearly an event of a vocabulary, and none.

Whoever emits `order_place` where everybody waits for `order_placed` fails in silence. Reported is a string that is
given to a call that matches `emit-calls` (kind `emission`) or `subscribe-calls` (kind `subscription`), directly, in a
message or through a local variable, and that differs from a name of the vocabulary by a slip: other signs or capitals,
or a letter or two in a name of at least eight. Not a finding: a string that a constant or enum anywhere has as its
value, or that stands in a list of them; that is another event. Names that differ only in numbers are others, too.

The fix writes the name that is near. It is unsafe: somebody may wait for the name as it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.facts.nearness import is_near
from ssot_lint.model.facts import WORD
from ssot_lint.model.finding import Finding
from ssot_lint.model.fix import Remedy, ReplaceString
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.raw_event_name import kind_of_call
from ssot_lint.rules.vocabularies import emission, events_in, reads_tests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import EventUse
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.policy import Vocabulary
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy, BoundVocabulary
    from ssot_lint.project.model import Project

_DOUBT = "somebody may wait for the name as it is written"


def suspects(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return the files with a string that is nearly an event: those that may use it, and those that may define it."""
    tests = reads_tests(policy, (RULE.code, RULE.name))
    if not any(file.facts.near for file in project.asked_files):
        return {}
    asked: set[str] = set()
    near: dict[str, frozenset[str]] = {}
    for file in project.files:
        names = frozenset(
            one
            for one in file.facts.near
            if any(near_event(bound.vocabulary, one) and bound.in_scope(file.path) for bound in policy.vocabularies)
        )
        if names:
            near[file.path] = names
            if tests or project.zone(file.path) == "production":
                asked |= names
    return {path: frozenset(f"{WORD}{one}" for one in names & asked) for path, names in near.items() if names & asked}


def near_event(vocabulary: Vocabulary, text: str) -> str:
    """Return the one event of a vocabulary that a string is near to, "" if it is near to none, or is one."""
    found = [] if text in vocabulary.names else [name for name in vocabulary.names if is_near(text, name)]
    return found[0] if len(found) == 1 else ""


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every slip."""
    declared = {one.value for details in project.details.values() for one in details.events.constants}
    for bound in policy.vocabularies:
        for file, events in events_in(project, bound):
            seen: set[object] = set()
            for use in events.uses:
                event = near_event(bound.vocabulary, use.text) if use.form == "literal" else ""
                kind = kind_of_call(bound.vocabulary, use.callee) if event and use.callee else ""
                if kind and use.text not in declared and use.at not in seen:
                    seen.add(use.at)
                    yield _finding(bound, file, use, kind, event)


def _finding(bound: BoundVocabulary, file: SourceFile, use: EventUse, kind: str, event: str) -> Finding:
    name = bound.vocabulary.name
    title = f'write "{event}"'
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=kind,
        concept=name,
        subject=f"{file.module}:{use.scope} {use.text}",
        message=f'"{use.text}" is given to {use.callee}(...), and {name} has no such event; did you mean "{event}"?',
        at=Location.of(file.path, use.at),
        module=file.module,
        statement=use.statement,
        evidence={"written": use.text, "near": event},
        remedy=Remedy(title, "unsafe", _DOUBT, (ReplaceString(file.path, use.at, use.text, event),))
        if use.plain
        else Remedy(title, "display", "it is not written as one string"),
    )


def departure(project: Project, bound: BoundVocabulary, spot: Spot) -> Departure:
    """Emit an event with two letters swapped."""
    del project
    for name in bound.vocabulary.names:
        for at in range(1, len(name) - 2):
            slip = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
            if near_event(bound.vocabulary, slip) == name:
                return {spot.path(): emission(bound.vocabulary, slip)}
    return "its names are too short to be told from others"


RULE = Rule(
    code="SSOT403",
    name="unknown-event-name",
    summary="a name that is nearly an event of a vocabulary, and none",
    kinds={kind: Levels("warning", "off") for kind in ("emission", "subscription")},
    check=check,
    departure=departure,
    about=("vocabulary",),
    suspects=suspects,
    fixable=True,
)
