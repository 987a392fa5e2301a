"""What the rules about construction share: the names of a concept in a file, and what functions give."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ssot_lint.project.concepts import names_in_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
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
    return "".join(words(name))


def named_like(bound: BoundConcept, function: str) -> bool:
    """Tell whether a function is named for making the concept: a verb and the words of one of its names."""
    parts = list(words(function))
    if not parts or parts[0] not in _VERBS:
        return False
    while parts and parts[-1] in _ENDINGS:
        parts.pop()
    return "".join(parts[1:]) in bound_names(bound)


def bound_names(bound: BoundConcept) -> frozenset[str]:
    """Return the plain names of a concept: its home's, its aliases', and those that its patterns spell out."""
    concept = bound.concept
    names = [concept.home_name, *concept.aliases, bound.target.name, *(one.strip("*") for one in concept.looks_like)]
    return frozenset(plain_name(name) for name in names if "*" not in name and name.isidentifier())


def names_of_concepts(project: Project, policy: BoundPolicy) -> dict[str, frozenset[str]]:
    """Return, by path, the names that a file binds or imports for a concept, or that claim to be one."""
    return project.remember(("names of concepts",), lambda: _names_of_concepts(project, policy.concepts))


def _names_of_concepts(project: Project, concepts: Iterable[BoundConcept]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for bound in concepts:
        made = {target.name: target for target in bound.factories}
        known = names_in_use(project, bound.offered) | names_in_use(project, made)
        for file, name in [*_imported(project, bound, known), *_bound(project, bound, known)]:
            found[file.path].add(name)
    for file in project.files:
        if file.facts.uses:
            found[file.path].update(use.dotted.rpartition(".")[2] for use in file.facts.uses)
    return {path: frozenset(names - {""}) for path, names in found.items()}


def _imported(project: Project, bound: BoundConcept, known: AbstractSet[str]) -> Iterator[tuple[SourceFile, str]]:
    """Yield what files import for a concept, under the names that they give it."""
    census = project.census
    objects = {*bound.offered.values(), *bound.factories}
    likely = {name for name in census.imported_names if _is_for(bound, name)}
    for site in census.imports(names=known | likely):
        if site.one.name in likely or site.resolution.target in objects:
            yield site.file, site.one.bound_as
    for site in census.imports(names=("*",)):
        for name in known:
            if project.resolve(site.file.module, name).target in objects:
                yield site.file, name


def _bound(project: Project, bound: BoundConcept, known: AbstractSet[str]) -> Iterator[tuple[SourceFile, str]]:
    """Yield what files define or assign for a concept."""
    census = project.census
    for places in (census.definitions, census.bindings):
        for name in places:
            if _is_for(bound, name) or name == bound.target.name:
                yield from ((file, name) for file, _ in places[name])
    for name in known:
        for file, one in census.bindings.get(name, ()):
            if one.kind == "alias" and project.resolve(file.module, name).target == bound.target:
                yield file, name


def _is_for(bound: BoundConcept, name: str) -> bool:
    """Tell whether a name claims to be a concept, or to make it."""
    return bound.claims(name) or named_like(bound, name)


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
