"""What a name resolves to: targets, the hops on the way, and the outcomes of all branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from ssot_lint.model.finding import Hop

TargetKind = Literal["definition", "value", "module", "external", "unresolved", "dynamic"]


class Target(NamedTuple):
    """An object, as far as it is known statically; equal targets are the same object.

    definition: a class or function, `name` its qualified name; value: a name bound to a computed value; module: a
    module object; external: a dotted name outside the project (in `name`); unresolved: nothing (`name` says what is
    missing, `module` where); dynamic: something that only running would tell.
    """

    kind: TargetKind
    module: str
    name: str = ""
    path: str = ""
    line: int = 0

    @property
    def known(self) -> bool:
        """Whether this names one object."""
        return self.kind not in ("unresolved", "dynamic")

    def __str__(self) -> str:
        if self.kind == "module":
            return f"module {self.module}"
        if self.kind == "external":
            return self.name
        if self.kind == "unresolved":
            return f"nothing ({self.name})"
        return f"{self.module}:{self.name}"


class Outcome(NamedTuple):
    """One thing that a name may resolve to; a fallback is in force only if something else failed."""

    target: Target
    chain: tuple[Hop, ...]
    fallback: bool = False


@dataclass(frozen=True)
class Resolution:
    """All that a name may resolve to, the one in force on a healthy run first."""

    outcomes: tuple[Outcome, ...]

    @property
    def target(self) -> Target:
        """What the name is on a healthy run."""
        return self.outcomes[0].target

    @property
    def chain(self) -> tuple[Hop, ...]:
        """The hops to `target`."""
        return self.outcomes[0].chain

    @property
    def others(self) -> tuple[Outcome, ...]:
        """The outcomes of other branches, those that give the same target left out."""
        return tuple(one for one in self.outcomes[1:] if one.target != self.target)


def ordered(outcomes: list[Outcome]) -> tuple[Outcome, ...]:
    """Put the outcome of a healthy run first: what is known before what is not, fallbacks after the rest."""
    unique = list(dict.fromkeys(outcomes))

    def rank(outcome: Outcome) -> tuple[bool, bool]:
        return (outcome.target.kind == "unresolved", outcome.fallback)

    return tuple(sorted(unique, key=rank))
