"""A place that keeps an instance of a concept which must not be kept there.

Of a concept with `construct = "singleton"` there is one shared instance: the one that its own modules keep, or else the
first place that keeps one. Of a concept with `per-user = true` nothing may be shared: an instance in a global serves
all users with the data of one. Kept is what a global holds, an attribute of a class, the state of an app, a cached
getter without parameters, or an attribute of an object that is itself kept at module level. Kinds: `second` (another
instance of a singleton), `shared` (an instance of a per-user concept, made by the class or by a declared factory),
`registry` (instances of a per-user concept under keys, outside of the modules that own it: a user has two of them).

Not findings: the registry of the declared factory and of the owners, what a singleton's own getter gives, classes with
a `__new__` or a metaclass (they may give the same instance each time), tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.concept_names import asked_concepts, names_of_concepts
from ssot_lint.rules.construction import definition_of
from ssot_lint.rules.holding import holdings
from ssot_lint.rules.places import advice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target
    from ssot_lint.rules.holding import Holding


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every place that keeps an instance beside the one that may."""
    for bound in asked_concepts(project, policy):
        if bound.concept.per_user:
            yield from _shared(project, bound)
        elif bound.concept.construct == "singleton" and not _may_be_one(project, bound.target):
            yield from _second(project, bound)


def _held(project: Project, bound: BoundConcept) -> Iterator[tuple[SourceFile, Holding]]:
    """Yield the places in production code that keep what the class or a factory of a concept makes."""
    makers = {bound.target, *bound.factories}
    for path, details in project.details.items():
        if project.zone(path) == "production" and bound.in_scope(path):
            file = project.by_path[path]
            yield from ((file, one) for one in holdings(project, file, details) if one.target in makers)


def _may_be_one(project: Project, target: Target) -> bool:
    """Tell whether a class may give the same instance each time that it is called."""
    definition = definition_of(project, target)
    if definition is None or definition.kind != "class":
        return True
    return "__new__" in definition.members or bool(definition.metaclass) or bool(definition.decorators)


def _second(project: Project, bound: BoundConcept) -> Iterator[Finding]:
    places: dict[tuple[str, str], tuple[SourceFile, Holding]] = {}
    for file, one in _held(project, bound):
        if one.target == bound.target:
            places.setdefault((file.path, one.name), (file, one))
    ranked = sorted(places.values(), key=lambda item: (not bound.owns(item[0].module), item[1].at))
    for file, one in ranked[1:]:
        first = ranked[0][1]
        message = (
            f"a second instance of {bound.concept.name} is {one.how} {one.name}; "
            f"the one instance is {first.how} {first.name} ({first.at.path}:{first.at.line})"
        )
        yield _finding(bound, (file, one), "second", message, first)


def _shared(project: Project, bound: BoundConcept) -> Iterator[Finding]:
    for file, one in _held(project, bound):
        if not one.keyed:
            message = f"an instance of {bound.concept.name} is {one.how} {one.name}: every user gets the same one"
            yield _finding(bound, (file, one), "shared", message)
        elif not bound.owns(file.module):
            beside = "beside what its factory keeps" if bound.factories else "outside of the modules that own it"
            message = f"instances of {bound.concept.name} are {one.how} {one.name}, {beside}"
            yield _finding(bound, (file, one), "registry", message)


def _finding(
    bound: BoundConcept, place: tuple[SourceFile, Holding], kind: str, message: str, first: Holding | None = None
) -> Finding:
    file, one = place
    factory = " or ".join(bound.concept.factory) or bound.concept.home
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=kind,
        concept=bound.concept.name,
        subject=f"{file.module}:{one.scope} {one.name}",
        message=message,
        at=one.at,
        module=file.module,
        related=(Related(first.at, "the one instance"),) if first is not None else (),
        remedy=advice(f"keep none here; take it from {factory} where it is needed"),
        evidence={"made_by": str(one.target), "kept": f"{one.how} {one.name}", "construct": bound.concept.construct},
    )


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Keep an instance, and one more."""
    one_only = bound.concept.construct == "singleton" and not _may_be_one(project, bound.target)
    if not (bound.concept.per_user or one_only):
        return "the policy lets everybody keep what they have"
    name = bound.concept.home_name
    return {spot.path(): f"from {bound.home_module} import {name}\n\nkept = {name}()\nkept_too = {name}()\n"}


RULE = Rule(
    code="SSOT303",
    name="second-instance",
    summary="a place that keeps an instance of a concept which must not be kept there",
    kinds={kind: Levels("warning", "off") for kind in ("second", "shared", "registry")},
    check=check,
    departure=departure,
    suspects=names_of_concepts,
)
