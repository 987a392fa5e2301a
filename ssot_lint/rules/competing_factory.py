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
        known = _Givers(project, bound)
        places = [target.path for target in bound.factories]
        for path, details in project.details.items():
            file = project.by_path[path]
            if not project.asks_for(path, *places) or not bound.in_scope(path):
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


class _Givers:
    """The declared factories of a concept, and every function that gives but what these give."""

    def __init__(self, project: Project, bound: BoundConcept) -> None:
        self._project = project
        self._known = set(bound.factories)
        self._others: set[Target] = set()
        self._open: set[Target] = set()

    def __contains__(self, target: Target) -> bool:
        """Tell whether this is one; functions that only give each other are none."""
        if target in self._known:
            return True
        if target in self._others or target in self._open:
            return False
        self._open.add(target)
        gives = any(self._gives(file, function) for file, function in self._functions(target))
        self._open.discard(target)
        if gives:
            self._known.add(target)
        elif not self._open:  # else it may have been asked in a circle that another way leads out of
            self._others.add(target)
        return gives

    def _functions(self, target: Target) -> Iterator[tuple[SourceFile, FunctionDetail]]:
        details = self._project.details.get(target.path) if target.kind == "definition" else None
        for function in details.functions if details is not None else ():
            if function.qualname == target.name:
                yield self._project.by_path[target.path], function

    def _gives(self, file: SourceFile, function: FunctionDetail) -> bool:
        targets = [target for target, _ in given(self._project, file, function) if target.known]
        return bool(targets) and all(target in self for target in targets)


def _judge(  # noqa: PLR0913 - a function in its place
    project: Project,
    bound: BoundConcept,
    known: _Givers,
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
