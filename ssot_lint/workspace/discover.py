"""Which files a run reads: every Python file under the root, less what git or the policy leaves out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.model.finding import Notice
from ssot_lint.model.patterns import Patterns, is_pattern, patterns
from ssot_lint.parsing.reader import UnreadableSourceError
from ssot_lint.workspace.sources import read_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

USUAL_EXCLUDES: Final = (
    *(".bzr/", ".direnv/", ".eggs/", ".git/", ".git-rewrite/", ".hg/", ".ipynb_checkpoints/", ".mypy_cache/", ".nox/"),
    *(".pants.d/", ".pyenv/", ".pytest_cache/", ".pytype/", ".ruff_cache/", ".svn/", ".tox/", ".venv/", ".vscode/"),
    *("__pycache__/", "__pypackages__/", "_build/", "buck-out/", "build/", "dist/", "node_modules/", "site-packages/"),
    *("venv/", ".ssot-lint-cache/", "*.egg-info/"),
)
_SIBLINGS: Final = (".pyi", ".pyx", ".pyd", ".so")
_PROJECT_FILES: Final = frozenset(("pyproject.toml", "setup.py", "setup.cfg"))


@dataclass
class Discovered:
    """What stands under the root: paths are posix and relative to it.

    `folders` and `stems` (files without their suffix) exist but are not read; `project_folders` hold a project file.
    """

    files: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)
    project_folders: set[str] = field(default_factory=set)
    nested_policies: list[str] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


class _Ignore(NamedTuple):
    """One .gitignore file: it speaks of paths under `folder` as `prefix` plus what follows the folder."""

    folder: str
    prefix: str
    patterns: Patterns


def discover(root: Path, exclude: Iterable[str] = (), *, respect_gitignore: bool = True) -> Discovered:
    """Walk the tree under `root` once; links are not followed."""
    found = Discovered()
    own = Patterns([*USUAL_EXCLUDES, *exclude])
    ignores: list[_Ignore] = _ignores_above(root) if respect_gitignore else []
    pending: list[tuple[str, list[_Ignore]]] = [("", ignores)]
    while pending:
        folder, inherited = pending.pop()
        try:
            with os.scandir(root / folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            found.notices.append(Notice(folder or ".", "unreadable", _reason(error), blocking=True))
            continue
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names and folder:
            found.folders.add(folder)
            continue
        if names & _PROJECT_FILES:
            found.project_folders.add(folder)
        active = inherited
        if respect_gitignore and ".gitignore" in names:
            active = [*inherited, *_read_ignore(root, f"{folder}/.gitignore".lstrip("/"), folder)]
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            _sort_entry(entry, path, own, active, found, pending)
    found.files.sort()
    found.notices.sort()
    return found


def is_excluded(path: str, exclude: Iterable[str]) -> bool:
    """Tell whether a file, wherever it is now, is left out by its path; .gitignore files are not asked."""
    own = patterns(*USUAL_EXCLUDES, *exclude)
    parts = path.split("/")
    return own.match(path) or any(own.match("/".join(parts[:end]) + "/") for end in range(1, len(parts)))


def _sort_entry(  # noqa: PLR0913 - the state of the walk
    entry: os.DirEntry[str],
    path: str,
    own: Patterns,
    ignores: list[_Ignore],
    found: Discovered,
    pending: list[tuple[str, list[_Ignore]]],
) -> None:
    """Put one directory entry where it belongs."""
    python = entry.name.endswith(".py")
    if entry.is_symlink():
        if python or entry.is_dir():
            found.notices.append(Notice(path, "skipped", "a link; links are not followed"))
            (found.stems if python else found.folders).add(path.removesuffix(".py"))
    elif entry.is_dir(follow_symlinks=False):
        if own.match(f"{path}/") or _ignored(f"{path}/", ignores):
            found.folders.add(path)
        else:
            pending.append((path, ignores))
    elif entry.name.endswith(_SIBLINGS):
        found.stems.add(f"{path.rpartition('/')[0]}/{entry.name.partition('.')[0]}".lstrip("/"))
    elif python:
        if own.match(path) or _ignored(path, ignores):
            found.stems.add(path.removesuffix(".py"))
        elif not entry.is_file(follow_symlinks=False):
            found.notices.append(Notice(path, "skipped", "not a regular file"))
        else:
            found.files.append(path)
    elif entry.name == "ssot.toml" and "/" in path:
        found.nested_policies.append(path)


def _ignored(path: str, ignores: Sequence[_Ignore]) -> bool:
    """Ask the .gitignore files from the nearest up; the first that speaks of the path decides."""
    for ignore in reversed(ignores):
        inner = path[len(ignore.folder) + 1 :] if ignore.folder else path
        verdict = ignore.patterns.verdict(ignore.prefix + inner)
        if verdict is not None:
            return verdict
    return False


def _ignores_above(root: Path) -> list[_Ignore]:
    """Read the .gitignore files between the top of the git checkout and the root."""
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    if top is None:
        return []
    found: list[_Ignore] = []
    for base, file in [(top, ".git/info/exclude"), *((folder, ".gitignore") for folder in _between(top, root))]:
        inner = root.relative_to(base).as_posix()
        found += _read_ignore(base, file, "", "" if inner == "." else f"{inner}/")
    return found


def _between(top: Path, root: Path) -> list[Path]:
    """Return the folders from `top` down to the parent of `root`."""
    return [folder for folder in reversed(root.parents) if folder == top or top in folder.parents]


def _read_ignore(base: Path, file: str, folder: str, prefix: str = "") -> list[_Ignore]:
    """Read an ignore file as git does: no link, and without the lines that are no pattern."""
    try:
        lines = read_source(base, file).decode(errors="replace").splitlines()
    except UnreadableSourceError:
        return []
    return [_Ignore(folder, prefix, Patterns(line for line in lines if is_pattern(line)))]


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
