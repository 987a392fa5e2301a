"""What was changed since a commit, and which files a run reads when git has a say in it."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.engine.options import UsageError
from ssot_lint.fixing.diff import changed_lines
from ssot_lint.model.finding import Notice
from ssot_lint.parsing.reader import UnreadableSourceError
from ssot_lint.workspace import git
from ssot_lint.workspace.discover import is_excluded
from ssot_lint.workspace.sources import MAX_BYTES, Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from ssot_lint.engine.options import Options
    from ssot_lint.model.location import Location
    from ssot_lint.workspace.discover import Discovered


@dataclasses.dataclass(frozen=True)
class Changes:
    """What was changed in the Python files of a project and in its policy; `said` says since when.

    `before` has the changed, new (None) and deleted files with their bytes before; `unread` those whose bytes git does
    not have. `lines` has the new lines, by path, None where all of them are; `renames` the old paths with the new ones.
    """

    said: str
    before: Mapping[str, bytes | None]
    lines: Mapping[str, frozenset[int] | None]
    renames: Mapping[str, str]
    unread: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.before or self.lines or self.unread)

    def touches(self, at: Location) -> bool:
        """Tell whether a place is on a changed line."""
        lines = self.lines.get(at.path, frozenset())
        return lines is None or at.line in lines


class Chosen(NamedTuple):
    """What a run reads: the files, those with other bytes than on disk, and what of it was changed."""

    found: Discovered
    contents: Mapping[str, bytes] = {}
    changes: Changes | None = None


def choose(options: Options, root: Path, found: Discovered, excludes: Sequence[str], policy: str) -> Chosen:
    """Ask git what it tracks, what is staged and what was changed, as far as the options want it. UsageError."""
    try:
        return _choose(options, _Tree(root, excludes, policy), found)
    except git.MissingRevisionError as error:
        hint = 'in a shallow clone "git fetch --unshallow" gets the history, in GitHub Actions "fetch-depth: 0"'
        raise UsageError(f"--since {options.since}: {error}; {hint}") from None
    except git.GitError as error:
        said = str(error) or f"{root} is in no git repository, or there is no git"
        asked = "--staged" if options.staged else "--tracked-only" if options.since is None else "--since"
        raise UsageError(f"{asked}: {said}") from None


class _Tree(NamedTuple):
    """Where a project stands, what its policy leaves out, and the policy's file."""

    root: Path
    excludes: Sequence[str]
    policy: str


def _choose(options: Options, tree: _Tree, found: Discovered) -> Chosen:
    if options.staged:
        return _staged(tree, found)
    base = git.merge_base(tree.root, options.since) if options.since is not None else None
    if options.tracked_only:
        found = _only(found, git.files_of_index(tree.root))
    if base is None:
        return Chosen(found)
    new: dict[str, str | None] = dict.fromkeys(found.files)
    if tree.policy and (tree.root / tree.policy).resolve().is_relative_to(tree.root.resolve()):
        new[tree.policy] = None
    return Chosen(
        found, {}, _changes(_Now(tree, {}, new, _on_disk(tree.root)), base, f"was changed since {options.since}")
    )


def _on_disk(root: Path) -> Callable[[str], bool]:
    """Return what tells whether something is there, or would be but for a sparse checkout."""
    left_out = git.files_left_out(root)
    return lambda path: path in left_out or os.path.lexists(root / path)


def _only(found: Discovered, tracked: Iterable[str]) -> Discovered:
    """Leave out what git does not track: for who checks the commit out it is not there."""
    return dataclasses.replace(found, files=sorted(set(found.files).intersection(tracked)))


def _staged(tree: _Tree, found: Discovered) -> Chosen:
    """Take the files of the index in the place of those on disk."""
    index = git.files_of_index(tree.root)
    unmerged = sorted(path for path, blob in index.items() if not blob)
    if unmerged:
        raise UsageError(f"--staged: the merge of {unmerged[0]} is not done")
    on_disk = set(found.files)
    new: dict[str, str | None] = {
        path: blob
        for path, blob in index.items()
        if path.endswith(".py") and (path in on_disk or _is_lost(tree, found, path))
    }
    differs = {path: index[path] for path in new if path not in on_disk or not _is_on_disk(tree, path, index[path])}
    blobs = git.read_blobs(tree.root, differs.values(), MAX_BYTES)
    for path, blob in sorted(differs.items()):
        if blob not in blobs:
            raise UsageError(f"--staged: git does not have what is staged of {path}, or it is too large")
    contents = {path: blobs[blob] for path, blob in differs.items()}
    notices = [one for one in found.notices if one.path not in new]
    if tree.policy in index and not _is_on_disk(tree, tree.policy, index[tree.policy]):
        notices.append(Notice(tree.policy, "skipped", "what is staged of it; the policy is read from the work tree"))
    stems = found.stems - {path.removesuffix(".py") for path in new}
    found = dataclasses.replace(found, files=sorted(new), stems=stems, notices=sorted(notices))
    if tree.policy in index:
        new[tree.policy] = index[tree.policy]
    return Chosen(
        found, contents, _changes(_Now(tree, contents, new, index.__contains__), git.head(tree.root), "is staged")
    )


def _is_lost(tree: _Tree, found: Discovered, path: str) -> bool:
    """Tell whether a file that would be read is not on disk, or is something else there."""
    full = tree.root / path
    if os.path.isfile(full) and not os.path.islink(full):  # noqa: PTH113, PTH114 - those of Path raise on some names
        return False
    return not is_excluded(path, tree.excludes) and not any(path.startswith(f"{one}/") for one in found.folders)


def _is_on_disk(tree: _Tree, path: str, blob: str) -> bool:
    data = _read(Sources(tree.root, {}), path)
    return data is not None and git.blob_name(data, blob) == blob


def _read(sources: Sources, path: str) -> bytes | None:
    try:
        return sources.read(path)
    except UnreadableSourceError:
        return None


class _Now(NamedTuple):
    """The files of now, with the names of their blobs where these are known, and whether something is there at all."""

    tree: _Tree
    contents: Mapping[str, bytes]
    blobs: Mapping[str, str | None]
    has: Callable[[str], bool]


def _changes(now: _Now, base: str | None, said: str) -> Changes:
    """Compare the files of now with those of a commit."""
    root = now.tree.root
    old = git.files_of_commit(root, base) if base is not None else {}
    new = _changed(now, old)
    gone = {path for path in old if path.endswith(".py") and path not in now.blobs and not now.has(path)}
    gone = {path for path in gone if not is_excluded(path, now.tree.excludes)}
    renames = git.renames_since(root, base) if base is not None else {}
    renames = {before: after for before, after in renames.items() if before in gone and after in new}
    former = {after: before for before, after in renames.items()}
    blobs = git.read_blobs(root, [old[path] for path in [*new, *gone] if path in old], MAX_BYTES)
    before = {path: blobs.get(old.get(path, "")) for path in [*new, *gone]}
    lines: dict[str, frozenset[int] | None] = {}
    for path, data in new.items():
        was = before[former.get(path, path)]
        lines[path] = None if was is None or data is None else changed_lines(was, data)
        if path in old and lines[path] == frozenset() and _same_lines(was, data):
            del lines[path], before[path]  # only the ends of lines are other ones, as git itself makes them
    python = {path: data for path, data in before.items() if path.endswith(".py")}
    unread = sorted(path for path, data in python.items() if path in old and data is None)
    return Changes(said, {path: data for path, data in python.items() if path not in unread}, lines, renames, unread)


def _changed(now: _Now, old: Mapping[str, str]) -> dict[str, bytes | None]:
    """Return the files that are not what they were, with their bytes; None where these cannot be had."""
    sources = Sources(now.tree.root, now.contents)
    found: dict[str, bytes | None] = {}
    for path, blob in now.blobs.items():
        was = old.get(path)
        if blob is None or blob != was:
            data = _read(sources, path)
            if data is None or was is None or git.blob_name(data, was) != was:
                found[path] = data
    return found


def _same_lines(old: bytes | None, new: bytes | None) -> bool:
    """Tell whether nothing was taken away either."""
    return old is not None and new is not None and old.replace(b"\r\n", b"\n") == new.replace(b"\r\n", b"\n")
