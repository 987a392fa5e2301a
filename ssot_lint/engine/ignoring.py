"""`--add-ignore`: a suppression comment for everything that is found, written as one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.engine import nothing_asked, report_of
from ssot_lint.engine.brought import narrow
from ssot_lint.engine.checking import Shown, check_index, check_with_contents, chosen_rules
from ssot_lint.engine.indexing import index, load_policy
from ssot_lint.engine.options import UsageError
from ssot_lint.engine.repairing import Repair
from ssot_lint.engine.writing import Writer, rolled_back
from ssot_lint.facts.read import parsed
from ssot_lint.facts.sameness import Changes, difference
from ssot_lint.facts.suppressions import read_suppressions
from ssot_lint.fixing.comments import appended, extended
from ssot_lint.fixing.edits import Edit, EditableSource, apply_edits
from ssot_lint.model.finding import Notice
from ssot_lint.model.silencing import day_of, is_over
from ssot_lint.parsing.reader import UnreadableSourceError, open_lines
from ssot_lint.workspace.sources import read_source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from ssot_lint.engine.options import Options
    from ssot_lint.model.facts import SourceFile, Suppression
    from ssot_lint.model.finding import Finding
    from ssot_lint.model.report import Report

_ABOUT_COMMENTS: Final = frozenset(("SSOT901", "SSOT902", "SSOT904"))
"""What is wrong with a suppression is not to be suppressed."""


class Ignored(NamedTuple):
    """What became of it: the report of what is left, and how many suppressions were written into how many files."""

    report: Report
    added: int
    files: int


def add_ignores(options: Options, reason: str) -> Ignored:
    """Suppress everything that is shown. Raises PolicyError, UsageError, BusyError, JournalError, OSError."""
    root, loaded = load_policy(options)
    _refuse_bad_reason(reason, needed=loaded.policy.require_reason)
    notices = rolled_back(root, options.cache_dir)
    whole = index(options)
    shown = Shown(whole, options)
    if not shown.covers_something():
        return Ignored(nothing_asked(whole), 0, 0)
    checked = check_index(whole, chosen_rules(options, loaded.policy))
    checked = narrow(checked, shown)
    made, added = Repair(checked), {}
    for path, findings in _by_path(report_of(checked, shown, {}, options.baseline).active).items():
        file = whole.project.by_path.get(path)
        if file is not None:
            one = _File(file, reason, loaded.today)
            after = one.after(read_source(root, path), findings)
            notices += one.notices
            if after != one.before:
                made.before[path], made.after[path], added[path] = one.before, after, one.added
    writer = Writer(root, options.cache_dir, made)
    written = writer.write(None)
    left = check_with_contents(checked, {path: made.after[path] for path in written}) if written else checked
    report = report_of(left, shown, {}, options.baseline)
    report = replace(report, notices=sorted([*report.notices, *notices, *writer.notices]))
    return Ignored(report, sum(added[path] for path in written), len(written))


def _refuse_bad_reason(reason: str, *, needed: bool) -> None:
    if needed and not reason:
        raise UsageError("the policy asks for a reason (require-reason); write --add-ignore=REASON")
    if not reason.isprintable() or "#" in reason:
        raise UsageError('the reason of --add-ignore must be one line without "#"')
    (one,) = read_suppressions(f"# ssot: ignore[SSOT] {reason}")
    if one.error or (one.until and day_of(one.until) is None):
        raise UsageError(f'"until={one.until}" is no date; write until=YYYY-MM-DD')
    if needed and not one.reason:
        raise UsageError("a day alone is no reason, and the policy asks for one (require-reason)")


def _by_path(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.code not in _ABOUT_COMMENTS:
            found[finding.at.path].append(finding)
    return found


class _File:
    """The comments that one file gets."""

    def __init__(self, file: SourceFile, reason: str, today: dt.date) -> None:
        self.before = b""
        self.added = 0
        self.notices: list[Notice] = []
        self._path = file.path
        self._reason = reason
        self._today = today
        self._known = [one for one in file.facts.suppressions if not one.error]

    def after(self, before: bytes, findings: Iterable[Finding]) -> bytes:
        """Return the bytes of the file with the comments; they must change nothing of what it means."""
        self.before = before
        try:
            source = EditableSource(before)
            text, _ = source.parse()
        except UnreadableSourceError as error:
            return self._left(f"no suppression is added: {error.message}")
        if not source.exact:
            return self._left("no suppression is added: its encoding carries state from line to line")
        edits = []
        for line, codes in sorted(self._wanted(findings, open_lines(text)).items()):
            try:
                edits.append(self._edit(source, line, sorted(codes)))
            except UnicodeEncodeError:
                return self._left("no suppression is added: its encoding lacks a character of the reason")
            self.added += len(codes)
        after = apply_edits(before, edits)
        try:
            wrong = difference(source.parse(), parsed(after), Changes())
        except UnreadableSourceError as error:
            wrong = error.message
        return self._left(f"no suppression is added, since {wrong} (please report it)") if wrong else after

    def _left(self, why: str) -> bytes:
        self.notices.append(Notice(self._path, "fix-withheld", why))
        return self.before

    def _wanted(self, findings: Iterable[Finding], is_open: frozenset[int]) -> dict[int, set[str]]:
        """Return the rules to suppress by line: a finding's own, else the first one of its statement."""
        wanted: dict[int, set[str]] = defaultdict(set)
        for finding in findings:
            names = {finding.code, finding.name}
            line = next((one for one in (finding.at.line, finding.statement) if one and one not in is_open), 0)
            if any(names & set(one.codes) for one in self._known if self._is_expired(one, finding)):
                why = "its suppression has expired, and is not renewed"
            elif line:
                wanted[line].add(finding.code)
                continue
            else:
                why = "no comment can stand behind its line, which goes on in the next one"
            self.notices.append(Notice(self._path, "fix-withheld", f"line {finding.at.line}: {finding.code}: {why}"))
        return wanted

    def _is_expired(self, one: Suppression, finding: Finding) -> bool:
        here = one.whole_file or one.at.line in (finding.at.line, finding.statement)
        return here and is_over(one.until, self._today)

    def _edit(self, source: EditableSource, line: int, codes: list[str]) -> Edit:
        for one in self._known:
            if one.at.line == line and not one.whole_file and not is_over(one.until, self._today):
                return extended(source, one.at, codes)
        return appended(source, line, codes, self._reason)
