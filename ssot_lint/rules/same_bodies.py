"""Which candidates really have the same body, or nearly: compared by what the second look saw of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.rules.likeness import methods_of
from ssot_lint.rules.twins import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lint.model.details import ClassDetail, Details, FunctionDetail
    from ssot_lint.model.location import Span
    from ssot_lint.project.model import Project
    from ssot_lint.rules.copies import Candidates, Member

_NEAR: Final = 0.75
"""The share of equal statements from which two bodies are nearly the same."""
_ENOUGH: Final = 10
"""Nearly the same is said of bodies with so many statements; of shorter ones it is chance."""

_MOST: Final = 20


class Compared(NamedTuple):
    """A member as the second look saw it: what all equal bodies have in common, and its statements to be counted."""

    member: Member
    at: Span
    same: tuple[object, ...]
    statements: Counter[object]
    is_class: bool

    @property
    def size(self) -> int:
        """The number of statements."""
        return self.statements.total()


@dataclass(frozen=True)
class Copy:
    """Bodies that are equal (share 1), or nearly equal to the first of them, in the order of the project."""

    kind: str
    members: tuple[Compared, ...]
    shares: tuple[float, ...]


def copies(project: Project, found: Candidates) -> Iterator[Copy]:
    """Yield every group of equal bodies, and of nearly equal ones; of what is inside of such classes nothing more."""
    known = _seen(project, found)
    groups = [[known[one] for one in group if one in known] for group in found.groups]
    classes = [copy for group in groups for copy in _equal(one for one in group if one.is_class)]
    pairs = [(known[a], known[b]) for a, b in found.pairs if a in known and b in known]
    pairs += [pair for group in groups for pair in _pairs(one for one in group if one.is_class)]
    equal = {one.member for copy in classes for one in copy.members}
    near = list(_stars(pair for pair in pairs if not equal & {pair[0].member, pair[1].member}))
    outer = {
        (one.member.path, one.member.qualname): number
        for number, copy in enumerate((*classes, *near))
        for one in copy.members
    }
    yield from (*classes, *near)
    for group in groups:
        functions = list(_outermost((one for one in group if not one.is_class), outer))
        same = list(_equal(functions))
        yield from same
        covered = {one.member for copy in same for one in copy.members[1:]}
        yield from _stars(_pairs(one for one in functions if one.member not in covered))


def _pairs(group: Iterable[Compared]) -> Iterator[tuple[Compared, Compared]]:
    """Yield the pairs of a group, each body with so many others that a large group costs no more than it must."""
    members = list(group)
    for number, one in enumerate(members):
        yield from ((one, other) for other in members[number + 1 : number + 1 + _MOST])


def _seen(project: Project, found: Candidates) -> dict[Member, Compared]:
    """Return the candidates of which the second look knows the body."""
    every = {one for group in (*found.groups, *found.pairs) for one in group}
    known: dict[Member, Compared] = {}
    for member in sorted(every):
        details = project.details.get(member.path)
        if details is not None and not details.generated:
            one = _class(member, details) or _function(member, details)
            if one is not None:
                known[member] = one
    return known


def _function(member: Member, details: Details) -> Compared | None:
    for one in details.functions:
        if one.at.line == member.line and one.qualname == member.qualname and one.shape:
            return Compared(member, one.at, (one.shape, one.is_async), Counter(one.statements), is_class=False)
    return None


def _class(member: Member, details: Details) -> Compared | None:
    """Return a class as its methods, each with its name, and its other statements."""
    for one in details.classes:
        if one.at.line == member.line and one.qualname == member.qualname:
            methods = [method for method in methods_of(one.qualname, details) if _within(method, one)]
            heads = tuple((_name(method), method.shape, method.decorators, method.parameters) for method in methods)
            statements: Counter[object] = Counter(one.statements)
            for method in methods:
                # A method whose body differs counts as wholly different: what it does is another thing.
                statements.update({(_name(method), method.shape): len(method.statements)})
            return Compared(member, one.at, (*heads, one.statements), statements, is_class=True)
    return None


def _within(method: FunctionDetail, one: ClassDetail) -> bool:
    return one.at.line < method.at.line <= one.at.end_line


def _name(method: FunctionDetail) -> str:
    return method.qualname.rpartition(".")[2]


def _equal(group: Iterable[Compared]) -> Iterator[Copy]:
    by_body: dict[tuple[object, ...], list[Compared]] = defaultdict(list)
    for one in group:
        by_body[one.same].append(one)
    for members in by_body.values():
        for own in together(members, lambda one: one.member.ground):
            yield Copy("equal", tuple(own), (1.0,) * len(own))


def _stars(pairs: Iterable[tuple[Compared, Compared]]) -> Iterator[Copy]:
    """Yield, for a body and all that are nearly like it, one copy; each body is told of once."""
    near: dict[Member, list[tuple[Compared, float]]] = defaultdict(list)
    told: set[Member] = set()
    first: dict[Member, Compared] = {}
    for a, b in pairs:
        share = _share(a, b)
        if share >= _NEAR and not a.member.ground.is_apart(b.member.ground):
            first[a.member] = a
            near[a.member].append((b, share))
    for member in sorted(near):
        others = [(one, share) for one, share in near[member] if one.member not in told]
        if member not in told and others:
            told.update((member, *(one.member for one, _ in others)))
            yield Copy("near", (first[member], *(one for one, _ in others)), (1.0, *(share for _, share in others)))


def _share(a: Compared, b: Compared) -> float:
    """Return the share of statements that two bodies have in common, 0 where they are too short to say so."""
    most = max(a.size, b.size)
    return (a.statements & b.statements).total() / most if min(a.size, b.size) >= _ENOUGH else 0.0


def _outermost(group: Iterable[Compared], outer: dict[tuple[str, str], int]) -> Iterator[Compared]:
    """Leave but one of the methods that are the same because their classes are."""
    told: set[int] = set()
    for one in group:
        number = outer.get((one.member.path, one.member.holder))
        if number is None or number not in told:
            yield one
        if number is not None:
            told.add(number)
