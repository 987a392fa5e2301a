"""Who reads a name that a module passes on, and by what address a patch reaches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.project.graph import imported_module
from ssot_lint.rules.strings import string_sites

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.facts import Import, SourceFile
    from ssot_lint.project.model import Project
    from ssot_lint.project.sites import ImportSite


class Reader(NamedTuple):
    """A file that takes a name from somewhere in order to use it.

    `address` is what a patch must name (dotted). It is "" for a file that takes the name again at every call: in a
    function, or as `m.Cart`; a patch must then name whatever the file takes it from. `one` is the import.
    """

    file: SourceFile
    one: Import
    address: str
    through_module: bool = False

    @property
    def place(self) -> str:
        """Where the file takes the name."""
        return f"{self.file.path}:{self.one.at.line}"


def passes_on(project: Project, file: SourceFile, name: str) -> bool:
    """Tell whether a module has a name only for others: it has no code, or none that mentions the name.

    What its code mentions is known only of files that a rule has asked a second look for (`suspects`).
    """
    if file.facts.passes_names:
        return True
    details = project.details.get(file.path)
    return details is not None and name not in details.mentions


def readers(project: Project, module: str, name: str) -> tuple[Reader, ...]:
    """Return who reads a name of a module: those who take it from there, or from modules that pass it on in turn."""
    found: dict[tuple[str, int, str], Reader] = {}
    for taker in _takers(project, module, name):
        local = taker.one.bound_as or name
        if taker.address and passes_on(project, taker.file, local):
            continue
        found.setdefault((taker.file.path, taker.one.at.line, taker.address), taker)
    return tuple(found[key] for key in sorted(found))


def loaded_with(project: Project, file: SourceFile) -> frozenset[str]:
    """Return the modules that may be loaded when a file runs: by its imports, its conftest files and its strings."""

    def collect() -> frozenset[str]:
        folders = file.path.split("/")[:-1]
        around = ("/".join([*folders[:end], "conftest.py"]) for end in range(len(folders) + 1))
        pending = [file.module, *(project.by_path[path].module for path in around if path in project.by_path)]
        pending += [site.module for site in string_sites(project) if site.file is file]
        found = set(pending)
        while pending:
            module = pending.pop()
            new = {*_loads(project, module), module.rpartition(".")[0]} - found
            found |= new
            pending += new
        return frozenset(found)

    return project.remember(("loaded with", file.path), collect)


def _loads(project: Project, module: str) -> frozenset[str]:
    """Return the modules that a module imports when it runs, anywhere in it."""

    def collect() -> frozenset[str]:
        file = project.file_of(module)
        sites = project.imports_in(file.path) if file is not None else ()
        found = (imported_module(site, project.index) for site in sites if not site.when.typing_only)
        return frozenset(filter(None, found))

    return project.remember(("loads", module), collect)


def who_may_read(project: Project, module: str, name: str) -> dict[str, frozenset[str]]:
    """Return the files, each with the names to look for, that decide who reads a name of a module."""
    wanted: dict[str, frozenset[str]] = {}
    first = project.file_of(module)
    if first is not None:
        wanted[first.path] = frozenset((name,))
    for taker in _takers(project, module, name):
        if taker.address:
            local = taker.one.bound_as or name
            wanted[taker.file.path] = wanted.get(taker.file.path, frozenset()) | {local}
    return {path: names for path, names in wanted.items() if not project.by_path[path].facts.passes_names}


def _takers(project: Project, module: str, name: str) -> Iterator[Reader]:
    """Yield everybody who takes a name from a module, or from one that took it from there at module level."""
    pending, seen = [(module, name)], {(module, name)}
    while pending:
        address = pending.pop()
        for site in _imports_of(project, *address):
            local = site.one.bound_as or address[1]
            if not site.at_module_level:
                yield Reader(site.file, site.one, "")
                continue
            yield Reader(site.file, site.one, f"{site.file.module}.{local}")
            following = (site.file.module, local)
            if following not in seen:
                seen.add(following)
                pending.append(following)
        for file, one in _uses_of(project).get(address, ()):
            yield Reader(file, one, "", through_module=True)


def _imports_of(project: Project, module: str, name: str) -> list[ImportSite]:
    """Return the imports that run and take a name from a module."""

    def collect(imported: str) -> dict[str, list[ImportSite]]:
        found: dict[str, list[ImportSite]] = {}
        for site in project.census.imports(names=(imported,)):
            if not site.when.typing_only and (site.when.main or not site.when.never):
                found.setdefault(site.module, []).append(site)
        return found

    def taken(imported: str) -> list[ImportSite]:
        return project.remember(("imports of", imported), lambda: collect(imported)).get(module, [])

    if not name:
        return []
    stars = taken("*") if name in project.resolver.star_names(module) else []
    return [*taken(name), *stars]


def _uses_of(project: Project) -> dict[tuple[str, str], list[tuple[SourceFile, Import]]]:
    """Return the files that use an attribute through a module object, by the address of the attribute."""

    def collect() -> dict[tuple[str, str], list[tuple[SourceFile, Import]]]:
        found: dict[tuple[str, str], list[tuple[SourceFile, Import]]] = {}
        for file in project.files:
            for use in project.uses(file) if file.facts.uses else ():
                found.setdefault((use.module, use.name), []).append((file, use.one))
        return found

    return project.remember(("uses by address",), collect)
