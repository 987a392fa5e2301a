"""Which constants and enums of different files say the same, or said it once: by their names and their values."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.rules.construction import DOUBLES, words
from ssot_lint.rules.twins import Ground, compared_files, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ssot_lint.model.facts import Definition, SourceFile
    from ssot_lint.model.location import Span
    from ssot_lint.model.policy import Policy
    from ssot_lint.project.model import Project

_CONSTANT: Final = re.compile(r"_?[A-Z][A-Z0-9_]{3,}")
_OF_EVERY_MODULE: Final = frozenset(
    ("VERSION", "USAGE", "HELP", "EPILOG", "DESCRIPTION", "DOCUMENTATION", "EXAMPLES", "RETURN", "TITLE", "LICENSE")
)
_FEWEST: Final = 3
_LONG_TEXT: Final = 14
"""A text that is as long, quotes included, is not the same by chance."""
_LONG_NUMBER: Final = 5
_DRIFTED: Final = 0.6
"""The share of all values that two have in common from which one is a copy of the other that has changed."""
_ASKED: Final = 4
"""So many modules of one file name (`formats.py`) have a constant because each of them is asked for it."""
_MOST: Final = 40


class Value(NamedTuple):
    """A constant or an enum in its place."""

    ground: Ground
    at: Span
    name: str
    module: str
    parts: frozenset[str]
    is_enum: bool

    @property
    def path(self) -> str:
        """The path of its file."""
        return self.ground.path


@dataclass(frozen=True)
class Twins:
    """Constants or enums with equal values, or values that have drifted apart from those of the first."""

    kind: str
    members: tuple[Value, ...]


def wanted(project: Project, policy: Policy, zones: frozenset[str]) -> dict[str, frozenset[str]]:
    """Name, by path, the constants that several files have under one name."""
    files: dict[str, list[str]] = defaultdict(list)
    asked = {name for file in project.asked_files for name in _constant_names(file)}

    def holds(file: SourceFile) -> bool:
        return not asked.isdisjoint(_constant_names(file))

    for file, _ in compared_files(project, policy, zones, holds) if asked else ():
        for name in _constant_names(file):
            if name in asked:
                files[name].append(file.path)
    names: dict[str, set[str]] = defaultdict(set)
    for name, paths in files.items():
        if len(set(paths)) > 1 and name.lstrip("_") not in _OF_EVERY_MODULE:
            alike = Counter(path.rpartition("/")[2] for path in paths)
            for path in paths:
                if alike[path.rpartition("/")[2]] < _ASKED:
                    names[path].add(name)
    return {path: frozenset(some) for path, some in sorted(names.items())}


def _constant_names(file: SourceFile) -> list[str]:
    return [
        one.name
        for one in file.facts.bindings
        if one.kind in ("value", "call") and not one.block and _CONSTANT.fullmatch(one.name)
    ]


def twins(project: Project, policy: Policy, zones: frozenset[str]) -> Iterator[Twins]:
    """Yield what says the same in several files."""
    named: dict[str, list[Value]] = defaultdict(list)
    valued: dict[frozenset[str], list[Value]] = defaultdict(list)

    def holds(file: SourceFile) -> bool:
        return file.path in project.details or any(map(_is_vocabulary, file.facts.definitions))

    asked = any(
        _constant_names(file) or any(map(_is_vocabulary, file.facts.definitions)) for file in project.asked_files
    )
    for file, ground in compared_files(project, policy, zones, holds) if asked else ():
        for one in (*_constants(project, file, ground), *_enums(file, ground)):
            named[one.name].append(one)
            if one.is_enum:
                valued[one.parts].append(one)
    told: set[Value] = set()
    for group in valued.values():
        for copy in _stars(group, _equal_enums):
            told.update(copy[1:])
            yield Twins("equal", copy)
    for group in named.values():
        for copy in _stars([one for one in group if not one.is_enum], lambda a, b: a.parts == b.parts):
            told.update(copy[1:])
            yield Twins("equal", copy)
        for copy in _stars([one for one in group if one not in told], _have_drifted):
            yield Twins("drifted", copy)


def _constants(project: Project, file: SourceFile, ground: Ground) -> Iterator[Value]:
    details = project.details.get(file.path)
    if details is None or details.generated:
        return
    bound: dict[str, int] = defaultdict(int)
    for binding in file.facts.bindings:
        bound[binding.name] += 1
    for one in details.constants:
        if bound[one.name] == 1 and _is_telling(one.parts):
            yield Value(ground, one.at, one.name, file.module, frozenset(one.parts), is_enum=False)


def _is_telling(parts: Sequence[str]) -> bool:
    """Tell whether two would not have a value by chance: three elements, a long text, a number of many digits."""
    if len(parts) != 1:
        return len(set(parts)) >= _FEWEST
    text = parts[0]
    if text[0] in "'\"":
        return len(text) >= _LONG_TEXT
    return len(re.sub(r"\D", "", text).strip("0")) >= _LONG_NUMBER


def _enums(file: SourceFile, ground: Ground) -> Iterator[Value]:
    for one in file.facts.definitions:
        if _is_vocabulary(one) and DOUBLES.isdisjoint(words(one.qualname)):
            yield Value(ground, one.at, one.qualname, file.module, frozenset(one.values), is_enum=True)


def _is_vocabulary(one: Definition) -> bool:
    return one.is_enum and len(one.values) >= _FEWEST and one.qualname == one.name


def _equal_enums(a: Value, b: Value) -> bool:
    """Tell whether two enums of equal values mean the same: their names are alike, and numbers say nothing alone."""
    if a.name == b.name:
        return True
    one, other = set(words(a.name)), set(words(b.name))
    return (one <= other or other <= one) and all(part[0] in "'\"" for part in a.parts)


def _have_drifted(a: Value, b: Value) -> bool:
    """Tell whether two of one name have most, but not all, of their values in common."""
    common = len(a.parts & b.parts)
    return a.is_enum == b.is_enum and common >= _FEWEST and _DRIFTED <= common / len(a.parts | b.parts) < 1


def _stars(group: Iterable[Value], alike: Callable[[Value, Value], bool]) -> Iterator[tuple[Value, ...]]:
    """Yield a value with all that are like it, each told of once; the plainest name first, then in order of paths."""
    for own in together(group, lambda one: one.ground):
        rest = sorted(own, key=lambda one: (len(words(one.name)), one.path, one.at))[:_MOST]
        while rest:
            first, *rest = rest
            others = [one for one in rest if not first.ground.is_apart(one.ground) and alike(first, one)]
            if others:
                yield (first, *others)
                rest = [one for one in rest if one not in others]
