"""The ends of a run: going back, and clearing up behind a commit.

Both look only at what the files hold, so that a run that failed and the run after a kill do the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.fixing.exchange import Folder, RefusalError, misfit, move, put_in, remove, see, stage, sync
from ssot_lint.fixing.writable import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ssot_lint.fixing.journal import Entry, Store


def finish(root: Path, store: Store, entries: Iterable[Entry], *, is_undo: bool) -> None:
    """Delete what lies beside; what is not the original (somebody still writes into it) is left there."""
    for entry in entries:
        try:
            with folder_of(root, entry.path) as (folder, _):
                held = see(folder, entry.beside)
                if held and held.token == entry.before_token:
                    remove(folder, entry.beside)
        except RefusalError:  # noqa: PERF203 - the folder is gone; the others are not
            continue
    if is_undo:
        store.discard()
    else:
        store.keep()


def roll_back(root: Path, entries: Sequence[Entry], *, staged: bool) -> tuple[str, ...]:
    """Put every file back that holds what the run wrote, the last first; return which. An edit since then stays."""
    restored = []
    for entry in reversed(entries):
        try:
            with folder_of(root, entry.path) as (folder, name):
                if not staged:
                    remove(folder, entry.beside)
                elif _restored(folder, name, entry):
                    restored.append(entry.path)
                sync(folder)
        except RefusalError:  # noqa: PERF203 - gone, or being written: the user's word counts, for this file
            continue
    return tuple(reversed(restored))


def _restored(folder: Folder, name: str, entry: Entry) -> bool:
    """Put one file back, whatever of its step was done; say whether there was anything to do."""
    before = entry.before_token
    remove(folder, entry.spare)
    held, there = see(folder, entry.beside), see(folder, name)
    if held and held.token == entry.after:  # not put in yet
        remove(folder, entry.beside)
        return False
    if entry.after is None:
        return _given_back(folder, name, entry.beside) if held else False
    if there is None or there.token != entry.after:
        if held and held.token == before:  # edited after we had put ours in
            remove(folder, entry.beside)
        return False
    if entry.before is None:
        take_away(folder, name, entry.beside, entry.after)
        remove(folder, entry.beside)
        return True
    source = entry.beside
    if held is None:
        source = entry.spare
        stage(folder, source, entry.before, entry.traits)
    put_in(folder, name, source, entry.after)
    remove(folder, source)
    return True


def _given_back(folder: Folder, name: str, beside: str) -> bool:
    try:
        move(folder, beside, name)
    except FileExistsError:  # saved anew since
        remove(folder, beside)
        return False
    return True


def take_away(folder: Folder, name: str, beside: str, expected: str) -> None:
    """Give the file the name beside it. RefusalError if it is not the expected one: then it has its name again."""
    try:
        move(folder, name, beside)
    except FileNotFoundError:
        raise RefusalError("it is gone") from None
    reason = misfit(folder, beside, expected)
    if reason:
        _given_back(folder, name, beside)
        raise RefusalError(reason)
