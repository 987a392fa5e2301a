"""How an import spells an address: relative stays relative where the package of the file allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.facts.suites import Alias
from ssot_lint.fixing.rewriters.imports import Source

if TYPE_CHECKING:
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.model import Project


class Speller:
    """Spells addresses as one file may import them."""

    def __init__(self, project: Project, file: SourceFile) -> None:
        self._index = project.index
        self._file = file

    def alias(self, module: str, *, level: int) -> tuple[int, str]:
        """Return the dots and the dotted name of a module in a `from` import that had `level` dots."""
        if not level:
            return 0, module
        parts = self._file.module.split(".")
        package = parts if self._file.is_package else parts[:-1]
        wanted = module.split(".")
        common = 0
        while common < min(len(package), len(wanted)) and package[common] == wanted[common]:
            common += 1
        dots, rest = len(package) - common + 1, ".".join(wanted[common:])
        if not common or self._index.relative(self._file, rest, dots) != module:
            return 0, module
        return dots, rest

    def says(self, alias: Alias) -> tuple[str, str, str]:
        """Return the module that an alias takes its name from, that name ("" for the module itself), the local name."""
        module = alias.module
        if alias.level:
            module = self._index.relative(self._file, alias.module, alias.level) or ""
        return module, alias.name or "", alias.bound

    def source(self, alias: Alias, module: str, name: str) -> tuple[Source, Alias]:
        """Return what takes the place of an alias: its new source, and the alias as it will be written.

        `name` is "" for the module object itself.
        """
        if alias.name is None and not name:
            parent, _, last = module.rpartition(".")
            bound = alias.local
            return Source(parent, last), Alias(0, module, None, bound)
        if not name:
            parent, _, name = module.rpartition(".")
            if not parent:
                local = alias.bound
                return Source("", name), Alias(0, name, None, None if local == name and not _idiom(alias) else local)
            module = parent
        level, spelled = self.alias(module, level=alias.level)
        local = alias.bound
        kept = local if local != name or _idiom(alias) else None
        return Source("." * level + spelled, name), Alias(level, spelled, name, kept)


def _idiom(alias: Alias) -> bool:
    """Tell `X as X`, which says that X is passed on."""
    return alias.name == alias.local
