"""The calls of what makes a concept, each with the signature that it resolves to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.rules.concept_names import asked_concepts, asked_definitions, names_of_concepts
from ssot_lint.rules.construction import definition_of, named_like
from ssot_lint.rules.constructors import base_places
from ssot_lint.rules.signatures import Signature, signature_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import Call, Details
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution, Target


class ConceptCall(NamedTuple):
    """A call in its place, what it resolves to, and what that can be called with."""

    file: SourceFile
    call: Call
    resolution: Resolution
    signature: Signature

    @property
    def target(self) -> Target:
        """What is called."""
        return self.resolution.target


def names_with_bases(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return, by path, the names of concepts to look for, and those of the classes that they inherit from."""
    found = dict(names_of_concepts(project, policy))
    for bound in asked_concepts(project, policy):
        for target in [*bound.offered.values(), *sorted(bound.factories)]:
            holder = target.name.partition(".")[0]
            names = {one.path: one.name.rpartition(".")[2] for one in base_places(project, target)}
            for path, name in {target.path: holder, **names}.items():
                if path in project.by_path:
                    found[path] = found.get(path, frozenset()) | {name}
    return found


def calls_of(project: Project, policy: BoundPolicy, bound: BoundConcept) -> Iterator[ConceptCall]:
    """Yield the calls of a concept's class, its factories and companions, and of what is named for making it.

    Where nothing of that is asked about, only the calls in the files that are.
    """
    known = {*bound.offered.values(), *bound.factories}
    anywhere = bound in asked_definitions(project, policy)
    for path, calls in named_calls(project, policy).items():
        file = project.by_path[path]
        if not (anywhere or project.asks_for(path)) or not bound.in_scope(path):
            continue
        for call, resolution in calls:
            if resolution.others or not _makes(project, bound, known, resolution.target):
                continue
            signature = signature_of(project, resolution.target)
            if signature is not None and not _is_rebound(project.details[path], call):
                yield ConceptCall(file, call, resolution, signature)


def named_calls(project: Project, policy: BoundPolicy) -> dict[str, list[tuple[Call, Resolution]]]:
    """Return, by path, the calls through names of concepts, and what they resolve to; not those that must fail."""

    def collect() -> dict[str, list[tuple[Call, Resolution]]]:
        found: dict[str, list[tuple[Call, Resolution]]] = {}
        names = names_of_concepts(project, policy)
        anywhere = bool(asked_definitions(project, policy))
        for path, details in project.details.items():
            file, here = project.by_path[path], names.get(path, frozenset())
            if not here or not (anywhere or project.asks_for(path)):
                continue
            calls = (one for one in details.calls if not one.expected_to_fail)
            through = [one for one in calls if not here.isdisjoint(one.callee.split("."))]
            if through:
                found[path] = [(one, project.resolve_in(file, one.scope, one.callee)) for one in through]
        return found

    return project.remember("calls through names of concepts", collect)


def _is_rebound(details: Details, call: Call) -> bool:
    """Tell whether a function around a call binds the name that is called to something else."""
    root = call.callee.partition(".")[0]
    for one in details.functions:
        if call.scope == one.qualname or call.scope.startswith(f"{one.qualname}."):
            if root in one.parameters or root in dict(one.locals):
                return True
        elif one.qualname.rpartition(".")[2] == root and one.qualname.startswith(f"{call.scope}.") and call.scope:
            return True
    return False


def _makes(project: Project, bound: BoundConcept, known: set[Target], target: Target) -> bool:
    """Tell whether a target makes a concept, or is named for that; what always raises is told by another rule."""
    definition = definition_of(project, target)
    if definition is not None and definition.always_raises:
        return False
    if target in known:
        return True
    if target.kind == "value" and target.module == bound.target.module:
        return target.name.startswith(f"{bound.target.name}.")
    return definition is not None and definition.kind != "class" and named_like(bound, target.name)
