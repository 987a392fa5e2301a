"""git, asked about a project's history. It reads commits and the index, never the files of the work tree.

So nothing that a repository's own configuration names is started: no hook, monitor, filter, external diff or transport.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

_SAFE: Final = ("--no-optional-locks", "--no-pager", "-c", "core.fsmonitor=", "-c", f"core.hooksPath={os.devnull}")
_ENVIRONMENT: Final = {
    "LC_ALL": "C",  # the messages are looked at
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # known since git 2.44; before, no protocol is allowed
    "GIT_ALLOW_PROTOCOL": "none",
}
_OF_HOOKS: Final = frozenset(("GIT_DIR", "GIT_WORK_TREE"))
"""With these, which git gives its hooks, a folder inside a work tree would be taken for the whole of it."""

_RENAMES: Final = ("--cached", "-M", "-l2000", "--no-rename-empty", "--diff-filter=R", "--name-status", "-z")
_REGULAR: Final = frozenset(("100644", "100755"))
_SHA256_DIGITS: Final = 64
_SECONDS: Final = 60
_NOTHING_THERE: Final = ("not a git repository", "bad revision 'HEAD'")


class GitError(Exception):
    """git could not answer; the text says why, empty where there is no git, no repository or no commit."""


class MissingRevisionError(GitError):
    """There is no such commit, or none that it has in common with HEAD."""


class Renames(NamedTuple):
    """Old paths with their new ones, relative to the root; `unknown` says why git cannot know them."""

    paths: dict[str, str]
    unknown: str = ""


def renames_since_change(root: Path, file: Path) -> Renames:
    """Return what was renamed, as git's index shows it, since the last commit that changed a file.

    A file that no commit holds is as new as the last commit. Without git or a repository nothing was renamed.
    """
    try:
        commit = _last_change(root, file)
        if _is_cut_off_at(root, commit):
            return Renames({}, "git's history is cut off here (a shallow clone)")
        return Renames(renames_since(root, commit))
    except GitError as error:
        return Renames({}, str(error))


def renames_since(root: Path, commit: str) -> dict[str, str]:
    """Return the old paths under the root with their new ones, from a commit to the index. GitError."""
    listing = _git(root, "diff-index", *_RENAMES, "--relative", "--ignore-submodules=all", commit, "--")
    fields = listing.split(b"\0")  # a status, the old path, the new one
    pairs = zip(fields[1::3], fields[2::3], strict=False)
    return {os.fsdecode(old): os.fsdecode(new) for old, new in pairs}


def merge_base(root: Path, revision: str) -> str:
    """Return the commit where the history of a revision and that of HEAD part. GitError, MissingRevisionError."""
    commits = []
    for one in (revision, "HEAD"):
        commit = _commit(root, one)
        if commit is None:
            raise MissingRevisionError(f'git knows no commit "{one}"')
        commits.append(commit)
    # With no commit in common git says nothing, and ends with 1.
    found = _git(root, "merge-base", *commits, may_fail=True).decode("ascii").strip()
    if not found:
        raise MissingRevisionError(f"{revision} and HEAD have no commit in common")
    return found


def head(root: Path) -> str | None:
    """Return the commit of HEAD, None before the first one. GitError."""
    return _commit(root, "HEAD")


def _commit(root: Path, revision: str) -> str | None:
    _git(root, "rev-parse", "--is-inside-work-tree")
    if revision.startswith("-"):
        return None
    found = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", may_fail=True)
    lines = found.decode("ascii").split()
    return lines[0] if len(lines) == 1 else None


def files_of_commit(root: Path, commit: str) -> dict[str, str]:
    """Return the regular files under the root in a commit, each with the name of its blob. GitError."""
    listing = _git(root, "ls-tree", "-r", "-z", commit).split(b"\0")
    found = (_listed(line) for line in listing if line)
    return {path: blob for mode, _, blob, path in found if mode in _REGULAR}


def files_of_index(root: Path) -> dict[str, str]:
    """Return the regular files under the root in the index with their blobs, "" where a merge is not done. GitError."""
    files: dict[str, str] = {}
    for line in _git(root, "ls-files", "--stage", "-z").split(b"\0"):
        if line:
            mode, blob, stage, path = _listed(line)
            if mode in _REGULAR:
                files[path] = blob if stage == "0" else ""
    return files


def files_left_out(root: Path) -> frozenset[str]:
    """Return the files under the root that a sparse checkout leaves out. GitError."""
    lines = _git(root, "ls-files", "-t", "-z").split(b"\0")
    return frozenset(os.fsdecode(line[2:]) for line in lines if line.startswith(b"S "))


def _listed(line: bytes) -> tuple[str, str, str, str]:
    """Take a line of ls-tree or ls-files apart: three fields, a tab, the path."""
    fields, _, path = line.partition(b"\t")
    first, second, third = fields.decode("ascii").split(" ")
    return first, second, third, os.fsdecode(path)


def read_blobs(root: Path, blobs: Collection[str], most_bytes: int) -> dict[str, bytes]:
    """Return the bytes of blobs by their names, without those that are missing or larger than that. GitError."""
    names = "".join(f"{blob}\n" for blob in sorted(set(blobs)))
    if not names:
        return {}
    sizes = (line.split() for line in _git(root, "cat-file", "--batch-check", given=names.encode()).splitlines())
    wanted = [line for line in sizes if line[1] == b"blob" and int(line[2]) <= most_bytes]
    if not wanted:
        return {}
    printed = _git(root, "cat-file", "--batch", given=b"".join(b"%s\n" % line[0] for line in wanted))
    found: dict[str, bytes] = {}
    start = 0
    for name, _, size in wanted:
        start = printed.index(b"\n", start) + 1
        found[name.decode("ascii")] = printed[start : start + int(size)]
        start += int(size) + 1
    return found


def blob_name(data: bytes, like: str) -> str:
    """Return what git calls a blob of these bytes, in the format of another name."""
    algorithm = hashlib.sha256 if len(like) == _SHA256_DIGITS else hashlib.sha1
    return algorithm(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()


def _last_change(root: Path, file: Path) -> str:
    top, folder = Path(os.path.realpath(root)), Path(os.path.realpath(file.parent))
    if not folder.is_relative_to(top):
        return "HEAD"
    inside = f":(literal){(folder / file.name).relative_to(top).as_posix()}"
    return _git(root, "rev-list", "-1", "HEAD", "--", inside).decode("ascii").strip() or "HEAD"


def _is_cut_off_at(root: Path, commit: str) -> bool:
    """Tell whether the history ends at a commit since older ones were not fetched."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() != b"true":
        return False
    return len(_git(root, "rev-list", "-1", "--parents", commit, "--").split()) == 1


def _git(root: Path, *arguments: str, given: bytes = b"", may_fail: bool = False) -> bytes:
    """Return what git prints; with `may_fail`, if it finds nothing, and says nothing, as well. GitError."""
    program = shutil.which("git")
    if program is None or not Path(program).is_absolute() or Path(program).is_relative_to(root):
        raise GitError
    try:
        done = subprocess.run(  # noqa: S603 - git itself, by its full path, which is not the project's
            [program, *_SAFE, "-C", str(root), *arguments],
            env={**{key: value for key, value in os.environ.items() if key not in _OF_HOOKS}, **_ENVIRONMENT},
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git needs longer than {_SECONDS} seconds") from None
    except OSError:
        raise GitError from None
    if done.returncode and not (may_fail and not done.stderr):
        said = done.stderr.decode("utf-8", "replace").strip()
        raise GitError("" if any(one in said for one in _NOTHING_THERE) else f"git says: {said.partition(chr(10))[0]}")
    return done.stdout
