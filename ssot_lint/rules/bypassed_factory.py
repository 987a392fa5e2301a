"""A direct construction of a concept that is to be had from its factory.

A concept with `construct = "factory"` is made by its factory alone: what the factory keeps (one instance a user, a
registry, a lock) is lost where the class is called directly. Kind `direct`: the class is called outside its owners (by
default the modules of the home, the definition and the factories). Kind `raising`: a name of a concept is called whose
constructor always raises; such a call cannot work, whatever `construct` says. A call inside `pytest.raises` and its
like is a test of just that, and is left alone.

The fix calls the factory in its place. It is safe only if constructor and factory have the same parameters, and the
call gives a value to each of them; it is not offered where the call does not fit the factory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.calls import call_remedy, factories_of
from ssot_lint.rules.concept_calls import named_calls
from ssot_lint.rules.concept_names import asked_concepts, asked_definitions, names_of_concepts
from ssot_lint.rules.construction import definition_of
from ssot_lint.rules.places import advice, chain_text, target_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import Call
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every call that goes past the factory."""
    names = names_of_concepts(project, policy)
    anywhere = asked_definitions(project, policy)  # what always raises may be meant for any concept
    for path, calls in named_calls(project, policy).items():
        own = [one for one in calls if one[0].callee.rpartition(".")[2] in names[path]]
        concepts = asked_concepts(project, policy) if project.asks_for(path) else anywhere
        for bound in concepts if own else ():
            if bound.in_scope(path):
                for call, resolution in own:
                    yield from _judge(project, bound, project.by_path[path], call, resolution)


def _judge(
    project: Project, bound: BoundConcept, file: SourceFile, call: Call, resolution: Resolution
) -> Iterator[Finding]:
    last = call.callee.rpartition(".")[2]
    target = resolution.target
    if not project.asks_for(file.path, target.path):
        return
    if target == bound.target:
        if bound.concept.construct == "factory" and not bound.owns(file.module):
            message = f"{call.callee}(...) constructs {bound.concept.name} directly; get it from {factories_of(bound)}"
            yield _finding(project, bound, file, call, resolution, "direct", message)
        return
    definition = definition_of(project, target)
    if definition is None or not definition.always_raises:
        return
    if any(bound.claims(name) for name in (last, definition.name, *(hop.name for hop in resolution.chain))):
        what = "whose constructor always raises" if definition.kind == "class" else "which always raises"
        message = f"{call.callee}(...) cannot work: it is {target}, {what} ({target.path}:{target.line})"
        if bound.factories:
            message += f"; get {bound.concept.name} from {factories_of(bound)}"
        yield _finding(project, bound, file, call, resolution, "raising", message)


def _finding(  # noqa: PLR0913 - a call in its place
    project: Project, bound: BoundConcept, file: SourceFile, call: Call, resolution: Resolution, kind: str, message: str
) -> Finding:
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=kind,
        concept=bound.concept.name,
        subject=f"{file.module}:{call.scope} {resolution.target}",
        message=message,
        at=Location.of(file.path, call.at),
        module=file.module,
        statement=call.statement,
        related=target_place(resolution.target, "what is called"),
        chain=resolution.chain,
        remedy=call_remedy(project, bound, file, call, resolution.target)
        if bound.factories
        else advice(f"take {bound.concept.name} from its home, {bound.concept.home}"),
        evidence={
            "resolves_to": str(resolution.target),
            "chain": chain_text(file.module, resolution),
            "construct": bound.concept.construct,
            "factory": list(bound.concept.factory),
        },
    )


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Call the class itself."""
    del project
    if bound.concept.construct != "factory":
        return "it need not be had from a factory"
    name = bound.concept.home_name
    return {spot.path(): f"from {bound.home_module} import {name}\n\nmade = {name}()\n"}


RULE = Rule(
    code="SSOT302",
    name="bypassed-factory",
    summary="a direct construction of a concept that is to be had from its factory",
    kinds={"direct": Levels("error", "info"), "raising": Levels("error", "info")},
    check=check,
    departure=departure,
    suspects=names_of_concepts,
    fixable=True,
)
