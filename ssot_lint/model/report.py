"""What a run found, ready for the reporters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssot_lint.model.finding import Finding, Notice, Severity
    from ssot_lint.model.fix import Applicability

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From the most to the least severe."""


@dataclass(frozen=True)
class ConceptScore:
    """How much of what refers to a concept refers to its home: parts, and their percentage."""

    canonical: int
    total: int

    @property
    def score(self) -> float:
        """100 where everything, or nothing, refers to it."""
        return 100.0 if not self.total else round(100 * self.canonical / self.total, 1)


@dataclass(frozen=True)
class Fixing:
    """What became of the fixes of a run: the findings that they removed, and the files that they changed.

    With `would` nothing was written. `edits` has, by the fingerprint of a finding, the edits of its fix.
    """

    fixed: Sequence[Finding]
    files: Sequence[str]
    would: bool = False
    edits: Mapping[str, Sequence[FileEdit]] = field(default_factory=dict)


@dataclass(frozen=True)
class BaselineUse:
    """What the baseline of a project, called `name`, covers: notices (here not blocking), and `gone` entries nothing.

    `renames_unknown` says why renamed files could not be followed to their entries; empty if they were.
    """

    name: str
    notices: Sequence[Notice] = ()
    gone: int = 0
    renames_unknown: str = ""


@dataclass(frozen=True)
class FileEdit:
    """One change of a file: the bytes from `start` to `end` become `content`; None deletes the file.

    In a report `content` is in UTF-8, whatever the file is encoded in.
    """

    path: str
    start: int
    end: int
    content: bytes | None


@dataclass(frozen=True)
class Report:
    """Findings in order, notices (without those that the baseline covers), and the figures of the run.

    `lines` holds the source line of every place that a report may show, by (path, line). `quiet` leaves out what is no
    finding or notice; `nothing_asked` says why nothing was checked, if that is so. Of the files that were analysed
    `parsed` were read, the others known from earlier runs.
    """

    findings: Sequence[Finding]
    notices: Sequence[Notice]
    files: int
    analysed: int
    fails_at: Severity
    has_concepts: bool
    scores: Mapping[str, ConceptScore] = field(default_factory=dict)
    lines: Mapping[tuple[str, int], str] = field(default_factory=dict)
    statistics: Mapping[str, float] = field(default_factory=dict)
    parsed: int = 0
    quiet: bool = False
    nothing_asked: str = ""
    fixing: Fixing | None = None
    baseline: BaselineUse | None = None

    def fixable(self, applicability: Applicability) -> int:
        """Return the number of findings that a fix of this sort would remove, of the baseline's too."""
        return sum(one.remedy is not None and one.remedy.applicability == applicability for one in self.unsuppressed)

    @property
    def unsuppressed(self) -> list[Finding]:
        """The findings that are not suppressed, in the baseline or not."""
        return [finding for finding in self.findings if not finding.suppressed]

    @property
    def active(self) -> list[Finding]:
        """The findings that are to be acted on: not suppressed, and not in the baseline."""
        return [finding for finding in self.unsuppressed if finding.baseline_state != "unchanged"]

    @property
    def failing(self) -> list[Finding]:
        """The findings that make the run fail."""
        reach = SEVERITIES.index(self.fails_at)
        return [finding for finding in self.active if SEVERITIES.index(finding.severity) <= reach]

    @property
    def blocked(self) -> bool:
        """Whether something could not be analysed, so that the verdict is incomplete."""
        return any(notice.blocking for notice in self.notices)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 incomplete."""
        if self.blocked:
            return 2
        return 1 if self.failing else 0
