"""Where a name that is missing at an address really is."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.model import Project


def nearest(project: Project) -> Nearest:
    """Return what finds missing names; made once for a project."""
    return project.remember(("nearest",), lambda: Nearest(project))


class Address(NamedTuple):
    """A module, or a name in it."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module


class Nearest:
    """Finds where a missing name really is."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._names: dict[str, list[Address]] = defaultdict(list)
        self._modules: dict[str, list[Address]] = defaultdict(list)
        for file in project.files:
            if project.index.is_hidden(file) or not all(part.isidentifier() for part in file.module.split(".")):
                continue  # nobody can import it by that name
            self._modules[file.module.rpartition(".")[2]].append(Address(file.module, ""))
            for one in file.facts.definitions:
                if "." not in one.qualname and not file.facts.scope(one.block):
                    self._names[one.name].append(Address(file.module, one.name))

    def addresses(self, file: SourceFile, module: str, name: str) -> list[str]:
        """Return the real addresses of a name or module that a file misses, the nearest first; production first."""
        found = self._names.get(name, []) if name else []
        found = found or self._modules.get(name or module.rpartition(".")[2], [])
        if self._project.zone(file.path) == "production":
            found = [one for one in found if self._zone(one) == "production"]
        wanted = module.split(".")
        unique = dict.fromkeys(one for one in found if one.module != file.module)
        return [str(one) for one in sorted(unique, key=lambda one: self._distance(one, wanted))]

    def _zone(self, address: Address) -> str:
        file = self._project.file_of(address.module)
        return self._project.zone(file.path) if file is not None else "production"

    def _distance(self, address: Address, wanted: list[str]) -> tuple[bool, int, int, str]:
        parts = address.module.split(".")
        common = 0
        for one, other in zip(parts, wanted, strict=False):
            if one != other:
                break
            common += 1
        return (self._zone(address) != "production", -common, len(parts), str(address))
