"""What is told first where a format cannot take everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model.report import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lint.model.finding import Finding


def urgent_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the new findings before those of the baseline, and the severe ones first; the suppressed are last."""

    def urgency(finding: Finding) -> tuple[bool, bool, int]:
        return finding.suppressed, baseline_state(finding) not in (None, "new"), SEVERITIES.index(finding.severity)

    return sorted(findings, key=urgency)


def baseline_state(finding: Finding) -> str | None:
    """Return what the baseline says of a finding, None without a baseline."""
    state: str | None = getattr(finding, "baseline_state", None)
    return state
