"""The import graph, and the modules that cannot be imported."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lint.project.modules import ModuleIndex
    from ssot_lint.project.sites import ImportSite

Scope = Literal["runtime", "type-checking", "local", "guarded"]


class Edge(NamedTuple):
    """Module `importer` imports module `imported` at a line, in a scope."""

    importer: str
    imported: str
    line: int
    scope: Scope


class Graph:
    """Who imports whom, without the edges to parent packages that Python adds.

    `importers` has the modules that import a module anywhere, `needed_by` those that do so whenever they are loaded.
    """

    def __init__(self, sites: Sequence[ImportSite], index: ModuleIndex) -> None:
        self._sites = sites
        self._index = index
        self.importers: dict[str, set[str]] = {}
        self.needed_by: dict[str, set[str]] = {}
        for site, imported in self._imported():
            importer = site.file.module
            self.importers.setdefault(imported, set()).add(importer)
            if scope_of(site) == "runtime":
                self.needed_by.setdefault(imported, set()).add(importer)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every import, in the order of the project."""
        return tuple(
            Edge(site.file.module, imported, site.one.at.line, scope_of(site)) for site, imported in self._imported()
        )

    def _imported(self) -> Iterator[tuple[ImportSite, str]]:
        """Yield the imports with the module that each loads last; `from package import module` leads to the module."""
        file, hidden = None, False
        for site in self._sites:
            if site.file is not file:
                file, hidden = site.file, self._index.is_hidden(site.file)
            imported = "" if hidden else imported_module(site, self._index)
            if imported:
                yield site, imported


def scope_of(site: ImportSite) -> Scope:
    """Return in which scope an import stands."""
    when = site.when
    if when.typing_only:
        return "type-checking"
    if when.local:
        return "local"
    return "guarded" if when.guarded or when.handler else "runtime"


def imported_module(site: ImportSite, index: ModuleIndex) -> str:
    """Return the module with a file that an import loads last, "" if there is none."""
    name = site.one.name
    if name and name != "*":
        submodule = index.modules.get(f"{site.module}.{name}")
        if submodule is not None:
            return submodule.module
    found = index.modules.get(site.module)
    return found.module if found is not None else ""


class Broken(NamedTuple):
    """Why a module cannot be imported: an import of its own at path:line, or the module `via` that it needs."""

    path: str
    line: int
    why: str
    via: str = ""


def find_broken(sites: Iterable[ImportSite], index: ModuleIndex) -> dict[str, Broken]:
    """Find the modules whose import fails for certain, and those that need one of them, transitively.

    Only module-level statements that always run count: no try, no condition, nothing for type checkers.
    """
    broken = {
        file.module: Broken(file.path, file.facts.raises_at, "it raises when it is imported")
        for file in index.modules.values()
        if file.facts.raises_at
    }
    needed_by: dict[str, dict[str, ImportSite]] = defaultdict(dict)
    for site in sites:
        when = site.when
        if when.local or not when.certain or index.is_hidden(site.file):
            continue
        module, target = site.file.module, site.resolution.target
        if target.kind == "unresolved":
            broken.setdefault(module, Broken(site.file.path, site.one.at.line, target.name))
            continue
        needed_by[site.module].setdefault(module, site)
        if target.kind == "module":
            needed_by[target.module].setdefault(module, site)
    children: dict[str, list[str]] = defaultdict(list)
    for name in sorted({file.module for file in index.modules.values()}):
        children[name.rpartition(".")[0]].append(name)
    pending = sorted(broken)
    while pending:
        module = pending.pop(0)
        cause = broken[module]
        dependants = [
            (name, Broken(site.file.path, site.one.at.line, cause.why, module))
            for name, site in sorted(needed_by.get(module, {}).items())
        ]
        dependants += [(name, Broken(cause.path, cause.line, cause.why, module)) for name in children.get(module, ())]
        for name, reason in dependants:
            if name not in broken:
                broken[name] = reason
                pending.append(name)
    return broken
