"""What a star import binds: `__all__` where there is one, else the public names, through further stars."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.model.facts import Import

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.modules import ModuleIndex
    from ssot_lint.project.namespace import Event, Namespace


class _Offer(NamedTuple):
    """The names that a star takes from a module; `open_ended` where it may take others that are not known.

    `modules` are those that its names come from, through stars.
    """

    names: frozenset[str]
    open_ended: bool
    modules: frozenset[str]


class StarReader:
    """Answers for star imports; every answer is remembered."""

    def __init__(self, index: ModuleIndex, namespace: Callable[[SourceFile], Namespace]) -> None:
        self._index = index
        self._namespace = namespace
        self._offers: dict[str, _Offer] = {}

    def names(self, module: str) -> frozenset[str]:
        """Return the names that `from module import *` binds, as far as they are known."""
        return self._offer(module).names

    def gives(self, file: SourceFile, star: Event, name: str) -> bool:
        """Tell whether a star import of a file binds the name."""
        source = self._source(file, star)
        return source is not None and name in self._offer(source).names

    def in_a_circle(self, file: SourceFile, star: Event) -> bool:
        """Tell whether the star's module takes its own names, through further stars, from this file."""
        source = self._source(file, star)
        return source is not None and file.module in self._offer(source).modules

    def open_ended(self, file: SourceFile) -> bool:
        """Tell whether a star import of the file may bind names that are not known."""
        sources = [self._source(file, star) for star in self._namespace(file).stars]
        return any(source is None or self._offer(source).open_ended for source in sources)

    def _source(self, file: SourceFile, star: Event) -> str | None:
        """Return the full name of a star's module; None where it has no file that says what it binds."""
        if not isinstance(star.statement, Import):
            return None
        absolute = self._index.absolute(file, star.statement)
        located = self._index.locate(absolute, file) if absolute else None
        if located is None or located.state in ("external", "unseen"):
            return None
        return located.name

    def _offer(self, module: str) -> _Offer:
        """Collect over all modules that stars lead to; a circle of stars is walked once."""
        known = self._offers.get(module)
        if known is not None:
            return known
        names: set[str] = set()
        open_ended = False
        pending = [module]
        seen: set[str] = set()
        while pending:
            at = pending.pop()
            file = self._index.modules.get(at)
            if at in seen or file is None:
                continue
            seen.add(at)
            exports = file.facts.exports
            if exports is not None:
                names.update(exports.names)
                open_ended = open_ended or exports.partial
                pending += self._all_of(file, exports.modules)
                continue
            found = self._namespace(file)
            names.update(name for name in found.statements if not name.startswith("_") and found.bound(name))
            open_ended = open_ended or file.facts.writes_namespace
            for star in found.stars:
                source = self._source(file, star)
                open_ended = open_ended or source is None
                if source is not None:
                    pending.append(source)
        offer = self._offers[module] = _Offer(frozenset(names), open_ended, frozenset(seen))
        return offer

    def _all_of(self, file: SourceFile, modules: tuple[str, ...]) -> list[str]:
        """Return the modules whose `__all__` is added to this file's, by the names that the file gives them."""
        found = []
        for local in modules:
            for one in file.facts.imports:
                if one.bound_as != local.partition(".")[0]:
                    continue
                absolute = self._index.absolute(file, one) or ""
                for name in (f"{absolute}.{one.name}" if one.name else absolute, local):
                    located = self._index.locate(name, file)
                    if located.state == "module":
                        found.append(located.name)
                        break
        return found
