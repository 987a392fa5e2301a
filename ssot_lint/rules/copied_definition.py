"""Two classes or functions in different files whose bodies are the same.

Whoever mends one of them does not know of the other. The bodies are compared statement by statement, with local names
and docstrings erased; six statements that say something are the least (`pass`, imports and `self.name = name` say
nothing), and only the outermost definition is told of: not the methods of a class that is a copy. All that are equal
give one finding. Kinds: `equal`, and `near` where at least three quarters of ten or more statements are the same; the
message gives the share.

Not findings: definitions of one file; enums; test doubles; generated files (by their name, or where their first lines
say that nobody may edit them); what is copied on purpose: migrations, vendored code, examples, documentation, templates
for new projects, and what one of two folders named for a version holds (`v1/orders.py`, `v2/orders.py`); twins in two
services of the policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.copies import candidates, wanted
from ssot_lint.rules.places import advice
from ssot_lint.rules.same_bodies import copies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.rules.copies import Candidates
    from ssot_lint.rules.same_bodies import Compared, Copy

_SHOWN: Final = 10


def suspects(project: Project, policy: BoundPolicy) -> Mapping[str, frozenset[str]]:
    """Name, by path, the definitions that may be copies."""
    return wanted(_candidates(project, policy))


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every group of equal, or nearly equal, definitions."""
    for copy in copies(project, _candidates(project, policy)):
        yield _finding(copy)


def _candidates(project: Project, policy: BoundPolicy) -> Candidates:
    return candidates(project, policy.policy, RULE.zones(policy.policy))


def _finding(copy: Copy) -> Finding:
    first = copy.members[0]
    member = first.member
    others = list(zip(copy.members, copy.shares, strict=True))[1 : _SHOWN + 1]
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=copy.kind,
        concept="",
        subject=f"{member.module}:{member.holder} {member.name}",
        message=_message(copy),
        at=Location.of(member.path, first.at),
        module=member.module,
        related=tuple(
            Related(Location.of(one.member.path, one.at), f"{_described(one)}, {_amount(share)} the same")
            for one, share in others
        ),
        remedy=advice("keep one of them where all who need it can import it, and import it elsewhere"),
        evidence={
            "statements": first.size,
            "places": len(copy.members),
            "shares": [round(share, 2) for _, share in others],
        },
    )


def _message(copy: Copy) -> str:
    first, other = copy.members[:2]
    rest = len(copy.members) - 2
    more = f", and of {rest} more place{'s' if rest > 1 else ''}" if rest else ""
    where = f"{_described(other)} ({other.member.path}:{other.member.line}){more}"
    if copy.kind == "equal":
        return f"{_described(first)} has the same body as {where}: {first.size} statements"
    share = f"{_amount(copy.shares[1])} of {max(first.size, other.size)} statements"
    return f"{_described(first)} has nearly the same body as {where}: {share} are the same"


def _described(one: Compared) -> str:
    return f"{'class' if one.is_class else 'function'} {one.member.qualname}"


def _amount(share: float) -> str:
    return f"{int(share * 100)} %" if share < 1 else "all"


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """Write one function in two files."""
    del project, entry
    steps = "".join(f"    parcel.step_{number}(weight)\n" for number in range(8))
    text = f"def pack_and_weigh(parcel, weight):\n{steps}    return parcel\n"
    return {spot.path(): text, spot.path("_again"): text}


RULE = Rule(
    code="SSOT102",
    name="copied-definition",
    summary="two classes or functions in different files whose bodies are the same",
    kinds={"equal": Levels("info", "off"), "near": Levels("info", "off")},
    check=check,
    departure=departure,
    needs_policy=False,
    suspects=suspects,
)
