"""A call of a concept's constructor or factory that cannot work, or that leaves out what the concept asks for.

Every call is bound to the signature that it resolves to: positional and keyword arguments, defaults, `*args` and
`**kwargs`, the fields of dataclasses and of attrs, inherited constructors, class methods. Judged are the concept's
class, its `factory` functions, what `also` names, and functions that are named for making it. Kinds: `mismatch` does
not fit the signature, so the call raises. `await` awaits what is not asynchronous, or uses the result of an
asynchronous function that is not awaited. `omitted` leaves out a parameter of `require-args`. `shape` is one summary of
a concept that has `require-args` or is made by a factory or as a singleton: in which ways production code calls it.

Where the signature is not known, the rule is silent: decorators and metaclasses that it does not know, bases outside
the project, a `__new__` that takes anything, starred arguments, a name that is bound anew in the function. So it is for
calls that are meant to fail (`pytest.raises`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ssot_lint.model.finding import Finding
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.awaiting import wrong_await
from ssot_lint.rules.concept_calls import calls_of, names_with_bases
from ssot_lint.rules.concept_names import asked_concepts
from ssot_lint.rules.places import advice, chain_text, target_place
from ssot_lint.rules.signatures import fit, signature_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target
    from ssot_lint.rules.concept_calls import ConceptCall

_MOST_SHAPES = 6


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every call that does not fit, and one summary a concept."""
    for bound in asked_concepts(project, policy):
        shapes: dict[Target, Counter[tuple[str, ...]]] = {}
        for one in calls_of(project, policy, bound):
            yield from _judge(project, bound, one)
            declared = one.target == bound.target or one.target in bound.factories
            if declared and not one.call.open_ended and project.zone(one.file.path) == "production":
                shape = fit(one.signature, one.call)
                if not shape.problem:
                    shapes.setdefault(one.target, Counter())[shape.given] += 1
        if bound.concept.require_args or bound.concept.construct in ("factory", "singleton"):
            yield from _summary(bound, shapes)


def _judge(project: Project, bound: BoundConcept, one: ConceptCall) -> Iterator[Finding]:
    call, where = one.call, f"({one.target.path}:{one.target.line})"
    problem = wrong_await(project, one)
    if problem:
        yield _finding(one, bound, "await", f"{call.callee}(...): {problem} {where}")
    if call.open_ended:
        return
    found = fit(one.signature, call)
    if found.problem:
        message = f"{call.callee}(...) does not fit {one.target}{one.signature}: {found.problem} {where}"
        yield _finding(one, bound, "mismatch", message)
        return
    takes_any = any(part.kind == "keywords" for part in one.signature.parameters)
    named = {part.name for part in one.signature.parameters}
    given = {*found.given, *call.keywords}
    missing = [name for name in bound.concept.require_args if name not in given and (takes_any or name in named)]
    if missing:
        what = ", ".join(missing)
        message = f"{call.callee}(...) leaves out {what}, which {bound.concept.name} requires (require-args) {where}"
        yield _finding(one, bound, "omitted", message)


def _finding(one: ConceptCall, bound: BoundConcept, kind: str, message: str) -> Finding:
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=kind,
        concept=bound.concept.name,
        subject=f"{one.file.module}:{one.call.scope} {one.target}",
        message=message,
        at=Location.of(one.file.path, one.call.at),
        module=one.file.module,
        statement=one.call.statement,
        related=target_place(one.target, "what is called"),
        chain=one.resolution.chain,
        remedy=advice(f"call it as {one.target}{one.signature} asks"),
        evidence={
            "resolves_to": str(one.target),
            "chain": chain_text(one.file.module, one.resolution),
            "signature": str(one.signature),
            "asynchronous": one.signature.is_async,
            "positional": one.call.positional,
            "keywords": list(one.call.keywords),
            "awaited": one.call.awaited,
        },
    )


def _summary(bound: BoundConcept, shapes: dict[Target, Counter[tuple[str, ...]]]) -> Iterator[Finding]:
    """Yield the one summary of the ways in which a concept is made, if there are several."""
    various = {target: counts for target, counts in shapes.items() if len(counts) > 1}
    if not various:
        return
    target = min(various, key=lambda one: (-sum(various[one].values()), one))
    ranked = sorted(various[target].items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"({', '.join(given)}) {count} times" for given, count in ranked[:_MOST_SHAPES])
    more = f", and {len(ranked) - _MOST_SHAPES} more" if len(ranked) > _MOST_SHAPES else ""
    yield Finding(
        code=RULE.code,
        name=RULE.name,
        kind="shape",
        concept=bound.concept.name,
        subject=f"{target.module}:{target.name}",
        message=f"{target.name} is called in {len(ranked)} ways: {shown}{more}",
        at=Location(target.path, target.line, 1, target.line, 1),
        module=target.module,
        remedy=advice("decide which arguments every call gives, and list them in require-args"),
        evidence={
            str(one): [{"given": list(given), "calls": count} for given, count in sorted(counts.items())]
            for one, counts in sorted(various.items())
        },
    )


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Call the concept with what it does not take."""
    signature = signature_of(project, bound.target)
    if signature is None:
        return "what it takes is not known"
    if any(part.kind == "keywords" for part in signature.parameters):
        return "it takes any keyword"
    name = bound.concept.home_name
    return {spot.path(): f"from {bound.home_module} import {name}\n\nmade = {name}(nobody_takes_this=1)\n"}


RULE = Rule(
    code="SSOT304",
    name="inconsistent-initialisation",
    summary="a call of a concept's constructor or factory that does not fit it",
    kinds={
        "mismatch": Levels("error", "info"),
        "await": Levels("error", "info"),
        "omitted": Levels("warning", "info"),
        "shape": Levels("info", "off"),
    },
    check=check,
    departure=departure,
    suspects=names_with_bases,
)
