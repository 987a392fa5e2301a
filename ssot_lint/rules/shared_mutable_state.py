"""State that the instances of a per-user concept share.

A concept with `per-user = true` belongs to one user. A list or dictionary of its class, or of its module, is the same
for all of them: what one user's instance writes there, the next user's instance reads. Kinds: `container` is a mutable
container at class or module level that methods of the concept, or of its bases, write to. `default` is a mutable
default argument of such a method that it changes, keeps or returns.

Not findings: containers that nothing writes to, attributes that an instance gets for itself (`self.rooms = {}`), fields
of dataclasses and models, what factories keep outside of the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.constructors import base_places
from ssot_lint.rules.places import advice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.model.details import Mutation
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target


def suspects(project: Project, policy: BoundPolicy) -> Mapping[str, frozenset[str]]:
    """Name the classes of per-user concepts, and those that they inherit from, where they stand."""
    users = (bound for bound in policy.concepts if bound.concept.per_user)
    places = [target for bound in users for target in base_places(project, bound.target)]
    if not any(project.asks_for(target.path) for target in places):
        return {}
    return {target.path: frozenset((target.name.rpartition(".")[2],)) for target in places if target.path}


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every container that the instances of a per-user concept share."""
    for bound in policy.concepts:
        for target in base_places(project, bound.target) if bound.concept.per_user else ():
            details = project.details.get(target.path)
            for one in details.classes if details is not None else ():
                if one.qualname == target.name:
                    yield from _of_class(bound, target, one.mutations)


def _of_class(bound: BoundConcept, target: Target, mutations: tuple[Mutation, ...]) -> Iterator[Finding]:
    places: dict[tuple[str, str, str], list[Mutation]] = {}
    for one in mutations:
        scope = one.scope if one.level == "default" else ""
        places.setdefault((one.level, one.container, scope), []).append(one)
    for (level, name, scope), writes in places.items():
        first = writes[0]
        if level == "default":
            message = f"the default of {name} in {scope} is one object for all users of {bound.concept.name}"
            remedy = f"make None the default of {name}, and the container in the method"
        else:
            what = f"{target.name}.{name}" if level == "class" else f"{target.module}.{name}"
            message = (
                f"{what} is one for all users of {bound.concept.name}: {first.scope} writes to it (line {first.line})"
            )
            remedy = f"give each instance its own {name}, in __init__"
        yield Finding(
            code=RULE.code,
            name=RULE.name,
            kind="default" if level == "default" else "container",
            concept=bound.concept.name,
            subject=f"{target.module}:{scope or target.name} {name}",
            message=message,
            at=Location.of(target.path, first.made),
            module=target.module,
            related=tuple(
                Related(Location(target.path, one.line, 1, one.line, 1), f"{one.scope} writes to it")
                for one in writes
                if level != "default"
            ),
            remedy=advice(remedy),
            evidence={"level": level, "writes": [f"{one.scope} ({target.path}:{one.line})" for one in writes]},
        )


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Say why nothing can be made up."""
    del project, bound, spot
    return "only its own class can share state"


RULE = Rule(
    code="SSOT307",
    name="shared-mutable-state",
    summary="state that the instances of a per-user concept share",
    kinds={kind: Levels("warning", "off") for kind in ("container", "default")},
    check=check,
    departure=departure,
    suspects=suspects,
)
