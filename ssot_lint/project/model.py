"""The project: every module in its place, every import resolved, asked by the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar, cast

from ssot_lint.project.broken import BrokenModules
from ssot_lint.project.census import Census
from ssot_lint.project.graph import Graph
from ssot_lint.project.modules import ModuleIndex, Root, Unseen
from ssot_lint.project.namespace import arm
from ssot_lint.project.resolve import Resolver
from ssot_lint.project.sites import ImportSite, UseSite
from ssot_lint.project.zones import Zone, ZoneReader, for_tests

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from ssot_lint.model.details import Details
    from ssot_lint.model.facts import Import, SourceFile, Use
    from ssot_lint.project.namespace import Arm
    from ssot_lint.project.resolution import Resolution

Answer = TypeVar("Answer")


@dataclass
class Project:
    """What the rules ask: files, modules, resolutions, imports and what they give, the import graph, zones.

    `only` are the paths that a run is about, None for all: a finding without a place there need not be made.
    """

    files: tuple[SourceFile, ...]
    index: ModuleIndex
    is_test_path: Callable[[str], bool]
    resolver: Resolver = field(init=False)
    broken: BrokenModules = field(init=False)
    imports: tuple[ImportSite, ...] = ()
    by_path: dict[str, SourceFile] = field(default_factory=dict)
    details: dict[str, Details] = field(default_factory=dict)
    only: frozenset[str] | None = None
    _answers: dict[Hashable, object] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        files: Iterable[SourceFile],
        *,
        roots: Sequence[Root] = (Root(""),),
        unseen: Unseen | None = None,
        former: frozenset[str] = frozenset(),
        is_test_path: Callable[[str], bool] = lambda _path: False,
    ) -> Project:
        """Index the files, and find out where every import leads."""
        ordered = tuple(sorted(files, key=lambda file: file.path))
        index = ModuleIndex(roots, unseen or Unseen(), former)
        index.fill(ordered)
        index.learn(ordered)
        project = cls(ordered, index, is_test_path, by_path={file.path: file for file in ordered})
        project.imports = tuple(site for file in ordered for site in project._sites_of(file, file.facts.imports))
        return project

    def __post_init__(self) -> None:
        self.resolver = Resolver(self.index, lambda module: module in self.broken)
        self.broken = BrokenModules(self.index, self.imports_in, self.resolver.plainly)

    def remember(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return what `make` returns; made once for a key, so that rules can share an answer over the whole project."""
        if key not in self._answers:
            self._answers[key] = make()
        return cast("Answer", self._answers[key])

    def imports_in(self, path: str) -> tuple[ImportSite, ...]:
        """Return the imports of a file that stay in the project."""
        spans = self.remember("imports by file", self._spans)
        first, last = spans.get(path, (0, 0))
        return self.imports[first:last]

    def _spans(self) -> dict[str, tuple[int, int]]:
        """Return where the imports of each file begin and end: they are in the order of the files."""
        found: dict[str, tuple[int, int]] = {}
        start = 0
        for path, sites in groupby(self.imports, key=lambda site: site.file.path):
            end = start + sum(1 for _ in sites)
            found[path] = (start, end)
            start = end
        return found

    @property
    def asked_files(self) -> tuple[SourceFile, ...]:
        """The files that a run is about."""
        if self.only is None:
            return self.files
        return tuple(self.by_path[path] for path in sorted(self.only) if path in self.by_path)

    def asks_for(self, *paths: str) -> bool:
        """Tell whether a finding with these places is asked for."""
        return self.only is None or not self.only.isdisjoint(paths)

    @cached_property
    def census(self) -> Census:
        """What stands under which name."""
        return Census(self.files, self.imports)

    @cached_property
    def graph(self) -> Graph:
        """Who imports whom."""
        return Graph(self.imports, self.index)

    @cached_property
    def zones(self) -> dict[str, Zone]:
        """Whether a file is production or test code, by path."""
        return ZoneReader(self.files, self.graph, self.is_test_path).zones()

    def resolve(self, module: str, name: str = "", *, typing: bool = False) -> Resolution:
        """Resolve a dotted name of a module; "" is the module object itself."""
        return self.resolver.resolve(module, name, typing=typing)

    def resolve_in(self, file: SourceFile, scope: str, dotted: str) -> Resolution:
        """Resolve a dotted name as a function or class of a file sees it: its own imports first, then the module's."""
        root, _, rest = dotted.partition(".")
        while scope:
            for one in self._local_imports(file).get((scope, root), ()):
                if one.name and next(self._sites_of(file, (one,)), None) is not None:
                    absolute = self.index.absolute(file, one) or ""
                    return self.resolver.resolve_from(file, absolute, f"{one.name}.{rest}" if rest else one.name)
            scope = scope.rpartition(".")[0]
        return self.resolve(file.module, dotted)

    def resolve_at(self, file: SourceFile, block: int, dotted: str) -> Resolution:
        """Resolve a dotted name whose root is bound in a block: by an import of a function, else by the module."""
        root, _, rest = dotted.partition(".")
        scope = file.facts.scope
        binders = [one for one in file.facts.imports if block and one.bound_as == root and scope(one.block) == block]
        one = _nearest(file, dotted, binders)
        absolute = self.index.absolute(file, one) if one is not None else None
        if one is None or absolute is None:
            return self.resolve(file.module, dotted)
        if not one.name and not one.explicit:
            absolute = absolute.partition(".")[0]
        return self.resolver.resolve_from(file, absolute, ".".join(filter(None, (one.name, rest))))

    def _local_imports(self, file: SourceFile) -> dict[tuple[str, str], list[Import]]:
        def collect() -> dict[tuple[str, str], list[Import]]:
            found: dict[tuple[str, str], list[Import]] = {}
            for one in file.facts.imports:
                scope = file.facts.scope_name(one.block)
                if scope:
                    found.setdefault((scope, one.bound_as), []).append(one)
            return found

        return self.remember(("local imports", file.path), collect)

    def file_of(self, module: str) -> SourceFile | None:
        """Return the file of a module by its dotted name."""
        return self.index.modules.get(module)

    def zone(self, path: str) -> Zone:
        """Return whether a file is production or test code."""
        if "zones" not in self.__dict__:
            known = self._zone_by_itself(path)
            if known is not None:
                return known
        return self.zones.get(path, "production")

    def _zone_by_itself(self, path: str) -> Zone | None:
        """Return the zone of a file if it does not depend on who imports it."""
        file = self.by_path.get(path)
        if file is None or file.module in self.index.hidden:
            return None
        if not self.is_test_path(path):
            return None if for_tests(file) else "production"
        names = self.remember("last imported names", lambda: frozenset(self._last_imported_names()))
        return None if file.module.rpartition(".")[2] in names else "tests"

    def _last_imported_names(self) -> Iterator[str]:
        """Yield the last names of everything that is imported, be it a module or something in one."""
        imports = [one for file in self.files for one in file.facts.imports]
        yield from {one.name for one in imports}
        yield from (module.rpartition(".")[2] for module in {one.module for one in imports})

    def _sites_of(self, file: SourceFile, imports: Iterable[Import]) -> Iterator[ImportSite]:
        """Find out which of some imports of a file stay in the project, and where they lead."""
        facts, index, resolver = file.facts, self.index, self.resolver
        bases = index.bases(file)
        known = index.located_from(bases)
        arms: dict[int, Arm] = {}
        for one in imports:
            absolute = one.module if not one.level else index.absolute(file, one)
            located = None if absolute is None else known.get(absolute) or index.locate_from(absolute, bases)
            if located is not None and located.state in ("external", "unseen"):
                continue
            when = arms.get(one.block)
            if when is None:
                when = arms[one.block] = arm(facts, one.block)
            yield ImportSite(file, one, located, when, resolver)

    def uses(self, file: SourceFile) -> list[UseSite]:
        """Resolve the uses of wanted names through the module objects that a file imports."""
        found = (self.use(file, use) for use in file.facts.uses)
        return [site for site in found if site is not None]

    def use(self, file: SourceFile, use: Use) -> UseSite | None:
        """Resolve one use; None where it does not go through a module object."""
        facts, root = file.facts, use.dotted.partition(".")[0]
        binders = [one for one in facts.imports if one.bound_as == root and facts.scope(one.block) == use.scope]
        return self._use(file, use, binders)

    def _use(self, file: SourceFile, use: Use, binders: list[Import]) -> UseSite | None:
        one = _nearest(file, use.dotted, binders)
        if one is None:
            return None
        absolute = self.index.absolute(file, one)
        if absolute is None:
            return None
        rest = use.dotted.partition(".")[2]
        if not one.name:
            absolute, path = (absolute if one.explicit else absolute.partition(".")[0]), rest
        else:
            path = f"{one.name}.{rest}"
        typing = arm(file.facts, one.block).typing_only
        holder, _, name = path.rpartition(".")
        found = self.resolver.resolve_from(file, absolute, holder, typing=typing)
        module = found.target
        if module.kind == "unresolved":
            return UseSite(file, use, one, f"{absolute}.{holder}" if holder else absolute, name, found)
        if module.kind != "module":
            return None
        return UseSite(file, use, one, module.module, name, self.resolve(module.module, name, typing=typing))


def _nearest(file: SourceFile, dotted: str, binders: Sequence[Import]) -> Import | None:
    """Return, of imports that bind its root, the one that names the longest part of a name, outside of handlers."""

    def reach(one: Import) -> tuple[bool, int]:
        spelled = one.module if not one.name and not one.explicit else one.bound_as
        covers = f"{dotted}.".startswith(f"{spelled}.")
        return (not arm(file.facts, one.block).handler, len(spelled) if covers else 0)

    return max(binders, key=reach, default=None)
