"""The import graph, and the modules that cannot be imported."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lint.project.modules import ModuleIndex
    from ssot_lint.project.sites import ImportSite

Scope = Literal["runtime", "type-checking", "local", "guarded"]


class Edge(NamedTuple):
    """Module `importer` imports module `imported` at a line, in a scope."""

    importer: str
    imported: str
    line: int
    scope: Scope


@dataclass
class Graph:
    """Who imports whom, without the edges to parent packages that Python adds."""

    edges: tuple[Edge, ...] = ()
    importers: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, sites: Iterable[ImportSite], index: ModuleIndex) -> Graph:
        """Collect the edges; `from package import module` leads to the module."""
        edges = []
        importers: dict[str, set[str]] = defaultdict(set)
        for site in sites:
            imported = imported_module(site, index)
            if imported and not index.is_hidden(site.file):
                edges.append(Edge(site.file.module, imported, site.one.at.line, scope_of(site)))
                importers[imported].add(site.file.module)
        return cls(tuple(edges), dict(importers))


def scope_of(site: ImportSite) -> Scope:
    """Return in which scope an import stands."""
    if site.when.typing_only:
        return "type-checking"
    if not site.at_module_level:
        return "local"
    return "guarded" if site.when.guarded or site.when.handler else "runtime"


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
        for needed in {site.module, target.module if target.kind == "module" else site.module}:
            needed_by[needed].setdefault(module, site)
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
