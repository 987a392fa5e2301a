"""Which bodies are copies of each other: candidates by the sketches of the first look, proof by the second."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.rules.construction import DOUBLES, words
from ssot_lint.rules.twins import Ground, compared_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.policy import Policy
    from ssot_lint.project.model import Project

_BOILERPLATE: Final = 12
"""What more classes than these have in common does not make two of them alike."""
_METHODS: Final = 2


class Member(NamedTuple):
    """A body in its place."""

    ground: Ground
    line: int
    qualname: str
    sketch: int
    module: str

    @property
    def path(self) -> str:
        """The path of its file."""
        return self.ground.path

    @property
    def holder(self) -> str:
        """The qualified name of the class around it, "" if there is none."""
        return self.qualname.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.qualname.rpartition(".")[2]


@dataclass(frozen=True)
class Candidates:
    """What may be copied: the members of each sketch, and pairs of classes with several methods of equal sketches."""

    groups: tuple[tuple[Member, ...], ...]
    pairs: tuple[tuple[Member, Member], ...]


def candidates(project: Project, policy: Policy, zones: frozenset[str]) -> Candidates:
    """Return what may be copied in the files of some zones."""
    return project.remember(("copies", zones), lambda: _candidates(project, policy, zones))


def _candidates(project: Project, policy: Policy, zones: frozenset[str]) -> Candidates:
    sketches: dict[int, list[Member]] = defaultdict(list)
    classes: dict[tuple[str, str], Member] = {}
    asked = {body.sketch for file in project.asked_files for body in file.facts.bodies}

    def holds(file: SourceFile) -> bool:
        return any(body.sketch in asked for body in file.facts.bodies)

    for file, ground in compared_files(project, policy, zones, holds) if asked else ():
        kinds = {one.qualname for one in file.facts.definitions if one.kind == "class"}
        for one in _members(file, ground):
            if one.sketch in asked:
                sketches[one.sketch].append(one)
            if one.qualname in kinds:
                classes[one.path, one.qualname] = one
    groups = [tuple(group) for group in sketches.values() if len({one.path for one in group}) > 1]
    return Candidates(tuple(groups), tuple(_pairs(groups, classes)))


def _members(file: SourceFile, ground: Ground) -> Iterator[Member]:
    """Yield the bodies of a file that may be compared with others."""
    enums = {one.qualname for one in file.facts.definitions if one.is_enum}
    for body in file.facts.bodies:
        if body.qualname not in enums and DOUBLES.isdisjoint(words(body.qualname)):
            yield Member(ground, body.line, body.qualname, body.sketch, file.module)


def _pairs(
    groups: Iterable[Sequence[Member]], classes: dict[tuple[str, str], Member]
) -> Iterator[tuple[Member, Member]]:
    """Yield the classes that have methods of equal names and sketches, but not all of them."""
    shared: Counter[tuple[Member, Member]] = Counter()
    for group in groups:
        methods: dict[str, list[Member]] = defaultdict(list)
        for one in group:
            holder = classes.get((one.path, one.holder))
            if holder is not None:
                methods[one.name].append(holder)
        for holders in methods.values():
            if len(holders) <= _BOILERPLATE:
                shared.update((a, b) for i, a in enumerate(holders) for b in holders[i + 1 :] if a.sketch != b.sketch)
    yield from (pair for pair, count in shared.items() if count >= _METHODS)


def wanted(found: Candidates) -> dict[str, frozenset[str]]:
    """Name, by path, what the second look must see of the candidates."""
    names: dict[str, set[str]] = defaultdict(set)
    for one in (one for group in (*found.groups, *found.pairs) for one in group):
        names[one.path].add(one.name)
    return {path: frozenset(some) for path, some in sorted(names.items())}
