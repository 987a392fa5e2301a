"""`--since`, `--staged` and `--tracked-only`, on real git repositories."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lint.fixing.diff import changed_lines

if TYPE_CHECKING:
    from tests.conftest import CommandLine, Outcome, Project

BAD = "from shop.compat import Cart\n"
GOOD = "from shop.cart import Cart\n"
BODY = "".join(f"\n\ndef step_{n}(order):\n    return order.{n * 'x'}x\n" for n in range(9))
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    settings = (*identity, "-c", "protocol.file.allow=always", "-c", "core.autocrlf=false")
    command = ["git", *settings, "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(root: Path, message: str = "more") -> None:
    git(root, "add", "--all")
    git(root, "commit", "-qm", message)


def bytes_of_git(root: Path) -> dict[str, str]:
    """Return every file of .git with what it holds, and when it was written."""
    return {
        str(path): f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mtime_ns}"
        for path in sorted((root / ".git").rglob("*"))
        if path.is_file()
    }


def found(outcome: Outcome) -> list[str]:
    """Return where findings stand."""
    return re.findall(r"(?m)^(\S+:\d+):\d+: SSOT\d+\[", outcome.out)


def refused(outcome: Outcome) -> str:
    assert (outcome.code, outcome.out) == (2, "")
    return outcome.err


@pytest.fixture
def repo(project: Project, shop: Path) -> Path:
    """The shop in a git repository, with two old findings."""
    project({"shop/checkout.py": BAD + BODY, "shop/compat.py": GOOD + BODY})
    (shop / ".git").rmdir()
    git(shop, "init", "-q", "-b", "main")
    commit(shop, "the shop")
    return shop


# What is shown


def test_only_changed_lines(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/pay.py": BAD})
    commit(repo)
    project({"shop/checkout.py": "import os\n" * 50 + BAD + BODY})
    before = bytes_of_git(repo)
    result = cli("--since", "HEAD~1", cwd=repo)
    assert (result.code, found(result)) == (1, ["shop/pay.py:1"])
    assert "\n1 finding (1 error) in 7 files\n" in result.out
    assert bytes_of_git(repo) == before
    assert len(found(cli(cwd=repo))) == 3


def test_staged_unstaged_and_untracked_files_count(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/a.py": BAD})
    git(repo, "add", "--all")
    project({"shop/orders.py": GOOD + BAD, "shop/b.py": BAD})
    assert found(cli("--since", "HEAD", cwd=repo)) == ["shop/a.py:1", "shop/b.py:1", "shop/orders.py:2"]
    assert found(cli("--since", "HEAD", "--tracked-only", cwd=repo)) == ["shop/a.py:1", "shop/orders.py:2"]


def test_the_merge_base_counts(cli: CommandLine, project: Project, repo: Path) -> None:
    git(repo, "checkout", "-qb", "topic")
    project({"shop/mine.py": BAD})
    commit(repo)
    git(repo, "checkout", "-q", "main")
    project({"shop/checkout.py": GOOD})
    commit(repo)
    git(repo, "checkout", "-q", "topic")
    assert found(cli("--since", "main", cwd=repo)) == ["shop/mine.py:1"]


def test_a_deleted_shim_breaks_a_far_import(cli: CommandLine, repo: Path) -> None:
    (repo / "shop/compat.py").unlink()
    result = cli("--since", "HEAD", "--output-format", "concise", cwd=repo)
    assert "shop/checkout.py:1" in result.out
    assert "tests/test_cart.py:1" in result.out
    assert "SSOT205" in result.out
    git(repo, "checkout", "-q", "shop/compat.py")
    git(repo, "rm", "-q", "--cached", "shop/compat.py")
    assert found(cli("--staged", cwd=repo)) == found(result)


def test_a_second_implementation_of_an_untouched_home(cli: CommandLine, project: Project, repo: Path) -> None:
    home = "class Cart:\n" + "".join(f"    def step_{n}(self, a):\n        return self.x{n} + a\n\n" for n in range(6))
    project({"shop/cart.py": home})
    commit(repo)
    project({"other/cart.py": home})
    select = ("--select", "1", "--select", "SSOT1")[2:]
    whole = found(cli(*select, cwd=repo))
    assert whole
    assert found(cli(*select, "--since", "HEAD", cwd=repo)) == whole
    commit(repo)
    assert found(cli(*select, "--since", "HEAD", cwd=repo)) == []


def test_a_finding_that_a_change_elsewhere_brings(cli: CommandLine, project: Project, repo: Path) -> None:
    """A module that was its own becomes a shim: who imports from it has not been touched."""
    project({"shop/basket.py": "class Cart:\n    size = 1\n" + BODY, "shop/user.py": "from shop.basket import Cart\n"})
    commit(repo)
    was = found(cli(cwd=repo))
    project({"shop/basket.py": GOOD + BODY})
    result = cli("--since", "HEAD", cwd=repo)
    assert "shop/user.py:1" in found(result)
    assert "shop/checkout.py:1" in was
    assert "shop/checkout.py:1" not in found(result)


def test_a_suppression_that_was_taken_away(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/checkout.py": BAD.replace("\n", "  # ssot: ignore[SSOT201] known\n") + BODY})
    commit(repo)
    project({"shop/checkout.py": BAD + BODY})
    assert found(cli("--since", "HEAD", cwd=repo)) == ["shop/checkout.py:1"]


def test_of_equal_findings_the_new_one(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/checkout.py": BAD + BODY + BAD})
    lines = BODY.count("\n") + 2
    assert found(cli("--since", "HEAD", cwd=repo)) == [f"shop/checkout.py:{lines}"]


def test_a_renamed_file_brings_nothing(cli: CommandLine, repo: Path) -> None:
    git(repo, "mv", "shop/checkout.py", "shop/till.py")
    for arguments in (["--since", "HEAD"], ["--staged"]):
        result = cli(*arguments, cwd=repo)
        assert (result.code, found(result)) == (0, [])
    commit(repo)
    assert found(cli("--since", "HEAD~1", cwd=repo)) == []


def test_a_file_both_renamed_and_edited(cli: CommandLine, project: Project, repo: Path) -> None:
    git(repo, "mv", "shop/checkout.py", "shop/till.py")
    project({"shop/till.py": BAD + BODY + "\n\ndef late():\n    from shop.compat import Cart\n\n    return Cart\n"})
    commit(repo)
    assert found(cli("--since", "HEAD~1", cwd=repo)) == [f"shop/till.py:{BODY.count(chr(10)) + 5}"]


def test_a_renamed_shim_breaks_its_importers(cli: CommandLine, repo: Path) -> None:
    git(repo, "mv", "shop/compat.py", "shop/legacy.py")
    assert found(cli("--since", "HEAD", cwd=repo)) == ["shop/checkout.py:1", "tests/test_cart.py:1"]


def test_paths_and_the_baseline_still_apply(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/a.py": BAD, "tests/test_a.py": BAD})
    assert found(cli("--since", "HEAD", "tests", cwd=repo)) == ["tests/test_a.py:1"]
    assert found(cli("--since", "HEAD", "--zone", "production", cwd=repo)) == ["shop/a.py:1"]
    cli("baseline", "write", cwd=repo)
    result = cli("--since", "HEAD", cwd=repo)
    assert (result.code, found(result)) == (0, [])
    assert "in the baseline .ssot-baseline.json: 2 findings" in result.out


def test_only_what_was_brought_is_fixed(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/a.py": "import os\n" + BAD + "\nprint(os, Cart)\n"})
    result = cli("--since", "HEAD", "--fix", cwd=repo)
    assert "fixed 1 finding in 1 file" in result.out
    assert (result.code, found(result)) == (0, [])
    assert BAD in (repo / "shop/checkout.py").read_text(encoding="utf-8")


# Nothing to do, and what cannot be done


def test_without_changes(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"notes.md": "# nothing\n"})
    git(repo, "add", "--all")
    result = cli("--since", "HEAD", cwd=repo)
    assert (result.code, result.out) == (0, "nothing to check: no Python file and no policy was changed since HEAD\n")
    assert cli("--staged", cwd=repo).out == "nothing to check: no Python file and no policy is staged\n"
    assert cli("--since", "HEAD", "--fix", cwd=repo).code == 0


def test_other_line_ends_are_no_change(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/checkout.py": (BAD + BODY).replace("\n", "\r\n")})
    assert "nothing to check" in cli("--since", "HEAD", cwd=repo).out


def test_a_changed_policy(cli: CommandLine, project: Project, repo: Path) -> None:
    """Both sides are judged by the policy of now, so it brings what stands on its own changed lines."""
    policy = (repo / "ssot.toml").read_text(encoding="utf-8")
    more = '\n[[concept.exception]]\nrule = "SSOT201"\npath = "nowhere/**"\nreason = "old"\n'
    project({"ssot.toml": policy + more})
    assert found(cli("--since", "HEAD", cwd=repo)) == [place for place in found(cli(cwd=repo)) if "ssot.toml" in place]
    assert "checkout.py" not in cli("--since", "HEAD", cwd=repo).out


def test_no_such_revision(cli: CommandLine, repo: Path) -> None:
    for name in ("nowhere", "--help", "HEAD..main", "", "HEAD:shop"):
        said = refused(cli(f"--since={name}", cwd=repo))
        assert f'git knows no commit "{name}"' in said
        assert "fetch-depth: 0" in said
        assert "git fetch --unshallow" in said


def test_a_shallow_clone(cli: CommandLine, project: Project, repo: Path, tmp_path: Path) -> None:
    git(repo, "checkout", "-qb", "topic")
    project({"shop/mine.py": BAD})
    commit(repo)
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{repo}", "clone")
    clone = tmp_path / "clone"
    assert "fetch-depth: 0" in refused(cli("--since", "HEAD~1", cwd=clone))
    assert "have no commit in common" in refused(cli("--since", "origin/main", cwd=clone))
    git(clone, "fetch", "-q", "--unshallow")
    assert found(cli("--since", "origin/main", cwd=clone)) == ["shop/mine.py:1"]


def test_no_repository(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (["--since", "HEAD"], ["--staged"], ["--tracked-only"]):
        assert "in no git repository" in refused(cli(*arguments, cwd=shop))
    monkeypatch.setenv("PATH", "")
    assert "there is no git" in refused(cli("--since", "HEAD", cwd=shop))


def test_contradictions(cli: CommandLine, repo: Path) -> None:
    assert "exclude each other" in refused(cli("--since", "HEAD", "--staged", cwd=repo))
    for option in ("--fix", "--diff", "--show-fixes", "--fix-only"):
        assert "--staged checks the index" in refused(cli("--staged", option, cwd=repo))


def test_before_the_first_commit(cli: CommandLine, shop: Path) -> None:
    (shop / ".git").rmdir()
    git(shop, "init", "-q")
    git(shop, "add", "--all")
    assert len(found(cli("--staged", cwd=shop))) == 2
    assert 'git knows no commit "HEAD"' in refused(cli("--since", "HEAD", cwd=shop))


def test_of_what_could_not_be_read_before_changed_lines_count(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/odd.py": BAD + BODY + "def f(:\n"})
    commit(repo)
    project({"shop/odd.py": BAD + BODY})
    result = cli("--since", "HEAD", cwd=repo)
    assert (result.code, found(result)) == (0, [])
    assert "of it, only findings on changed lines are shown" in re.sub(r"\s+", " ", result.out)


def test_what_could_not_be_read_before(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/odd.py": "def f(:\n"})
    commit(repo)
    project({"shop/odd.py": BAD})
    result = cli("--since", "HEAD", cwd=repo)
    assert found(result) == ["shop/odd.py:1"]
    (repo / "shop/compat.py").unlink()
    result = cli("--since", "HEAD", cwd=repo)
    assert found(result) == ["shop/checkout.py:1", "shop/odd.py:1", "tests/test_cart.py:1"]
    assert "as it was before the change it cannot be read (line 1" in re.sub(r"\s+", " ", result.out)


# The index


def test_what_is_staged_counts(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/orders.py": GOOD + "\n" + BAD, "shop/a.py": BAD})
    git(repo, "add", "--all")
    project({"shop/orders.py": GOOD, "shop/a.py": "def broken(:\n", "shop/checkout.py": BAD * 3})
    project({"shop/bad.py": "def broken(:\n", "shop/untracked.py": BAD})
    (repo / "shop/a.py").unlink()
    before = bytes_of_git(repo)
    result = cli("--staged", cwd=repo)
    assert (result.code, found(result)) == (1, ["shop/a.py:1", "shop/orders.py:3"])
    assert BAD in result.out  # the line of the index
    assert bytes_of_git(repo) == before
    git(repo, "reset", "-q")
    project({"shop/a.py": BAD})
    assert "nothing to check" in cli("--staged", cwd=repo).out


def test_workers_are_given_what_is_staged(
    cli: CommandLine, project: Project, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project({"shop/a.py": BAD})
    git(repo, "add", "--all")
    project({"shop/a.py": "def broken(:\n"})
    monkeypatch.setattr("ssot_lint.engine.reading._FEW_BYTES", -1)
    assert found(cli("--staged", cwd=repo)) == ["shop/a.py:1"]


def test_an_unfinished_merge_is_not_checked(cli: CommandLine, project: Project, repo: Path) -> None:
    git(repo, "checkout", "-qb", "topic")
    project({"shop/orders.py": "one = 1\n"})
    commit(repo)
    git(repo, "checkout", "-q", "main")
    project({"shop/orders.py": "two = 2\n"})
    commit(repo)
    with pytest.raises(subprocess.CalledProcessError):
        git(repo, "merge", "topic")
    assert "the merge of shop/orders.py is not done" in refused(cli("--staged", cwd=repo))


def test_a_policy_that_is_staged_in_part(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/a.py": BAD, "ssot.toml": (repo / "ssot.toml").read_text(encoding="utf-8") + "# one\n"})
    git(repo, "add", "--all")
    project({"ssot.toml": (repo / "ssot.toml").read_text(encoding="utf-8") + "# two\n"})
    result = cli("--staged", cwd=repo)
    assert found(result) == ["shop/a.py:1"]
    assert "the policy is read from the work tree" in re.sub(r"\s+", " ", result.out)


@posix
def test_a_hook_of_a_commit_of_some_files(
    cli: CommandLine, project: Project, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git commit FILE` gives its hook an index of its own."""
    project({"shop/a.py": BAD, "shop/b.py": BAD})
    git(repo, "add", "--all")
    hook = repo / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\n"{sys.executable}" -m ssot_lint --staged --output-format concise >"{repo}/../said"\n')
    hook.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    with pytest.raises(subprocess.CalledProcessError):
        git(repo, "commit", "-m", "a", "shop/a.py")
    said = (repo / "../said").read_text(encoding="utf-8")
    assert "shop/a.py:1" in said
    assert "shop/b.py" not in said
    assert cli("--staged", cwd=repo).code == 1


# What git tracks


def test_untracked_files_are_left_out(cli: CommandLine, project: Project, repo: Path) -> None:
    project({"shop/bad.py": "def broken(:\n", "shop/lost.py": "x = 1\n", "shop/orders.py": "from shop.lost import x\n"})
    assert cli(cwd=repo).code == 2
    result = cli("--tracked-only", cwd=repo)
    places = ["shop/checkout.py:1", "tests/test_cart.py:1", "shop/orders.py:1"]  # the last needs what git does not have
    assert (result.code, found(result)) == (1, places)
    assert "shop/orders.py:1:23: SSOT205[unresolved-import]" in result.out


# Where things are, and what they are called


@pytest.mark.parametrize("arguments", [["--since", "HEAD"], ["--staged"], ["--since", "HEAD", "--tracked-only"]])
def test_a_folder_of_a_repository(
    cli: CommandLine, project: Project, shop: Path, tmp_path: Path, arguments: list[str]
) -> None:
    (shop / ".git").rmdir()
    git(tmp_path, "init", "-q")
    (tmp_path / "elsewhere.py").write_text(BAD, encoding="utf-8")
    commit(tmp_path)
    project({"shop/a.py": BAD})
    (shop / ".git").rmdir()
    (tmp_path / "elsewhere.py").write_text(BAD * 2, encoding="utf-8")
    (shop / "shop/compat.py").rename(tmp_path / "compat.py")
    git(tmp_path, "add", "--all")
    assert found(cli(*arguments, cwd=shop)) == ["shop/a.py:1", "shop/checkout.py:3", "tests/test_cart.py:1"]


@posix
def test_odd_names(cli: CommandLine, project: Project, repo: Path) -> None:
    names = [
        "a b.py",
        'q"uote.py',
        "né.py",
        "new\nline.py",
        "tab\t.py",
        os.fsdecode(b"raw\xff.py"),
        ":(top)x.py",
        "-q.py",
    ]
    project({f"shop/{name}": BAD + BODY for name in names})
    for arguments in (["--since", "HEAD"], ["--staged"]):
        git(repo, "add", "--all")
        assert cli(*arguments, cwd=repo).out.count("SSOT201[noncanonical-import]") == len(names)
    commit(repo)
    for number, name in enumerate(name for name in names if ":" not in name):
        (repo / "shop" / name).rename(repo / "shop" / f"renamed {number}\n.py")
    git(repo, "add", "--all")
    for arguments in (["--since", "HEAD"], ["--staged"]):
        assert cli(*arguments, cwd=repo).out.count("SSOT201[noncanonical-import]") == 0


@posix
def test_links_and_submodules(cli: CommandLine, project: Project, repo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    (other / "mod.py").write_text(BAD, encoding="utf-8")
    commit(other)
    git(repo, "submodule", "--quiet", "add", str(other), "sub")
    (repo / "shop/link.py").symlink_to("checkout.py")
    project({"shop/a.py": BAD})
    git(repo, "add", "--all")
    for arguments in (["--staged"], ["--since", "HEAD", "--tracked-only"]):
        assert found(cli(*arguments, cwd=repo)) == ["shop/a.py:1"]


@posix
def test_nothing_that_the_repository_names_is_started(cli: CommandLine, project: Project, repo: Path) -> None:
    project({".gitattributes": "*.py filter=evil diff=evil\n", "shop/a.py": BAD})
    commit(repo)
    mark = repo / "started"
    for key in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.evil.command", "diff.external"):
        git(repo, "config", key, f"touch {mark}; cat")
    git(repo, "config", "core.fsmonitor", f"touch {mark}")
    project({"shop/a.py": BAD + BAD})
    for arguments in (["--since", "HEAD~1"], ["--staged"], ["--tracked-only"]):
        cli(*arguments, cwd=repo)
        assert not mark.exists()


def test_excluded_files_that_are_gone_stay_out(cli: CommandLine, project: Project, repo: Path) -> None:
    policy = (repo / "ssot.toml").read_text(encoding="utf-8")
    project({"ssot.toml": f'exclude = ["old/"]\n{policy}', "old/x.py": "class Cart:\n    pass\n"})
    commit(repo)
    (repo / "old/x.py").unlink()
    assert "nothing to check" in cli("--since", "HEAD", cwd=repo).out


def test_what_a_sparse_checkout_leaves_out_is_not_gone(cli: CommandLine, project: Project, repo: Path) -> None:
    git(repo, "sparse-checkout", "set", "shop")
    assert not (repo / "tests").exists()
    assert "nothing to check" in cli("--since", "HEAD", cwd=repo).out
    project({"shop/a.py": BAD})
    git(repo, "add", "--all")
    assert found(cli("--since", "HEAD", cwd=repo)) == ["shop/a.py:1"]
    assert found(cli("--staged", cwd=repo)) == ["shop/a.py:1"]


def test_a_policy_outside_the_root(cli: CommandLine, repo: Path) -> None:
    (repo / "ssot.toml").rename(repo.parent / "policy.toml")
    commit(repo)
    arguments = ("--config", "../policy.toml", "--root", ".")
    assert "nothing to check" in cli("--since", "HEAD", *arguments, cwd=repo).out
    assert "nothing to check" in cli("--staged", *arguments, cwd=repo).out


def test_changed_lines() -> None:
    assert changed_lines(b"a\nb\nc\n", b"a\nx\nc\n") == {2}
    assert changed_lines(b"a\nb\n", b"a\r\nb\r\n") == frozenset()
    assert changed_lines(b"a\nb\nc\n", b"a\nc\n") == frozenset()
    assert changed_lines(b"", b"a\nb") == {1, 2}
