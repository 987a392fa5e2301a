"""Writes what a repair came to: all of it, or what the user's own command passes with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ssot_lint.engine.options import UsageError
from ssot_lint.fixing.journal import locked
from ssot_lint.fixing.verify import verified
from ssot_lint.fixing.write import Change, recover, undo, write
from ssot_lint.model.finding import Notice
from ssot_lint.workspace.storage import cache_folder, journal_folder, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from ssot_lint.engine.repairing import Fix, Repair
    from ssot_lint.fixing.verify import Dropped, Trial

_RUN: Final = "run"
"""Beside the journals: locked from the first write to the last, so that no other run of fixes comes between."""


@dataclass(frozen=True)
class Verification:
    """The user's own check of what was written: a command to run, at most so often, and who is told how far it is."""

    run: Callable[[Path], Trial]
    most_runs: int
    said: Callable[[str], None]


def rolled_back(root: Path, cache_dir: Path | None) -> list[Notice]:
    """Roll back what an earlier run left half done, before anything is read; return what to say of it."""
    said = "an interrupted run of fixes was rolled back"
    return [Notice(path, "rolled-back", said) for path in recover(root, journal_folder(root, cache_dir))]


class Writer:
    """Writes the files of one repair; `notices` says what was left, and why."""

    def __init__(self, root: Path, cache_dir: Path | None, made: Repair) -> None:
        self.notices: list[Notice] = []
        self._root = root
        self._cache_dir = cache_dir
        self._journal = journal_folder(root, cache_dir)
        self._made = made

    def write(self, verification: Verification | None) -> list[str]:
        """Write the files, and return those that hold their new bytes in the end."""
        groups = self._made.groups()
        if not groups:
            return []
        prepare(self._root, cache_folder(self._root, self._cache_dir))
        with locked(self._root, self._journal / _RUN, create=True):
            return self._write(groups) if verification is None else self._verified(groups, verification)

    def _write(self, groups: Sequence[Sequence[str]]) -> list[str]:
        """Write groups of files; a module that a file which could not be written still needs is not deleted."""
        changes = [
            [Change(path, self._made.before[path], self._made.after[path]) for path in group] for group in groups
        ]
        outcome = write(self._root, self._journal, changes)
        for path, reason in outcome.refused:
            self._note(Notice(path, "write-refused", reason))
        left = self._without_orphans(groups, {path for group in groups for path in group} - {*outcome.written})
        if len(left) == len(groups):
            return list(outcome.written)
        undo(self._root, self._journal)
        return self._write(left)

    def _without_orphans(self, groups: Sequence[Sequence[str]], unchanged: set[str]) -> list[Sequence[str]]:
        """Leave out the groups that delete a module which a file that stays as it is may still import."""
        left = []
        for group in groups:
            needing = sorted(needed for path in group for needed in _named_in(self._made, path) if needed in unchanged)
            if needing:
                why = f"it is not deleted, since {needing[0]} may still need it, and was not changed"
                for path in group:
                    self._note(Notice(path, "fix-withheld", why))
            else:
                left.append(group)
        return left

    def _note(self, notice: Notice) -> None:
        if notice not in self.notices:
            self.notices.append(notice)

    def _verified(self, groups: Sequence[Sequence[str]], verification: Verification) -> list[str]:
        """Keep the groups of files under which the user's command passes; it runs on the tree as it then is."""
        written: list[str] = []
        notices = list(self.notices)

        def take_back() -> None:
            refused = undo(self._root, self._journal).refused if written else ()
            written.clear()
            if refused:
                path, reason = refused[0]
                said = f"{path}: {reason}; it is left as it is now, and everything else as it was before"
                raise UsageError(f"the command of --verify fails and changes what was fixed: {said}")

        def trial(kept: Sequence[int]) -> Trial:
            take_back()
            self.notices[:] = notices
            unchanged = {path for number, group in enumerate(groups) for path in group if number not in kept}
            able = self._without_orphans([groups[number] for number in kept], unchanged)
            written[:] = self._write(able) if able else []
            return verification.run(self._root)

        try:
            result = verified(len(groups), trial, most_runs=verification.most_runs, said=verification.said)
            if not result.kept:
                take_back()
        except BaseException:
            take_back()
            raise
        for one in result.dropped:
            self._dropped(groups[one.fix], one)
        return written

    def _dropped(self, group: Sequence[str], dropped: Dropped) -> None:
        codes = sorted({one.code for fix in _touching(self._made, group) for one in fix.findings})
        why = "the command fails with it" if dropped.tried else "it could not be judged"
        said = f": {' | '.join(dropped.lines[-3:])}" if dropped.lines else ""
        for path in group:
            self.notices.append(Notice(path, "fix-withheld", f"{', '.join(codes)} rolled back, since {why}{said}"))


def _named_in(made: Repair, path: str) -> Iterator[str]:
    """Yield the other changed files that name a deleted module, before they are changed."""
    stem = path.rpartition("/")[2].partition(".")[0].encode()
    for other in made.paths:
        if made.after[path] is None and other != path and stem in made.before[other]:
            yield other


def _touching(made: Repair, group: Iterable[str]) -> list[Fix]:
    wanted = set(group)
    return [fix for fix in made.made if wanted & set(fix.paths)]
