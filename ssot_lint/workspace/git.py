"""git, asked about a project's history. It reads commits and the index, never the files of the work tree.

So nothing that a repository's own configuration names is started: no hook, monitor, filter, external diff or transport.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

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
_SECONDS: Final = 60
_NOTHING_THERE: Final = ("not a git repository", "bad revision 'HEAD'")


class GitError(Exception):
    """git could not answer; the text says why, empty where there is no git, no repository or no commit."""


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
        listing = _git(root, "diff-index", *_RENAMES, "--relative", "--ignore-submodules=all", commit, "--")
    except GitError as error:
        return Renames({}, str(error))
    fields = listing.split(b"\0")  # a status, the old path, the new one
    pairs = zip(fields[1::3], fields[2::3], strict=False)
    return Renames({os.fsdecode(old): os.fsdecode(new) for old, new in pairs})


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


def _git(root: Path, *arguments: str) -> bytes:
    """Return what git prints. GitError."""
    program = shutil.which("git")
    if program is None or not Path(program).is_absolute() or Path(program).is_relative_to(root):
        raise GitError
    try:
        done = subprocess.run(  # noqa: S603 - git itself, by its full path, which is not the project's
            [program, *_SAFE, "-C", str(root), *arguments],
            env={**{key: value for key, value in os.environ.items() if key not in _OF_HOOKS}, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git needs longer than {_SECONDS} seconds") from None
    except OSError:
        raise GitError from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise GitError("" if any(one in said for one in _NOTHING_THERE) else f"git says: {said.partition(chr(10))[0]}")
    return done.stdout
