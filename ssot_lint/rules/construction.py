"""What the rules about construction share: the names of a concept in a file, and what functions give."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from ssot_lint.project.concepts import claimed

if TYPE_CHECKING:
    from ssot_lint.model.details import FunctionDetail
    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

VERBS: Final = ("get", "create", "make", "build", "new", "provide", "obtain", "construct", "initialize", "init")
DOUBLES: Final = frozenset(("mock", "fake", "stub", "dummy", "fakes", "mocks", "stubs"))
"""The words of a class name that tell a test double."""

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
    if not plain.startswith(VERBS) or not any(name in plain for name in names):
        return False
    parts = list(words(function))
    if not parts or parts[0] not in VERBS:
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


def named(bound: BoundConcept, name: str) -> bool:
    """Tell whether a class name claims to be the concept, doubles (`MockX`) included."""
    return _is_of_class(name) and (bound.claims(name) or _without_doubles(name) in bound_names(bound))


def names_for(project: Project, bound: BoundConcept) -> list[str]:
    """Return the names of classes and bindings in the project for which `named` holds."""

    def by_plain_name() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in filter(_is_of_class, {**project.census.definitions, **project.census.bindings}):
            found.setdefault(_without_doubles(name), []).append(name)
        return found

    known = project.remember("names of classes", by_plain_name)
    claiming = claimed((name for names in known.values() for name in names), (bound,))
    spelled = (name for plain in bound_names(bound) for name in known.get(plain, ()))
    return sorted({*filter(bound.claims, claiming), *spelled})


def _is_of_class(name: str) -> bool:
    return name.lstrip("_")[:1].isupper()


def _without_doubles(name: str) -> str:
    """Return a class name as one lower-case word, without those that tell a test double."""
    plain = plain_name(name)
    if any(double in plain for double in DOUBLES):
        return "".join(word for word in words(name) if word not in DOUBLES)
    return plain


def is_for(bound: BoundConcept, name: str) -> bool:
    """Tell whether a name claims to be a concept, or to make it."""
    return bound.claims(name) or named_like(bound, name)


def definition_of(project: Project, target: Target) -> Definition | None:
    """Return the class or function that a target is."""
    if target.kind != "definition":
        return None

    def collect() -> dict[tuple[str, int], Definition]:
        file = project.file_of(target.module)
        places = file.facts.definitions if file is not None else ()
        return {(one.qualname, one.at.line): one for one in reversed(places)}

    return project.remember(("definitions", target.module), collect).get((target.name, target.line))


def given(project: Project, file: SourceFile, function: FunctionDetail) -> list[tuple[Target, bool]]:
    """Return what a function's return statements give: resolved callees of what is returned, and whether published."""
    found = []
    for one in function.returned:
        if one.kind == "call" and one.target:
            target = project.resolve_in(file, function.qualname, one.target).target
            found.append((target, one.published))
    return found
