"""Where the imports of a concept come from: its home, the other modules that serve it, and addresses that are gone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ssot_lint.rules.verdicts import verdicts
from ssot_lint.studies.proposal import Imports, Role, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.model import Project
    from ssot_lint.rules.verdicts import Verdict

_Counts = dict[str, dict[str, list[str]]]
"""By module and name: the zone of every import."""


def home_and_sources(project: Project, bound: BoundConcept) -> tuple[tuple[tuple[str, Imports], ...], list[Source]]:
    """Return the imports of the concept's object from its home, by name, and from every other module."""
    counts: _Counts = defaultdict(lambda: defaultdict(list))
    objects = frozenset(bound.offered.values())
    for one in verdicts(project, bound):
        for name in _given(one, objects):
            counts[one.module][name].append(project.zone(one.file.path))
    at_home = _numbers(counts.pop(bound.home_module, {}))
    return at_home, _in_order(_source(project, bound, module, _numbers(names)) for module, names in counts.items())


def gone_sources(project: Project, bound: BoundConcept, serving: Collection[str]) -> list[Source]:
    """Return the modules that imports take a name of the concept from, though they do not exist or lack it.

    Those that serve it under another name are left out.
    """
    counts: _Counts = defaultdict(lambda: defaultdict(list))
    why: dict[str, str] = {}
    for site in project.imports:
        target, name = site.resolution.target, site.one.name
        skipped = site.when.never or site.module == bound.home_module or site.module in serving
        if target.kind != "unresolved" or not name or skipped:
            continue
        if bound.claims(name) and bound.in_scope(site.file.path) and _spelled(site.module):
            counts[site.module][name].append(project.zone(site.file.path))
            why.setdefault(
                site.module,
                "it does not exist"
                if site.located is not None and site.located.state == "missing"
                else "it has no such name",
            )
    found = [Source(module, "gone", _numbers(names), why[module]) for module, names in counts.items()]
    return _in_order(found)


def _given(one: Verdict, objects: frozenset[object]) -> list[str]:
    """Return the names that an import takes for the concept's object."""
    if one.starred:
        return [name for name, _ in one.starred]
    branches = {outcome.target for outcome in one.resolution.outcomes}
    return [one.name] if objects & branches and one.verdict != "missing-at-home" else []


def _spelled(module: str) -> bool:
    return all(part.isidentifier() for part in module.split("."))


def _source(project: Project, bound: BoundConcept, module: str, names: tuple[tuple[str, Imports], ...]) -> Source:
    """Say what a module is that serves the concept, and whether it can be imported at all."""
    file, broken = project.file_of(module), project.broken.get(module)
    inside = (bound.home_module, bound.target.module)
    role: Role = "old"
    note = f"cannot be imported, since {broken.path}:{broken.line} fails" if broken is not None else ""
    if module in bound.own_modules:
        role = "definition"
    elif file is not None and project.zone(file.path) == "tests":
        role, note = "tests", note or "test code"
    elif file is not None and file.is_package and any(one.startswith(f"{module}.") for one in inside):
        role, note = "facade", note or "a package above it"
    return Source(module, role, names, note, broken=broken is not None)


def _numbers(names: dict[str, list[str]]) -> tuple[tuple[str, Imports], ...]:
    found = [(name, Imports(zones.count("production"), zones.count("tests"))) for name, zones in names.items()]
    return tuple(sorted(found, key=lambda one: (-one[1].total, one[0])))


def _in_order(found: Iterable[Source]) -> list[Source]:
    return sorted(found, key=lambda one: (-one.imports.total, one.module))
