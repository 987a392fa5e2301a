"""`--fix`: the fixes that hold, written as one transaction, and what is left afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.engine import nothing_asked, report_of
from ssot_lint.engine.brought import narrow
from ssot_lint.engine.checking import Shown, check_index, check_with_contents, chosen_rules
from ssot_lint.engine.indexing import find_root, index
from ssot_lint.engine.options import Clock
from ssot_lint.engine.repairing import Wanted, edits_of, repair
from ssot_lint.engine.writing import Verification, Writer, rolled_back
from ssot_lint.fixing.diff import unified
from ssot_lint.model.finding import Notice, without_number
from ssot_lint.model.report import Fixing
from ssot_lint.parsing.reader import source_encoding
from ssot_lint.workspace.sources import read_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lint.engine.checking import Checked
    from ssot_lint.engine.options import Options
    from ssot_lint.engine.repairing import Repair
    from ssot_lint.model.finding import Finding
    from ssot_lint.model.report import FileEdit, Report
__all__ = ["Fixed", "Verification", "fix", "preview"]


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
    return Fixed(run.report(made, run.write(made, verification), would=False))


class _Run:
    """One run of fixes over a project."""

    def __init__(self, options: Options, wanted: Wanted) -> None:
        self._options = options
        self._wanted = wanted
        self._root = find_root(options)[0]
        self._notices: list[Notice] = []
        self._clock = Clock()

    def recover(self) -> None:
        """Roll back what an earlier run left half done, before anything is read."""
        self._notices += rolled_back(self._root, self._options.cache_dir)

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
        self._first = check_index(self._whole, chosen_rules(self._options, self._whole.loaded.policy))
        self._first = narrow(self._first, self._shown)
        self._clock.lap("check")
        made = repair(self._options, self._first, self._wanted, self._shown)
        self._clock.lap("fix")
        self._notices += _notices_of(made)
        return made

    def write(self, made: Repair, verification: Verification | None) -> list[str]:
        """Write the files, and return those that hold their new bytes in the end."""
        writer = Writer(self._root, self._options.cache_dir, made)
        paths = writer.write(verification)
        self._notices += writer.notices
        self._clock.lap("write")
        return paths

    def report(self, made: Repair, paths: Sequence[str], *, would: bool) -> Report:
        """Return the report of what is left with the new bytes in these files."""
        left = made.checked if not would else self._first
        if not would and set(paths) != set(made.paths):
            contents = {path: made.after[path] for path in paths}
            left = check_with_contents(self._first, contents)
        report = report_of(left, self._shown, self._clock.seconds, self._options.baseline)
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


def _key(finding: Finding) -> tuple[str, ...]:
    """Return what a finding keeps when the others of its sort are gone."""
    return (finding.at.path, finding.code, finding.concept, without_number(finding.subject))
