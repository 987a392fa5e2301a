"""The journal of a run: what every file held before, on the disk before the first file changes.

A journal is one file: a line with the digest and the length of what follows, a line of JSON (the entries), the
originals one after the other, and then marks, a line each. A journal whose digest does not hold is torn: it was never
finished, so nothing had changed yet. A mark that does not hold was never made.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ssot_lint.fixing.exchange import (
    PLAIN,
    Folder,
    Traits,
    digest,
    opened,
    read,
    remove,
    see,
    stage,
    sync,
    token_of,
    write_all,
)

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STAGED: Final = "staged"
"""The mark: every new file is complete and lies beside its place; until then nothing else was done."""

COMMITTED: Final = "committed"
"""The mark: the tree is as it should be, less what lies beside. With the numbers of the groups that were written."""

_RUNNING = "running.journal"
_LAST = "last.journal"
_LOCK = "lock"
_VERSION = "ssot-lint-journal-1"
_BESIDE = re.compile(r"\.ssot-[0-9a-f]{16}\.new")
_LONGEST_NUMBER = 12  # digits
_PRIVATE = Traits(mode=0o600, uid=0, gid=0, xattrs={})


class BusyError(Exception):
    """Another run holds the lock of this journal folder."""


class JournalError(Exception):
    """A journal that is not this user's, and so is not believed."""


class Entry(NamedTuple):
    """One file of a run: what it held (None: it was not there), and the token of what it shall hold (None: nothing).

    `beside` is the name, in the same folder, of the new file, and after the exchange of the old one.
    """

    group: int
    path: str
    beside: str
    before: bytes | None
    after: str | None
    traits: Traits

    @property
    def before_token(self) -> str | None:
        """The token of what it held."""
        return token_of(self.before)

    @property
    def spare(self) -> str:
        """A second such name, where the original must be written anew to be restored."""
        return f"{self.beside}.old"


class Journal(NamedTuple):
    """A journal as it was read: `committed` is None until the run was."""

    entries: tuple[Entry, ...]
    is_undo: bool
    staged: bool
    committed: frozenset[int] | None


def new_name() -> str:
    """Return a name for the file beside; nobody can foretell it."""
    return f".ssot-{secrets.token_hex(8)}.new"


class Store:
    """The journal folder, locked."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def begin(self, entries: Sequence[Entry], *, is_undo: bool) -> None:
        """Write the journal of a run, and wait until it is on the disk. OSError if it cannot be written."""
        head = json.dumps({"is_undo": is_undo, "entries": [_as_json(entry) for entry in entries]}).encode()
        body = b"".join([head, b"\n", *(entry.before or b"" for entry in entries)])
        first = f"{_VERSION} {digest(body)} {len(body)}\n".encode()
        remove(self._folder, _RUNNING)
        stage(self._folder, _RUNNING, first + body, _owned(_PRIVATE))
        sync(self._folder)

    def mark(self, mark: str, groups: Sequence[int] = ()) -> None:
        """Add a mark to the journal of the run, on the disk. OSError, and there is none, if it cannot be written."""
        fd = os.open(self._folder.at(_RUNNING), os.O_RDWR | PLAIN, dir_fd=self._folder.fd)
        try:
            length = os.lseek(fd, 0, os.SEEK_END)
            os.lseek(fd, 0, os.SEEK_SET)
            seal = os.read(fd, 200).split(b" ")[1]
            os.lseek(fd, 0, os.SEEK_END)
            try:
                write_all(fd, _sealed(mark, groups, seal))
                os.fsync(fd)
            except BaseException:
                os.ftruncate(fd, length)
                with suppress(OSError):
                    os.fsync(fd)
                raise
        finally:
            os.close(fd)

    def running(self) -> Journal | None:
        """Return the journal of an interrupted run; None if there is none, or it is torn. JournalError, OSError."""
        return self._read(_RUNNING)

    def last(self) -> Journal | None:
        """Return the journal of the last run that wrote something, if it was not undone. JournalError, OSError."""
        journal = self._read(_LAST)
        return journal if journal and journal.committed is not None else None

    def discard(self) -> None:
        """Forget the journal of the run."""
        remove(self._folder, _RUNNING)
        sync(self._folder)

    def keep(self) -> None:
        """Make the journal of the run the one of the last run."""
        os.replace(
            self._folder.at(_RUNNING),
            self._folder.at(_LAST),
            src_dir_fd=self._folder.fd,
            dst_dir_fd=self._folder.fd,
        )
        sync(self._folder)

    def forget_last(self) -> None:
        """Forget the journal of the last run."""
        remove(self._folder, _LAST)
        sync(self._folder)

    def _read(self, name: str) -> Journal | None:
        seen = see(self._folder, name)
        if seen is None:
            return None
        if sys.platform != "win32" and seen.status.st_uid != os.geteuid():
            raise JournalError(f"{name} belongs to another user (uid {seen.status.st_uid})")
        return parsed(read(self._folder, name))


@contextmanager
def locked(root: Path, journal_folder: Path, *, create: bool) -> Iterator[Store]:
    """Hold the lock of a journal folder; where that is under the root, no link leads to it.

    BusyError if another run holds it. FileNotFoundError if there is no such folder and it is not to be created;
    other OSErrors if it cannot be opened.
    """
    where, top = Path(os.path.abspath(journal_folder)), Path(os.path.abspath(root))  # noqa: PTH100 - links stay
    parts = where.relative_to(top).parts if where.is_relative_to(top) else ()
    if not parts and create:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
    with opened(root if parts else where, parts, create=create) as folder:
        fd = os.open(folder.at(_LOCK), os.O_RDWR | os.O_CREAT | PLAIN, 0o600, dir_fd=folder.fd)
        try:
            _lock(fd, where)
            yield Store(folder)
        finally:
            os.close(fd)


def _lock(fd: int, where: Path) -> None:
    try:
        if sys.platform == "win32":
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            raise BusyError(f"another run is writing (it holds {where / _LOCK})") from None
        raise


def parsed(data: bytes) -> Journal | None:
    """Return the journal that those bytes hold; None if they are torn, or no journal."""
    first, _, rest = data.partition(b"\n")
    try:
        version, seal, length = first.decode("ascii").split(" ")
        body, marks = rest[: int(length)], rest[int(length) :]
        if version != _VERSION or len(body) != int(length) or digest(body) != seal:
            return None
        head, _, blobs = body.partition(b"\n")
        said = json.loads(head)
        entries = tuple(_entries(said["entries"], blobs))
        staged, committed = _marks(marks, seal.encode())
        return Journal(entries, bool(said["is_undo"]), staged, committed)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _marks(marks: bytes, seal: bytes) -> tuple[bool, frozenset[int] | None]:
    staged, committed = False, None
    for line in marks.splitlines(keepends=True):
        text = line.decode("ascii", "replace").split(" ")
        numbers = [int(number) for number in text[1:-1] if number.isdecimal() and len(number) < _LONGEST_NUMBER]
        if line != _sealed(text[0], numbers, seal):
            break
        staged = True
        if text[0] == COMMITTED:
            committed = frozenset(numbers)
    return staged, committed


def _sealed(mark: str, groups: Sequence[int], seal: bytes) -> bytes:
    text = " ".join([mark, *map(str, groups)])
    return f"{text} {digest(seal + text.encode())}\n".encode()


def _owned(traits: Traits) -> Traits:
    if sys.platform != "win32":
        traits = traits._replace(uid=os.geteuid(), gid=os.getegid())
    return traits


def _as_json(entry: Entry) -> dict[str, Any]:
    said = entry._asdict()
    said["before"] = None if entry.before is None else len(entry.before)
    said["traits"] = [*entry.traits[:3], {key: value.hex() for key, value in entry.traits.xattrs.items()}]
    return said


def _entries(said: list[dict[str, Any]], blobs: bytes) -> Iterator[Entry]:
    start = 0
    for one in said:
        if not _BESIDE.fullmatch(one["beside"]):
            raise ValueError(one["beside"])
        before = None
        if one["before"] is not None:
            before = blobs[start : start + int(one["before"])]
            start += int(one["before"])
        mode, uid, gid, xattrs = one["traits"]
        traits = Traits(
            int(mode) & 0o777, int(uid), int(gid), {key: bytes.fromhex(value) for key, value in xattrs.items()}
        )
        yield Entry(int(one["group"]), str(one["path"]), str(one["beside"]), before, one["after"], traits)
