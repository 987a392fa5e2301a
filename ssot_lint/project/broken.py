"""The modules that cannot be imported: those that fail by themselves, and those that need one of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ssot_lint.project.modules import ModuleIndex
    from ssot_lint.project.sites import ImportSite, Resolve


class Broken(NamedTuple):
    """Why a module cannot be imported: an import of its own at path:line, or the module `via` that it needs."""

    path: str
    line: int
    why: str
    via: str = ""


class _Need(NamedTuple):
    """A module that another one needs, and where; a package is needed by what stands in it, nowhere in particular."""

    module: str
    path: str = ""
    line: int = 0


class BrokenModules:
    """Finds the modules whose import fails for certain, and those that need one of them, transitively.

    Only module-level statements that always run count: no try, no condition, nothing for type checkers. Of several
    reasons the nearest is given: the module's own, else the one over the fewest modules, its package first, then in the
    order of its imports. Whether one module is broken is found out from what it needs alone.
    """

    def __init__(self, index: ModuleIndex, imports_in: Callable[[str], Sequence[ImportSite]], resolve: Resolve) -> None:
        self._index = index
        self._imports_in = imports_in
        self._resolve = resolve
        self._read: dict[str, tuple[Broken | None, list[_Need]]] = {}
        self._known: dict[str, Broken | None] = {}

    def __contains__(self, module: str) -> bool:
        return self.get(module) is not None

    def get(self, module: str) -> Broken | None:
        """Return why a module cannot be imported, None if nothing shows that it cannot."""
        if module not in self._known:
            self._search(module)
        return self._known[module]

    def all(self) -> dict[str, Broken]:
        """Return every broken module, by its name."""
        modules = sorted({file.module for file in self._index.modules.values()})
        needed_by: dict[str, list[str]] = defaultdict(list)
        distance = {module: 0 for module in modules if self._own(module)[0] is not None}
        for module in modules:
            for need in self._own(module)[1]:
                needed_by[need.module].append(module)
        pending = list(distance)
        for module in pending:
            for importer in needed_by.get(module, ()):
                if importer not in distance:
                    distance[importer] = distance[module] + 1
                    pending.append(importer)
        self._known.update(dict.fromkeys(modules))
        found: dict[str, Broken] = {}
        for module in pending:
            own, needs = self._own(module)
            nearer = (need for need in needs if distance.get(need.module) == distance[module] - 1)
            found[module] = own or self._because(next(nearer), found)
        self._known.update(found)
        return found

    def _search(self, start: str) -> None:
        """Look for the nearest module that fails by itself; if there is none, all that was seen is in order."""
        came_by: dict[str, tuple[str, _Need]] = {}
        pending, seen = [start], {start}
        for module in pending:
            if module in self._known and self._known[module] is None:
                continue
            own, needs = self._own(module)
            if own is not None:
                self._found(module, own, came_by)
                return
            for need in needs:
                if need.module not in seen:
                    seen.add(need.module)
                    came_by[need.module] = (module, need)
                    pending.append(need.module)
        self._known.update(dict.fromkeys(seen))

    def _found(self, module: str, own: Broken, came_by: Mapping[str, tuple[str, _Need]]) -> None:
        """Note what breaks every module on the way back from one that fails by itself."""
        way = {module: own}
        while module in came_by:
            importer, need = came_by[module]
            way[importer] = self._because(need, way)
            module = importer
        self._known.update(way)

    def _because(self, need: _Need, broken: Mapping[str, Broken]) -> Broken:
        cause = broken[need.module]
        return Broken(need.path or cause.path, need.line or cause.line, cause.why, need.module)

    def _own(self, module: str) -> tuple[Broken | None, list[_Need]]:
        """Return why a module fails by itself, if it does, and what it needs: its package, then what it imports."""
        known = self._read.get(module)
        if known is None:
            known = self._read[module] = self._own_of(module)
        return known

    def _own_of(self, module: str) -> tuple[Broken | None, list[_Need]]:
        file = self._index.modules.get(module)
        if file is None or file.module != module:
            return None, []
        if file.facts.raises_at:
            return Broken(file.path, file.facts.raises_at, "it raises when it is imported"), []
        package = module.rpartition(".")[0]
        needs = [_Need(package)] if package in self._index.modules else []
        for site in self._imports_in(file.path):
            if site.when.local or not site.when.certain:
                continue
            target = site.resolved(self._resolve).target
            if target.kind == "unresolved":
                return Broken(file.path, site.one.at.line, target.name), []
            loaded = (site.module, target.module) if target.kind == "module" else (site.module,)
            needs += [_Need(one, file.path, site.one.at.line) for one in loaded]
        return None, needs
