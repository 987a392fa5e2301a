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
        return finding.suppressed, finding.baseline_state == "unchanged", SEVERITIES.index(finding.severity)

    return sorted(findings, key=urgency)
