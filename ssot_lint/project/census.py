"""What stands under which name in a project: a rule that asks for a name need not walk through everything."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ssot_lint.model.facts import Binding, Definition, SourceFile
    from ssot_lint.project.sites import ImportSite


class Census:
    """The definitions, bindings and imports of a project by their names; each list is in the order of the project."""

    def __init__(self, files: Sequence[SourceFile], imports: Sequence[ImportSite]) -> None:
        self._files = files
        self._imports = imports

    @cached_property
    def definitions(self) -> dict[str, list[tuple[SourceFile, Definition]]]:
        """The classes and functions by their own name."""
        found: dict[str, list[tuple[SourceFile, Definition]]] = {}
        for file in self._files:
            for one in file.facts.definitions:
                found.setdefault(one.name, []).append((file, one))
        return found

    @cached_property
    def bindings(self) -> dict[str, list[tuple[SourceFile, Binding]]]:
        """What assignments bind at module level, by its name."""
        found: dict[str, list[tuple[SourceFile, Binding]]] = {}
        for file in self._files:
            for one in file.facts.bindings:
                found.setdefault(one.name, []).append((file, one))
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that is defined, assigned at module level, or imported from somewhere in the project."""
        return frozenset((*self.definitions, *self.bindings, *self._imported))

    @cached_property
    def classes(self) -> list[tuple[SourceFile, Definition]]:
        """All classes."""
        return [(file, one) for file in self._files for one in file.facts.definitions if one.kind == "class"]

    def bearers(self, names: Iterable[str]) -> Counter[str]:
        """Return how many classes bear each of some method names."""
        members = chain.from_iterable(one.members for _, one in self.classes)
        return Counter(filter(frozenset(names).__contains__, members))

    @cached_property
    def _imported(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position, site in enumerate(self._imports):
            found.setdefault(site.one.name, []).append(position)
        return found

    @cached_property
    def _imported_from(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position, site in enumerate(self._imports):
            found.setdefault(site.module, []).append(position)
        return found

    def imports(
        self, *, names: Iterable[str] = (), modules: Iterable[str] = (), under: Callable[[str], bool] | None = None
    ) -> list[ImportSite]:
        """Return the imports of some names, those from some modules, and those from modules that `under` accepts."""
        positions: set[int] = set()
        for name in names:
            positions.update(self._imported.get(name, ()))
        wanted = [*modules, *(filter(under, self._imported_from) if under is not None else ())]
        for module in wanted:
            positions.update(self._imported_from.get(module, ()))
        return [self._imports[position] for position in sorted(positions)]
