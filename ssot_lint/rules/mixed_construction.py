"""One class offered both as a singleton and from a factory.

Half of the code shares one instance, the other half makes new ones, and each half believes that all do as it does.
Evidence of a singleton: one shared module-level instance, a getter that keeps an instance in a global, a class method
that keeps it on the class (`get_instance`), a cached getter without parameters, an instance on `app.state`. Evidence of
a factory: a function, or a method of a class named a factory, that returns a fresh instance which is stored nowhere, or
that keeps one for each user, session, request or the like. Such a function is named for making: a verb (`create`,
`make`, `build`, `get`, `new`), and the last word of the class's name or two of its words; so is what keeps an instance
in another module than the class's own. All evidence is listed with its places. Kinds: `declared` for the policy's
concepts, `other` for any other class.

Not findings: classes that allow but one instance (`__new__`, a singleton metaclass), registries of names in the manner
of `logging.getLogger`, cached settings, enums, exceptions, plain data classes, pytest fixtures, `from_...`
constructors, several differently named instances, factories that only tests use.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ssot_lint.model.finding import Finding, Related
from ssot_lint.model.location import Location, Span
from ssot_lint.model.rule import Levels, Rule
from ssot_lint.rules.construction import definition_of, words
from ssot_lint.rules.holding import keeps_on_class, kept
from ssot_lint.rules.mixed_candidates import CACHES, candidates, is_factory_name, module_instances
from ssot_lint.rules.places import advice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssot_lint.model.details import Call, Details, FunctionDetail
    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.model.rule import Departure, Spot
    from ssot_lint.project.concepts import BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

_PER_KEY: Final = frozenset(("id", "user", "session", "tenant", "account", "customer", "request", "context", "room"))


def suspects(project: Project, policy: BoundPolicy) -> Mapping[str, frozenset[str]]:
    """Name, by path, the classes of which both kinds of evidence may exist, and the functions that may make them."""
    del policy
    return candidates(project).files


@dataclass
class _Evidence:
    """What was found of one class."""

    singleton: list[tuple[Location, str]] = field(default_factory=list)
    factory: list[tuple[Location, str]] = field(default_factory=list)


def check(project: Project, policy: BoundPolicy) -> Iterator[Finding]:
    """Yield a finding for every class with evidence of both."""
    found: dict[Target, _Evidence] = defaultdict(_Evidence)
    mixed = candidates(project)
    for path in mixed.files:
        if path in project.details:
            _collect(project, project.by_path[path], project.details[path], found)
    concepts = {bound.target: bound for bound in policy.concepts}
    for target in sorted(found.keys() & mixed.classes):
        evidence = found[target]
        definition = definition_of(project, target)
        if definition is None or not evidence.singleton or not evidence.factory:
            continue
        if len({what for _, what in evidence.singleton if what.startswith("instance")}) > 1:
            continue
        bound = concepts.get(target)
        yield _finding(project, target, definition, evidence, bound.concept.name if bound else "")


def _collect(project: Project, file: SourceFile, details: Details, found: dict[Target, _Evidence]) -> None:
    for target, _, number in module_instances(project, file):
        binding = file.facts.bindings[number]
        found[target].singleton.append((Location.of(file.path, binding.at), f"instance {binding.name}"))
    functions = {one.qualname: one for one in details.functions}
    for call in details.calls:
        if call.target and call.scope in functions:
            _collect_kept(project, file, call, functions[call.scope], found)
    for function in details.functions:
        if not _only_tests_use(project, file, details, function):
            _collect_function(project, file, function, found)


def _collect_kept(
    project: Project, file: SourceFile, call: Call, function: FunctionDetail, found: dict[Target, _Evidence]
) -> None:
    """Collect what the place of a call's result says: the one instance of all, or one for each key."""
    holder = call.scope.rpartition(".")[0]
    target = project.resolve_in(file, call.scope, holder if call.callee == "cls" and holder else call.callee).target
    if target.kind != "definition":
        return
    place = Location.of(file.path, call.at)
    how = kept(call.target, function)
    if not how and target.name == holder and keeps_on_class(call, function, holder):
        how = "kept by its own getter in"
    if how:
        found[target].singleton.append((place, f"{how} {call.target}"))
    elif call.target.endswith("[]") and _is_registry(function):
        found[target].factory.append((place, f"registry {function.qualname}"))


def _is_registry(function: FunctionDetail) -> bool:
    """Tell whether a getter keeps one instance for each user, session or the like, and not for each name."""
    holder, _, name = function.qualname.rpartition(".")
    own = [one for one in function.parameters if one not in ("self", "cls")]
    return is_factory_name(holder, name) and bool(own) and not _PER_KEY.isdisjoint(words(own[0]))


def _only_tests_use(project: Project, file: SourceFile, details: Details, function: FunctionDetail) -> bool:
    """Tell whether tests import a function, and no production code uses it or lists it in `__all__`."""
    exported = file.facts.exports.names if file.facts.exports is not None else ()
    if "." in function.qualname or function.qualname in (*details.mentions, *exported):
        return False
    users = project.remember(("users by zone",), lambda: _users(project))
    zones = users.get((file.module, function.qualname), frozenset())
    return zones == {"tests"} and "production" not in users.get((file.module, ""), frozenset())


def _users(project: Project) -> dict[tuple[str, str], frozenset[str]]:
    """Return in which zones each function, and each module as an object (""), is imported."""
    users: dict[tuple[str, str], frozenset[str]] = {}
    for site in project.imports:
        target = site.resolution.target
        if target.kind in ("definition", "module"):
            key = (target.module, target.name if target.kind == "definition" else "")
            users[key] = users.get(key, frozenset()) | {project.zone(site.file.path)}
    return users


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
        cached = bool(CACHES & names)
        if cached and not function.parameters:
            found[target].singleton.append((place, f"cached getter {function.qualname}"))
        elif one.keyed and _is_registry(function):
            found[target].factory.append((place, f"registry {function.qualname}"))
        elif not cached and not one.published and not function.sets_globals and is_factory_name(holder, name):
            found[target].factory.append((place, f"factory {function.qualname}"))


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


def departure(project: Project, entry: None, spot: Spot) -> Departure:
    """Share an instance of a class, and make new ones."""
    del project, entry
    make = "def create_parcel():\n    return Parcel()\n"
    return {spot.path(): f"class Parcel:\n    def send(self): ...\n\n\nparcel = Parcel()\n\n\n{make}"}


RULE = Rule(
    code="SSOT301",
    name="mixed-construction",
    summary="one class offered both as a singleton and from a factory",
    kinds={"declared": Levels("warning", "off"), "other": Levels("info", "off")},
    check=check,
    departure=departure,
    needs_policy=False,
    suspects=suspects,
)
