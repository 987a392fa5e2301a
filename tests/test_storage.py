"""Where caches and journals are kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lint.fixing.write import Change, write
from ssot_lint.workspace.storage import (
    StorageError,
    cache_folder,
    journal_folder,
    journal_folders,
    prepare,
    refuse_foreign,
)

if TYPE_CHECKING:
    from tests.conftest import CommandLine

posix = pytest.mark.skipif(sys.platform == "win32", reason="links")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    path.mkdir()
    return path


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True, text=True).stdout  # noqa: S607


def test_by_default_it_is_in_the_root(root: Path) -> None:
    assert cache_folder(root, None) == root / ".ssot-lint-cache"
    assert journal_folder(root, None) == root / ".ssot-lint-cache/journal"


def test_a_folder_that_was_asked_for_is_relative_to_the_working_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    assert cache_folder(root, Path("caches")) == root.parent / "caches"
    assert journal_folder(root, Path("root/caches")) == root / "caches/journal"


def test_projects_that_share_a_folder_have_journals_of_their_own(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shared = tmp_path / "shared"
    folders = {journal_folder(root, shared), journal_folder(other, shared)}
    assert len(folders) == 2
    assert {folder.parent for folder in folders} == {shared / "journal"}
    assert journal_folders(shared) == []
    for folder in folders:
        folder.mkdir(parents=True)
    assert set(journal_folders(shared)) == {shared / "journal", *folders}


@posix
def test_a_project_has_one_journal_by_whatever_name_it_is_called(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(root)
    for cache_dir in (tmp_path / "shared", root / "inside"):
        assert journal_folder(link, cache_dir) == journal_folder(root, cache_dir)


def test_git_sees_nothing_of_it(root: Path) -> None:
    git(root, "init", "--quiet")
    (root / "a.py").write_bytes(b"1\n")
    folder = cache_folder(root, None)
    prepare(root, folder)
    prepare(root, folder)
    write(root, journal_folder(root, None), [[Change("a.py", b"1\n", b"2\n")]])
    assert git(root, "status", "--porcelain") == "?? a.py\n"
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    assert (folder / ".gitignore").read_bytes().endswith(b"\n*\n")


def test_what_the_user_wrote_into_its_gitignore_stays(root: Path) -> None:
    folder = cache_folder(root, None)
    folder.mkdir()
    (folder / ".gitignore").write_text("mine\n")
    prepare(root, folder)
    assert (folder / ".gitignore").read_text() == "mine\n"


def test_it_is_no_source(root: Path, cli: CommandLine) -> None:
    for path in ("a.py", ".ssot-lint-cache/journal/b.py", "pkg/.ssot-lint-cache/c.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    assert cli("--show-files", "--isolated", cwd=root).out.splitlines()[-1].startswith("1 files:")


def test_a_folder_with_other_things_is_not_used(root: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/precious").touch()
    (tmp_path / "empty").mkdir()
    for refused in (tmp_path / "full", tmp_path, root, tmp_path / "full/precious"):
        with pytest.raises(StorageError):
            prepare(root, refused)
    prepare(root, tmp_path / "empty")
    (tmp_path / "empty/more").touch()
    refuse_foreign(root, tmp_path / "empty")
    assert {path.name for path in (tmp_path / "full").iterdir()} == {"precious"}


def test_a_folder_with_the_tag_of_another_tool_is_not_ours(root: Path) -> None:
    folder = root / ".ruff_cache"
    folder.mkdir()
    (folder / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n")
    (folder / "0.9").mkdir()
    with pytest.raises(StorageError, match="other things"):
        refuse_foreign(root, folder)


@posix
@pytest.mark.parametrize("linked", [".ssot-lint-cache", "deep"])
def test_no_link_in_the_root_is_followed(root: Path, tmp_path: Path, linked: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (root / linked).symlink_to(target)
    folder = cache_folder(root, None) if linked != "deep" else root / "deep/er"
    with pytest.raises(StorageError, match="link"):
        prepare(root, folder)
    assert not list(target.iterdir())


@posix
def test_the_root_may_be_a_link_and_the_folder_outside_too(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    prepare(tmp_path / "link", cache_folder(tmp_path / "link", None))
    assert (root / ".ssot-lint-cache/CACHEDIR.TAG").exists()
    (tmp_path / "there").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "there")
    prepare(root, tmp_path / "elsewhere")
    assert (tmp_path / "there/CACHEDIR.TAG").exists()
