"""`ssot-lint undo` and `ssot-lint clean`: the way back, and what is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ssot_lint.fixing.journal import locked
from ssot_lint.fixing.write import Change, write
from ssot_lint.workspace.storage import cache_folder, journal_folder, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, signals and modes are those of POSIX")

FILES = ("cart.py", "pkg/a.py", "pkg/b.py")
COMMANDS = ("undo", "clean")

KILLED = """
import os, sys
from pathlib import Path
from ssot_lint.fixing import write as writing
root, journals = map(Path, sys.argv[1:])
put, count = writing.put_in, 0
def dying(*arguments):
    global count
    count += 1
    if count == 3:
        os._exit(9)
    return put(*arguments)
writing.put_in = dying
names = ("cart.py", "pkg/a.py", "pkg/b.py")
changes = [writing.Change(name, (root / name).read_bytes(), b"killed\\n") for name in names]
writing.write(root, journals, [changes])
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose last --fix has written three files: two groups."""
    path = tmp_path / "project"
    (path / "pkg").mkdir(parents=True)
    (path / ".git").mkdir()
    (path / "ssot.toml").write_text('[[concept]]\nname = "cart"\nhome = "cart:Cart"\n')
    for name in FILES:
        (path / name).write_text("old\n")
    fix(path)
    return path


def fix(root: Path, cache_dir: Path | None = None, before: str = "old\n", after: str = "new\n") -> None:
    groups = (FILES[:1], FILES[1:])
    prepare(root, cache_folder(root, cache_dir))
    changes = [[Change(name, before.encode(), after.encode()) for name in group] for group in groups]
    assert not write(root, journal_folder(root, cache_dir), changes).refused


def kill_in_the_middle(root: Path, cache_dir: Path | None = None) -> None:
    """Let a run be killed when it has written two of its three files."""
    journals = journal_folder(root, cache_dir)
    done = subprocess.run([sys.executable, "-c", KILLED, str(root), str(journals)], check=False)
    assert done.returncode == 9
    assert held(root).count("killed") == 2


def held(root: Path) -> str:
    return " ".join((root / name).read_text().strip() for name in FILES)


# undo


def test_undo_restores_the_files_of_the_last_fix_and_then_there_is_nothing_to_undo(
    cli: CommandLine, root: Path
) -> None:
    result = cli("undo", cwd=root)
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [*(f"restored {name}" for name in FILES), "3 files restored"]
    assert held(root) == "old old old"
    again = cli("undo", cwd=root)
    assert (again.code, again.out) == (0, f"nothing to undo in {root}\n")


def test_without_any_fix_there_is_nothing_to_undo_and_no_folder_is_made(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert cli("undo", cwd=tmp_path) == (0, f"nothing to undo in {tmp_path}\n", "")
    assert [path.name for path in tmp_path.iterdir()] == [".git"]


def test_undo_leaves_a_file_that_was_edited_and_what_belongs_to_it(cli: CommandLine, root: Path) -> None:
    (root / "pkg/a.py").write_text("mine\n")
    result = cli("undo", cwd=root)
    assert (result.code, result.err) == (1, "")
    assert result.out.splitlines() == [
        "restored cart.py",
        "left pkg/a.py: it has changed since it was written",
        "left pkg/b.py: it belongs together with pkg/a.py",
        '1 file restored, 2 left; "ssot-lint undo" can be tried again',
    ]
    assert held(root) == "old mine new"
    (root / "pkg/a.py").write_text("new\n")
    assert cli("undo", cwd=root).out.splitlines()[-1] == "2 files restored"


def test_undo_needs_no_policy_that_can_be_read(cli: CommandLine, root: Path) -> None:
    (root / "ssot.toml").write_text("[[concept")
    assert cli("check", cwd=root).code == 2
    assert cli("undo", cwd=root / "pkg").code == 0
    assert held(root) == "old old old"


def test_undo_finds_the_root_by_a_pyproject_too(cli: CommandLine, root: Path) -> None:
    (root / "ssot.toml").unlink()
    (root / "pyproject.toml").write_text("[tool.ssot-lint]\nselect = 5\n")
    assert cli("undo", cwd=root / "pkg").out.endswith("3 files restored\n")


def test_undo_takes_the_root_and_the_cache_folder_that_it_is_given(cli: CommandLine, root: Path) -> None:
    caches = root.parent / "caches"
    fix(root, caches, "new\n", "newer\n")
    assert cli("undo", "--root", "project", "--cache-dir", "caches", cwd=root.parent).code == 0
    assert held(root) == "new new new"
    assert cli("undo", "--root", "project", cwd=root.parent).code == 0
    assert held(root) == "old old old"


def test_a_root_that_is_no_folder_is_a_usage_error(cli: CommandLine, root: Path) -> None:
    for command in COMMANDS:
        result = cli(command, "--root", "none\x1b[31m", cwd=root)
        assert (result.code, result.out) == (2, "")
        assert "is no folder" in result.err
        assert "\x1b" not in result.err


def test_undo_rolls_an_interrupted_run_back_and_leaves_the_one_before_it(cli: CommandLine, root: Path) -> None:
    kill_in_the_middle(root)
    result = cli("undo", cwd=root)
    assert result.code == 0
    assert result.out.splitlines() == [
        "restored cart.py",
        "restored pkg/a.py",
        "an interrupted run was rolled back: 2 files restored",
        '"ssot-lint undo" once more undoes the run before it',
    ]
    assert held(root) == "new new new"
    assert cli("undo", cwd=root).code == 0
    assert held(root) == "old old old"


@pytest.mark.parametrize("command", COMMANDS)
def test_while_a_run_writes_nothing_is_done(cli: CommandLine, root: Path, command: str) -> None:
    with locked(root, journal_folder(root, None), create=False):
        result = cli(command, cwd=root)
    assert (result.code, result.out) == (2, "")
    assert "another run is writing" in result.err
    assert held(root) == "new new new"
    assert (root / ".ssot-lint-cache/journal/last.journal").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_to_the_journals_is_not_followed(cli: CommandLine, root: Path, command: str) -> None:
    (root / ".ssot-lint-cache").rename(root.parent / "moved")
    (root / ".ssot-lint-cache").symlink_to(root.parent / "moved")
    result = cli(command, cwd=root)
    assert (result.code, result.out) == (2, "")
    assert result.err
    assert held(root) == "new new new"
    assert (root.parent / "moved/journal/last.journal").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_journal_of_another_user_is_not_believed(cli: CommandLine, root: Path) -> None:
    os.chown(root / ".ssot-lint-cache/journal/last.journal", 12345, -1)
    result = cli("undo", cwd=root)
    assert (result.code, result.out) == (2, "")
    assert "belongs to another user" in result.err


def test_a_damaged_journal_is_nothing_to_undo(cli: CommandLine, root: Path) -> None:
    (root / ".ssot-lint-cache/journal/last.journal").write_bytes(b"\x1b[31m\n")
    assert cli("undo", cwd=root) == (0, f"nothing to undo in {root}\n", "")


def test_a_hostile_name_is_printed_harmlessly(cli: CommandLine, root: Path) -> None:
    (root / "\n::error::\x1b[31m.py").write_text("1")
    write(root, journal_folder(root, None), [[Change("\n::error::\x1b[31m.py", b"1", b"2")]])
    assert cli("undo", cwd=root).out.splitlines() == ["restored \\n::error::\\x1b[31m.py", "1 file restored"]


# clean


def test_clean_removes_the_folder(cli: CommandLine, root: Path) -> None:
    folder = root / ".ssot-lint-cache"
    assert cli("clean", cwd=root / "pkg") == (0, f"removed {folder}\n", "")
    assert not folder.exists()
    assert held(root) == "new new new"
    assert cli("clean", cwd=root) == (0, f"nothing to clean: there is no {folder}\n", "")
    assert cli("undo", cwd=root).out.startswith("nothing to undo")


def test_clean_first_rolls_an_interrupted_run_back(cli: CommandLine, root: Path) -> None:
    kill_in_the_middle(root)
    result = cli("clean", cwd=root)
    assert result.code == 0
    assert result.out.splitlines() == [
        "restored cart.py",
        "restored pkg/a.py",
        "an interrupted run was rolled back: 2 files restored",
        f"removed {root / '.ssot-lint-cache'}",
    ]
    assert held(root) == "new new new"
    assert sorted(path.name for path in (root / "pkg").iterdir()) == ["a.py", "b.py"]
    assert not (root / ".ssot-lint-cache").exists()


def test_clean_takes_no_folder_that_is_not_ours(cli: CommandLine, root: Path) -> None:
    mine = root.parent / "mine"
    mine.mkdir()
    (mine / "precious").write_text("precious")
    for folder in (mine, mine / "precious", root, root.parent, root / "pkg"):
        result = cli("clean", "--cache-dir", str(folder), cwd=root)
        assert (result.code, result.out) == (2, "")
    assert (mine / "precious").read_text() == "precious"
    assert held(root) == "new new new"


def test_clean_leaves_a_shared_folder_while_another_project_needs_it(cli: CommandLine, root: Path) -> None:
    shared = root.parent / "shared"
    other = root.parent / "other"
    (other / "pkg").mkdir(parents=True)
    for name in FILES:
        (other / name).write_text("old\n")
    fix(other, shared)
    with locked(other, journal_folder(other, shared), create=False):
        assert cli("clean", "--cache-dir", str(shared), cwd=root).code == 2
    kill_in_the_middle(other, shared)
    result = cli("clean", "--cache-dir", str(shared), cwd=root)
    assert (result.code, result.out) == (2, "")
    assert "an interrupted run waits to be rolled back; its journal is in" in result.err
    assert cli("undo", "--root", str(other), "--cache-dir", str(shared), cwd=root).code == 0
    assert held(other) == "new new new"
    assert cli("clean", "--cache-dir", str(shared), cwd=root).code == 0
    assert not shared.exists()


def test_a_link_in_the_folder_is_removed_and_not_what_it_leads_to(cli: CommandLine, root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    (root / ".ssot-lint-cache/link").symlink_to(outside)
    (root / ".ssot-lint-cache/journal/link").symlink_to(outside)
    assert cli("clean", cwd=root).code == 0
    assert [path.name for path in outside.iterdir()] == ["precious"]
