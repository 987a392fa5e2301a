"""A second implementation of a declared concept.

A class outside the home that does what the concept does. A name alone proves nothing: half of the classes called
manager manage something else. Evidence is: the name (a pattern of `looks-like`, or the words of one of the concept's
names); at least three rare public methods of the concept, which are at least a third of the class's own (rare: borne by
under 0.4 % of the project's classes); methods with the same body; a common base or delegation; being made at run time.
Above `info` it takes two of them; one alone is a `look-alike`. The message prints the evidence. Kinds:

- `copy`, `renamed-copy`: most method bodies are those of the concept, up to local names and docstrings.
- `rival`: a body of its own, the same role.
- `wrapper`: a subclass of the concept. `adapter`: all its public methods but call the concept.
- `runtime-created`: made by `type(...)` or `make_dataclass`, or a class in a function or an `except ImportError`.
- `double-in-production`: a Mock, Fake or Stub outside test code.
- `impostor`: a name of the concept bound to another object: an alias of something else, or a class whose constructor
  always raises.
- `look-alike`: one piece of evidence only.

Where the concept is a function, the functions of its name are judged: an equal body, a body that only calls the
concept, one that always raises or stands in an `except ImportError`, or the name alone.

Not findings: the definition, interfaces (protocols, abstract classes without bodies), test doubles in test code, enums,
exceptions, plain data classes and settings whose name contains the words, factories, what stands under TYPE_CHECKING,
and twins in another service or outside the concept's scope.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.concept_names import asked_definitions, face_of
from ssot_lint.rules.construction import definition_of
from ssot_lint.rules.impostors import impostors
from ssot_lint.rules.like_functions import like_functions, namesakes
from ssot_lint.rules.likeness import Likeness, likenesses, suspect_files
from ssot_lint.rules.places import advice, target_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project


_ADVICE = {
    "impostor": "rename it, or bind the name to the concept's object",
    "double-in-production": "move it to the tests",
    "adapter": "call the concept itself where that is possible, or declare it as a companion",
    "look-alike": "read it: if it is another thing, add its name to unlike",
}


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every second implementation."""
    for bound in asked_definitions(project, policy):
        for likeness in resemblances(project, bound):
            yield _finding(bound, likeness)


def resemblances(project: Project, bound: BoundConcept) -> Iterator[Likeness]:
    """Yield everything that is like a concept: classes, names bound to something else, functions."""
    yield from likenesses(project, bound)
    yield from impostors(project, bound)
    yield from like_functions(project, bound)


def suspects(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Name the files that hold what may be like a concept, and the definitions themselves."""
    wanted = suspect_files(project, policy)
    for bound in asked_definitions(project, policy):
        found = [(file.path, one.name) for file, one in namesakes(project, bound)]
        for path, name in [*found, (bound.target.path, bound.target.name)] if found else []:
            wanted[path] = wanted.get(path, frozenset()) | {name}
    return wanted


def _finding(bound: BoundConcept, one: Likeness) -> Finding:
    concept = bound.concept.name
    what = {
        "copy": f"is a copy of {concept}",
        "renamed-copy": f"is a copy of {concept} under another name",
        "rival": f"is a second implementation of {concept}",
        "wrapper": f"subclasses {concept}",
        "adapter": f"wraps {concept} and only delegates to it",
        "runtime-created": f"is made at run time in the place of {concept}",
        "double-in-production": f"is a double of {concept} outside test code",
        "impostor": f"has a name of {concept} but is another object",
        "look-alike": f"looks like {concept}, with one piece of evidence",
    }[one.kind]
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=one.kind,
        concept=concept,
        subject=f"{one.file.module}:{one.name}",
        message=f"{one.name} {what}: {'; '.join(one.evidence)}",
        at=Location.of(one.file.path, one.at),
        module=one.file.module,
        related=target_place(bound.target, f"the definition of {concept}"),
        remedy=advice(_ADVICE.get(one.kind, f"use {bound.concept.home} in its place, then delete it")),
        evidence={"reasons": list(one.evidence), "home": bound.concept.home},
    )


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Define the concept once more, with its rare methods."""
    name = bound.concept.home_name
    definition = definition_of(project, bound.target)
    if definition is None or definition.kind != "class":
        return {spot.path(): f"def {name.rpartition('.')[2]}():\n    return None\n"}
    methods = "".join(f"    def {one}(self): return {number}\n" for number, one in enumerate(face_of(project, bound)))
    return {spot.path(): f"class {name}:\n{methods or '    pass'}\n"}


RULE = Rule(
    code="SSOT101",
    name="duplicate-implementation",
    summary="a second implementation of a declared concept",
    kinds={
        **{kind: Levels("error", "error") for kind in ("copy", "renamed-copy", "rival", "runtime-created", "impostor")},
        "double-in-production": Levels("error", "off"),
        "wrapper": Levels("warning", "warning"),
        "adapter": Levels("info", "info"),
        "look-alike": Levels("info", "info"),
    },
    check=check,
    departure=departure,
    suspects=suspects,
)
