"""Files by name in a folder that is held open: what stands there, a new file beside it, and how the two change places.

On Linux two names change places at once (`renameat2`), and what came out is looked at afterwards: an edit that was
saved in between is seen and put back. Weaker elsewhere (macOS, Windows, file systems that cannot exchange): the file
is compared, then replaced, and an edit that is saved between the two is lost. Windows cannot hold a folder open
either: one that is swapped for a link in the middle of a run is followed. Extended attributes are kept on Linux only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import stat
import sys
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_NO_REPLACE = 1  # the flags of renameat2
_EXCHANGE = 2
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)  # the kernel, or the file system, does not know the flag

PLAIN: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""The flags to open any file with: no link is followed. What a system lacks is 0 there."""

_READ = os.O_RDONLY | PLAIN | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | PLAIN
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_PIECE_BYTES = 1 << 20
_LARGEST_BYTES = 1 << 28  # no source file is larger; one that is has certainly changed, and is not read


class RefusalError(Exception):
    """A file that must not be written; the text is the reason, and reads after the file's path."""


class Folder(NamedTuple):
    """An opened folder: `fd` holds it open; where there is none (Windows), `prefix` is its path."""

    fd: int | None
    prefix: str

    def at(self, name: str) -> str:
        """Return what the system is given together with `fd`."""
        return self.prefix + name


class Traits(NamedTuple):
    """What a new file takes over from the one that it replaces, beside its name."""

    mode: int
    uid: int
    gid: int
    xattrs: Mapping[str, bytes]


class Seen(NamedTuple):
    """What stands under a name: `token` is the digest of a regular file's bytes, else says which object it is."""

    token: str
    status: os.stat_result


def digest(content: bytes) -> str:
    """Return the token of a regular file with that content."""
    return sha256(content).hexdigest()


def token_of(content: bytes | None) -> str | None:
    """Return the token of such a file, None for no file."""
    return None if content is None else digest(content)


@contextmanager
def opened(root: Path, parts: Sequence[str], *, create: bool = False) -> Iterator[Folder]:
    """Hold the folder `parts` under `root` open; no part may be a link (NotADirectoryError, or OSError with ELOOP).

    FileNotFoundError where it does not exist; with `create` it is made, for its owner alone.
    """
    if sys.platform == "win32":
        path = root
        for part in parts:
            path /= part
            if create:
                path.mkdir(exist_ok=True)
            status = os.lstat(path)
            if not stat.S_ISDIR(status.st_mode) or status.st_reparse_tag:
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
        yield Folder(None, f"{path}{os.sep}")
    else:
        fd = os.open(root, _FOLDER)
        try:
            for part in parts:
                if create:
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o700, dir_fd=fd)
                inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=fd)
                os.close(fd)
                fd = inner
            yield Folder(fd, "")
        finally:
            os.close(fd)


def see(folder: Folder, name: str) -> Seen | None:
    """Return what stands under a name, None if nothing does. OSError if the disk fails, or no file can be opened."""
    try:
        status = os.stat(folder.at(name), dir_fd=folder.fd, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_BYTES:
        return Seen(_object(status), status)
    try:
        with reading(folder, name) as fd:
            status = os.fstat(fd)
            return Seen(_digest_of(fd) if stat.S_ISREG(status.st_mode) else _object(status), status)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO):  # unreadable, or a link by now
            return Seen(_object(status), status)
        raise


def _digest_of(fd: int) -> str:
    so_far = sha256()
    while piece := os.read(fd, _PIECE_BYTES):
        so_far.update(piece)
    return so_far.hexdigest()


def _object(status: os.stat_result) -> str:
    return f"{stat.S_IFMT(status.st_mode):o} {status.st_dev}:{status.st_ino}"


@contextmanager
def reading(folder: Folder, name: str) -> Iterator[int]:
    """Open a file for reading; a link is not followed. OSError if that fails."""
    fd = os.open(folder.at(name), _READ, dir_fd=folder.fd)
    try:
        yield fd
    finally:
        os.close(fd)


def read(folder: Folder, name: str) -> bytes:
    """Return a file's bytes. OSError if it cannot be read."""
    with reading(folder, name) as fd:
        return b"".join(iter(lambda: os.read(fd, _PIECE_BYTES), b""))


def traits_of(folder: Folder, name: str) -> Traits:
    """Return what a new file must take over from this one. OSError if it cannot be read."""
    with reading(folder, name) as fd:
        status = os.fstat(fd)
        return Traits(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, _xattrs_of(fd))


def stage(folder: Folder, name: str, content: bytes, traits: Traits) -> None:
    """Make a new file with all of its traits, and wait until it is on the disk.

    RefusalError if a trait cannot be kept; OSError, and half a file may be there, if it cannot be written.
    """
    fd = os.open(folder.at(name), _NEW, 0o600, dir_fd=folder.fd)
    try:
        write_all(fd, content)
        _give(fd, folder.at(name), traits)
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, content: bytes) -> None:
    """Write all bytes. OSError (disk full, limit of file size)."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _give(fd: int, path: str, traits: Traits) -> None:
    if sys.platform == "win32":
        os.chmod(path, traits.mode)  # noqa: PTH101 - a name in a folder; a path on this system only
    else:
        status = os.fstat(fd)
        if (status.st_uid, status.st_gid) != (traits.uid, traits.gid):
            try:
                os.fchown(fd, traits.uid, traits.gid)
            except PermissionError:
                raise RefusalError("its owner or group cannot be kept") from None
        xattrs = _xattrs_of(fd)
        for key in sorted(xattrs.keys() | traits.xattrs.keys()):  # a new file may inherit some from its folder
            if xattrs.get(key) != traits.xattrs.get(key):
                _give_xattr(fd, key, traits.xattrs.get(key))
        os.fchmod(fd, traits.mode)


def _xattrs_of(fd: int) -> dict[str, bytes]:
    if sys.platform == "linux":
        with suppress(OSError):  # the file system has none
            return {key: os.getxattr(fd, key) for key in os.listxattr(fd)}
    return {}


def _give_xattr(fd: int, key: str, value: bytes | None) -> None:
    if sys.platform == "linux":
        try:
            if value is None:
                os.removexattr(fd, key)
            else:
                os.setxattr(fd, key, value)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            if not key.startswith("security."):  # those are the system's own to give
                raise RefusalError(f"its extended attribute {key} cannot be kept") from None


def put_in(folder: Folder, name: str, beside: str, expected: str) -> None:
    """Put the file `beside` where `name` is, if the latter has the token `expected`; what was there is then `beside`.

    Where the system cannot exchange, `beside` is used up instead. RefusalError if something else stands there, or
    somebody has it open for writing: then that stands there still, or again, and `beside` may be gone. OSError if
    nothing could be moved.
    """
    brought = see(folder, beside)
    if brought is None:
        raise RefusalError("the new file beside it is gone")
    try:
        if not _rename(folder, beside, name, _EXCHANGE):
            there = see(folder, name)
            if there is None or there.token != expected:
                raise RefusalError("it has changed since it was read")
            os.replace(folder.at(beside), folder.at(name), src_dir_fd=folder.fd, dst_dir_fd=folder.fd)
            return
    except FileNotFoundError:
        raise RefusalError("it is gone") from None
    reason = misfit(folder, beside, expected)
    if reason:
        _put_back(folder, name, beside, brought.token)
        remove(folder, beside)  # ours, or an edit that a later one has replaced
        raise RefusalError(reason)


def misfit(folder: Folder, name: str, expected: str) -> str:
    """Say why what came out is not what was expected; empty if it is. Who writes is asked first, then the content."""
    try:
        with reading(folder, name) as fd:
            busy = _is_being_written(fd)
    except OSError:
        busy = False
    out = see(folder, name)
    if out is None or out.token != expected:
        return "it has changed since it was read"
    return "it is open for writing elsewhere" if busy else ""


def _put_back(folder: Folder, name: str, beside: str, put: str) -> None:
    """Exchange until what was last saved under `name` stands there, and what came out is what we put there before."""
    while True:
        held = see(folder, beside)
        try:
            _rename(folder, beside, name, _EXCHANGE)
        except FileNotFoundError:  # deleted, or a save that is half done: what is held is the latest
            with suppress(FileExistsError):
                move(folder, beside, name)
                return
            continue
        out = see(folder, beside)
        if held is None or out is None or out.token == put:
            return
        put = held.token


def _is_being_written(fd: int) -> bool:
    """Say whether another has the file open for writing. A lease on reading is granted only if nobody has."""
    if sys.platform == "linux":
        try:
            fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)  # breaking the lease sends SIGIO otherwise, which ends us
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return error.errno == errno.EAGAIN  # else the file system has no leases
    return False


def move(folder: Folder, name: str, new: str) -> None:
    """Give a file a new name. FileExistsError if that is taken (elsewhere than on Linux, as far as can be seen)."""
    if _rename(folder, name, new, _NO_REPLACE):
        return
    if see(folder, new) is not None:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(folder.at(name), folder.at(new), src_dir_fd=folder.fd, dst_dir_fd=folder.fd)


def remove(folder: Folder, name: str) -> None:
    """Delete a file if it is there."""
    with suppress(FileNotFoundError):
        os.unlink(folder.at(name), dir_fd=folder.fd)


def sync(folder: Folder) -> None:
    """Wait until the folder's names are on the disk; Windows cannot say."""
    if folder.fd is not None:
        os.fsync(folder.fd)


def _rename(folder: Folder, name: str, new: str, flag: int) -> bool:
    """Rename with a flag of renameat2; False where that is not possible. OSError as of rename."""
    renameat2 = _renameat2()
    if renameat2 is None or folder.fd is None:
        return False
    if renameat2(folder.fd, os.fsencode(name), folder.fd, os.fsencode(new), flag) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), name)


@lru_cache(maxsize=1)
def _renameat2() -> Callable[[int, bytes, int, bytes, int], int] | None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # a C library from before 2018, or another
            function = ctypes.CDLL(None, use_errno=True).renameat2
            function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
            function.restype = ctypes.c_int
            found: Callable[[int, bytes, int, bytes, int], int] = function
            return found
    return None
