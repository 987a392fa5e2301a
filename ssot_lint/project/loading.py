"""What loading a module loads: the cycles that new imports would close, and the libraries that it needs.

Importing `a.b.c` also runs `a` and `a.b`; their edges count, except to the importer's own ancestors, which have begun
to run before it in any case. An ancestor that is itself what is imported counts: it may not have the name yet.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ssot_lint.project.graph import imported_module
from ssot_lint.project.namespace import arm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.project.model import Project
    from ssot_lint.project.sites import ImportSite


def load_graph(project: Project) -> LoadGraph:
    """Return what loading loads; made once for a project."""
    return project.remember(("load graph",), lambda: LoadGraph(project))


class LoadGraph:
    """The modules that each module loads while it is imported itself: at module level, type checkers' imports aside."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._modules: Mapping[str, object] = project.index.modules
        self._loads: dict[str, set[str]] = {}
        self._always: dict[str, set[str]] = {}
        self._needs: dict[str, frozenset[str]] = {}

    def loads(self, module: str) -> set[str]:
        """Return the modules that a module loads while it is imported."""
        known = self._loads.get(module)
        if known is None:
            known = self._loads[module] = set()
            always = self._always[module] = set()
            file = self._project.file_of(module)
            for site in self._project.imports_in(file.path) if file is not None else ():
                if not site.when.local and not site.when.typing_only:
                    loaded = self.loaded_by(module, imported_module(site, self._project.index))
                    known |= loaded
                    if not _is_guarded(site):
                        always |= loaded
        return known

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
            new = self.loaded_by(importer, module) - self.loads(importer)
            if any(component[one] == component[importer] for one in new):
                closing.add((importer, module))
        return closing

    def circular(self, added: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those of the new imports that stand in a cycle once all of them are there, be it as old as may be."""
        added = set(added)
        component = self._components_with(added)
        return {(one, module) for one, module in added if component[one] == component.get(module)}

    def way_back(self, importer: str, module: str) -> tuple[str, ...]:
        """Return how a new import of a module comes back to its importer: the shortest chain of what loads what.

        It begins with what is imported and ends with the importer; it is empty where the import closes no cycle.
        """
        new = sorted(self.loaded_by(importer, module) - self.loads(importer))
        before: dict[str, str] = dict.fromkeys(new, "")
        for one in (pending := list(new)):
            for following in sorted(self.loads(one)):
                if following not in before:
                    before[following] = one
                    pending.append(following)
            if importer in before:
                break
        way = []
        one = importer if importer in before else ""
        while one:
            way.append(one)
            one = before[one]
        return tuple(reversed(way))

    def _components_with(self, added: Iterable[tuple[str, str]]) -> dict[str, int]:
        """Return the numbers of the strongly connected components of what new imports lead to."""
        new: dict[str, set[str]] = {}
        for importer, module in sorted(added):
            new.setdefault(importer, set()).update(self.loaded_by(importer, module))
        return _components(new, lambda module: self.loads(module) | new.get(module, set()))

    def needs(self, module: str) -> frozenset[str]:
        """Return the libraries outside the project that loading a module needs for certain, transitively."""
        known = self._needs.get(module)
        if known is None:
            needed = {module.partition(".")[0]} if self._is_library(module) else set()
            for one in self._reach(self.loaded_by("", module)):
                needed.update(_libraries(self._project, one))
            known = self._needs[module] = frozenset(needed)
        return known

    def _is_library(self, module: str) -> bool:
        top = module.partition(".")[0]
        return top not in sys.stdlib_module_names and self._project.index.locate(module).state == "external"

    def _reach(self, start: Iterable[str]) -> set[str]:
        seen = set(start)
        pending = list(seen)
        while pending:
            module = pending.pop()
            self.loads(module)
            for one in self._always[module]:
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


Following = Callable[[str], Iterable[str]]
"""What a graph leads to from a node."""


def _components(roots: Iterable[str], graph: Following) -> dict[str, int]:
    """Return numbers of the strongly connected components that can be reached, by Tarjan's algorithm, iteratively."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    component: dict[str, int] = {}
    for root in roots:
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
    graph: Following,
    order: dict[str, int],
    low: dict[str, int],
    stack: list[str],
    work: list[tuple[str, Iterator[str]]],
) -> None:
    order[node] = low[node] = len(order)
    stack.append(node)
    work.append((node, iter(graph(node))))


def _close(node: str, stack: list[str], component: dict[str, int]) -> None:
    number = len(component)
    while True:
        one = stack.pop()
        component[one] = number
        if one == node:
            return
