"""A suppression or an exception whose last day is past.

`until` says how long a departure is accepted. After that day the comment, or the entry of the policy, silences nothing
any more, and is a finding itself: make the repair, or agree on another day. Kinds: `suppression` (a comment),
`exception` (an entry of a concept or of a move), `unreadable` (a file that could not be analysed, and was accepted).
The day of the run is `--today`, else the one of SOURCE_DATE_EPOCH, else that of the clock, in UTC. The fix removes an
expired comment; it is unsafe, since the reason goes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.fix import DropSuppression, Remedy
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.model.silencing import is_over
from ssot_lint.rules.places import policy_finding, subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.facts import SourceFile, Suppression
    from ssot_lint.model.policy import ExceptionEntry
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project

_MEND = "repair, or set another day"
_LOST = "the reason that it gives is lost, and another day may be what is wanted"


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for everything that has silenced long enough."""
    today = policy.loaded.today
    for file in project.files:
        for one in file.facts.suppressions:
            if not one.error and is_over(one.until, today):
                yield _suppression(file, one)
    for concept in policy.policy.concept:
        yield from _exceptions(policy, f"concept[{concept.name}]", concept.name, concept.exception)
    for moved in policy.policy.moved:
        yield from _exceptions(policy, f"moved[{moved.name}]", moved.name, moved.exception)
    for operation in policy.policy.operation:
        yield from _exceptions(policy, f"operation[{operation.name}]", operation.name, operation.exception)
    for vocabulary in policy.policy.vocabulary:
        yield from _exceptions(policy, f"vocabulary[{vocabulary.name}]", vocabulary.name, vocabulary.exception)
    for unreadable in policy.policy.unreadable:
        if is_over(unreadable.until, today):
            said = f"{unreadable.path} was accepted as unreadable until {unreadable.until}; {_MEND}"
            place = f"unreadable[{unreadable.path}]"
            yield policy_finding(RULE, policy, "unreadable", place, unreadable.path, said)


def _suppression(file: SourceFile, one: Suppression) -> Finding:
    names = ", ".join(one.codes)
    word = "ignore-file" if one.whole_file else "ignore"
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind="suppression",
        concept="",
        subject=subject(file, 0, f"{word} {','.join(one.codes)}"),
        message=f'"ssot: {word}[{names}]" ended on {one.until} and silences nothing now; {_MEND}',
        at=Location.of(file.path, one.at),
        module=file.module,
        evidence={"until": one.until},
        remedy=Remedy(
            "remove the comment", "unsafe", _LOST, (DropSuppression(file.path, one.at, one.codes, one.codes),)
        ),
    )


def _exceptions(
    policy: BoundPolicy, entry: str, concept: str, exceptions: Iterable[ExceptionEntry]
) -> Iterator[Finding]:
    for number, one in enumerate(exceptions):
        if is_over(one.until, policy.loaded.today):
            said = f"{one.rule} in {one.path} was accepted until {one.until}; {_MEND}"
            place = f"{entry}.exception[{number}]"
            yield policy_finding(RULE, policy, "exception", place, f"{one.rule} {one.path}", said, concept=concept)


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """Suppress something until a day that is past."""
    del project, entry
    return {spot.path(): "x = 1  # ssot: ignore[SSOT205] until=2001-01-01\n"}


RULE = Rule(
    code="SSOT902",
    name="expired-exception",
    summary="a suppression or an exception whose last day is past",
    kinds={kind: Levels("error", "error") for kind in ("suppression", "exception", "unreadable")},
    check=check,
    departure=departure,
    needs_policy=False,
    fixable=True,
)
