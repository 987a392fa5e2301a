"""`--fix`: the fixes that hold, written as one transaction, and what is left afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.engine import nothing_asked, report_of
from ssot_lint.engine.checking import Shown, check_index, check_with_contents, chosen_rules
from ssot_lint.engine.indexing import index, load_policy
from ssot_lint.engine.options import Clock, UsageError
from ssot_lint.engine.repairing import Wanted, edits_of, repair
from ssot_lint.fixing.diff import unified
from ssot_lint.fixing.journal import locked
from ssot_lint.fixing.verify import verified
from ssot_lint.fixing.write import Change, recover, undo, write
from ssot_lint.model.finding import Notice
from ssot_lint.model.report import Fixing
from ssot_lint.parsing.reader import source_encoding
from ssot_lint.workspace.sources import read_source
from ssot_lint.workspace.storage import cache_folder, journal_folder, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from ssot_lint.engine.checking import Checked
    from ssot_lint.engine.options import Options
    from ssot_lint.engine.repairing import Fix, Repair
    from ssot_lint.fixing.verify import Dropped, Trial
    from ssot_lint.model.finding import Finding
    from ssot_lint.model.report import FileEdit, Report


_RUN: Final = "run"
"""Beside the journals: locked from the first write to the last, so that no other run of fixes comes between."""


@dataclass(frozen=True)
class Verification:
    """The user's own check of what was written: a command to run, at most so often, and who is told how far it is."""

    run: Callable[[Path], Trial]
    most_runs: int
    said: Callable[[str], None]


class Fixed(NamedTuple):
    """A run of fixes: the report of what is left, and the diff of what would change."""

    report: Report
    diff: bytes = b""


def preview(options: Options, wanted: Wanted) -> Fixed:
    """Return what `fix` would do, and write nothing. Raises PolicyError, UsageError."""
    run = _Run(options, wanted)
    if not run.covers_something():
        return Fixed(run.nothing_asked())
    made = run.repair()
    diff = b"".join(unified(path, made.before[path], made.after[path]) for path in made.paths)
    return Fixed(run.report(made, made.paths, would=True), diff)


def fix(options: Options, wanted: Wanted, verification: Verification | None = None) -> Fixed:
    """Make the wanted fixes and write them. Raises PolicyError, UsageError, BusyError, JournalError, OSError."""
    run = _Run(options, wanted)
    run.recover()
    if not run.covers_something():
        return Fixed(run.nothing_asked())
    made = run.repair()
    return Fixed(run.report(made, run.written(made, verification), would=False))


class _Run:
    """One run of fixes over a project."""

    def __init__(self, options: Options, wanted: Wanted) -> None:
        self._options = options
        self._wanted = wanted
        self._root = load_policy(options)[0]
        self._journal = journal_folder(self._root, options.cache_dir)
        self._notices: list[Notice] = []
        self._clock = Clock()

    def recover(self) -> None:
        """Roll back what an earlier run left half done, before anything is read."""
        for path in recover(self._root, self._journal):
            self._notices.append(Notice(path, "rolled-back", "an interrupted run of fixes was rolled back"))

    def covers_something(self) -> bool:
        """Read the project; tell whether the given paths cover anything of it."""
        self._whole = index(self._options)
        self._clock = Clock()
        self._shown = Shown(self._whole, self._options)
        return self._shown.covers_something()

    def nothing_asked(self) -> Report:
        """Return the report of a run whose paths cover nothing."""
        report = nothing_asked(self._whole)
        return replace(report, notices=sorted([*report.notices, *self._notices]))

    def repair(self) -> Repair:
        """Check the project, and make the fixes in memory."""
        self._first = check_index(self._whole, self._options, chosen_rules(self._options, self._whole.loaded.policy))
        self._clock.lap("check")
        made = repair(self._options, self._first, self._wanted)
        self._clock.lap("fix")
        self._notices += _notices_of(made)
        return made

    def written(self, made: Repair, verification: Verification | None) -> list[str]:
        """Write the files, and return those that hold their new bytes in the end."""
        groups = made.groups()
        if not groups:
            return []
        prepare(self._root, cache_folder(self._root, self._options.cache_dir))
        with locked(self._root, self._journal / _RUN, create=True):
            paths = self._write(made, groups) if verification is None else self._verified(made, groups, verification)
        self._clock.lap("write")
        return paths

    def _write(self, made: Repair, groups: Sequence[Sequence[str]]) -> list[str]:
        """Write groups of files; a module that a file which could not be written still needs is not deleted."""
        changes = [[Change(path, made.before[path], made.after[path]) for path in group] for group in groups]
        outcome = write(self._root, self._journal, changes)
        for path, reason in outcome.refused:
            self._note(Notice(path, "write-refused", reason))
        left = self._without_orphans(made, groups, {path for group in groups for path in group} - {*outcome.written})
        if len(left) == len(groups):
            return list(outcome.written)
        undo(self._root, self._journal)
        return self._write(made, left)

    def _without_orphans(
        self, made: Repair, groups: Sequence[Sequence[str]], unchanged: set[str]
    ) -> list[Sequence[str]]:
        """Leave out the groups that delete a module which a file that stays as it is may still import."""
        left = []
        for group in groups:
            needing = sorted(needed for path in group for needed in _named_in(made, path) if needed in unchanged)
            if needing:
                why = f"it is not deleted, since {needing[0]} may still need it, and was not changed"
                for path in group:
                    self._note(Notice(path, "fix-withheld", why))
            else:
                left.append(group)
        return left

    def _note(self, notice: Notice) -> None:
        if notice not in self._notices:
            self._notices.append(notice)

    def _verified(self, made: Repair, groups: Sequence[Sequence[str]], verification: Verification) -> list[str]:
        """Keep the groups of files under which the user's command passes; it runs on the tree as it then is."""
        written: list[str] = []
        notices = list(self._notices)

        def take_back() -> None:
            refused = undo(self._root, self._journal).refused if written else ()
            written.clear()
            if refused:
                path, reason = refused[0]
                said = f"{path}: {reason}; it is left as it is now, and everything else as it was before"
                raise UsageError(f"the command of --verify fails and changes what was fixed: {said}")

        def trial(kept: Sequence[int]) -> Trial:
            take_back()
            self._notices[:] = notices
            unchanged = {path for number, group in enumerate(groups) for path in group if number not in kept}
            able = self._without_orphans(made, [groups[number] for number in kept], unchanged)
            written[:] = self._write(made, able) if able else []
            return verification.run(self._root)

        try:
            result = verified(len(groups), trial, most_runs=verification.most_runs, said=verification.said)
            if not result.kept:
                take_back()
        except BaseException:
            take_back()
            raise
        for one in result.dropped:
            self._dropped(made, groups[one.fix], one)
        return written

    def _dropped(self, made: Repair, group: Sequence[str], dropped: Dropped) -> None:
        codes = sorted({one.code for fix in _touching(made, group) for one in fix.findings})
        why = "the command fails with it" if dropped.tried else "it could not be judged"
        said = f": {' | '.join(dropped.lines[-3:])}" if dropped.lines else ""
        for path in group:
            self._notices.append(Notice(path, "fix-withheld", f"{', '.join(codes)} rolled back, since {why}{said}"))

    def report(self, made: Repair, paths: Sequence[str], *, would: bool) -> Report:
        """Return the report of what is left with the new bytes in these files."""
        left = made.checked if not would else self._first
        if not would and set(paths) != set(made.paths):
            contents = {path: made.after[path] for path in paths}
            left = check_with_contents(self._first, self._options, contents)
        report = report_of(left, self._shown, self._clock.seconds)
        done = [fix for fix in made.made if set(fix.paths) <= set(paths)]
        fixed = [finding for fix in done for finding in fix.findings]
        notices = sorted([*report.notices, *self._notices])
        edits = self._edits(left, report.findings) if self._wanted.with_edits else {}
        deleted = 0 if would else sum(made.after[path] is None for path in paths)
        return replace(
            report,
            notices=notices,
            files=report.files - deleted,
            analysed=report.analysed - deleted,
            fixing=Fixing(fixed, sorted(paths), would, edits),
        )

    def _edits(self, left: Checked, findings: Iterable[Finding]) -> dict[str, list[FileEdit]]:
        """Return the edits of the fixes that are left, with their contents in UTF-8 whatever a file is encoded in."""
        found = edits_of(left, findings)
        for edits in found.values():
            for number, one in enumerate(edits):
                if one.content is not None and not one.content.isascii():
                    encoding, _ = source_encoding(read_source(self._root, one.path))
                    edits[number] = replace(one, content=one.content.decode(encoding, "replace").encode())
        return found


def _notices_of(made: Repair) -> Iterator[Notice]:
    """Yield what was not made and why, with the lines as they are now; not what a later round has made after all."""
    lines: dict[tuple[str, ...], list[int]] = {}
    for finding in made.checked.settled():
        lines.setdefault(_key(finding), []).append(finding.at.line)
    for one in made.undone:
        first = one.fix.findings[0]
        left = lines.get(_key(first), [])
        if left:
            line = left[0] if len(left) == 1 else first.at.line
            reason = one.reason.removeprefix(f"{first.at.path}: ")
            ours = " (a fault of ssot-lint: please report it)" if one.bug else ""
            yield Notice(first.at.path, "fix-failed" if one.bug else "fix-withheld", f"line {line}: {reason}{ours}")


def _named_in(made: Repair, path: str) -> Iterator[str]:
    """Yield the other changed files that name a deleted module, before they are changed."""
    stem = path.rpartition("/")[2].partition(".")[0].encode()
    for other in made.paths:
        if made.after[path] is None and other != path and stem in made.before[other]:
            yield other


def _key(finding: Finding) -> tuple[str, ...]:
    """Return what a finding keeps when the others of its sort are gone."""
    return (finding.at.path, finding.code, finding.concept, re.sub(r" #\d+\Z", "", finding.subject))


def _touching(made: Repair, group: Iterable[str]) -> list[Fix]:
    wanted = set(group)
    return [fix for fix in made.made if wanted & set(fix.paths)]
