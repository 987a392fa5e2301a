"""A suppression comment that suppresses nothing, because of its form.

A bare `# ssot: ignore` would hide everything, now and later, and is refused. A code that no rule has, a date that is
none, or a missing reason where the policy asks for one (`require-reason`) are said here, on the comment's line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.model.silencing import day_of
from ssot_lint.rules.places import subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import SourceFile, Suppression
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every suppression that is wrong in form."""
    for file in project.files:
        for one in file.facts.suppressions:
            found = _wrong(one, require_reason=policy.policy.require_reason)
            if found is not None:
                yield _finding(file, one, *found)


def _wrong(one: Suppression, *, require_reason: bool) -> tuple[str, str] | None:
    """Return the kind and the message of what is wrong."""
    from ssot_lint.rules import kinds_by_rule  # noqa: PLC0415 - the rule book is complete only once it is loaded

    if one.error:
        return "form", one.error
    known = kinds_by_rule()
    for code in one.codes:
        if code not in known:
            return "unknown-rule", f'no rule is called "{code}"'
    if one.until and day_of(one.until) is None:
        return "date", f'"until={one.until}" is no date; write until=YYYY-MM-DD'
    if require_reason and not one.reason:
        return "no-reason", "the policy asks for a reason; write it behind the rules"
    return None


def _finding(file: SourceFile, one: Suppression, kind: str, message: str) -> Finding:
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=kind,
        concept="",
        subject=subject(file, 0, f"{kind} {','.join(one.codes)}"),
        message=message,
        at=Location.of(file.path, one.at),
        module=file.module,
    )


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """Suppress without saying what."""
    del project, entry
    return {spot.path(): "x = 1  # ssot: ignore\n"}


RULE = Rule(
    code="SSOT904",
    name="invalid-suppression",
    summary="a suppression comment that is wrong in form and so suppresses nothing",
    kinds={kind: Levels("error", "error") for kind in ("form", "unknown-rule", "date", "no-reason")},
    check=check,
    departure=departure,
    needs_policy=False,
)
