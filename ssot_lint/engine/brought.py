"""What a change brought: findings on its lines, and those elsewhere that were not there before it.

Both sides are judged by the policy of now: a policy that was changed brings what stands on its own changed lines.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ssot_lint.engine.baseline import followed
from ssot_lint.engine.checking import check_as_it_was
from ssot_lint.engine.renames import RenamedEntries
from ssot_lint.model.finding import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssot_lint.engine.changes import Changes
    from ssot_lint.engine.checking import Checked, Shown
    from ssot_lint.model.finding import Finding
    from ssot_lint.workspace.baseline_format import Entry


_SAID: Final = "as it was before the change it cannot be read{}; of it, only findings on changed lines are shown"


def narrow(checked: Checked, shown: Shown) -> Checked:
    """Narrow what is shown to what the change brought; return what was checked with the notices of that."""
    changes = checked.whole.changes
    if changes is None:
        return checked
    findings = checked.settled()
    touched = [finding for finding in findings if _is_touched(finding, changes)]
    before, failed = check_as_it_was(checked, changes)
    new = _new(checked, before, changes, findings)
    for finding in touched:
        new[finding.unnumbered] -= not finding.suppressed
    brought = set(map(_key, touched))
    unknown = {changes.renames.get(one.path, one.path): f" ({one.message})" for one in failed}
    unknown.update(dict.fromkeys(changes.unread, " from git"))
    for finding in reversed(findings):  # of equal ones the first are taken for the old ones
        if finding.suppressed or new[finding.unnumbered] <= 0 or _key(finding) in brought:
            continue
        if finding.at.path not in unknown:
            new[finding.unnumbered] -= 1
            brought.add(_key(finding))
    shown.only(_Brought(findings, brought).wants)
    left = checked.whole.project.by_path
    notices = [Notice(path, "skipped", _SAID.format(why)) for path, why in unknown.items() if path in left]
    return replace(checked, whole=replace(checked.whole, notices=(*checked.whole.notices, *notices)))


def _is_touched(finding: Finding, changes: Changes) -> bool:
    return any(changes.touches(at) for at in (finding.at, *(one.at for one in finding.related)))


def _new(checked: Checked, before: Checked, changes: Changes, findings: Iterable[Finding]) -> Counter[Entry]:
    """Return the findings that were not there before; what git renamed is the same."""
    there = _entries(findings)
    was = _entries(before.settled())
    moved = RenamedEntries(changes.renames, checked.whole.project.index.roots)
    kept, _ = followed(moved, there, there & was, was - there)
    return there - kept


def _entries(findings: Iterable[Finding]) -> Counter[Entry]:
    return Counter(one.unnumbered for one in findings if not one.suppressed)


def _key(finding: Finding) -> tuple[object, ...]:
    return (finding.code, finding.kind, finding.concept, finding.subject, finding.at)


class _Brought:
    """The findings that a change brought, among those of a run; fixes may move them, so they have their identities."""

    def __init__(self, findings: Sequence[Finding], brought: set[tuple[object, ...]]) -> None:
        self._known = {_key(one): _key(one) in brought for one in findings}
        self._identities = {one.unnumbered for one in findings if _key(one) in brought}

    def wants(self, finding: Finding) -> bool:
        """Tell whether a finding, of the run or of the project as fixed, is one of them."""
        return self._known.get(_key(finding), finding.unnumbered in self._identities)
