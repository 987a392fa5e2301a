"""The same named constant, or the same enum vocabulary, in several production modules.

Each module has its own list of what is allowed, and one day one of them learns a new word. Constants are compared under
one name: module-level, upper-case, with a value that is written out and is not the same by chance (three elements, a
long text, a number of five digits, zeros at its ends not counted). Enums are compared by the values of three or more
members: under one name, or under names of which one has all words of the other (`Environment`, `EnvironmentType`).
Kinds: `equal`, and `drifted` where two of one name have three values and most of all values in common, but not all. If
one of them is the home of a concept, the finding stands on the other.

Not findings: short texts and numbers, texts that every program has (`USAGE`, `VERSION`); what each of four modules with
one file name is asked for (`formats.py`); names that are bound twice or whose value is computed; enums of equal values
with unlike names (`Severity` and `Priority` may both be high or low); enums with `auto()`; tests and doubles; generated
files, migrations, vendored code, examples; two versions of a package, and two services of the policy. It needs a policy
with a concept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.places import advice
from ssot_lint.rules.same_values import twins, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.rules.same_values import Twins, Value

_SHOWN: Final = 10
_NAMED: Final = 3


def suspects(project: Project, policy: BoundPolicy) -> Mapping[str, frozenset[str]]:
    """Name, by path, the constants that several modules have."""
    return wanted(project, policy.policy, RULE.zones(policy.policy)) if policy.concepts else {}


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every group of constants or enums that say the same."""
    if policy.concepts:
        homes = {(bound.target.path, bound.target.line): bound.concept.home for bound in policy.concepts}
        for one in twins(project, policy.policy, RULE.zones(policy.policy)):
            yield _finding(one, homes)


def _finding(one: Twins, homes: Mapping[tuple[str, int], str]) -> Finding:
    at_home = [value for value in one.members if (value.path, value.at.line) in homes]
    first, *rest = sorted(one.members, key=lambda value: (value in at_home, one.members.index(value)))
    others = [*at_home, *(value for value in rest if value not in at_home)]
    other = others[0]
    more = f", and of {len(others) - 1} more" if len(others) > 1 else ""
    where = f"{_described(other)} ({other.path}:{other.at.line}){more}"
    if one.kind == "equal":
        how = f"has the same {_amount(first)} as {where}"
    else:
        how = f"has nearly the values of {where}: {_difference(first, other)}"
    home = homes[other.path, other.at.line] if other in at_home else ""
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=one.kind,
        concept="",
        subject=f"{first.module}: {first.name}",
        message=f"{_described(first)} {how}{f'; the home is {home}' if home else ''}",
        at=Location.of(first.path, first.at),
        module=first.module,
        related=tuple(Related(Location.of(value.path, value.at), _described(value)) for value in others[:_SHOWN]),
        remedy=advice(f"use {home} here" if home else "keep one of them, and import it elsewhere"),
        evidence={"values": len(first.parts), "places": len(one.members), "home": home},
    )


def _described(value: Value) -> str:
    return f"{'enum' if value.is_enum else 'constant'} {value.name}"


def _amount(value: Value) -> str:
    return f"{len(value.parts)} values" if len(value.parts) > 1 else "value"


def _difference(one: Value, other: Value) -> str:
    """Say what only one of two has."""
    sides = (("only here", one.parts - other.parts), ("only there", other.parts - one.parts))
    return "; ".join(f"{where} {_listed(sorted(parts))}" for where, parts in sides if parts)


def _listed(parts: list[str]) -> str:
    shown = ", ".join(part if len(part) <= 40 else f"{part[:37]}..." for part in parts[:_NAMED])  # noqa: PLR2004 - what fits on a line
    return f"{shown} and {len(parts) - _NAMED} more" if len(parts) > _NAMED else shown


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """List the same values in two files."""
    del project, entry
    text = 'KINDS_OF_PARCEL = ("small parcel", "large parcel", "heavy parcel", "lost parcel")\n'
    return {spot.path(): text, spot.path("_again"): text}


RULE = Rule(
    code="SSOT105",
    name="duplicate-constant",
    summary="the same named constant, or the same enum vocabulary, in several modules",
    kinds={"equal": Levels("info", "off"), "drifted": Levels("info", "off")},
    check=check,
    departure=departure,
    about=(),
    suspects=suspects,
)
