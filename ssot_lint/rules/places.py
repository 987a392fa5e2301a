"""How findings name places: the subject of an identity, and what stands around an import."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from ssot_lint.facts.callees import EXPECTING, RAISING
from ssot_lint.model.finding import Finding, Hop, Related
from ssot_lint.model.fix import Remedy
from ssot_lint.model.location import Location
from ssot_lint.project.namespace import arm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.rule import Rule, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution, Target

_LEGACY: Final = re.compile(r"deprecat|legacy|compat|shim", re.IGNORECASE)
_MIGRATION: Final = re.compile(r"migrat", re.IGNORECASE)
_SKIPPING: Final = frozenset(("skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure"))


def subject(file: SourceFile, block: int, what: str) -> str:
    """Return the subject of an identity: `module:scope`, and the address or name that the finding is about."""
    return f"{file.module}:{file.facts.scope_name(block)} {what}"


def legacy_intent(file: SourceFile, block: int, concept: str, local: str = "") -> str:
    """Say why a test means an old address, "" if nothing shows that it does; `local` is the name that it gives it."""
    names = [file.path, local]
    for one in file.facts.enclosing(block):
        if one.kind == "with" and any(name.rpartition(".")[2] in EXPECTING for name in one.detail):
            return "inside a block that expects it to fail or to warn"
        if one.kind == "try" and one.check:
            return "inside a try statement that is the test's own check"
        if one.kind in ("class", "function"):
            names.append(one.name)
    words = {word for word in re.split(r"\W+|_", concept.lower()) if len(word) > 3}  # noqa: PLR2004 - shorter words tell nothing
    for name in names:
        beside = (part for part in name.split("/") if words & set(re.split(r"\W+|_", part.lower())))
        found = _LEGACY.search(name) or next(filter(None, map(_MIGRATION.search, beside)), None)
        if found:
            return f'"{found.group()}" in {name}'
    return ""


def is_guarded(file: SourceFile, block: int, *more: str) -> bool:
    """Tell whether a file takes care of what may fail in a block: an import, or what raises one of `more`."""
    when = arm(file.facts, block)
    if when.guarded or when.handler:
        return True
    for one in file.facts.enclosing(block):
        last_names = {name.rpartition(".")[2] for name in one.detail}
        if (one.kind == "with" and last_names & RAISING) or (one.kind == "try" and last_names.intersection(more)):
            return True
        if one.kind in ("function", "class") and last_names & _SKIPPING:
            return True
    return False


def is_replaced(file: SourceFile, module: str) -> bool:
    """Tell whether a file puts a module of its own under a name, or one above it, into `sys.modules`."""
    return any(f"{module}.".startswith(f"{one.key}.") for one in file.facts.replacements)


def chain_text(start: str, resolution: Resolution) -> str:
    """Return the hops of a resolution as one line: `a -> b -> c:Definition`."""
    modules = dict.fromkeys([start, *(hop.module for hop in resolution.chain)])
    return " -> ".join([*modules, str(resolution.target)])


def hop_related(hops: Iterable[Hop]) -> tuple[Related, ...]:
    """Return the hops of a chain as related places."""
    return tuple(Related(Location(hop.path, hop.line, 1, hop.line, 1), f"{hop.name} {hop.how}") for hop in hops)


def advice(title: str) -> Remedy:
    """Return a remedy that a person carries out: it is shown, never applied."""
    return Remedy(title, "display")


def passed_on(bound: BoundConcept, spot: Spot, how: Literal["import", "string"]) -> dict[str, str]:
    """Make up a module that passes a concept on, and one that takes it from there."""
    name, shim = bound.concept.home_name, spot.module("_passes_on")
    takes = f"from {shim} import {name}\n"
    if how == "string":
        takes = f'from unittest.mock import patch\n\npatched = patch("{shim}.{name}")\n'
    return {spot.path("_passes_on"): f"from {bound.home_module} import {name}\n", spot.path(): takes}


def policy_finding(  # noqa: PLR0913 - what tells one entry from another
    rule: Rule, policy: BoundPolicy, kind: str, entry: str, subject: str, message: str, *, concept: str = ""
) -> Finding:
    """Return a finding about an entry of the policy, which stands at the entry's place."""
    return Finding(
        code=rule.code,
        name=rule.name,
        kind=kind,
        concept=concept,
        subject=f"{entry.partition('[')[0]} {subject}",
        message=f"{entry}: {message}",
        at=policy.loaded.place(entry),
        module="",
        evidence={"entry": entry},
    )


def target_place(target: Target, message: str) -> tuple[Related, ...]:
    """Return where a target stands as a related place, nothing where it has none."""
    if not target.path:
        return ()
    return (Related(Location(target.path, target.line, 1, target.line, 1), message),)


def taken(project: Project, files: Iterable[SourceFile]) -> str:
    """Say how many modules take something from here: "1 production module and 12 test modules take it from here"."""
    zones = [project.zone(path) for path in {file.path for file in files}]
    made, tests = zones.count("production"), zones.count("tests")
    parts = [f"{made} production module{'s' if made != 1 else ''}"] if made else []
    parts += [f"{tests} test module{'s' if tests != 1 else ''}"] if tests else []
    return f"{' and '.join(parts) or 'nobody'} {'take' if made + tests > 1 else 'takes'} it from here"
