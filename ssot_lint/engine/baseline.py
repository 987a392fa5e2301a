"""What is found, compared with the baseline: what is new, what it covers, which of its entries are gone.

Equal findings of a scope are compared by their number alone: which of them is the new one, nobody can know.
"""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ssot_lint.engine.checking import check_index, chosen_rules
from ssot_lint.engine.indexing import find_root, index
from ssot_lint.engine.options import UsageError
from ssot_lint.engine.renames import RenamedEntries
from ssot_lint.engine.settle import selected
from ssot_lint.model.finding import Notice, Related
from ssot_lint.model.report import BaselineUse
from ssot_lint.rules import all_rules
from ssot_lint.workspace import baseline as files
from ssot_lint.workspace.baseline_format import NOTICE_PARTS
from ssot_lint.workspace.git import renames_since_change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lint.engine.checking import Checked
    from ssot_lint.engine.options import Options
    from ssot_lint.model.finding import Finding
    from ssot_lint.workspace.baseline import Baseline
    from ssot_lint.workspace.baseline_format import Entry

_MOST_EQUAL: Final = 5


@dataclasses.dataclass(frozen=True)
class Compared:
    """All findings with their states, the notices that are not in the baseline, and what the baseline did.

    `there` has the entries that findings and notices of now make, `kept` those of them that the baseline has, under
    their present names, and `gone` what the baseline has beyond that.
    """

    findings: list[Finding]
    notices: list[Notice]
    there: Counter[Entry] = dataclasses.field(default_factory=Counter)
    kept: Counter[Entry] = dataclasses.field(default_factory=Counter)
    gone: Counter[Entry] = dataclasses.field(default_factory=Counter)
    use: BaselineUse | None = None

    @property
    def new(self) -> Counter[Entry]:
        """The entries that the baseline does not have."""
        return self.there - self.kept

    @property
    def blocked(self) -> bool:
        """Whether something new could not be analysed, so that nobody knows what is gone."""
        return any(notice.blocking for notice in self.notices)


def with_baseline(options: Options, file: Path | None = None) -> Options:
    """Return the options with the baseline: the given file, else the one in the root if there is one.

    Raises PolicyError, UsageError.
    """
    if file is None and not os.path.lexists(find_root(options)[0] / files.FILE):
        return options
    return dataclasses.replace(options, baseline=open_baseline(options, file))


def open_baseline(options: Options, file: Path | None = None, *, must_exist: bool = True) -> Baseline:
    """Read the given baseline, else the one in the root; an empty one if there is none and need not be.

    Raises PolicyError, UsageError.
    """
    path = Path(os.path.abspath(file or find_root(options)[0] / files.FILE))  # noqa: PTH100 - no link is followed
    if not os.path.lexists(path):
        if must_exist:
            raise UsageError(f'there is no baseline {path}; "ssot-lint baseline write" makes one')
        return files.Baseline(path)
    try:
        return files.read(path)
    except files.BaselineError as error:
        raise UsageError(str(error)) from None


def check_against(options: Options, baseline: Baseline) -> Compared:
    """Check the whole project, and compare what is found with a baseline. Raises PolicyError, UsageError."""
    whole = index(options)
    return compare(check_index(whole, chosen_rules(options, whole.loaded.policy)), baseline)


def compare(checked: Checked, baseline: Baseline | None) -> Compared:
    """Compare what was found with a baseline; an entry whose rule was not asked for is neither kept nor gone."""
    findings = checked.settled()
    notices = sorted([*checked.whole.notices, *checked.notices])
    if baseline is None:
        return Compared(findings, notices)
    there: Counter[Entry] = Counter(one.unnumbered for one in findings if not one.suppressed)
    there.update({(one.kind, one.path) for one in notices if one.blocking})
    kept, gone = there & baseline.entries, baseline.entries - there
    unknown = ""
    if gone and there - kept:
        renames, unknown = renames_since_change(checked.whole.root, baseline.path)
        kept, gone = followed(RenamedEntries(renames, checked.whole.project.index.roots), there, kept, gone)
    gone = _asked_for(gone, checked)
    covered = [
        Notice(one.path, one.kind, f"{one.message} (in the baseline)", blocking=False)
        for one in notices
        if kept[one.kind, one.path]
    ]
    use = BaselineUse(baseline.path.name, covered, gone.total(), unknown)
    left = [one for one in notices if not kept[one.kind, one.path]]
    return Compared(list(_with_states(findings, kept)), left, there, kept, gone, use)


def followed(
    moved: RenamedEntries, there: Counter[Entry], kept: Counter[Entry], gone: Counter[Entry]
) -> tuple[Counter[Entry], Counter[Entry]]:
    """Return what is kept and what is gone once entries have followed the files that were renamed."""
    new, kept, left = there - kept, kept.copy(), gone.copy()
    for entry, number in sorted(gone.items()):
        lost = number
        for name in moved.names(entry):
            found = min(lost, new[name])
            kept[name] += found
            new[name] -= found
            lost -= found
        left[entry] = lost
    return +kept, +left


def _asked_for(gone: Counter[Entry], checked: Checked) -> Counter[Entry]:
    """Leave out the entries of rules that the policy selects, but this run does not, and those of other paths."""
    policy, project = checked.whole.loaded.policy, checked.whole.project
    left_out = {rule.code for rule in selected(all_rules(), policy.select, policy.ignore)}
    left_out -= {rule.code for rule in checked.rules}
    found = Counter({entry: number for entry, number in gone.items() if entry[0] not in left_out})
    if project.only is None:
        return found
    modules = {file.module for file in project.files if file.path in project.only}
    notices = {entry for entry in found if len(entry) == NOTICE_PARTS}
    return Counter(
        {one: number for one, number in found.items() if one in notices or one[-1].partition(":")[0] in modules}
    )


def _with_states(findings: Iterable[Finding], kept: Counter[Entry]) -> Iterable[Finding]:
    """Yield the findings with their states; of equal ones the first are taken for the old ones."""
    covered: dict[Entry, list[Finding]] = {}
    for finding in findings:
        same = covered.setdefault(finding.unnumbered, [])
        if finding.suppressed:
            yield finding
        elif len(same) < kept[finding.unnumbered]:
            same.append(finding)
            yield msgspec.structs.replace(finding, baseline_state="unchanged")
        else:
            said = "its equal; the baseline has fewer of them, and which one is new cannot be known"
            related = [Related(one.at, said) for one in same[:_MOST_EQUAL]]
            yield msgspec.structs.replace(finding, baseline_state="new", related=(*finding.related, *related))
