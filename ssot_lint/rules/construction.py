"""What the rules about construction share: the names of a concept in a file, and what functions give."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ssot_lint.project.concepts import claimed, names_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from ssot_lint.model.details import FunctionDetail
    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.project.concepts import BoundConcept, BoundPolicy
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

_VERBS: Final = ("get", "create", "make", "build", "new", "provide", "obtain", "construct", "initialize", "init")
_ENDINGS: Final = ("sync", "async", "instance", "singleton")


@functools.lru_cache(maxsize=1 << 16)
def words(name: str) -> tuple[str, ...]:
    """Split a name into its words: `WebSocketManager` and `web_socket_manager` are the same three."""
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+", name)
    return tuple(part.lower() for part in parts)


@functools.lru_cache(maxsize=1 << 16)
def plain_name(name: str) -> str:
    """Return a name as one lower-case word, so that `websocket` and `web_socket` are the same."""
    return name.replace("_", "").lower() if name.isascii() else "".join(words(name))


def named_like(bound: BoundConcept, function: str) -> bool:
    """Tell whether a function is named for making the concept: a verb and the words of one of its names."""
    plain, names = plain_name(function), bound_names(bound)
    if not plain.startswith(_VERBS) or not any(name in plain for name in names):
        return False
    parts = list(words(function))
    if not parts or parts[0] not in _VERBS:
        return False
    while parts and parts[-1] in _ENDINGS:
        parts.pop()
    return "".join(parts[1:]) in names


def bound_names(bound: BoundConcept) -> frozenset[str]:
    """Return the plain names of a concept: its home's, its aliases', and those that its patterns spell out."""
    concept = bound.concept
    return _plain_names((concept.home_name, *concept.aliases, bound.target.name), concept.looks_like)


@functools.lru_cache(maxsize=1024)
def _plain_names(names: tuple[str, ...], patterns: tuple[str, ...]) -> frozenset[str]:
    spelled = (*names, *(one.strip("*") for one in patterns))
    return frozenset(plain_name(name) for name in spelled if "*" not in name and name.isidentifier())


def names_of_concepts(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return, by path, the names that a file binds or imports for a concept, or that claim to be one."""
    return project.remember(("names of concepts",), lambda: _names_of_concepts(project, policy.concepts))


def _names_of_concepts(project: Project, concepts: Sequence[BoundConcept]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    claiming = claimed(project.census.names, concepts)
    for bound in concepts:
        likely = {name for name in claiming if bound.claims(name)}.union(_makers(project, bound))
        known = names_in_use(project, bound.offered.values(), bound.offered)
        known |= names_in_use(project, bound.factories)
        for file, name in [*_imported(project, bound, known, likely), *_bound(project, bound, known, likely)]:
            found[file.path].add(name)
    for file in project.files:
        if file.facts.uses:
            found[file.path].update(use.dotted.rpartition(".")[2] for use in file.facts.uses)
    return {path: frozenset(names - {""}) for path, names in found.items()}


def _makers(project: Project, bound: BoundConcept) -> Iterator[str]:
    """Yield the names of the project that are like those of functions that make a concept."""
    verbal = project.remember("names that begin with a verb", lambda: _verbal(project))
    for name in bound_names(bound):
        for plain, names in verbal.items() if name else ():
            if name in plain:
                yield from (one for one in names if named_like(bound, one))


def _verbal(project: Project) -> dict[str, list[str]]:
    """Return the names that begin with a verb of making, by their plain form."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in project.census.names:
        plain = plain_name(name)
        if plain.startswith(_VERBS):
            found[plain].append(name)
    return found


def _imported(
    project: Project, bound: BoundConcept, known: AbstractSet[str], likely: AbstractSet[str]
) -> Iterator[tuple[SourceFile, str]]:
    """Yield what files import for a concept, under the names that they give it."""
    objects = {*bound.offered.values(), *bound.factories}
    for site in project.census.imports(names=known | likely):
        if site.one.name in likely or site.resolution.target in objects:
            yield site.file, site.one.bound_as


def _bound(
    project: Project, bound: BoundConcept, known: AbstractSet[str], likely: AbstractSet[str]
) -> Iterator[tuple[SourceFile, str]]:
    """Yield what files define or assign for a concept."""
    census = project.census
    for name in (*likely, bound.target.name):
        for places in (census.definitions.get(name, ()), census.bindings.get(name, ())):
            yield from ((file, name) for file, _ in places)
    for name in known:
        for file, one in census.bindings.get(name, ()):
            if one.kind == "alias" and project.resolve(file.module, name).target == bound.target:
                yield file, name


def definition_of(project: Project, target: Target) -> Definition | None:
    """Return the class or function that a target is."""
    if target.kind != "definition":
        return None
    file = project.file_of(target.module)
    if file is None:
        return None
    return next(
        (one for one in file.facts.definitions if one.qualname == target.name and one.at.line == target.line), None
    )


def given(project: Project, file: SourceFile, function: FunctionDetail) -> list[tuple[Target, bool]]:
    """Return what a function's return statements give: resolved callees of what is returned, and whether published."""
    found = []
    for one in function.returned:
        if one.kind == "call" and one.target:
            target = project.resolve_in(file, function.qualname, one.target).target
            found.append((target, one.published))
    return found
