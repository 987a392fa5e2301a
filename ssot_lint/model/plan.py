"""The remediation plan of a concept, as data: ordered steps, and the tests that speak of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ssot_lint.model.finding import Finding
from ssot_lint.model.report import ConceptScore

StepName = Literal["imports", "strings", "events", "uses", "construction", "second implementations", "policy", "shims"]
EntryKind = Literal["concept", "moved", "vocabulary", "operation"]
"""Which sort of entry of the policy a plan is for."""
Doer = Literal["fix", "unsafe", "person"]
"""Who carries a piece of work out: `--fix`, `--unsafe-fixes`, or a person, who must decide something first."""


class Work(NamedTuple):
    """Findings that ask for one and the same: a rule and kind, what to do, and the reasons why `--fix` does not."""

    rule: str
    kind: str
    doer: Doer
    title: str
    reason: str
    places: tuple[tuple[str, int], ...]


class Touched(NamedTuple):
    """A file of a step: how many findings it has, by who repairs them, and the modules that import it, by zone.

    The zone of the policy's file is `policy`.
    """

    path: str
    zone: str
    fix: int
    unsafe: int
    person: int
    production: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()

    @property
    def findings(self) -> int:
        """All of them."""
        return self.fix + self.unsafe + self.person


class Cycle(NamedTuple):
    """A file in which an import of the home at module level could close a cycle: what leads back to it."""

    path: str
    way: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One step of a plan; it is done when no finding is left."""

    name: StepName
    work: tuple[Work, ...] = ()
    files: tuple[Touched, ...] = ()
    cycles: tuple[Cycle, ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return not self.work

    def count(self, *doers: Doer) -> int:
        """Return the number of findings that some carry out; all without an argument."""
        return sum(len(one.places) for one in self.work if not doers or one.doer in doers)

    def of(self, doer: Doer) -> list[Work]:
        """Return what one of them carries out, the most frequent first."""
        return [one for one in self.work if one.doer == doer]


class Reference(NamedTuple):
    """A line of a test that speaks of a concept: the address that it names, and what that address gives."""

    path: str
    line: int
    address: str
    verdict: str

    @property
    def canonical(self) -> bool:
        """Whether it names the home."""
        return self.verdict == "canonical"


class Reach(NamedTuple):
    """A test file that reaches a concept through other modules only: the shortest way, without the test itself.

    `through` says whether production code alone leads there, or only modules of tests do, too.
    """

    path: str
    way: tuple[str, ...]
    through: Literal["production", "tests"] = "production"

    @property
    def depth(self) -> int:
        """How many imports lead to the concept's module."""
        return len(self.way)


class Meant(NamedTuple):
    """A departure that stays on purpose, and what says so."""

    path: str
    line: int
    rule: str
    why: str


@dataclass(frozen=True)
class ConceptTests:
    """The tests of a concept. What imports or patches it directly is not listed again as what reaches it."""

    imports: tuple[Reference, ...] = ()
    patches: tuple[Reference, ...] = ()
    reached: tuple[Reach, ...] = ()
    legacy: tuple[Meant, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The test files that name the concept themselves."""
        return tuple(sorted({one.path for one in (*self.imports, *self.patches)}))


@dataclass(frozen=True)
class Plan:
    """The plan of one entry of the policy.

    `what` says which sort of entry it is; `home` and `definition` are "" where it has none. `findings` are those that
    the steps are made of, in the baseline or not; `silenced` is the number of those that are suppressed or excepted.
    """

    name: str
    what: EntryKind
    home: str
    definition: str
    defined_at: str
    score: ConceptScore | None
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...]
    tests: ConceptTests
    silenced: int = 0
    issue: str = ""
    priority: str = ""
    impact: str = ""

    @property
    def left(self) -> list[Step]:
        """The steps that are not done."""
        return [step for step in self.steps if not step.done]


def most_first(works: Iterable[Work]) -> tuple[Work, ...]:
    """Return work in order: the most frequent first."""
    return tuple(sorted(works, key=lambda one: (-len(one.places), *one[:5], one.places)))
