"""What loading a module loads: the cycles that new imports would close, and the libraries that it needs.

Importing `a.b.c` also runs `a` and `a.b`; their edges count, except to the importer's own ancestors, which have begun
to run before it in any case. An ancestor that is itself what is imported counts: it may not have the name yet.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ssot_lint.project.graph import imported_module
from ssot_lint.project.namespace import arm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ssot_lint.project.model import Project
    from ssot_lint.project.sites import ImportSite


class LoadGraph:
    """The modules that each module loads while it is imported itself: at module level, type checkers' imports aside."""

    def __init__(self, project: Project) -> None:
        self._index = project.index
        self._modules = project.index.modules
        self._loads: dict[str, set[str]] = {}
        self._always: dict[str, set[str]] = {}
        for site in project.imports:
            if site.at_module_level and not site.when.typing_only and not project.index.is_hidden(site.file):
                loaded = self.loaded_by(site.file.module, imported_module(site, project.index))
                self._loads.setdefault(site.file.module, set()).update(loaded)
                if not _is_guarded(site):
                    self._always.setdefault(site.file.module, set()).update(loaded)
        self._own_needs = {file.module: frozenset(_libraries(project, file.module)) for file in project.files}
        self._needs: dict[str, frozenset[str]] = {}

    def loaded_by(self, importer: str, module: str) -> set[str]:
        """Return the modules with a file that are loaded when `importer` imports `module`."""
        parts = module.split(".")
        names = {".".join(parts[: end + 1]) for end in range(len(parts))} if module else set()
        names = {name for name in names if name == module or not f"{importer}.".startswith(f"{name}.")}
        return {name for name in names if name in self._modules and name != importer}

    def closing(self, added: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those of the new imports (importer, module) that close a cycle once all of them stand there.

        The imports that they replace are left in: whatever part of the new ones is made, it closes no other cycle.
        """
        added = set(added)
        component = self._components_with(added)
        closing = set()
        for importer, module in added:
            new = self.loaded_by(importer, module) - self._loads.get(importer, set())
            if any(component[one] == component[importer] for one in new):
                closing.add((importer, module))
        return closing

    def circular(self, added: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those of the new imports that stand in a cycle once all of them are there, be it as old as may be."""
        added = set(added)
        component = self._components_with(added)
        return {(one, module) for one, module in added if component[one] == component.get(module)}

    def _components_with(self, added: Iterable[tuple[str, str]]) -> dict[str, int]:
        graph = {module: set(loads) for module, loads in self._loads.items()}
        for importer, module in added:
            graph.setdefault(importer, set()).update(self.loaded_by(importer, module))
        return _components(graph)

    def needs(self, module: str) -> frozenset[str]:
        """Return the libraries outside the project that loading a module needs for certain, transitively."""
        known = self._needs.get(module)
        if known is None:
            needed = {module.partition(".")[0]} if self._is_library(module) else set()
            for one in self._reach(self.loaded_by("", module)):
                needed |= self._own_needs.get(one, frozenset())
            known = self._needs[module] = frozenset(needed)
        return known

    def _is_library(self, module: str) -> bool:
        top = module.partition(".")[0]
        return top not in sys.stdlib_module_names and self._index.locate(module).state == "external"

    def _reach(self, start: Iterable[str]) -> set[str]:
        seen = set(start)
        pending = list(seen)
        while pending:
            for one in self._always.get(pending.pop(), ()):
                if one not in seen:
                    seen.add(one)
                    pending.append(one)
        return seen


def _is_guarded(site: ImportSite) -> bool:
    when = site.when
    return when.guarded or when.handler or when.conditional or when.never


def _libraries(project: Project, module: str) -> Iterator[str]:
    """Yield the top-level names of the libraries that a module's own statements always import."""
    file = project.index.modules.get(module)
    if file is None:
        return
    for one in file.facts.imports:
        top = one.module.partition(".")[0]
        if one.level or not top or top in sys.stdlib_module_names or file.facts.scope_is_local(one.block):
            continue
        when = arm(file.facts, one.block)
        if when.guarded or when.handler or when.conditional or when.never or when.typing_only:
            continue
        if project.index.locate(one.module, file).state == "external":
            yield top


def _components(graph: Mapping[str, set[str]]) -> dict[str, int]:
    """Give the strongly connected components of a graph numbers: Tarjan's algorithm without recursion."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    component: dict[str, int] = {}
    for root in graph:
        if root in order:
            continue
        work: list[tuple[str, Iterator[str]]] = []
        _open(root, graph, order, low, stack, work)
        while work:
            node, following = work[-1]
            child = next(following, None)
            if child is None:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    _close(node, stack, component)
            elif child not in order:
                _open(child, graph, order, low, stack, work)
            elif child not in component:
                low[node] = min(low[node], order[child])
    return component


def _open(  # noqa: PLR0913 - the state of the walk
    node: str,
    graph: Mapping[str, set[str]],
    order: dict[str, int],
    low: dict[str, int],
    stack: list[str],
    work: list[tuple[str, Iterator[str]]],
) -> None:
    order[node] = low[node] = len(order)
    stack.append(node)
    work.append((node, iter(graph.get(node, ()))))


def _close(node: str, stack: list[str], component: dict[str, int]) -> None:
    number = len(component)
    while True:
        one = stack.pop()
        component[one] = number
        if one == node:
            return
