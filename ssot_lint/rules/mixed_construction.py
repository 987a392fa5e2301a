"""One class offered both as a singleton and from a factory.

Half of the code shares one instance, the other half makes new ones, and each half believes that all do as it does.
Evidence of a singleton: one shared module-level instance, a getter that keeps an instance in a global, a cached getter
without parameters, an instance on `app.state`. Evidence of a factory: a function, or a method of a class named a
factory, that returns a fresh instance which is stored nowhere. All of it is listed with its places. Kinds: `declared`
for the policy's concepts, `other` for any other class.

Not findings: classes that allow but one instance (`__new__`, a singleton metaclass), cached settings, enums, plain data
classes, pytest fixtures, `from_...` constructors, several differently named instances, factories that only tests use.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location, Span
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.construction import definition_of, words
from ssot_lint.rules.places import advice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lint.model.details import Details, FunctionDetail
    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

_CACHES: Final = frozenset(("lru_cache", "cache", "cached_property"))
_DATA: Final = frozenset(
    ("dataclass", "dataclasses.dataclass", "attr.s", "attrs.define", "attr.define", "define", "attrs.frozen")
)
_DATA_BASES: Final = frozenset(
    ("BaseModel", "BaseSettings", "NamedTuple", "TypedDict", "Enum", "StrEnum", "IntEnum", "Exception")
)
_SETTINGS: Final = ("Settings", "Config", "Configuration", "Options")


def suspects(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Name, by path, the classes that production files know, where both kinds of evidence may stand."""
    del policy
    wanted: dict[str, set[str]] = defaultdict(set)
    for site in project.imports:
        target = site.resolution.target
        if target.kind == "definition" and _is_class_name(target.name) and project.zone(site.file.path) == "production":
            wanted[site.file.path].add(site.one.bound_as)
    for file in project.files:
        if project.zone(file.path) == "production":
            wanted[file.path].update(one.name for one in file.facts.definitions if one.kind == "class")
    shared = {name for file in project.files for name in _instance_hints(project, file)}
    return {path: frozenset(names & shared) for path, names in wanted.items() if names & shared}


def _is_class_name(name: str) -> bool:
    return name.rpartition(".")[2].lstrip("_")[:1].isupper()


def _instance_hints(project: Project, file: SourceFile) -> Iterator[str]:
    """Yield the local names of classes that a file may share an instance of, from what the first look shows."""
    if project.zone(file.path) != "production":
        return
    facts = file.facts
    for binding in facts.bindings:
        if binding.kind == "call":
            yield binding.target.rpartition(".")[2]
    for one in facts.definitions:
        if one.kind == "class" and {"get_instance", "instance", "getInstance"} & set(one.members):
            yield one.name
    if facts.shares:
        yield from (one.bound_as for one in facts.imports if _is_class_name(one.bound_as))
        yield from (one.name for one in facts.definitions if one.kind == "class")


@dataclass
class _Evidence:
    """What was found of one class."""

    singleton: list[tuple[Location, str]] = field(default_factory=list)
    factory: list[tuple[Location, str]] = field(default_factory=list)


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every class with evidence of both."""
    found: dict[Target, _Evidence] = defaultdict(_Evidence)
    for path, details in project.details.items():
        if project.zone(path) == "production":
            _collect(project, project.by_path[path], details, found)
    concepts = {bound.target: bound for bound in policy.concepts}
    for target in sorted(found):
        evidence = found[target]
        definition = definition_of(project, target)
        if (
            definition is None
            or definition.kind != "class"
            or not evidence.singleton
            or not evidence.factory
            or _exempt(definition)
        ):
            continue
        if len({what for _, what in evidence.singleton if what.startswith("instance")}) > 1:
            continue
        bound = concepts.get(target)
        yield _finding(project, target, definition, evidence, bound.concept.name if bound else "")


def _exempt(definition: Definition) -> bool:
    """Leave out what allows but one instance, and what is data."""
    if "__new__" in definition.members or "_instance" in definition.attributes or "Singleton" in definition.metaclass:
        return True
    if any("ingleton" in name for name in (*definition.decorators, *definition.bases)):
        return True
    if _DATA & set(definition.decorators) or definition.name.endswith(_SETTINGS):
        return True
    return any(base.rpartition(".")[2] in _DATA_BASES for base in definition.bases)


def _collect(project: Project, file: SourceFile, details: Details, found: dict[Target, _Evidence]) -> None:
    for binding in file.facts.bindings:
        if binding.kind == "call" and binding.block == 0:
            target = project.resolve(file.module, binding.target).target
            if target.kind == "definition":
                found[target].singleton.append((Location.of(file.path, binding.at), f"instance {binding.name}"))
    functions = {one.qualname: one for one in details.functions}
    for call in details.calls:
        function = functions.get(call.scope)
        if not call.target:
            continue
        how = _kept(call.target, function)
        if how:
            target = project.resolve_in(file, call.scope, call.callee).target
            if target.kind == "definition":
                found[target].singleton.append((Location.of(file.path, call.at), f"{how} {call.target}"))
    for function in details.functions:
        _collect_function(project, file, function, found)


def _kept(target: str, function: FunctionDetail | None) -> str:
    """Say how the result of a call is shared, "" if it is not."""
    if function is not None and target in function.sets_globals:
        return "kept in the global"
    if ".state." in f".{target}" and target.startswith(("app.", "self.app.", "application.")):
        return "kept on"
    return ""


def _collect_function(
    project: Project, file: SourceFile, function: FunctionDetail, found: dict[Target, _Evidence]
) -> None:
    place = Location.of(file.path, function.at)
    names = {name.rpartition(".")[2] for name in function.decorators}
    holder, _, name = function.qualname.rpartition(".")
    if "fixture" in names or function.generator or name.startswith(("from_", "__", "test_")):
        return
    for one in function.returned:
        if one.kind != "call" or not one.target or one.target.partition(".")[0] in ("self", "cls"):
            continue
        target = project.resolve_in(file, function.qualname, one.target).target
        if target.kind != "definition" or target.name == holder:
            continue
        cached = bool(_CACHES & names)
        if cached and not function.parameters:
            found[target].singleton.append((place, f"cached getter {function.qualname}"))
        elif not cached and not one.published and not function.sets_globals and _is_factory(holder, name):
            found[target].factory.append((place, f"factory {function.qualname}"))


def _is_factory(holder: str, name: str) -> bool:
    """Tell a function that is offered as a factory from one that happens to return something new."""
    if {"test", "tests", "testing", "mock", "fake"} & set(words(f"{holder}_{name}")):
        return False
    verbs = ("create", "make", "build", "get", "new")
    return name.lstrip("_").startswith(verbs) and (not holder or "actory" in holder)


def _finding(project: Project, target: Target, definition: Definition, evidence: _Evidence, concept: str) -> Finding:
    shared, fresh = sorted(set(evidence.singleton)), sorted(set(evidence.factory))
    file = project.by_path[target.path]
    message = (
        f"{target.name} is shared ({shared[0][1]}, {shared[0][0].path}:{shared[0][0].line}) "
        f"and made anew ({fresh[0][1]}, {fresh[0][0].path}:{fresh[0][0].line})"
    )
    return Finding(
        code=RULE.code,
        name=RULE.name,
        kind="declared" if concept else "other",
        concept=concept,
        subject=f"{target.module}:{target.name}",
        message=message,
        at=Location.of(
            file.path, Span(definition.at.line, definition.at.column, definition.at.line, definition.at.column)
        ),
        module=target.module,
        related=tuple(Related(place, what) for place, what in (*shared, *fresh)),
        remedy=advice("decide for one: share the instance everywhere, or make a new one everywhere"),
        evidence={
            "singleton": [f"{what} ({place.path}:{place.line})" for place, what in shared],
            "factory": [f"{what} ({place.path}:{place.line})" for place, what in fresh],
        },
    )


RULE = Rule(
    code="SSOT301",
    name="mixed-construction",
    summary="one class offered both as a singleton and from a factory",
    kinds={"declared": Levels("warning", "off"), "other": Levels("info", "off")},
    check=check,
    needs_policy=False,
    suspects=suspects,
)
