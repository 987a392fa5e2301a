"""What bears a concept's name, or nearly: other objects with one of its names, and classes that `looks-like` adds."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from ssot_lint.rules.construction import words
from ssot_lint.studies.hints import imports_of
from ssot_lint.studies.proposal import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.model import Project

_ENOUGH_WORDS: Final = 2
"""A name of one word (`Cart`, `Config`) says too little to look for others that end in it."""


def pattern_of(name: str, served: Iterable[str]) -> tuple[str, bool]:
    """Return a pattern for the names of such classes, and whether it is narrow enough to be proposed.

    `served` are the names under which other modules serve the same object: where one of them is the end of the home's
    name (`Manager`, `ChatManager` and `UnifiedChatManager`), the shortest of at least two words is taken.
    """
    ends = [one for one in served if name.endswith(one) and _is_end(name, one) and len(words(one)) >= _ENOUGH_WORDS]
    shortest = min([name, *ends], key=lambda one: (len(one), one))
    return f"*{shortest}", len(words(shortest)) >= _ENOUGH_WORDS


def _is_end(name: str, end: str) -> bool:
    whole, last = words(name), words(end)
    return whole[len(whole) - len(last) :] == last


def alike(project: Project, bound: BoundConcept, pattern: str) -> tuple[list[Place], int]:
    """Return the classes of production whose names fit a pattern, those with a name of the concept left out.

    And how many there are in tests.
    """
    found, in_tests = [], 0
    for file, one in _others(project, bound):
        if one.kind == "class" and one.name not in bound.offered and fnmatchcase(one.name, pattern):
            if project.zone(file.path) == "tests":
                in_tests += 1
            else:
                found.append(Place(one.name, file.path, one.at.line))
    return found, in_tests


def rivals(project: Project, bound: BoundConcept) -> list[Place]:
    """Return the other classes and functions that bear a name of the concept, with who imports them."""
    found = []
    for file, one in _others(project, bound):
        if one.name in bound.offered:
            number = imports_of(project, file.module, one.name).total
            note = f"{one.kind.replace('-', ' ')}; {'no' if not number else f'{number:,}'} import{'s' * (number != 1)}"
            in_tests = project.zone(file.path) == "tests"
            found.append((in_tests, -number, Place(one.name, file.path, one.at.line, note)))
    return [place for *_, place in sorted(found)]


def others_at_home(project: Project, bound: BoundConcept, pattern: str) -> list[Place]:
    """Return the names of the home that fit a pattern, and are bound to another object."""
    file = project.file_of(bound.home_module)
    found = []
    for name in sorted(project.resolver.namespace(file).statements) if file is not None else ():
        target = project.resolve(bound.home_module, name).target
        if fnmatchcase(name, pattern) and target.path and target not in bound.offered.values():
            found.append(Place(name, target.path, target.line, f"{target.name} at {target.path}:{target.line}"))
    return found


def _others(project: Project, bound: BoundConcept) -> Iterator[tuple[SourceFile, Definition]]:
    """Yield what modules of the concept's scope define, other than the concept's own objects."""
    own = {(target.module, target.name) for target in bound.offered.values()}
    for file in project.files:
        if not bound.in_scope(file.path):
            continue
        for one in file.facts.definitions:
            if one.name == one.qualname and not file.facts.scope(one.block) and (file.module, one.name) not in own:
                yield file, one
