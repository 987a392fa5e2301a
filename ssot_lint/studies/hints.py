"""What a hint means: `pkg.mod:Class`, `pkg.mod.Class`, or a bare name that some module of the project defines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.engine import UsageError
from ssot_lint.model.facts import Import
from ssot_lint.studies.proposal import Imports
from ssot_lint.workspace.convert import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.project.model import Project

_SHOWN = 5


class Candidate(NamedTuple):
    """An address that a hint may mean, where it binds its name, and how many imports take it from there."""

    address: str
    path: str
    line: int
    imports: Imports


def candidates(project: Project, hint: str) -> list[Candidate]:
    """Return the addresses that a hint may mean, the most imported first. UsageError if there is none."""
    module, colon, name = hint.strip().partition(":")
    if not colon and "." not in module:
        found = _defining(project, module)
        if not found:
            near = did_you_mean(module, _defined(project)) or "give it as pkg.mod:Name"
            raise UsageError(f"no module of the project defines {module}; {near}")
        return sorted(found, key=lambda one: (-one.imports.total, one.address))
    if not colon and not module.endswith(".py"):
        module, name = _split(project, module)
    file = project.by_path.get(module.removeprefix("./")) or project.file_of(module)
    if file is None:
        raise UsageError(f"there is no module {module} under the source roots{_nearest(project, module, name)}")
    return [_candidate(project, file, name)]


def _split(project: Project, dotted: str) -> tuple[str, str]:
    """Split a dotted name after its longest part that is a module."""
    module = dotted
    while "." in module and project.file_of(module) is None:
        module = module.rpartition(".")[0]
    if project.file_of(module) is None:
        module, _, name = dotted.rpartition(".")
        return module, name
    return module, dotted[len(module) + 1 :]


def _candidate(project: Project, file: SourceFile, name: str) -> Candidate:
    """Return what a name of a module is as a home. UsageError if it cannot be one."""
    module = file.module
    if not name:
        held = ", ".join(_names(project, file)[:_SHOWN])
        raise UsageError(f"{module} is a module; say which of its names you mean" + (f": {held}" if held else ""))
    if "." in name:
        raise UsageError(f"{name} is not a name of the module {module} itself, and a home must be one")
    if not all(part.isidentifier() for part in (*module.split("."), name)):
        raise UsageError(f"no import statement can spell {module}:{name}, so that it cannot be a home")
    target = project.resolve(module, name).target
    if target.kind == "unresolved":
        near = did_you_mean(name, _names(project, file)) or _elsewhere(project, name)
        raise UsageError(f"{module} has no {name}" + (f"; {near}" if near else ""))
    if target.kind == "dynamic":
        raise UsageError(f"only running it would tell what {module}:{name} is; give the address of the definition")
    if target.kind == "module":
        raise UsageError(f"{module}:{name} is a module; say which of its names you mean")
    events = project.resolver.namespace(file).events(name)
    line = events[-1].line if events else 1
    return Candidate(f"{module}:{name}", file.path, line, imports_of(project, module, name))


def imports_of(project: Project, module: str, name: str) -> Imports:
    """Count the imports of a name from a module."""
    zones = [project.zone(one.file.path) for one in project.imports if (one.module, one.one.name) == (module, name)]
    return Imports(zones.count("production"), zones.count("tests"))


def _defining(project: Project, name: str) -> list[Candidate]:
    """Return where modules define a name themselves, by a class, a function or an assignment.

    Those in tests count only if there are no others.
    """
    found = []
    for file in _importable(project):
        events = project.resolver.namespace(file).events(name)
        own = [event for event in events if not isinstance(event.statement, Import)]
        if own and project.resolve(file.module, name).target.known:
            found.append(_candidate(project, file, name))
    return [one for one in found if project.zone(one.path) == "production"] or found


def _importable(project: Project) -> Iterable[SourceFile]:
    return (
        file
        for file in project.files
        if not project.index.is_hidden(file) and all(part.isidentifier() for part in file.module.split("."))
    )


def _defined(project: Project) -> list[str]:
    """Return every name that a module defines itself, as a class or function."""
    names = {one.name for file in _importable(project) for one in file.facts.definitions if one.name == one.qualname}
    return sorted(names)


def _names(project: Project, file: SourceFile) -> list[str]:
    """Return the public classes and functions of a module, then what else it binds."""
    own = [one.name for one in file.facts.definitions if one.name == one.qualname]
    names = [*own, *sorted(project.resolver.namespace(file).statements)]
    return [name for name in dict.fromkeys(names) if not name.startswith("_")]


def _nearest(project: Project, module: str, name: str) -> str:
    """Say where a name is that was sought in a module that does not exist, or which module may be meant."""
    said = (_elsewhere(project, name) if name else "") or did_you_mean(module, project.index.modules)
    return f"; {said}" if said else ""


def _elsewhere(project: Project, name: str) -> str:
    found = sorted(_defining(project, name), key=lambda one: (-one.imports.total, one.address))
    addresses = ", ".join(one.address for one in found[:_SHOWN])
    return f"{name} is defined at {addresses}" if addresses else ""
