"""The verdict of every import of a concept: from resolved objects, never from text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ssot_lint.project.concepts import names_in_use
from ssot_lint.project.namespace import arm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Import, SourceFile
    from ssot_lint.project.broken import Broken
    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution, Target
    from ssot_lint.project.sites import ImportSite, UseSite
    from ssot_lint.project.zones import Zone

VerdictName = Literal["canonical", "same", "same-as", "different", "no-counterpart", "broken", "missing-at-home"]
VERDICTS: tuple[VerdictName, ...] = (
    "canonical",
    "same",
    "same-as",
    "different",
    "no-counterpart",
    "broken",
    "missing-at-home",
)


@dataclass(frozen=True)
class Verdict:
    """What an address gives, compared with what the home offers.

    `module` and `name` are the address; `instead` is the name to take from the home ("" if there is none);
    `broken` says why the address cannot be imported; `uses` are the places of `m.Name` behind a module import, and
    `starred` the names of the concept that a star import brings, each with the home's name for the same object.
    """

    verdict: VerdictName
    file: SourceFile
    one: Import
    module: str
    name: str
    resolution: Resolution
    instead: str = ""
    at_home: Target | None = None
    broken: Broken | None = None
    uses: tuple[UseSite, ...] = ()
    starred: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """The address that is imported."""
        return f"{self.module}:{self.name}"


def verdicts(project: Project, bound: BoundConcept) -> tuple[Verdict, ...]:
    """Return the verdict of every import, and of every use through a module object, that is about a concept."""
    return project.remember(("verdicts", bound.concept.name), lambda: tuple(_verdicts(project, bound)))


def verdict_table(project: Project, bound: BoundConcept) -> dict[Zone, dict[VerdictName, int]]:
    """Count the verdicts of a concept by zone."""
    table: dict[Zone, dict[VerdictName, int]] = {
        "production": dict.fromkeys(VERDICTS, 0),
        "tests": dict.fromkeys(VERDICTS, 0),
    }
    for one in verdicts(project, bound):
        table[project.zone(one.file.path)][one.verdict] += 1
    return table


def _verdicts(project: Project, bound: BoundConcept) -> Iterator[Verdict]:
    judge = _Judge(project, bound)
    for site in project.census.imports(names=(*judge.names, "*"), modules=judge.modules):
        if judge.skips(site.file, site.one):
            continue
        if site.one.name == "*":
            yield from judge.star(site)
        elif site.one.name:
            found = judge.address(site.file, site.one, site.module, site.one.name, site.resolution)
            if found is not None:
                yield found
    for file in project.files:
        if file.facts.uses:
            yield from judge.uses(file)


class _Judge:
    """Judges addresses for one concept: those with one of its `names`, and those of the `modules` that it names."""

    def __init__(self, project: Project, bound: BoundConcept) -> None:
        self._project = project
        self._bound = bound
        self._objects = frozenset(bound.offered.values())
        self.names = names_in_use(project, bound.offered.values(), bound.offered)
        old = (one.partition(":")[0] for one in bound.concept.moved_from)
        self.modules = frozenset((bound.home_module, *old))

    def skips(self, file: SourceFile, one: Import) -> bool:
        """Leave out what is not for this concept to judge: its own modules, other scopes, type checkers' imports."""
        if file.module in self._bound.own_modules or not self._bound.in_scope(file.path):
            return True
        ignored = self._bound.concept.type_checking == "ignore"
        return ignored and arm(file.facts, one.block).typing_only

    def address(self, file: SourceFile, one: Import, module: str, name: str, resolution: Resolution) -> Verdict | None:
        """Judge what `name` of `module` gives."""
        bound, target = self._bound, self._target(resolution)
        broken = self._project.broken.get(module)
        is_home = module == bound.home_module
        if target in self._objects:
            instead = self._name_for(name, target)
            if is_home and name in bound.offered:
                return Verdict("canonical", file, one, module, name, resolution, instead)
            if broken is not None and not is_home:
                return Verdict("broken", file, one, module, name, resolution, instead, broken=broken)
            verdict: VerdictName = "same" if instead == name else "same-as"
            return Verdict(verdict, file, one, module, name, resolution, instead)
        if is_home:
            missing = target.kind == "unresolved" and bound.claims(name)
            return Verdict("missing-at-home", file, one, module, name, resolution) if missing else None
        if bound.moved_from(module, name) and bound.claims(name):
            return self._claim(file, one, module, name, resolution)
        return None

    def _target(self, resolution: Resolution) -> Target:
        """Return what an address gives; where branches differ, the concept's object if one of them gives it."""
        live = (outcome.target for outcome in resolution.outcomes if not outcome.fallback)
        return next((target for target in live if target in self._objects), resolution.target)

    def _name_for(self, name: str, target: Target) -> str:
        """Return the name to take from the home for an object: the same one if the home offers it so."""
        if self._bound.offered.get(name) == target:
            return name
        return self._bound.name_at_home(target)

    def _claim(self, file: SourceFile, one: Import, module: str, name: str, resolution: Resolution) -> Verdict | None:
        """Judge an import from a `moved-from` address of a name that claims to be the concept but is another object."""
        target = resolution.target
        at_home = self._project.resolve(self._bound.home_module, name).target
        known = at_home if at_home.known else None
        instead = name if known else ""
        broken = self._project.broken.get(module)
        if target.kind == "unresolved" or broken is not None:
            return Verdict("broken", file, one, module, name, resolution, instead, known, broken)
        if target.kind == "dynamic":
            return None
        if known is None:
            return Verdict("no-counterpart", file, one, module, name, resolution)
        verdict: VerdictName = "same" if at_home == target else "different"
        return Verdict(verdict, file, one, module, name, resolution, instead, known)

    def star(self, site: ImportSite) -> Iterator[Verdict]:
        """Judge a star import: one verdict, for the first name of the concept that it brings."""
        if site.module == self._bound.home_module or self._project.file_of(site.module) is None:
            return
        found = []
        claimed = site.module in self.modules
        for name in sorted(self._project.resolver.star_names(site.module)):
            if name not in self.names and not claimed:
                continue
            resolution = self._project.resolve(site.module, name)
            verdict = self.address(site.file, site.one, site.module, name, resolution)
            if verdict is not None:
                found.append(verdict)
        if found:
            same = tuple((one.name, one.instead) for one in found if one.verdict in ("same", "same-as"))
            yield replace(found[0], starred=same)

    def uses(self, file: SourceFile) -> Iterator[Verdict]:
        """Judge `m.Name` behind module imports: one verdict an import and address, with all its uses."""
        groups: dict[tuple[Import, str, str], list[UseSite]] = {}
        for use in self._project.uses(file):
            if not self.skips(file, use.one):
                groups.setdefault((use.one, use.module, use.name), []).append(use)
        for (one, module, name), uses in groups.items():
            found = self.address(file, one, module, name, uses[0].resolution)
            if found is not None:
                yield replace(found, uses=tuple(uses))
