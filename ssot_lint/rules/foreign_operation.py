"""A declared operation that is done outside its owners.

Some things only one part of a program is to do: read the environment, open a connection, start a process, run raw SQL.
An `[[operation]]` of the policy names them by the dotted names that do them (`uses`), says which modules may
(`owners`), and what everybody else does (`instead`). Kinds: `call`, `read`, `write` (assigned to, or deleted, also by
key or attribute), `subclass` and `decorate`.

A use counts however it is spelled: `os.environ`, `o.environ` behind `import os as o`, `e` behind `from os import
environ as e` or `e = os.environ` at module level, a name from a star import, and a name that another module of the
project passes on. A local variable or a parameter of that name is something else, and so are other things that bear
it. Not findings: the import alone, types in annotations, the modules that define or own the operation and the one that
offers what to do instead, files outside its `scope`.

The fix calls `instead` in the place of a call. It is never a safe one, and is offered only if the call fits it, and
if both have the same parameters as far as the project shows.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.finding import Finding
from ssot_lint.model.fix import RedirectUses, Remedy
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.project.resolution import Outcome, Resolution, Target
from ssot_lint.rules.calls import binder_of, fits, function_of
from ssot_lint.rules.places import advice, target_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Performance, Performed, SourceFile
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.operations import BoundOperation

_VERBS: dict[Performance, str] = {
    "call": "calls",
    "read": "reads",
    "write": "writes to",
    "subclass": "is a subclass of",
    "decorate": "decorates with",
}
_NAMED = 3


class _Use(NamedTuple):
    """A use of an operation: the dotted name that it is declared by, and the part of what is written that is it."""

    bound: BoundOperation
    file: SourceFile
    one: Performed
    name: str
    part: str
    resolution: Resolution


def suspects(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return where functions stand whose signatures are compared: what operations are, and what is done instead."""
    del project
    wanted: dict[str, set[str]] = defaultdict(set)
    for bound in policy.operations:
        if bound.instead is not None:
            for target in (bound.instead, *(one for _, one in bound.targets)):
                if target.kind == "definition":
                    wanted[target.path].add(target.name.rpartition(".")[2])
    return {path: frozenset(names) for path, names in wanted.items()}


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every use outside the owners."""
    if not policy.operations:
        return
    there = project.asks_for(*(target.path for bound in policy.operations for _, target in bound.targets))
    for file in project.files if there else project.asked_files:
        if file.facts.performed and not project.index.is_hidden(file):
            for one in file.facts.performed:
                for use in _uses(project, policy, file, one):
                    yield _finding(project, use)


def _uses(project: Project, policy: BoundPolicy, file: SourceFile, one: Performed) -> Iterator[_Use]:
    """Yield the operations that a dotted name performs."""
    able = [each for each in policy.operations if not each.owns(file.module) and each.in_scope(file.path)]
    parts = one.dotted.split(".")
    for end in range(1, len(parts) + 1) if able else ():
        part = ".".join(parts[:end])
        resolution = project.resolve_at(file, one.block, part)
        for bound in able:
            found = _reserved(bound, resolution) or _starred(file, bound, part, resolution)
            if found is not None:
                yield _Use(bound, file, one, bound.use(found.target), part, found)
        able = [each for each in able if not _reserved(each, resolution)]


def _reserved(bound: BoundOperation, resolution: Resolution) -> Resolution | None:
    """Return a resolution that leads to the operation, whichever branch runs on a healthy run."""
    for outcome in resolution.outcomes:
        if not outcome.fallback and bound.use(outcome.target):
            return Resolution((outcome,))
    return None


def _starred(file: SourceFile, bound: BoundOperation, part: str, resolution: Resolution) -> Resolution | None:
    """Return what a name is that only a star import from outside the project can have brought."""
    if resolution.target.kind != "dynamic" or "." in part:
        return None
    stars = {one.module for one in file.facts.imports if one.name == "*" and not one.level}
    for name, target in bound.targets:
        holder, _, last = name.rpartition(".")
        if last == part and holder in stars and target.kind == "external":
            return Resolution((Outcome(Target("external", "", name), ()),))
    return None


def _finding(project: Project, use: _Use) -> Finding:
    bound, file, one = use.bound, use.file, use.one
    operation = bound.operation
    owners = operation.named_owners
    target = use.resolution.target
    spelled = _spelled(use)
    meant = "" if one.dotted == spelled else f" (as {one.dotted})"
    more = f" and {len(owners) - _NAMED} more" if len(owners) > _NAMED else ""
    whose = f"only {', '.join(owners[:_NAMED])}{more} may" if owners else "nobody may"
    instead = f"; use {_instead(bound)}" if operation.instead else ""
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=one.how,
        concept=operation.name,
        subject=f"{file.module}:{one.scope} {use.name}",
        message=f"{_VERBS[one.how]} {spelled}{meant}, which {whose} ({operation.name}){instead}",
        at=Location.of(file.path, one.at),
        module=file.module,
        statement=one.statement,
        related=target_place(target, f"{use.name} is defined here"),
        chain=use.resolution.chain,
        evidence={
            "use": use.name,
            "written": one.dotted,
            "resolves_to": str(target),
            "owners": list(owners),
            "instead": operation.instead,
        },
        remedy=_remedy(project, use),
    )


def _spelled(use: _Use) -> str:
    """Return the name of the operation with what is asked of it."""
    target = use.resolution.target
    return (target.name if target.kind == "external" else use.name) + use.one.dotted[len(use.part) :]


def _instead(bound: BoundOperation) -> str:
    return bound.operation.instead.replace(":", ".")


def _remedy(project: Project, use: _Use) -> Remedy:
    """Return what to do: call something else where both take the same, else advice."""
    bound, file, one = use.bound, use.file, use.one
    if not bound.operation.instead:
        owners = bound.operation.named_owners
        return advice(f"leave it to {', '.join(owners)}" if owners else f"do without {use.name}")
    title = f"use {_instead(bound)} in the place of {use.part}"
    binder = binder_of(file, one.dotted, one.scope)
    other = function_of(project, bound.instead) if bound.instead is not None else None
    module, _, name = bound.operation.instead.partition(":")
    if one.how != "call" or use.part != one.dotted or binder is None or other is None or "." in name:
        return advice(title)
    target = use.resolution.target
    own = function_of(project, target)
    same = target.kind == "external" if own is None else own.parameters == other.parameters
    if not (same and fits(one, other)):
        return advice(title)
    reason = "only the policy says that it does the same" if own else f"what {use.name} takes is not known here"
    intent = RedirectUses(file.path, binder.statement, binder.at, module, name, one.dotted, (one.at,))
    return Remedy(title, "unsafe", reason, (intent,))


def departure(project: Project, bound: BoundOperation, spot: Spot) -> Departure:
    """Use the operation where nobody may."""
    del project
    module, _, name = bound.targets[0][0].rpartition(".")
    return {spot.path(): f"from {module} import {name}\n\nused = {name}\n" if module else f"import {name}\n"}


RULE = Rule(
    code="SSOT501",
    name="foreign-operation",
    summary="a declared operation that is done outside its owners",
    kinds={kind: Levels("error", "off") for kind in _VERBS},
    check=check,
    departure=departure,
    about=("operation",),
    suspects=suspects,
    fixable=True,
)
