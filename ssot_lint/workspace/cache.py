"""What earlier runs have learnt of a project's files, by the digest of their bytes. No run depends on it."""

from __future__ import annotations

import functools
import os
import time
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from ssot_lint import __version__
from ssot_lint.model.facts import FACTS_VERSION
from ssot_lint.parsing.reader import UnreadableSourceError, grammar
from ssot_lint.workspace.pack import DIGEST_SIZE, Pack, Seen, digest_of, read_pack, write_pack
from ssot_lint.workspace.storage import cache_folder, is_inside, is_usable, pack_folder, prepare, prepare_inner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from ssot_lint.workspace.sources import Sources

_LEEWAY: Final = 3_000_000_000
"""Nanoseconds: how coarse, or how far off, the clock of a file system may be."""
_SMALL_PART: Final = 8
"""A pack of what is newer has at most one part in so many of what the large one has."""
_SPARE: Final = 64_000_000
"""Bytes of what no file is now that are kept at least, for the branch that one comes back to."""
_NAMES: Final = b"names "
"""Begins the key of a list of names, before its digest: the names that one look was for are mostly those of others."""
_decode_names = msgspec.msgpack.Decoder(list[str]).decode


class Shelf:
    """What the packs of one kind hold, and what a run adds: a large pack, and beside it a small one of what is newer.

    A run that has little to add writes the small one only.
    """

    def __init__(self, path: Path | None, version: str, *, foreign: bool) -> None:
        self._path = path
        self._version = version
        base = read_pack(path, version, foreign=foreign) if path is not None else None
        more = read_pack(_newer(path), version, foreign=foreign) if path is not None and base is not None else None
        self._base = base.digest if base is not None else b""
        self._held = base.pack.contents if base is not None else {}
        self.last = base.pack if base is not None else Pack(version)
        self.contents = self._held
        if more is not None and more.pack.base == self._base:
            self.last = more.pack
            self.contents = {**self._held, **more.pack.contents}
        self._used: dict[bytes, bytes] = {}
        self._changed = False

    def get(self, key: bytes) -> bytes | None:
        """Return what is known under a key."""
        found = self._used.get(key)
        if found is None:
            found = self.contents.get(key)
            if found is not None:
                self._used[key] = found
        return found

    def put(self, key: bytes, value: bytes) -> None:
        """Remember something in the place of what is known under a key."""
        if self._used.get(key) != value:
            self._used[key] = value
            self._changed = True

    def drop(self, key: bytes) -> None:
        """Forget what is known under a key."""
        self._changed |= self._used.pop(key, None) is not None

    def keep(self, begun: int, tokens: tuple[str, ...], seen: dict[bytes, Seen], prepare: Callable[[], None]) -> None:
        """Write what this run has used or added, if anything is new. OSError."""
        same = tokens == self.last.tokens
        if self._path is None or not (self._changed or not same or seen != self.last.seen):
            return
        self._changed = False
        last = self.last = Pack(self._version, begun=begun, tokens=tokens, seen=seen)
        known = self.contents = {**self.contents, **self._used} if same else dict(self._used)
        prepare()
        more = {key: value for key, value in known.items() if self._held.get(key) != value}
        if same and self._base and _bytes_of(more) * _SMALL_PART <= _bytes_of(self._held):
            write_pack(_newer(self._path), msgspec.structs.replace(last, contents=more, base=self._base))
            return
        self.contents = self._held = self._with_some(known)
        self._base = write_pack(self._path, msgspec.structs.replace(last, contents=self._held))

    def _with_some(self, known: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
        """Return what was used, and as much of the rest."""
        contents = dict(self._used)
        left = max(_SPARE, _bytes_of(contents))
        for key, value in known.items():
            if key not in contents and len(value) <= left:
                left -= len(value)
                contents[key] = value
        return contents


def _newer(path: Path) -> Path:
    return path.with_name(f"{path.name}-newer")


def _bytes_of(contents: Mapping[bytes, bytes]) -> int:
    return sum(map(len, contents.values()))


class Cache:
    """Facts and details, by the digest of a file's bytes; with details, what names were looked for.

    All facts were read for the same `tokens`. Values are bytes; what they mean is their reader's business.
    """

    def __init__(self, root: Path, cache_dir: Path | None = None, *, enabled: bool = True) -> None:
        self._root = root
        folder = cache_folder(root, cache_dir)
        enabled = enabled and is_usable(root, folder)
        self._folder = folder if enabled else None
        self._begun = time.time_ns()
        foreign = enabled and is_inside(root, folder)
        packs = self._packs = pack_folder(root, cache_dir) if enabled else None
        version = _version() if enabled else ""
        self._facts = Shelf(packs and packs / "first-look", version, foreign=foreign)
        self._open_details = functools.partial(Shelf, packs and packs / "second-look", version, foreign=foreign)
        self._trusts_times = os.name == "posix" and not os.environ.get("CI")
        self._before = self._facts.last.begun - _LEEWAY
        self._digests: dict[str, bytes] = {}
        self._statuses: dict[str, os.stat_result] = {}
        self._doubted: set[bytes] = set()
        self._looked_for: dict[bytes, frozenset[str]] = {}

    @cached_property
    def _details(self) -> Shelf:
        return self._open_details()

    @property
    def tokens(self) -> tuple[str, ...] | None:
        """What the facts that are known were read for, None if there are none."""
        return self._facts.last.tokens if self._facts.contents else None

    def facts(self, sources: Sources, path: str) -> bytes | None:
        """Return what is known of a file as it is now."""
        digest = self._digest(sources, path) if self._folder is not None else None
        return self._facts.get(digest) if digest is not None else None

    def note_facts(self, sources: Sources, path: str, digest: bytes, value: bytes) -> None:
        """Remember what was read from bytes with a digest."""
        self._facts.put(digest, value)
        self.confirm(digest)
        if path not in sources.contents:
            self._digests[path] = digest

    def doubt(self, sources: Sources, paths: Iterable[str]) -> None:
        """Forget in the end what is known of files, unless it is confirmed: they are about to be read for other tokens.

        Of a file that cannot be read any more, or has other bytes by then, nobody knows whether it would be the same.
        """
        self._doubted = {digest for path in paths if (digest := self._known_digest(sources, path)) is not None}

    def confirm(self, digest: bytes) -> None:
        """Take what is known of bytes with a digest for true under the tokens of now."""
        self._doubted.discard(digest)

    def details(self, sources: Sources, path: str, names: Sequence[str]) -> bytes | None:
        """Return what a second look saw in a file as the first look has read it, for these names and maybe more."""
        digest = self._known_digest(sources, path)
        found = self._details.get(digest) if digest is not None else None
        if found is None or not self._names(found[:DIGEST_SIZE]).issuperset(names):
            return None
        return found[DIGEST_SIZE:]

    def note_details(self, digest: bytes, names: Sequence[str], value: bytes) -> None:
        """Remember what a second look has seen, in the place of what it has seen there for other names."""
        listed = msgspec.msgpack.encode(sorted(names))
        key = digest_of(listed)
        self._details.put(_NAMES + key, listed)
        self._details.put(digest, key + value)

    def _names(self, key: bytes) -> frozenset[str]:
        """Return the names that were looked for in many a file; none if they are not known."""
        if key not in self._looked_for:
            with suppress(msgspec.DecodeError):
                self._looked_for[key] = frozenset(_decode_names(self._details.get(_NAMES + key) or b""))
        return self._looked_for.setdefault(key, frozenset())

    def keep_facts(self, tokens: Sequence[str]) -> None:
        """Write the facts, all read for these tokens, for the next run. Where that fails, nothing is remembered."""
        for digest in self._doubted:
            self._facts.drop(digest)
        self._doubted = set()
        seen = {}
        for path, status in self._statuses.items():
            if path in self._digests:
                seen[os.fsencode(path)] = Seen(*_times(status), self._digests[path])
        self._keep(self._facts, tuple(sorted(set(tokens))), seen)

    def keep_details(self) -> None:
        """Write the details for the next run. Where that fails, nothing is remembered."""
        if "_details" in self.__dict__:
            self._keep(self._details)

    def _keep(self, shelf: Shelf, tokens: tuple[str, ...] = (), seen: dict[bytes, Seen] | None = None) -> None:
        if self._folder is not None:
            with suppress(OSError):
                shelf.keep(self._begun, tokens, seen or {}, self._prepare)

    def _prepare(self) -> None:
        """Make the folder of the packs. OSError."""
        if self._folder is not None and self._packs is not None:
            prepare(self._root, self._folder)
            prepare_inner(self._folder, self._packs)

    def _known_digest(self, sources: Sources, path: str) -> bytes | None:
        """Return the digest of a file's bytes as the first look has read them, None if it has not."""
        data = sources.contents.get(path)
        return self._digests.get(path) if data is None else digest_of(data)

    def _digest(self, sources: Sources, path: str) -> bytes | None:
        """Return the digest of a file's bytes; None where it cannot be had, or nothing is known that it could find."""
        data = sources.contents.get(path)
        if data is not None:
            return digest_of(data)
        status = sources.status(path)
        if status is None:
            return None
        self._statuses[path] = status
        digest = self._unchanged(path, status)
        if digest is None and self._facts.contents:
            with suppress(UnreadableSourceError):
                digest = digest_of(sources.read(path))
        if digest is not None:
            self._digests[path] = digest
        return digest

    def _unchanged(self, path: str, status: os.stat_result) -> bytes | None:
        """Return the digest that a file had, if by its size, times and inode it must have it still.

        Not for a file that was changed when the last run began, or after: it may have been changed twice within one
        tick of the clock.
        """
        seen = self._facts.last.seen.get(os.fsencode(path)) if self._trusts_times else None
        if seen is None or (seen.size, seen.modified, seen.changed, seen.inode) != _times(status):
            return None
        return seen.digest if seen.modified < self._before and seen.changed < self._before else None


def _times(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _version() -> str:
    """Return what facts depend on beside a file's bytes."""
    return f"{__version__}, facts {FACTS_VERSION}, {grammar()}"
