"""Which classes may be offered both as a singleton and from a factory, and where: told from the first look."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ssot_lint.project.concepts import names_in_use
from ssot_lint.rules.construction import definition_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

CACHES: Final = frozenset(("lru_cache", "cache", "cached_property"))
_VERBS: Final = ("create", "make", "build", "get", "new")
_GENERIC: Final = frozenset(("instance", "singleton", "shared", "default", "current", "cached", "global"))
_SELF_GETTERS: Final = frozenset(("get_instance", "instance", "getInstance", "get_shared", "shared"))
_FRAMEWORKS: Final = frozenset(("fastapi", "starlette"))
_DATA: Final = frozenset(
    ("dataclass", "dataclasses.dataclass", "attr.s", "attrs.define", "attr.define", "define", "attrs.frozen")
)
_DATA_BASES: Final = ("BaseModel", "BaseSettings", "NamedTuple", "TypedDict", "Enum", "Exception", "Error", "Warning")
_SETTINGS: Final = ("Settings", "Config", "Configuration", "Options")


@dataclass(frozen=True)
class Candidates:
    """The classes of which both kinds of evidence may exist, and where: the names to look for, by path."""

    classes: frozenset[Target]
    files: Mapping[str, frozenset[str]]


def candidates(project: Project) -> Candidates:
    """Match, class by class, the production files that may share an instance with those that may make a new one."""
    return project.remember(("candidates of mixed construction",), lambda: _candidates(project))


def is_factory_name(holder: str, name: str) -> bool:
    """Tell a function that is offered as a factory from one that happens to return something new."""
    if {"test", "tests", "testing", "mock", "fake"} & set(words(f"{holder}_{name}")):
        return False
    return name.lstrip("_").startswith(_VERBS) and (not holder or "actory" in holder)


def module_instances(project: Project, file: SourceFile) -> Iterator[tuple[Target, str, int]]:
    """Yield the module-level instances of the project's classes: the class, its local name, which binding it is."""
    for number, binding in enumerate(file.facts.bindings):
        if binding.kind == "call" and binding.block == 0 and _is_class_name(binding.target):
            target = project.resolve(file.module, binding.target).target
            if target.kind == "definition":
                yield target, binding.target.rpartition(".")[2], number


def _candidates(project: Project) -> Candidates:
    kept: dict[Target, set[str]] = defaultdict(set)
    made: dict[Target, set[str]] = defaultdict(set)
    known = {path: classes for path, classes in _known_classes(project).items() if classes}
    for path, classes in known.items():
        file = project.by_path[path]
        keepers, makers = list(_keepers(file)), _makers(file)
        for target in classes.values():
            own = target.path == path and (file.facts.shares or _keeps_itself(file, target))
            if own or any(_named_for(name, target) for name in keepers):
                kept[target].add(path)
            if any(_named_for(name, target) for name in makers):
                made[target].add(path)
        for target, _, _ in module_instances(project, file):
            kept[target].add(path)
    both = frozenset(target for target in kept.keys() & made.keys() if _is_candidate(project, target, kept, made))
    files: dict[str, frozenset[str]] = {}
    for path, classes in known.items():
        names = {name for name, target in classes.items() if target in both and path in kept[target] | made[target]}
        if names:
            files[path] = frozenset((*names, *_makers(project.by_path[path])))
    return Candidates(both, files)


def _is_candidate(project: Project, target: Target, kept: dict[Target, set[str]], made: dict[Target, set[str]]) -> bool:
    """Tell whether a class may be mixed in production; only that is left of where it may be kept and made."""
    if not project.asks_for(target.path, *kept[target], *made[target]) or not _may_be_mixed(project, target):
        return False
    for paths in (kept[target], made[target]):
        paths.intersection_update([path for path in paths if project.zone(path) == "production"])
    return bool(kept[target] and made[target])


def _known_classes(project: Project) -> dict[str, dict[str, Target]]:
    """Return, by path, the classes that a file imports or defines under their local names.

    Those of all production files, or those that a file that is asked for knows.
    """
    if project.only is None:
        production = (file for file in project.files if project.zone(file.path) == "production")
        return {file.path: _classes_in(project, file) for file in production}
    wanted = frozenset(target for file in project.asked_files for target in _classes_in(project, file).values())
    names = names_in_use(project, wanted)
    calls = ((file, one) for file in project.files for one in file.facts.bindings if one.kind == "call")
    paths = {
        *(target.path for target in wanted if target.path),
        *(site.file.path for site in project.census.imports(names=names)),
        *(file.path for file, one in calls if one.target.rpartition(".")[2] in names),
    }
    known: dict[str, dict[str, Target]] = {}
    for path in sorted(paths):
        found = _classes_in(project, project.by_path[path], names)
        known[path] = {name: target for name, target in found.items() if target in wanted}
    return known


def _classes_in(project: Project, file: SourceFile, names: frozenset[str] | None = None) -> dict[str, Target]:
    """Return the classes that a file imports or defines, by their local names; with `names`, only those called so."""
    known: dict[str, Target] = {}
    for site in project.imports_in(file.path):
        if names is None or site.one.name in names:
            target = site.resolution.target
            if target.kind == "definition" and _is_class_name(target.name):
                known[site.one.bound_as] = target
    for one in file.facts.definitions:
        if one.kind == "class" and one.name == one.qualname and (names is None or one.name in names):
            known[one.name] = project.resolve(file.module, one.name).target
    known.update({name: target for target, name, _ in module_instances(project, file)})
    return known


def _is_class_name(name: str) -> bool:
    return name.rpartition(".")[2].lstrip("_")[:1].isupper()


def _keepers(file: SourceFile) -> Iterator[str]:
    """Yield the names of what may keep an instance in a file: its variables, its cached getters; "" for `app.state`."""
    if not file.facts.shares:
        return
    for binding in file.facts.bindings:
        if binding.kind != "alias":
            yield "" if set(words(binding.name)) <= _GENERIC else binding.name
    for one in file.facts.definitions:
        if one.kind != "class" and CACHES & {name.rpartition(".")[2] for name in one.decorators}:
            yield one.name
    if any(one.module.partition(".")[0] in _FRAMEWORKS for one in file.facts.imports):
        yield ""


def _makers(file: SourceFile) -> list[str]:
    """Return the names of the functions and classes of a file that may be offered as factories."""
    return [
        one.name
        for one in file.facts.definitions
        if one.name == one.qualname and ("actory" in one.name if one.kind == "class" else is_factory_name("", one.name))
    ]


def _named_for(name: str, target: Target) -> bool:
    """Tell whether something is named for a class: by its last word, by two of its words, or for nothing at all."""
    own, its = set(words(name)), words(target.name)
    return own <= set(_VERBS) or its[-1] in own or len(own & set(its)) > 1


def _keeps_itself(file: SourceFile, target: Target) -> bool:
    """Tell whether a class of the file has a method that may keep its one instance."""
    return any(
        one.qualname == target.name and not _SELF_GETTERS.isdisjoint(one.members) for one in file.facts.definitions
    )


def _may_be_mixed(project: Project, target: Target) -> bool:
    definition = definition_of(project, target)
    return definition is not None and definition.kind == "class" and not _exempt(definition)


def _exempt(definition: Definition) -> bool:
    """Leave out what allows but one instance, and what is data."""
    if "__new__" in definition.members or "Singleton" in definition.metaclass:
        return True
    if any("ingleton" in name for name in (*definition.decorators, *definition.bases)):
        return True
    if _DATA & set(definition.decorators) or definition.name.endswith(_SETTINGS):
        return True
    return any(base.rpartition(".")[2].endswith(_DATA_BASES) for base in definition.bases)
