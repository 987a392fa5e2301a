"""What an entry of the policy is about, whatever sort of entry it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.engine import UsageError
from ssot_lint.project.problems import split_address
from ssot_lint.rules.moved import moved_names
from ssot_lint.workspace.convert import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lint.engine import Index
    from ssot_lint.model.plan import EntryKind
    from ssot_lint.model.policy import Moved, Policy
    from ssot_lint.project.concepts import BoundConcept
    from ssot_lint.project.model import Project
    from ssot_lint.project.resolution import Target

_SHOWN = 20


@dataclass(frozen=True)
class About:
    """What an entry is about: its home, its objects, and the modules of the home's own chain.

    `concept` or `moved` is what imports are judged by, where the entry is of that sort.
    """

    what: EntryKind
    home: str
    objects: frozenset[Target]
    own_modules: frozenset[str]
    definition: str = ""
    defined_at: str = ""
    concept: BoundConcept | None = None
    moved: Moved | None = None
    issue: str = ""
    priority: str = ""
    impact: str = ""

    @property
    def home_module(self) -> str:
        """The module part of the home."""
        return split_address(self.home)[0]


def chosen_names(policy: Policy, names: Sequence[str]) -> list[str]:
    """Return the entries that are asked for by name; all without any. UsageError for one that there is not."""
    known = list(dict.fromkeys(one.name for one in policy.entries))
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            raise UsageError(f'no concept is called "{name}"; {near or listed_names(known)}')
    return [name for name in known if not names or name in names]


def listed_names(names: Sequence[str]) -> str:
    """Say which entries there are."""
    if not names:
        return "no concepts are declared: run ssot-lint init"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"there are {', '.join(names[:_SHOWN])}{more}"


def about(whole: Index, name: str) -> About:
    """Return what the entry of a name is about."""
    return next(_about(whole, name))


def _about(whole: Index, name: str) -> Iterator[About]:
    policy, project = whole.policy, whole.project
    for bound in policy.concepts:
        one = bound.concept
        if one.name == name:
            where = f"{bound.target.path}:{bound.target.line}" if bound.target.path else ""
            objects = frozenset(bound.offered.values())
            definition = (str(bound.target), where)
            stated = (one.issue, one.priority, one.impact)
            yield About("concept", one.home, objects, bound.own_modules, *definition, bound, None, *stated)
    for moved in policy.moved:
        if moved.name == name:
            objects = _moved_to(project, moved)
            own = frozenset((split_address(moved.to)[0],))
            yield About("moved", moved.to, objects, own, moved=moved, issue=moved.issue)
    for known in policy.vocabularies:
        vocabulary = known.vocabulary
        if vocabulary.name == name:
            objects = frozenset((known.home,)) if known.home is not None else frozenset()
            own = frozenset(one.module for one in objects)
            yield About("vocabulary", vocabulary.home, objects, own, issue=vocabulary.issue)
    for able in policy.operations:
        operation = able.operation
        if operation.name == name:
            objects = frozenset((able.instead,)) if able.instead is not None else frozenset()
            own = frozenset(one.module for one in objects)
            yield About("operation", operation.instead, objects, own, issue=operation.issue)


def _moved_to(project: Project, moved: Moved) -> frozenset[Target]:
    """Return the objects at the new address, as far as they are in the project."""
    module, new_name = split_address(moved.to)
    renamed = moved.names if isinstance(moved.names, dict) else {}
    names = [new_name or renamed.get(name, name) for name in moved_names(moved)] or [""]
    found = (project.resolve(module, name).target for name in names)
    return frozenset(one for one in found if one.known and one.kind != "external")
