"""Paths and dotted names: source roots, packages, namespace packages, and what an import's dotted name stands for."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ssot_lint.model.patterns import is_under

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssot_lint.model.facts import Import, SourceFile


class Root(NamedTuple):
    """A folder (posix, relative to the root of the project, "" for it) where dotted names start, and a prefix."""

    folder: str
    prefix: str = ""


@dataclass(frozen=True)
class Unseen:
    """What exists on disk but is not analysed: pruned folders, and files by their path without any suffix."""

    folders: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()

    def covers(self, path: str) -> bool:
        """Tell whether a path without suffix, or a folder above it, is one of them."""
        if path in self.stems or f"{path}/__init__" in self.stems:
            return True
        while path:
            if path in self.folders:
                return True
            path = path.rpartition("/")[0]
        return False


def module_name(path: str, roots: Sequence[Root]) -> tuple[str, bool]:
    """Return the dotted name of a file under its deepest source root, and whether it is a package's `__init__`."""
    return _name_under(path, _root_of(path.rpartition("/")[0], tuple(roots)))


@lru_cache(maxsize=1 << 14)
def _root_of(folder: str, roots: tuple[Root, ...]) -> Root:
    """Return the deepest source root that a folder stands in."""
    inside = (root for root in roots if is_under(f"{folder}/", root.folder))
    return max(inside, key=lambda one: len(one.folder), default=Root(""))


def _name_under(path: str, root: Root) -> tuple[str, bool]:
    inner = path[len(root.folder) + 1 if root.folder else 0 :].rpartition(".")[0]
    parts = inner.split("/")
    is_package = parts[-1] == "__init__"
    if is_package:
        parts.pop()
    return ".".join([*([root.prefix] if root.prefix else []), *parts]), is_package


def top_names(paths: Iterable[str], roots: Sequence[Root]) -> frozenset[str]:
    """Return the first segments of the names that files have under the source roots."""
    found: set[str] = set()
    folders = {root.folder: root.prefix.partition(".")[0] for root in roots}
    for path in paths:
        for folder, prefix in folders.items():
            if is_under(path, folder):
                first, _, inner = path[len(folder) + 1 if folder else 0 :].partition("/")
                found.add(prefix or (first if inner else first.rpartition(".")[0]))
    return frozenset(name for name in found if name.isidentifier())


_GENERATED: Final = re.compile(r"(?:^|\.)(?:_version|_build_info|\w+_pb2|\w+_pb2_grpc)(?:\.|$)")

State = Literal["module", "namespace", "unseen", "missing", "external"]


def is_generated(module: str) -> bool:
    """Tell whether a module has a name that build steps give to what they make."""
    return _GENERATED.search(module) is not None


class Located(NamedTuple):
    """What a dotted name stands for: its state, and its full name (a module's own name where it has one)."""

    state: State
    name: str


@dataclass
class ModuleIndex:
    """Every module of the project by its dotted names; `hidden` has the paths that another file of a name hides.

    `former` are top-level names that were the project's own, though no file shows it any more.
    """

    roots: Sequence[Root]
    unseen: Unseen = field(default_factory=Unseen)
    former: frozenset[str] = frozenset()
    modules: dict[str, SourceFile] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    _namespaces: set[str] = field(default_factory=set)
    _used_namespaces: set[str] = field(default_factory=set)
    _located: dict[tuple[str, ...], dict[str, Located]] = field(default_factory=dict)
    _bases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _foreign: dict[tuple[str, tuple[str, ...]], bool] = field(default_factory=dict)
    _packages: set[str] = field(default_factory=set)
    _other_names: dict[str, list[str]] = field(default_factory=dict)

    def fill(self, files: Iterable[SourceFile]) -> None:
        """Index the files; of two with one name the package, then the first path, wins."""
        ordered = sorted(files, key=lambda file: (not file.is_package, file.path))
        by_path = {file.path: file for file in ordered}
        for file in ordered:
            if self.modules.setdefault(file.module, file) is not file:
                self.hidden.setdefault(file.module, file.path)
            if file.is_package:
                self._packages.add(file.path.rpartition("/")[0])
            for name in self._names_by_other_roots(file):
                self._other_names.setdefault(file.path, []).append(name)
        for path, names in self._other_names.items():
            for name in names:
                self.modules.setdefault(name, by_path[path])
        for name in list(self.modules):
            parent = name.rpartition(".")[0]
            while parent and parent not in self._namespaces:
                if parent not in self.modules:
                    self._namespaces.add(parent)
                parent = parent.rpartition(".")[0]

    def _names_by_other_roots(self, file: SourceFile) -> list[str]:
        """Return the further names of a file that stands under nested source roots."""
        names = [_name_under(file.path, root)[0] for root in self.roots if is_under(file.path, root.folder)]
        return [name for name in names if name != file.module]

    def is_hidden(self, file: SourceFile) -> bool:
        """Tell whether another file of the same name is found in the place of this one."""
        return self.modules.get(file.module) is not file

    def learn(self, files: Iterable[SourceFile]) -> None:
        """Learn which top-level namespace folders are imported from: only those count as first-party when in doubt."""
        for file in files:
            for one in file.facts.imports:
                top = one.module.partition(".")[0]
                if not one.level and top in self._namespaces and top not in self._used_namespaces:
                    found = one.module in self.modules or f"{one.module}.{one.name}" in self.modules
                    if found:
                        self._used_namespaces.add(top)
        self._located.clear()

    def absolute(self, importer: SourceFile, one: Import) -> str | None:
        """Return the dotted name of the module that an import names; None beyond the top-level package."""
        if not one.level:
            return one.module
        return self.relative(importer, one.module, one.level)

    def relative(self, importer: SourceFile, module: str, level: int) -> str | None:
        """Resolve a relative name of `level` dots against a module; None beyond the top-level package.

        A file under nested source roots has several names; the first under which the import is possible counts.
        """
        names = (importer.module, *self._other_names.get(importer.path, ()))
        found = (self._relative_to(name, importer, module, level) for name in names)
        return next((one for one in found if one is not None), None)

    def _relative_to(self, name: str, importer: SourceFile, module: str, level: int) -> str | None:
        parts = name.split(".")
        drop = level - 1 if importer.is_package else level
        if drop > len(parts):
            return None
        base = ".".join(parts[: len(parts) - drop])
        if not base:
            return (module or None) if "" in self.modules else None
        return f"{base}.{module}" if module else base

    def locate(self, name: str, importer: SourceFile | None = None) -> Located:
        """Find out what an absolute dotted name stands for when `importer` imports it."""
        return self.locate_from(name, self.bases(importer) if importer is not None else ())

    def locate_from(self, name: str, bases: tuple[str, ...]) -> Located:
        """Find out what a name stands for where imports look into some packages, too."""
        known = self.located_from(bases)
        found = known.get(name)
        if found is None:
            found = known[name] = self._locate(name, bases)
        return found

    def located_from(self, bases: tuple[str, ...]) -> dict[str, Located]:
        """Return what is known already of what names stand for, where imports look into some packages, too."""
        known = self._located.get(bases)
        if known is None:
            known = self._located[bases] = {}
        return known

    def _locate(self, name: str, bases: tuple[str, ...]) -> Located:
        if self._is_foreign(name.partition(".")[0], bases) and not _GENERATED.search(name):
            return Located("external", name)
        return self._located_here(name, bases)

    def _located_here(self, name: str, bases: tuple[str, ...]) -> Located:
        """Find out what a name stands for that may be the project's own."""
        top = name.partition(".")[0]
        standard = top in sys.stdlib_module_names
        for full in (name, *(f"{base}.{name}" for base in bases if not standard)):
            exact = self._exact(full)
            if exact is not None:
                return exact
        if self._is_unseen(name) or any(self._is_unseen(f"{base}.{name}") for base in bases):
            return Located("unseen", name)
        if standard and top not in self.modules and top not in self.former:
            return Located("external", name)
        if top in self.modules or top in self._used_namespaces or top in self.former:
            return Located("missing", name)
        for base in bases:
            if f"{base}.{top}" in self.modules:
                return Located("missing", f"{base}.{name}")
        return Located("external", name)

    def _is_foreign(self, top: str, bases: tuple[str, ...]) -> bool:
        """Tell whether nothing in the project, read or not, has a name that begins so."""
        key = (top, bases)
        known = self._foreign.get(key)
        if known is None:
            names = (top, *(f"{base}.{top}" for base in bases))
            known = top not in self.former and not any(self._begins_one(name) for name in names)
            self._foreign[key] = known
        return known

    def _begins_one(self, name: str) -> bool:
        """Tell whether something that stands in the project, read or not, may have a name that begins so."""
        if name in self.modules or name in self._namespaces:
            return True
        path = name.replace(".", "/")
        return any(self._begins_unseen(root.folder, path) for root in self.roots)

    def _begins_unseen(self, folder: str, path: str) -> bool:
        return self.unseen.covers(folder) or (f"{folder}/{path}" if folder else path) in self._unseen_paths

    @cached_property
    def _unseen_paths(self) -> frozenset[str]:
        """The paths of what is not analysed, and of all folders above it."""
        found: set[str] = set()
        for path in (*self.unseen.folders, *self.unseen.stems):
            while path and path not in found:
                found.add(path)
                path = path.rpartition("/")[0]  # noqa: PLW2901 - up to the root
        return frozenset(found)

    def _exact(self, name: str) -> Located | None:
        file = self.modules.get(name)
        if file is not None:
            return Located("module", file.module)
        top = name.partition(".")[0]
        known = top in self.modules or top in self._used_namespaces
        return Located("namespace", name) if known and name in self._namespaces else None

    def _is_unseen(self, name: str) -> bool:
        """Tell whether a name stands for a file that is not analysed, or that a build step makes."""
        path = name.replace(".", "/")
        if is_generated(name):
            return True
        return any(self.unseen.covers(f"{root.folder}/{path}" if root.folder else path) for root in self.roots)

    def bases(self, importer: SourceFile) -> tuple[str, ...]:
        """Return the packages in whose folder a script's absolute imports look too: its own, and where pytest starts.

        A module of a regular package is no script: its siblings are not reached by their bare names.
        """
        folder = importer.path.rpartition("/")[0]
        bases = self._bases.get(folder)
        if bases is None:
            start = folder
            while start and start in self._packages:
                start = start.rpartition("/")[0]
            name = module_name(f"{start}/_.py", self.roots)[0].rpartition(".")[0] if start else ""
            bases = self._bases[folder] = (name,) if name else ()
        return bases
