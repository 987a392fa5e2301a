"""The tracker of a project, as data: plans in order of urgency, and the figures of this report and the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ssot_lint.model.plan import Plan, Step
from ssot_lint.model.report import Report


class ConceptFigures(NamedTuple):
    """What a report says of one concept in numbers."""

    findings: int
    canonical: int
    total: int
    steps_done: int


@dataclass(frozen=True)
class Figures:
    """What a report says in numbers; `failing` are the findings that make a run fail."""

    findings: int
    failing: int
    concepts: Mapping[str, ConceptFigures] = field(default_factory=dict)


class Consolidated(NamedTuple):
    """A file that must give something up: what it has too much of, of which concepts, and who imports it, by zone."""

    path: str
    zone: str
    what: tuple[str, ...]
    concepts: tuple[str, ...]
    production: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Tracker:
    """All that the tracker tells: the plans, the most urgent first, and the rules that can speak of their concepts.

    `before` are the figures of the last report that differed. `whole` says that it is about all of the policy.
    """

    plans: tuple[Plan, ...]
    report: Report
    rules: tuple[str, ...]
    files: tuple[Consolidated, ...]
    figures: Figures
    before: Figures | None = None
    whole: bool = True

    @property
    def next(self) -> Plan | None:
        """The plan to be taken next: the most urgent one that is not done."""
        return next((plan for plan in self.plans if plan.left), None)

    @property
    def steps(self) -> list[Step]:
        """The steps of all plans."""
        return [step for plan in self.plans for step in plan.steps]

    def failing(self, plan: Plan) -> int:
        """Return how many findings of a plan make a run fail."""
        return sum(one.concept == plan.name for one in self.report.failing)
