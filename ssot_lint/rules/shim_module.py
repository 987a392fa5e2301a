"""A module that passes a concept on, though it neither defines it nor is its home.

As long as somebody takes the concept from there, that address must be kept alive, and searches for the home's address
miss the ones behind it. The finding stands at the statement that brings the concept into the module, one for each module
and concept; it counts who takes it from there, and also shows modules that only stand in the middle of a chain. Kinds:

- `pure`: the module does nothing else: imports, aliases, `__all__`, warnings, and the guards around them. It can be
  deleted when nobody takes anything from it any more.
- `mixed`: the module has code of its own, and others take the concept from it instead of from its home.

A module passes a concept on when another module takes it from there, when `__all__` lists it, or when it is imported
as `X as X`. Not findings: the modules on the home's own chain; a package whose `__init__` re-exports what stands in the
package itself, which is a facade; a module that imports the concept only to use it; other services.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lint.model.facts import Import
from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.places import counted, target_place
from ssot_lint.rules.verdicts import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Binding, SourceFile
    from ssot_lint.model.finding import Hop
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution, Target

_SHOWN = 10


@dataclass
class _Shim:
    """What one module passes on: names with the hop that binds each, the takers' places, and where it says so."""

    file: SourceFile
    names: dict[str, tuple[Hop, Target]] = field(default_factory=dict)
    takers: dict[str, tuple[SourceFile, int]] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every module that passes a concept on."""
    for bound in policy.concepts:
        reader = _ShimReader(project, bound)
        for shim in reader.read():
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
            if verdict.resolution.target in self._objects:
                self._passed_on(verdict.file, verdict.one.at.line, verdict.resolution)
            self._offered(verdict.file, verdict.one)
        return sorted(self._shims.values(), key=lambda shim: shim.file.path)

    def _passed_on(self, taker: SourceFile, line: int, resolution: Resolution) -> None:
        """Note every module of a chain, and who takes the name from it."""
        for hop in resolution.chain:
            shim = self._shim(hop, resolution.target)
            if shim is not None and shim.file.path != taker.path:
                shim.takers.setdefault(f"{taker.path}:{line}", (taker, line))
            file = self._project.file_of(hop.module)
            if file is not None:
                taker, line = file, hop.line

    def _offered(self, file: SourceFile, one: Import) -> None:
        """Note that a module offers what it imports: `__all__` lists it, or `X as X` says so."""
        facts = file.facts
        listed = facts.exports is not None and one.bound_as in facts.exports.names
        repeated = one.explicit and one.bound_as == one.name
        if facts.scope(one.block) or not (listed or repeated):
            return
        resolution = self._project.resolve(file.module, one.bound_as)
        if resolution.target in self._objects and resolution.chain:
            shim = self._shim(resolution.chain[0], resolution.target)
            if shim is not None:
                shim.offered.add("in __all__" if listed else f"as {one.bound_as} as {one.bound_as}")
