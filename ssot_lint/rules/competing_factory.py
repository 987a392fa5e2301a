"""A second function or class that makes a declared concept.

One way to make a thing: the factories that the policy names. A function that returns a new instance of the concept, or
that is named as if it did (a verb and the words of a name of the concept: `create_websocket_manager`), is another way,
in whatever module it stands. Kinds: `competing` makes one itself, `delegating` calls a declared factory, `impostor` is
named for the concept but gives something else, or always raises. Pytest fixtures are no factories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.concept_names import asked_concepts, names_of_concepts
from ssot_lint.rules.construction import bound_names, given, named_like, plain_name
from ssot_lint.rules.places import advice, target_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import FunctionDetail
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every maker of a concept beside its factories."""
    for bound in asked_concepts(project, policy):
        if not bound.factories:
            continue
        known = _factories(project, bound)
        for path, details in project.details.items():
            file = project.by_path[path]
            if not bound.in_scope(path):
                continue
            factory_classes = {one.qualname for one in details.classes if _is_factory_class(bound, one.qualname)}
            for function in details.functions:
                holder = function.qualname.rpartition(".")[0]
                if holder in factory_classes or not holder:
                    yield from _judge(project, bound, known, file, function, in_class=bool(holder))


def _is_factory_class(bound: BoundConcept, qualname: str) -> bool:
    """Tell whether a class is named as the factory of a concept: the words of one of its names, and Factory."""
    name = plain_name(qualname)
    return name.endswith("factory") and name.removesuffix("factory") in bound_names(bound)


def _factories(project: Project, bound: BoundConcept) -> frozenset[Target]:
    """Return the declared factories and every function that gives but what these give."""
    known = set(bound.factories)
    grown = True
    while grown:
        size = len(known)
        for path, details in project.details.items():
            file = project.by_path[path]
            for function in details.functions:
                targets = {target for target, _ in given(project, file, function) if target.known}
                if targets and targets <= known:
                    known.add(project.resolve(file.module, function.qualname).target)
        grown = len(known) > size
    return frozenset(known)


def _judge(  # noqa: PLR0913 - a function in its place
    project: Project,
    bound: BoundConcept,
    known: frozenset[Target],
    file: SourceFile,
    function: FunctionDetail,
    *,
    in_class: bool,
) -> Iterator[Finding]:
    own = project.resolve(file.module, function.qualname).target
    if own in bound.factories or _is_fixture(function):
        return
    targets = [target for target, _ in given(project, file, function)]
    named = not in_class and named_like(bound, function.qualname)
    makes = any(target == bound.target for target in targets)
    sure = [target for target in targets if target.known]
    delegates = bool(sure) and all(target in known for target in sure)
    if makes:
        kind, what = "competing", f"makes {bound.concept.name} by itself"
    elif delegates:
        kind, what = "delegating", f"gives what {sure[0]} gives"
    elif not named:
        return
    elif function.always_raises:
        kind, what = "impostor", "is named for the factory but always raises"
    else:
        other = next((one for one in sure if one.kind == "definition" and one not in known), None)
        if other is None:
            kind, what = "competing", "is named as a factory of it"
        else:
            kind, what = "impostor", f"is named for the factory but gives {other}"
    yield _finding(bound, file, function, kind, what, targets)


def _is_fixture(function: FunctionDetail) -> bool:
    return any(name.rpartition(".")[2] == "fixture" for name in function.decorators)


def _finding(  # noqa: PLR0913 - a function in its place
    bound: BoundConcept, file: SourceFile, function: FunctionDetail, kind: str, what: str, targets: list[Target]
) -> Finding:
    factory = ", ".join(bound.concept.factory)
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=kind,
        concept=bound.concept.name,
        subject=f"{file.module}:{function.qualname}",
        message=f"{function.qualname} {what}; the factory of {bound.concept.name} is {factory}",
        at=Location.of(file.path, function.at),
        module=file.module,
        related=tuple(place for one in sorted(bound.factories) for place in target_place(one, "the declared factory")),
        remedy=advice(f"let its callers call {factory}, then delete {function.qualname}"),
        evidence={
            "returns": list(dict.fromkeys(str(target) for target in targets)),
            "asynchronous": function.is_async,
        },
    )


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Define another factory."""
    del project
    if not bound.factories:
        return "the policy names no factory of it"
    name = bound.concept.home_name
    made = f"def make_{plain_name(name)}():\n    return {name}()\n"
    return {spot.path(): f"from {bound.home_module} import {name}\n\n\n{made}"}


RULE = Rule(
    code="SSOT305",
    name="competing-factory",
    summary="a second function or class that makes a declared concept",
    kinds={kind: Levels("warning", "info") for kind in ("competing", "delegating", "impostor")},
    check=check,
    departure=departure,
    suspects=names_of_concepts,
)
