"""A module that passes a concept on, though it neither defines it nor is its home.

As long as somebody takes the concept from there, that address must be kept alive, and searches for the home's address
miss the ones behind it. There is one finding for each module and concept, at the statement that brings the concept in;
it counts who takes it from there. Modules that only stand in the middle of a chain are shown, too. Kinds:

- `pure`: the module does nothing else: imports, aliases, `__all__`, warnings, and the guards around them. It can be
  deleted when nobody takes anything from it any more.
- `mixed`: the module has code of its own, and others take the concept from it instead of from its home.

A module passes a concept on when another module takes it from there, when `__all__` lists it, or when it is imported
as `X as X`. Not findings: the modules on the home's own chain; a package whose `__init__` re-exports what stands in the
package itself, which is a facade; a module that imports the concept only to use it, even if a star import takes it from
there by the way; other services.

The fix, never a safe one, deletes a pure module once nothing in the project imports it or names it in a string.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, Final

from ssot_lint.model.facts import Import
from ssot_lint.model.finding import Finding
from ssot_lint.model.fix import DeleteModule, Remedy
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.project.namespace import arm
from ssot_lint.rules.concept_names import asked_concepts
from ssot_lint.rules.places import advice, passed_on, taken, target_place
from ssot_lint.rules.strings import string_sites
from ssot_lint.rules.verdicts import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Binding, SourceFile
    from ssot_lint.model.finding import Hop
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution, Target
    from ssot_lint.rules.verdicts import Verdict

_SHOWN: Final = 10
_NAMED: Final = 3


@dataclass
class _Shim:
    """What one module passes on: names with the hop that brings each in, who takes them, and how it offers them."""

    file: SourceFile
    names: dict[str, tuple[Hop, Target]] = field(default_factory=dict)
    takers: set[tuple[str, int]] = field(default_factory=set)
    offered: dict[str, str] = field(default_factory=dict)


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every module that passes a concept on."""
    for bound in asked_concepts(project, policy):
        reader = _ShimReader(project, bound)
        for shim in reader.read():
            if project.asks_for(shim.file.path, *(target.path for _, target in shim.names.values())):
                yield _finding(project, bound, shim)


class _ShimReader:
    """Collects the modules that pass one concept on."""

    def __init__(self, project: Project, bound: BoundConcept) -> None:
        self._project = project
        self._bound = bound
        self._objects = frozenset(bound.offered.values())
        self._shims: dict[str, _Shim] = {}

    def read(self) -> list[_Shim]:
        """Return the shims by path."""
        for verdict in verdicts(self._project, self._bound):
            if verdict.resolution.target in self._objects and not self._by_the_way(verdict):
                self._passed_on(verdict.file, verdict.one.at.line, verdict.resolution)
            self._offered(verdict.file, verdict.one)
        for site in self._project.census.imports(names=("*",)):
            if site.file.facts.exports is not None:
                self._offered(site.file, site.one)
        return sorted(self._shims.values(), key=lambda shim: shim.file.path)

    def _by_the_way(self, verdict: Verdict) -> bool:
        """Tell whether a star import takes the name only because the module uses it itself."""
        provider = self._project.file_of(verdict.module)
        if verdict.one.name != "*" or provider is None or provider.facts.passes_names:
            return False
        return provider.facts.exports is None or verdict.name not in provider.facts.exports.names

    def _passed_on(self, taker: SourceFile, line: int, resolution: Resolution) -> None:
        """Note every module of a chain, and who takes which name from it."""
        for module, group in groupby(resolution.chain, key=lambda hop: hop.module):
            hops = list(group)
            shim = self._shim(hops[0].name, _bringing(hops), resolution.target)
            if shim is not None and shim.file.path != taker.path:
                shim.takers.add((taker.path, line))
            taker, line = self._project.file_of(module) or taker, hops[-1].line

    def _offered(self, file: SourceFile, one: Import) -> None:
        """Note that a module offers what it imports: `__all__` lists it, or `X as X` says so."""
        facts = file.facts
        if facts.scope(one.block) or arm(facts, one.block).typing_only:
            return
        listed = facts.exports.names if facts.exports is not None else ()
        repeated = one.explicit and one.bound_as == one.name and self._project.zone(file.path) == "production"
        for name in listed if one.name == "*" else (one.bound_as,):
            if name not in listed and not repeated:
                continue
            resolution = self._project.resolve(file.module, name)
            own = list(takewhile(lambda hop: hop.module == file.module, resolution.chain))
            if resolution.target in self._objects and own:
                shim = self._shim(name, _bringing(own), resolution.target)
                if shim is not None:
                    shim.offered[name] = "`__all__` lists it" if name in listed else f"imported as {name} as {name}"

    def _shim(self, name: str, hop: Hop, target: Target) -> _Shim | None:
        """Return the shim that a hop goes through; None for the home's chain, the definer, facades, other services."""
        file, bound = self._project.file_of(hop.module), self._bound
        if file is None or file.module in bound.own_modules or not bound.in_scope(file.path):
            return None
        inside = file.is_package and target.module.startswith(f"{file.module}.")
        if inside or target.module == file.module:
            return None
        shim = self._shims.setdefault(file.path, _Shim(file))
        shim.names.setdefault(name, (hop, target))
        return shim


def _finding(project: Project, bound: BoundConcept, shim: _Shim) -> Finding:
    file = shim.file
    names = sorted(shim.names, key=lambda name: (shim.names[name][0].line, name))
    hop, target = shim.names[names[0]]
    one = _binder(file, hop)
    importers = [f"{path}:{line}" for path, line in sorted(shim.takers)]
    if importers:
        why = taken(project, (project.by_path[path] for path, _ in shim.takers))
    else:
        why = next(iter(shim.offered.values()))
    kind = "pure" if file.facts.passes_names else "mixed"
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind=kind,
        concept=bound.concept.name,
        subject=f"{file.module}:",
        message=(
            f"{file.module} passes on {_listed(names)}, which it does not define: {why}; "
            f"the home is {bound.home_module}"
        ),
        at=Location.of(file.path, one.at) if one is not None else Location(file.path, hop.line, 1, hop.line, 1),
        statement=one.statement.line if isinstance(one, Import) else 0,
        module=file.module,
        related=target_place(target, f"what {hop.name} is"),
        remedy=_remedy(project, file, f"let who takes {names[0]} from here take it from {bound.home_module}"),
        evidence={
            "home": f"{bound.home_module}:{bound.name_at_home(target)}",
            "names": names,
            "importers": len(importers),
            "first_importers": importers[:_SHOWN],
            "offered": [f"{name}: {how}" for name, how in sorted(shim.offered.items())],
        },
    )


def _remedy(project: Project, file: SourceFile, otherwise: str) -> Remedy:
    """Delete a module that does nothing else and that nobody in the project names any more."""
    needed = project.graph.importers.get(file.module) or any(one.module == file.module for one in string_sites(project))
    if file.is_package or needed or not file.facts.passes_names:
        return advice(otherwise)
    reason = "nothing shows that no code outside of the project imports it"
    return Remedy("delete the module", "unsafe", reason, (DeleteModule(file.path),))


def _binder(file: SourceFile, hop: Hop) -> Import | Binding | None:
    """Return the statement that a hop goes through; none for what only running would show."""
    binders: list[Import | Binding] = [one for one in file.facts.imports if one.name == "*" or one.bound_as == hop.name]
    binders += [one for one in file.facts.bindings if one.name == hop.name]
    return next((one for one in binders if one.at.line == hop.line), None)


def _bringing(hops: list[Hop]) -> Hop:
    """Return the hop of one module that brings the concept in: the last one, or `= module.Name` on the way to it."""
    return next((hop for hop in hops if hop.how.startswith("= ") and "." in hop.how), hops[-1])


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def departure(project: Project, bound: BoundConcept, spot: Spot) -> Departure:
    """Pass the concept on to another module."""
    del project
    return passed_on(bound, spot, "import")


RULE = Rule(
    code="SSOT202",
    name="shim-module",
    summary="a module that passes a concept on, though it neither defines it nor is its home",
    kinds={kind: Levels("warning", "warning") for kind in ("pure", "mixed")},
    check=check,
    departure=departure,
    fixable=True,
)
