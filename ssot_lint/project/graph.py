"""The import graph, and the modules that cannot be imported."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    if site.located is None:
        return ""
    module, name = site.located.name, site.one.name
    if name and name != "*":
        submodule = index.modules.get(f"{module}.{name}")
        if submodule is not None:
            return submodule.module
    found = index.modules.get(module)
    return found.module if found is not None else ""
