"""The diff of a fix: what `git apply` makes of it is exactly what the fix writes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ssot_lint.fixing.diff import unified

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the names are those of POSIX")

NO_NEWLINE = b"\\ No newline at end of file\n"


def git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    done = subprocess.run(["git", *arguments], cwd=root, input=given, capture_output=True, check=False)  # noqa: S607
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    git(root, "init", "--quiet")
    return root


def applied(root: Path, before: bytes, after: bytes | None, name: str = "mod.py") -> None:
    """Apply the diff with git, and see that the file is what it should be."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before)
    diff = unified(name, before, after)
    git(root, "apply", "--check", "-", given=diff)
    git(root, "apply", "-", given=diff)
    if after is None:
        assert not path.exists()
    else:
        assert path.read_bytes() == after


def test_a_diff_reads_like_one_of_git() -> None:
    before = "".join(f"line {number}\n" for number in range(1, 21))
    after = before.replace("line 5\n", "new 5\n").replace("line 20\n", "line 20")
    assert unified("pkg/a.py", before.encode(), after.encode()).decode() == (
        "diff --git a/pkg/a.py b/pkg/a.py\n"
        "--- a/pkg/a.py\n"
        "+++ b/pkg/a.py\n"
        "@@ -2,7 +2,7 @@\n"
        " line 2\n line 3\n line 4\n-line 5\n+new 5\n line 6\n line 7\n line 8\n"
        "@@ -17,4 +17,4 @@\n"
        " line 17\n line 18\n line 19\n-line 20\n+line 20\n"
        "\\ No newline at end of file\n"
    )


def test_nothing_changed_is_no_diff() -> None:
    assert unified("a.py", b"x = 1\n", b"x = 1\n") == b""
    assert unified("a.py", b"", b"") == b""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\n", b"a\nb"),
        (b"a\nb", b"a\nb\n"),
        (b"a\nb", b"a\nc"),
        (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
        (b"a\r\nb\nc\r\n", b"a\nb\r\nc\r\n"),
        (b"a\rb\rc\n", b"a\rB\rc\n"),
        (b"a\r", b"a"),
        (b"\xef\xbb\xbfa\n", b"\xef\xbb\xbfb\n"),
        (b"\xef\xbb\xbfa\n", b"a\n"),
        ("# coding: latin-1\ns = 'ä'\n".encode("latin-1"), "# coding: latin-1\ns = 'ö'\n".encode("latin-1")),
        ("x = 1\ny = 2\n".encode("utf-16"), "x = 1\ny = 3\n".encode("utf-16")),
        (b"a\0b\nc\n", b"a\0c\nc\n"),
        (b"a\x0cb\x0b\x1c\x85\nc\n", b"a\x0cB\x0b\x1c\x85\nc\n"),
        (b"", b"a\n"),
        (b"", b"a"),
        (b"a\n", b""),
        (b"a", b""),
        (b"a\n", None),
        (b"a", None),
        (b"", None),
        (b"\\ No newline at end of file", b"--- a/mod.py\n+++ b/mod.py\n@@ -1 +1 @@\n"),
        (b"x\n" * 50, b"x\n" * 25 + b"y\n" + b"x\n" * 25),
        (b"x\n" * 50, b"x\n" * 49),
    ],
)
def test_git_applies_it(checkout: Path, before: bytes, after: bytes | None) -> None:
    applied(checkout, before, after)


@pytest.mark.parametrize(
    "setting", [("core.autocrlf", "true"), ("core.autocrlf", "input"), ("apply.whitespace", "error")]
)
def test_git_applies_it_whatever_it_is_set_to(tmp_path: Path, setting: tuple[str, str]) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", *setting)
    applied(
        tmp_path, b"import a\r\nimport b\r\n", b"import a\r\nimport c\r\n" if setting[0] == "core.autocrlf" else b""
    )


@pytest.mark.parametrize(
    "name",
    [
        *("a b.py", " a.py", "a.py ", "a b /c d.py ", "a\tb.py", "a\nb.py", 'a"b.py', "a\\b.py", "a'b.py"),
        *("ä.py", "日本/語.py", "\u202e.py", "a\x1b[31mb.py", "a\x7f.py", "caf\udce9.py", "b/b b/b.py", "a/dev/null"),
    ],
)
def test_odd_names_are_quoted_as_git_does(checkout: Path, name: str) -> None:
    applied(checkout, b"a\n", b"b\n", name)
    applied(checkout, b"a\n", None, name)


def test_a_name_is_written_exactly_as_git_writes_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    for name in ("plain.py", "a b.py", "ä b\t.py", 'q"\\\a\b\v\f\r\n\x01\x7f.py', "caf\udce9.py"):
        (tmp_path / name).write_bytes(b"a\n")
        git(tmp_path, "add", "-A")
        (tmp_path / name).write_bytes(b"b\n")
        theirs = [line for line in git(tmp_path, "diff").split(b"\n") if not line.startswith(b"index ")]
        assert unified(name, b"a\n", b"b\n").split(b"\n") == theirs
        git(tmp_path, "add", "-A")


LINES = st.sampled_from(
    [b"a", b"b", b"c", b"", b"\r", b"a\r", b"-", b"+ a", b"\\ No newline at end of file", b"\0", b"\xff"]
)
CONTENTS = st.builds(
    lambda lines, ended: b"\n".join(lines) + (b"\n" if ended else b""), st.lists(LINES, max_size=30), st.booleans()
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=CONTENTS | st.binary(max_size=60), after=CONTENTS | st.binary(max_size=60) | st.none())
@example(before=b"a\n\n\n\n\n\n\n\n\nb", after=b"b\n\n\n\n\n\n\n\n\na")
def test_git_applies_a_diff_of_any_bytes(checkout: Path, before: bytes, after: bytes | None) -> None:
    if before != after:
        applied(checkout, before, after)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(LINES, min_size=10, max_size=80), seed=st.integers(0, 10**6))
def test_git_applies_few_changes_in_many_lines(checkout: Path, before: list[bytes], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    after = list(before)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(after) or 1)
        after[at : at + chance.randint(0, 2)] = [b"new"] * chance.randint(0, 2)
    if before != after:
        applied(checkout, b"\n".join(before), b"\n".join(after))


@pytest.mark.parametrize("many", ["all different", "all the same", "blocks"])
def test_a_long_file_with_few_changes_takes_no_time(checkout: Path, many: str) -> None:
    texts = {"all different": "line {}\n", "all the same": "line\n", "blocks": "{}\n"}
    before = [
        texts[many].format(number if many == "all different" else number % 7).encode() for number in range(20_000)
    ]
    after = [*before]
    after[10], after[10_000], after[19_990] = b"new\n", b"new\nnew\n", b""
    start = time.perf_counter()
    diff = unified("mod.py", b"".join(before), b"".join(after))
    assert time.perf_counter() - start < 2
    assert many != "all different" or len(diff.splitlines()) < 40
    applied(checkout, b"".join(before), b"".join(after))
