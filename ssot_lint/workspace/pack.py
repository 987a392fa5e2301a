"""The file format of what is remembered between runs: one file, read and replaced as a whole.

A pack is believed only if it is whole (a digest over all of it), of this very version, and our own: inside the tree
that is linted it must be the file that a run has written on this disk (device, inode and time of change are part of
it), since a hostile tree could bring a pack of its own. Whatever else is found counts as no pack.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC: Final = b"ssot-lint pack 1\n"
DIGEST_SIZE: Final = 16
_MAX_BYTES: Final = 2_000_000_000


class Seen(Struct, frozen=True, array_like=True, gc=False):
    """A file as it was when its bytes had a digest: size, times of change in nanoseconds, inode."""

    size: int
    modified: int
    changed: int
    inode: int
    digest: bytes


class Pack(Struct, frozen=True, array_like=True):
    """What one run leaves for the next.

    `version` says what made it. `own` is the pack's own device, inode and time of change. `begun` is when the run
    began, in nanoseconds. `seen` has the files by their path as bytes; `contents` what is known, by a digest. A pack
    with a `base` adds to the one with that digest, and counts only beside it.
    """

    version: str
    own: tuple[int, int, int] = (0, 0, 0)
    begun: int = 0
    tokens: tuple[str, ...] = ()
    seen: dict[bytes, Seen] = {}
    contents: dict[bytes, bytes] = {}
    base: bytes = b""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Pack).decode


def digest_of(*parts: bytes | memoryview) -> bytes:
    """Return a digest of DIGEST_SIZE bytes."""
    made = hashlib.sha256()
    for part in parts:
        made.update(part)
    return made.digest()[:DIGEST_SIZE]


class Read(NamedTuple):
    """A pack with its digest."""

    pack: Pack
    digest: bytes


def read_pack(path: Path, version: str, *, foreign: bool) -> Read | None:
    """Return a pack that can be believed, None for anything else. With `foreign` the tree may have brought it."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - a descriptor has no path
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
                return None
            data = file.read()
    except OSError:
        return None
    start = len(_MAGIC) + DIGEST_SIZE
    body = memoryview(data)[start:]
    digest = data[len(_MAGIC) : start]
    if data[: len(_MAGIC)] != _MAGIC or digest_of(body) != digest:
        return None
    try:
        pack = _decode(body)
    except (ValueError, RecursionError, MemoryError):  # msgspec's errors, and those of Python's own decoder
        return None
    own = not foreign or pack.own == _own(status)
    return Read(pack, digest) if own and pack.version == version else None


def write_pack(path: Path, pack: Pack) -> bytes:
    """Put a pack in the place of what is there; readers see the old one or the new one. Return its digest. OSError."""
    new = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(new, flags, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor has no path
            status = os.fstat(file.fileno())
            body = _encode(msgspec.structs.replace(pack, own=_own(status)))
            digest = digest_of(body)
            file.write(_MAGIC + digest)
            file.write(body)
        os.utime(new, ns=(status.st_mtime_ns, status.st_mtime_ns))
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    return digest


def _own(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_dev, status.st_ino, status.st_mtime_ns)
