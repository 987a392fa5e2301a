"""Write fixes into the user's files: the one place that does, as a transaction that any end of the process survives.

A run takes the lock, writes a journal with the originals, puts a complete new file beside each old one, lets each pair
change places, looks at what came out, and commits. Until the commit the old files lie beside the new ones, so that
going back needs no space on the disk. Going back looks only at what the files hold: the run that fails and the next
run after a kill do the same.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.fixing.exchange import RefusalError, Traits, digest, move, put_in, read, see, stage, sync, token_of
from ssot_lint.fixing.journal import (
    COMMITTED,
    STAGED,
    BusyError,
    Entry,
    Journal,
    JournalError,
    Store,
    locked,
    new_name,
)
from ssot_lint.fixing.rollback import finish, roll_back, take_away
from ssot_lint.fixing.signals import signals_noted
from ssot_lint.fixing.writable import folder_of, inspected, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

__all__ = ["BusyError", "Change", "JournalError", "Outcome", "Refused", "recover", "undo", "write"]


class Change(NamedTuple):
    """A file (posix, relative to the root), the bytes that were read, and those to write; None deletes the file."""

    path: str
    before: bytes
    after: bytes | None


class Refused(NamedTuple):
    """A file that was not written, and why; the reason reads after the path."""

    path: str
    reason: str


class Outcome(NamedTuple):
    """Every file of a run, except those whose bytes were to stay the same."""

    written: tuple[str, ...]
    refused: tuple[Refused, ...]


class _Step(NamedTuple):
    """A change, or (when undoing a deletion: nothing `before`) a file to make with these traits."""

    path: str
    before: bytes | None
    after: bytes | None
    traits: Traits | None = None


def write(root: Path, journal_folder: Path, groups: Sequence[Sequence[Change]]) -> Outcome:
    """Write the changes. A group is one fix: all of its files are written or, if one is refused, none.

    An interrupted run is rolled back first. On any error, and on SIGINT, SIGTERM and SIGHUP, everything is rolled back
    and the error raised (KeyboardInterrupt, SystemExit); after the commit they are raised, too, and the files stay.
    Raises BusyError, JournalError, OSError, and ValueError if two changes are of one path.
    """
    paths = [change.path for group in groups for change in group]
    if len(paths) != len(set(paths)):
        raise ValueError(f"changed twice: {sorted({path for path in paths if paths.count(path) > 1})}")
    steps = [[_Step(*change) for change in group] for group in groups]
    with locked(root, journal_folder, create=True) as store, signals_noted() as noted:
        _recover(root, store)
        return _Run(root, store, noted.raise_first).write(steps, is_undo=False)


def recover(root: Path, journal_folder: Path) -> tuple[str, ...]:
    """Roll an interrupted run back, and return the files that hold their old bytes again.

    A file that was edited since is left as it is. Raises BusyError, JournalError, OSError.
    """
    try:
        with locked(root, journal_folder, create=False) as store, signals_noted():
            return _recover(root, store)
    except FileNotFoundError:
        return ()


def undo(root: Path, journal_folder: Path) -> Outcome:
    """Restore the files of the last run that wrote any. A group with a file that was edited since is left whole.

    What is restored already is passed over. Raises BusyError, JournalError, OSError; then nothing was restored.
    """
    try:
        with locked(root, journal_folder, create=False) as store, signals_noted() as noted:
            _recover(root, store)
            journal = store.last()
            if journal is None:
                return Outcome((), ())
            run = _Run(root, store, noted.raise_first)
            outcome = run.write(_reversed_groups(root, journal, run), is_undo=True)
            if not outcome.refused:
                store.forget_last()
            return outcome
    except FileNotFoundError:
        return Outcome((), ())


def _reversed_groups(root: Path, journal: Journal, run: _Run) -> list[list[_Step]]:
    """Return the steps back, a list for each group; what has changed since is refused."""
    steps: dict[int, list[_Step]] = {}
    for entry in journal.entries:
        if entry.group not in (journal.committed or ()):
            continue
        group = steps.setdefault(entry.group, [])
        try:
            step = _reversed(root, entry)
        except RefusalError as refusal:
            run.refuse(entry.path, str(refusal))
            step = _Step(entry.path, b"", b"")
        if step:
            group.append(step)
    return list(steps.values())


def _reversed(root: Path, entry: Entry) -> _Step | None:
    """Return the step back; None if there is nothing to restore. RefusalError if the file has changed since."""
    with folder_of(root, entry.path) as (folder, name):
        there = see(folder, name)
        token = there.token if there else None
        if token == entry.before_token:
            return None
        content = read(folder, name) if there and token == entry.after else None
    if token != entry.after or token_of(content) != token:
        raise RefusalError("it has changed since it was written")
    return _Step(entry.path, content, entry.before, entry.traits)


class _Run:
    """One transaction."""

    def __init__(self, root: Path, store: Store, check: Callable[[], None]) -> None:
        self._root = root
        self._store = store
        self._check = check
        self._refused: dict[str, str] = {}

    def refuse(self, path: str, reason: str) -> None:
        """Remember why a file is not written; the first reason counts."""
        self._refused.setdefault(path, reason)

    def write(self, groups: Sequence[Sequence[_Step]], *, is_undo: bool) -> Outcome:
        """Write what is not refused. Raises whatever ended the run, after everything was rolled back."""
        planned = [entries for number, group in enumerate(groups) if (entries := self._planned(number, group))]
        written: list[list[Entry]] = []
        if planned:
            contents = {step.path: step.after for group in groups for step in group}
            written = self._transaction(planned, contents, is_undo=is_undo)
        paths = tuple(entry.path for entries in written for entry in entries)
        return Outcome(paths, tuple(Refused(*one) for one in self._refused.items()))

    def _planned(self, number: int, group: Sequence[_Step]) -> list[Entry]:
        entries = []
        for step in group:
            try:
                if step.path not in self._refused:
                    traits = inspected(self._root, step.path, token_of(step.before), step.traits)
                    after = token_of(step.after)
                    entries.append(Entry(number, step.path, new_name(), step.before, after, traits))
            except RefusalError as refusal:  # noqa: PERF203 - every file gets its own reason
                self.refuse(step.path, str(refusal))
        if self._refuse_the_rest(step.path for step in group):
            return []
        return [entry for entry in entries if entry.before_token != entry.after]

    def _refuse_the_rest(self, paths: Iterable[str]) -> bool:
        """Refuse a group whole if one of its files is refused."""
        whole = list(paths)
        cause = next((path for path in whole if path in self._refused), None)
        for path in whole:
            if cause is not None:
                self.refuse(path, f"it belongs together with {cause}")
        return cause is not None

    def _transaction(
        self, planned: list[list[Entry]], contents: dict[str, bytes | None], *, is_undo: bool
    ) -> list[list[Entry]]:
        everything = [entry for entries in planned for entry in entries]
        staged = False
        try:
            self._store.begin(everything, is_undo=is_undo)
            ready = [one for one in planned if self._all(one, lambda entry: self._stage(entry, contents[entry.path]))]
            self._store.mark(STAGED)
            staged = True
            written = [entries for entries in ready if self._all(entries, self._put)]
            self._sync(entry for entries in written for entry in entries)
            self._check()
            self._store.mark(COMMITTED, [entries[0].group for entries in written])
        except BaseException:
            roll_back(self._root, everything, staged=staged)
            self._store.discard()
            raise
        finish(self._root, self._store, everything, is_undo=is_undo or not written)
        return written

    def _all(self, entries: Sequence[Entry], act: Callable[[Entry], None]) -> bool:
        """Do it to all files of a group; if one is refused, put all of them back and say False."""
        for entry in entries:
            self._check()
            try:
                act(entry)
            except (RefusalError, PermissionError) as refusal:
                self.refuse(entry.path, reason_of(refusal))
                roll_back(self._root, entries, staged=act == self._put)
                return not self._refuse_the_rest(one.path for one in entries)
        return True

    def _sync(self, entries: Iterable[Entry]) -> None:
        """Wait until the names of the files are on the disk, once a folder."""
        for path in {entry.path.rpartition("/")[0]: entry.path for entry in entries}.values():
            with suppress(RefusalError), folder_of(self._root, path) as (folder, _):
                sync(folder)

    def _stage(self, entry: Entry, content: bytes | None) -> None:
        if content is not None:
            with folder_of(self._root, entry.path) as (folder, _):
                stage(folder, entry.beside, content, entry.traits)

    def _put(self, entry: Entry) -> None:
        with folder_of(self._root, entry.path) as (folder, name):
            if entry.before is None:
                try:
                    move(folder, entry.beside, name)
                except FileExistsError:
                    raise RefusalError("it has been made since") from None
            elif entry.after is None:
                take_away(folder, name, entry.beside, digest(entry.before))
            else:
                put_in(folder, name, entry.beside, digest(entry.before))


def _recover(root: Path, store: Store) -> tuple[str, ...]:
    journal = store.running()
    if journal is None:
        store.discard()
        return ()
    if journal.committed is not None:
        finish(root, store, journal.entries, is_undo=journal.is_undo or not journal.committed)
        return ()
    restored = roll_back(root, journal.entries, staged=journal.staged)
    store.discard()
    return restored
