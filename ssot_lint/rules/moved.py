"""The verdicts of `[[moved]]` entries: what an old address gives, compared with what the new one gives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.patterns import path_matches
from ssot_lint.rules.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Import, SourceFile
    from ssot_lint.model.policy import Moved
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Resolution
    from ssot_lint.project.sites import ImportSite, UseSite
    from ssot_lint.rules.verdicts import VerdictName


class MovedVerdict(NamedTuple):
    """A verdict, and the new address (`name` is "" for a module object)."""

    verdict: Verdict
    module: str
    name: str

    @property
    def address(self) -> str:
        """The new address."""
        return f"{self.module}:{self.name}" if self.name not in ("", "*") else self.module


def moved_verdicts(project: Project, moved: Moved) -> tuple[MovedVerdict, ...]:
    """Return the verdict of every import that still uses the old address of a `[[moved]]` entry."""
    key = ("moved", moved.from_, moved.to, moved_names(moved))
    return project.remember(key, lambda: tuple(_moved_verdicts(project, moved)))


def _moved_verdicts(project: Project, moved: Moved) -> Iterator[MovedVerdict]:
    judge = _MovedJudge(project, moved)
    new_module = moved.to.partition(":")[0]
    for site in project.census.imports(under=judge.may_be_old):
        skipped = site.file.module in (new_module, judge.old_module) or not judge.in_scope(site.file)
        if not skipped:
            yield from judge.star(site) if site.one.name == "*" else judge.site(site)
    for file in project.files:
        if file.facts.uses and judge.in_scope(file):
            yield from judge.uses(file)


def moved_names(moved: Moved) -> tuple[str, ...]:
    """Return the old names that a `[[moved]]` entry speaks of, none where it is about a whole module."""
    if ":" in moved.from_:
        return (moved.from_.partition(":")[2],)
    return tuple(moved.names or ())


class _MovedJudge:
    """Judges addresses for one `[[moved]]` entry."""

    def __init__(self, project: Project, moved: Moved) -> None:
        self._project = project
        self._moved = moved
        self.old_module = moved.from_.partition(":")[0]
        self._new: dict[str, tuple[str, str]] = {}
        new_module, _, new_name = moved.to.partition(":")
        renamed = moved.names if isinstance(moved.names, dict) else {}
        for name in moved_names(moved):
            self._new[name] = (new_module, new_name or renamed.get(name, name))

    def may_be_old(self, module: str) -> bool:
        """Tell whether imports from a module can have an old address: the old module, one inside it, or its package."""
        old = self.old_module
        return module in (old, old.rpartition(".")[0]) or (not self._new and module.startswith(f"{old}."))

    def in_scope(self, file: SourceFile) -> bool:
        """Tell whether the entry applies to a file."""
        return not self._moved.scope or path_matches(file.path, self._moved.scope)

    def site(self, site: ImportSite) -> Iterator[MovedVerdict]:
        """Judge one import."""
        new = self._new_address(site.module, site.one.name)
        if new is not None:
            yield self._judge(site.file, site.one, (site.module, site.one.name), new, site.resolution)

    def star(self, site: ImportSite) -> Iterator[MovedVerdict]:
        """Judge a star import of a module that moved as a whole; of one that lost some names nothing is said."""
        new = None if self._new else self._new_address(site.module, "")
        if new is not None:
            verdict = self._judge(site.file, site.one, (site.module, "*"), (new[0], "*"), site.resolution)
            if verdict.verdict.verdict == "different" and self._same_names(site.module, new[0]):
                verdict = verdict._replace(verdict=replace(verdict.verdict, verdict="same"))
            yield verdict

    def _same_names(self, old: str, new: str) -> bool:
        """Tell whether stars of two modules bind the same names to the same objects."""
        resolver = self._project.resolver
        names = resolver.star_names(old)
        if names != resolver.star_names(new):
            return False
        pairs = ((resolver.resolve(old, name).target, resolver.resolve(new, name).target) for name in names)
        return all(one == other and one.known for one, other in pairs)

    def uses(self, file: SourceFile) -> Iterator[MovedVerdict]:
        """Judge the uses of moved names through module objects."""
        groups: dict[tuple[Import, str, str], list[UseSite]] = {}
        for use in self._project.uses(file):
            if use.module == self.old_module and use.name in self._new:
                groups.setdefault((use.one, use.module, use.name), []).append(use)
        for (one, module, name), uses in groups.items():
            yield self._judge(file, one, (module, name), self._new[name], uses[0].resolution, tuple(uses))

    def _new_address(self, module: str, name: str) -> tuple[str, str] | None:
        """Return the new address of an old one, None where the entry does not speak of it."""
        if self._new:
            return self._new.get(name) if module == self.old_module else None
        to = self._moved.to
        full = f"{module}.{name}" if name else module
        if module == self.old_module or module.startswith(f"{self.old_module}."):
            return (to + module[len(self.old_module) :], name)
        if full == self.old_module:
            return (to, "")
        return None

    def _judge(  # noqa: PLR0913 - an address in its place
        self,
        file: SourceFile,
        one: Import,
        old: tuple[str, str],
        new: tuple[str, str],
        resolution: Resolution,
        uses: tuple[UseSite, ...] = (),
    ) -> MovedVerdict:
        target = resolution.target
        at_new = self._project.resolver.resolve_from(file, new[0], new[1].strip("*")).target
        broken = self._project.broken.get(old[0])
        verdict: VerdictName
        if self._moved.trust:
            verdict = "same" if new[1] == old[1] else "same-as"
        elif target.kind == "unresolved" or broken is not None:
            verdict = "broken"
        elif at_new.kind == "unresolved":
            verdict = "no-counterpart"
        elif at_new == target:
            verdict = "same" if new[1] == old[1] else "same-as"
        else:
            verdict = "different"
        known = at_new if at_new.known else None
        return MovedVerdict(Verdict(verdict, file, one, *old, resolution, new[1], known, broken, uses), *new)
