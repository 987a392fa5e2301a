"""Fixes over a whole project: planned, checked by the rules themselves before anything is written, to a fixpoint."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ssot_lint.engine.checking import Checked, Shown, check_with_contents
from ssot_lint.fixing.diff import unified
from ssot_lint.fixing.plan import Plan, PlannedFile, Planner, Withheld
from ssot_lint.model.finding import without_number
from ssot_lint.model.fix import RebindImport
from ssot_lint.model.report import FileEdit
from ssot_lint.rules import all_rules
from ssot_lint.workspace import config
from ssot_lint.workspace.line_length import LineLengths
from ssot_lint.workspace.sources import read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from ssot_lint.engine.options import Options
    from ssot_lint.model.finding import Finding
    from ssot_lint.model.fix import Intent, Remedy

MOST_ROUNDS: Final = 5
_ALWAYS: Final = "SSOT205"
"""The rule that is asked about every fix, whatever was selected."""
_POLICY_RULES: Final = frozenset(("SSOT901", "SSOT902", "SSOT903", "SSOT904"))
"""What they say of the policy changes when work is done; that is no departure that a fix brings."""


@dataclass(frozen=True)
class Wanted:
    """Which fixes are asked for: the unsafe ones too, of which rules (None: of all), and who accepts each of them.

    `accept` is given a fix and the diff that it makes alone. `with_edits`: the report tells the edits of every fix.
    """

    unsafe: bool = False
    fixable: tuple[str, ...] | None = None
    unfixable: tuple[str, ...] = ()
    accept: Callable[[Fix, bytes], bool] | None = None
    with_edits: bool = False


@dataclass(frozen=True)
class Fix:
    """One repair, whole or not at all: the findings that it removes, and what it does."""

    findings: tuple[Finding, ...]
    remedy: Remedy

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that it changes."""
        return tuple(sorted({intent.path for intent in self.remedy.intents}))


@dataclass(frozen=True)
class Undone:
    """A fix that was not made, and why; `bug` says that the fault is ours."""

    fix: Fix
    reason: str
    bug: bool = False


@dataclass
class Repair:
    """What a run of fixes came to: the bytes of every changed file before and after, the fixes made, those not."""

    checked: Checked
    before: dict[str, bytes] = field(default_factory=dict)
    after: dict[str, bytes | None] = field(default_factory=dict)
    made: list[Fix] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)
    rounds: int = 0

    @property
    def paths(self) -> list[str]:
        """The files that are not what they were."""
        return sorted(path for path, data in self.after.items() if data != self.before[path])

    def groups(self) -> list[list[str]]:
        """Return the changed files, those that one fix changes together in one group; deletions come last."""
        leader: dict[str, str] = {path: path for path in self.paths}

        def find(path: str) -> str:
            while leader[path] != path:
                path = leader[path]
            return path

        for fix in self.made:
            paths = [path for path in fix.paths if path in leader]
            for path in paths[1:]:
                leader[find(path)] = find(paths[0])
        grouped: dict[str, list[str]] = {}
        for path in self.paths:
            grouped.setdefault(find(path), []).append(path)
        return sorted(grouped.values(), key=lambda group: any(self.after[path] is None for path in group))


def repair(options: Options, checked: Checked, wanted: Wanted, shown: Shown | None = None) -> Repair:
    """Make every wanted fix of what is shown, in memory; `Repair.checked` is the project as it would be afterwards."""
    return _Repairer(options, checked, wanted, shown or Shown(checked.whole, options)).run()


def edits_of(checked: Checked, findings: Iterable[Finding]) -> dict[str, list[FileEdit]]:
    """Return, by the fingerprint of a finding, the edits that its fix makes on the files as they are."""
    root = checked.whole.root
    planner = Planner(checked.whole.project, lambda path: read_source(root, path), LineLengths(root).of)
    found: dict[str, list[FileEdit]] = {}
    for finding in findings:
        if finding.remedy is not None and finding.remedy.intents:
            for file in planner.plan({0: finding.remedy.intents}).files.values():
                edits = [FileEdit(file.path, *edit) for edit in file.edits]
                if file.after is None:
                    edits = [FileEdit(file.path, 0, len(file.before), None)]
                found.setdefault(finding.fingerprint, []).extend(edits)
    return found


class _Repairer:
    def __init__(self, options: Options, checked: Checked, wanted: Wanted, shown: Shown) -> None:
        self._options = options
        self._wanted = wanted
        self._checked = checked
        self._repair = Repair(checked)
        self._shown = shown
        self._widths = LineLengths(checked.whole.root)
        self._refused: set[frozenset[Intent]] = set()
        self._tried: set[frozenset[Intent]] = set()
        self._seen: dict[str, dict[bytes | None, str]] = {}

    def run(self) -> Repair:
        while self._repair.rounds < MOST_ROUNDS:
            fixes = self._fixes()
            if not fixes or not self._round(fixes):
                break
            self._repair.rounds += 1
        self._repair.checked = self._checked
        return self._repair

    def _fixes(self) -> list[Fix]:
        """Return the fixes that are wanted now, equal ones as one, in the order of their first findings."""
        found: dict[frozenset[Intent], list[Finding]] = {}
        remedies: dict[frozenset[Intent], Remedy] = {}
        for finding in filter(self._shown.wants, self._checked.settled()):
            remedy = finding.remedy
            if remedy is not None and self._is_fixable(finding, remedy):
                found.setdefault(remedy.deed, []).append(finding)
                remedies.setdefault(remedy.deed, remedy)
        fixes = [Fix(tuple(findings), remedies[deed]) for deed, findings in found.items()]
        return [fix for fix in fixes if self._is_accepted(fix)]

    def _is_fixable(self, finding: Finding, remedy: Remedy) -> bool:
        if finding.suppressed or not remedy.intents or remedy.deed in self._refused:
            return False
        if remedy.applicability == "unsafe" and not self._wanted.unsafe:
            return False
        rule = next(one for one in all_rules() if one.code == finding.code)
        fixable, unfixable = self._wanted.fixable, self._wanted.unfixable
        return (fixable is None or any(map(rule.matches, fixable))) and not any(map(rule.matches, unfixable))

    def _is_accepted(self, fix: Fix) -> bool:
        outside = [path for path in fix.paths if not self._shown.covers(path)]
        if outside:
            self._undo(fix, f"it changes {outside[0]}, which is not among the given paths")
            return False
        return self._wanted.accept is None or self._is_accepted_by(self._wanted.accept, fix)

    def _is_accepted_by(self, accept: Callable[[Fix, bytes], bool], fix: Fix) -> bool:
        """Show what a fix does alone, once, and take the answer."""
        plan = self._planner().plan({0: fix.remedy.intents})
        if plan.files and not accept(fix, b"".join(unified(*file[:3]) for file in plan.files.values())):
            self._refused.add(fix.remedy.deed)
            return False
        return True

    def _planner(self) -> Planner:
        return Planner(self._checked.whole.project, self._read, self._widths.of)

    def _undo(self, fix: Fix, reason: str, *, bug: bool = False, once_more: bool = False) -> None:
        """Leave a fix; what its file does not allow may be allowed `once_more`, when other fixes have been made."""
        deed = fix.remedy.deed
        if not once_more or deed in self._tried:
            self._refused.add(deed)
        self._tried.add(deed)
        self._repair.undone = [one for one in self._repair.undone if one.fix.remedy.deed != deed]
        self._repair.undone.append(Undone(fix, reason, bug))

    def _round(self, fixes: Sequence[Fix]) -> bool:
        """Make one round of fixes; say whether it changed anything."""
        planner = self._planner()
        left = dict(enumerate(fixes))
        while left:
            plan = planner.plan({number: fix.remedy.intents for number, fix in left.items()})
            for number, group in _by_fix(plan.withheld).items():
                first = group[0]
                self._undo(left.pop(number), f"{first.path}: {first.reason}", bug=first.bug, once_more=True)
            if not plan.files:
                return False
            bad = self._ping_pong(plan, left)
            after = None
            if not bad:
                after, bad = self._looked_at(plan, left)
            if not bad and after is not None:
                self._take(plan, left, after)
                return True
            for number, (reason, bug) in bad.items():
                self._undo(left.pop(number), reason, bug=bug)
        return False

    def _take(self, plan: Plan, made: Mapping[int, Fix], after: Checked) -> None:
        for path, file in plan.files.items():
            self._repair.before.setdefault(path, file.before)
            self._repair.after[path] = file.after
            self._seen.setdefault(path, {})[file.before] = self._rules(made, file)
        self._repair.made += [fix for number, fix in made.items() if number in plan.fixes]
        self._checked = after

    def _rules(self, fixes: Mapping[int, Fix], file: PlannedFile) -> str:
        return ", ".join(sorted({one.code for number in file.fixes for one in fixes[number].findings}))

    def _ping_pong(self, plan: Plan, fixes: Mapping[int, Fix]) -> dict[int, tuple[str, bool]]:
        """Find the fixes that would give a file bytes that it had before: two rules undo each other."""
        bad: dict[int, tuple[str, bool]] = {}
        for path, file in plan.files.items():
            before = self._seen.get(path, {}).get(file.after)
            if before is not None:
                reason = f"{path}: {self._rules(fixes, file)} undoes what {before} did"
                bad.update(dict.fromkeys(file.fixes, (reason, True)))
        return bad

    def _read(self, path: str) -> bytes:
        data = self._repair.after.get(path)
        return data if data is not None else read_source(self._checked.whole.root, path)

    def _looked_at(self, plan: Plan, fixes: Mapping[int, Fix]) -> tuple[Checked | None, dict[int, tuple[str, bool]]]:
        """Return the project as it would be, and the fixes that it speaks against."""
        contents = {path: file.after for path, file in plan.files.items()}
        try:
            after = check_with_contents(self._checked, contents)
        except config.PolicyError as error:
            what = "; ".join(f"{one.key}: {one.what}" for one in error.problems)
            return None, dict.fromkeys(fixes, (f"the policy would no longer hold: {what}", False))
        return after, self._objections(after, plan, fixes)

    def _findings(self, checked: Checked) -> list[Finding]:
        """Return what the rules find, imports that resolve to nothing always among it."""
        found = list(checked.raw)
        for rule in all_rules():
            if rule.code == _ALWAYS and rule not in checked.rules:
                found += rule.check(checked.whole.project, checked.whole.policy)
        return found

    def _objections(self, after: Checked, plan: Plan, fixes: Mapping[int, Fix]) -> dict[int, tuple[str, bool]]:
        """Ask the rules about the project as it would be: the findings must be gone, and no new ones there."""
        found = self._findings(after)
        old, new = _identities(self._findings(self._checked)), _identities(found)
        bad: dict[int, tuple[str, bool]] = {}
        gone = _identities(finding for fix in fixes.values() for finding in fix.findings)
        for number, fix in fixes.items():
            for finding in fix.findings:
                identity = _identity(finding)
                if new[identity] > max(0, old[identity] - gone[identity]):  # what is judged afterwards is in neither
                    bad[number] = (f"{finding.at.path}: the finding would still be there", True)
        for finding in found:
            identity = _identity(finding)
            if finding.code in _POLICY_RULES or new[identity] <= old[identity]:
                continue
            causes = self._causes(finding, plan, fixes)
            reason = f"it would bring a finding: {finding.at}: {finding.code}[{finding.name}] {finding.message}"
            for number in causes:
                proven = fixes[number].remedy.applicability == "safe"
                bad.setdefault(number, (reason, proven and finding.code in ("SSOT201", "SSOT205")))
        return bad

    def _causes(self, finding: Finding, plan: Plan, fixes: Mapping[int, Fix]) -> Collection[int]:
        """Return the fixes that may have brought a finding.

        Those of a name on its way, else those of its files, else those that are not proven, else all.
        """
        on_the_way = {(hop.path, hop.name) for hop in finding.chain}
        named = {number for number, fix in fixes.items() if on_the_way & self._bound_by(fix)}
        places = {finding.at.path, *(one.at.path for one in finding.related), *(hop.path for hop in finding.chain)}
        near = {number for path in places if path in plan.files for number in plan.files[path].fixes}
        unproven = {number for number, fix in fixes.items() if fix.remedy.applicability != "safe"}
        return named or near or unproven or fixes.keys()

    def _bound_by(self, fix: Fix) -> set[tuple[str, str]]:
        """Return the local names, each with its file, of the imports that a fix changes."""
        found = set()
        for intent in fix.remedy.intents:
            if isinstance(intent, RebindImport):
                facts = self._checked.whole.project.by_path[intent.path].facts
                found |= {(intent.path, one.bound_as) for one in facts.imports if one.at == intent.at}
        return found


_Identity = tuple[str, str, str]


def _identity(finding: Finding) -> _Identity:
    """Return what tells a finding from others; not its kind, which a fix may change for a neighbour, nor its number."""
    return (finding.code, finding.concept, without_number(finding.subject))


def _identities(findings: Iterable[Finding]) -> Counter[_Identity]:
    return Counter(_identity(finding) for finding in findings)


def _by_fix(withheld: Iterable[Withheld]) -> dict[int, list[Withheld]]:
    found: dict[int, list[Withheld]] = {}
    for one in withheld:
        found.setdefault(one.fix, []).append(one)
    return found
