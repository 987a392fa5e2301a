"""Which bodies are copies of each other: candidates by the sketches of the first look, proof by the second."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.model.patterns import is_under
from ssot_lint.project.modules import is_generated
from ssot_lint.rules.construction import words
from ssot_lint.rules.likeness import DOUBLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lint.model.facts import SourceFile
    from ssot_lint.model.policy import Policy
    from ssot_lint.project.model import Project

_ON_PURPOSE: Final = re.compile(
    r"(^|/)(migrations?|versions|alembic|_?vendor(ed)?|third_party|extern|examples?|samples?|demos?|docs?|tutorials?"
    r"|benchmarks?|templates?|setup\.py|versioneer\.py)(/|$)"
)
_VERSION: Final = re.compile(r"(v|api_?v?)\d+\w*")
_ENUM: Final = re.compile(r"(Enum|Flag)$")
_BOILERPLATE: Final = 12
"""What more classes than these have in common does not make two of them alike."""
_METHODS: Final = 2


class Member(NamedTuple):
    """A body in its place; `service` is the one of the policy that it belongs to, "" for none."""

    path: str
    line: int
    qualname: str
    sketch: int
    module: str
    service: str

    @property
    def holder(self) -> str:
        """The qualified name of the class around it, "" if there is none."""
        return self.qualname.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.qualname.rpartition(".")[2]

    @property
    def version(self) -> tuple[str, ...]:
        """The folders of its path that name a version: what stands under another one is kept twice on purpose."""
        return tuple(part for part in self.path.split("/") if _VERSION.fullmatch(part))

    def is_apart(self, other: Member) -> bool:
        """Tell whether two bodies may be the same: in one file, in two services, in two versions of a package."""
        services = {self.service, other.service}
        return self.path == other.path or self.version != other.version or ("" not in services and len(services) > 1)


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
    for file in project.files:
        if project.zone(file.path) in zones and not _ON_PURPOSE.search(file.path) and not is_generated(file.module):
            kinds = {one.qualname for one in file.facts.definitions if one.kind == "class"}
            for one in _members(file, policy):
                sketches[one.sketch].append(one)
                if one.qualname in kinds:
                    classes[one.path, one.qualname] = one
    groups = [tuple(group) for group in sketches.values() if len({one.path for one in group}) > 1]
    return Candidates(tuple(groups), tuple(_pairs(groups, classes)))


def _members(file: SourceFile, policy: Policy) -> Iterator[Member]:
    """Yield the bodies of a file that may be compared with others."""
    folders = policy.service_folders.items()
    service = next((name for name, at in folders if any(is_under(file.path, folder) for folder in at)), "")
    enums = {one.qualname for one in file.facts.definitions if any(map(_ENUM.search, one.bases))}
    for body in file.facts.bodies:
        if body.qualname not in enums and DOUBLE.isdisjoint(words(body.qualname)):
            yield Member(file.path, body.line, body.qualname, body.sketch, file.module, service)


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
