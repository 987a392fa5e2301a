"""A suppression comment that silences nothing.

What it was written for is repaired, or never was there; left alone it would hide the next departure on its line. Only
rules that ran are judged: a comment for a rule that is not selected stays, and so does everything while some file could
not be analysed. Of a comment that names several rules only the idle ones go. Kinds: `line` (`ssot: ignore`) and `file`
(`ssot: ignore-file`). The fix takes out the idle rules, or the comment, and a line that holds nothing else with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.fix import DropSuppression, Remedy
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.model.silencing import is_over
from ssot_lint.rules.places import subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import SourceFile, Suppression
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.model.silencing import Silenced
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield nothing: what is unused is known only when everything else is settled."""
    del project, policy
    yield from ()


def judge(project: Project, policy: BoundPolicy, silenced: Silenced) -> Iterator[Finding]:
    """Yield a finding for every suppression with rules that silenced nothing; expired ones are another rule's."""
    if not silenced.complete:
        return
    for file in project.files:
        for one in file.facts.suppressions if file.path not in silenced.unjudged else ():
            if not one.error and not is_over(one.until, policy.loaded.today):
                idle = silenced.ran - silenced.used.get((file.path, one.at), frozenset())
                unused = tuple(dict.fromkeys(name for name in one.codes if name in idle))
                if unused:
                    yield _finding(file, one, unused)


def _finding(file: SourceFile, one: Suppression, unused: tuple[str, ...]) -> Finding:
    word = "ignore-file" if one.whole_file else "ignore"
    where = "in this file" if one.whole_file else "on this line"
    names = ", ".join(unused)
    if set(unused) == set(one.codes):
        message = f'"ssot: {word}[{", ".join(one.codes)}]" silences nothing {where}; remove it'
        title = "remove the comment"
    else:
        message = f'"ssot: {word}" names {names}, of which there is nothing to silence {where}; take it out'
        title = f"take out {names}"
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind="file" if one.whole_file else "line",
        concept="",
        subject=subject(file, 0, f"{word} {','.join(unused)}"),
        message=message,
        at=Location.of(file.path, one.at),
        module=file.module,
        remedy=Remedy(title, "safe", intents=(DropSuppression(file.path, one.at, one.codes, unused),)),
    )


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """Suppress what is not there."""
    del project, entry
    return {spot.path(): "x = 1  # ssot: ignore[SSOT205] nothing is wrong here\n"}


RULE = Rule(
    code="SSOT901",
    name="unused-suppression",
    summary="a suppression comment that silences nothing",
    kinds={kind: Levels("warning", "warning") for kind in ("line", "file")},
    check=check,
    departure=departure,
    needs_policy=False,
    fixable=True,
    judge=judge,
)
