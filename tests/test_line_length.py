"""The project's line length: what its formatter is told, for each file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lint.workspace import line_length
from ssot_lint.workspace.line_length import LineLengths

if TYPE_CHECKING:
    from collections.abc import Mapping

RUFF = "[tool.ruff]\nline-length = {}\n"
BLACK = "[tool.black]\nline-length = {}\n"
ISORT = "[tool.isort]\nline_length = {}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    path.mkdir()
    return path


def put(root: Path, files: Mapping[str, str | bytes]) -> LineLengths:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return LineLengths(root)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 88),
        ({"ruff.toml": "line-length = 100"}, 100),
        ({".ruff.toml": "line-length = 100"}, 100),
        ({"pyproject.toml": RUFF.format(101)}, 101),
        ({"pyproject.toml": BLACK.format(102)}, 102),
        ({"pyproject.toml": ISORT.format(103)}, 103),
        ({"pyproject.toml": "[tool.isort]\nline-length = 104"}, 104),
        ({"pyproject.toml": ISORT.format(1) + BLACK.format(2) + RUFF.format(3)}, 3),
        ({"pyproject.toml": ISORT.format(1) + BLACK.format(2)}, 2),
        ({".ruff.toml": "line-length = 1", "ruff.toml": "line-length = 2", "pyproject.toml": RUFF.format(3)}, 1),
        ({"ruff.toml": "line-length = 2", "pyproject.toml": RUFF.format(3)}, 2),
        ({"ruff.toml": "[lint]\nselect = ['E']", "pyproject.toml": BLACK.format(99)}, 99),
        ({"ruff.toml": "[lint]\nline-length = 50"}, 88),
        ({"pyproject.toml": "line-length = 50"}, 88),
        ({"ruff.toml": "\ufeffline-length = 100\r\n"}, 100),
    ],
)
def test_what_one_folder_states(root: Path, files: Mapping[str, str], expected: int) -> None:
    assert put(root, files).of("mod.py") == expected


def test_the_nearest_folder_that_states_one_counts(root: Path) -> None:
    lengths = put(
        root,
        {
            "pyproject.toml": RUFF.format(120),
            "pkg/pyproject.toml": "[project]\nname = 'pkg'\n",
            "pkg/deep/pyproject.toml": BLACK.format(79),
            "other/ruff.toml": "line-length = 100",
        },
    )
    assert {path: lengths.of(path) for path in ("a.py", "pkg/a.py", "pkg/deep/er/a.py", "other/a.py", "new/a.py")} == {
        "a.py": 120,
        "pkg/a.py": 120,
        "pkg/deep/er/a.py": 79,
        "other/a.py": 100,
        "new/a.py": 120,
    }


def test_nothing_above_the_root_is_read(root: Path) -> None:
    (root.parent / "ruff.toml").write_text("line-length = 40")
    assert put(root, {}).of("pkg/mod.py") == 88


@pytest.mark.parametrize(
    "bad",
    [
        *("line-length = ", "line-length = true", "line-length = '100'", "line-length = 100.0", "line-length = 0"),
        *("line-length = -1", "line-length = 1" + "0" * 30, "line-length = 1" + "0" * 5000, "line-length = [100]"),
        *("a = " + "[" * 100_000, b"line-length = 100\n\xff", b"\0", "line-length = 100\n#" + "x" * 1_000_000),
    ],
    ids=lambda bad: repr(bad[:25]),
)
def test_what_is_no_length_or_no_toml_states_nothing(root: Path, bad: str | bytes) -> None:
    assert put(root, {"ruff.toml": bad, "pyproject.toml": BLACK.format(99)}).of("mod.py") == 99


@pytest.mark.parametrize("bad", ["tool = 1", "[tool]\nruff = 1", "[tool]\nruff = []\nblack = 'x'", "[[tool]]"])
def test_a_pyproject_of_another_shape_states_nothing(root: Path, bad: str) -> None:
    assert put(root, {"pyproject.toml": bad}).of("mod.py") == 88


@pytest.mark.parametrize(
    ("extend", "expected"),
    [
        *(("../base.toml", 101), ("./inner.toml", 102), ("../pyproject.toml", 103), ("../pkg/inner.toml", 102)),
        *(
            ("ruff.toml", 88),
            ("../../outside.toml", 88),
            ("none.toml", 88),
            ("", 88),
            ("~/ruff.toml", 88),
            ("a\\u0000b", 88),
        ),
    ],
)
def test_ruff_may_extend_a_file_within_the_root(root: Path, extend: str, expected: int) -> None:
    (root.parent / "outside.toml").write_text("line-length = 40")
    files = {
        "base.toml": "line-length = 101",
        "pkg/inner.toml": "line-length = 102",
        "pyproject.toml": "[project]\nname = 'x'\n",
        "pkg/ruff.toml": f'extend = "{extend}"',
    }
    if expected == 103:
        files["pyproject.toml"] = RUFF.format(103)
    assert put(root, files).of("pkg/mod.py") == expected


def test_an_absolute_extend_is_not_followed(root: Path) -> None:
    assert put(root, {"base.toml": "line-length = 40", "ruff.toml": f"extend = '{root}/base.toml'"}).of("a.py") == 88


def test_what_extends_still_states_its_own(root: Path) -> None:
    files = {"base.toml": "line-length = 40", "ruff.toml": "extend = 'base.toml'\nline-length = 50"}
    assert put(root, files).of("a.py") == 50


@pytest.mark.skipif(sys.platform == "win32", reason="links and FIFOs")
def test_links_and_what_is_no_file_are_passed_over(root: Path) -> None:
    if sys.platform != "win32":
        outside = root.parent / "outside"
        put(outside, {"ruff.toml": "line-length = 40", "sub/ruff.toml": "line-length = 41"})
        (root / "ruff.toml").symlink_to(outside / "ruff.toml")
        (root / "linked").symlink_to(outside / "sub")
        (root / "deep").mkdir()
        (root / "deep/ruff.toml").write_text("extend = '../linked/ruff.toml'")
        os.mkfifo(root / ".ruff.toml")
        (root / "pyproject.toml").mkdir()
        lengths = LineLengths(root)
        assert [lengths.of(path) for path in ("a.py", "linked/a.py", "deep/a.py")] == [88, 88, 88]


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_the_root_itself_may_be_named_through_a_link(root: Path) -> None:
    put(root, {"pkg/ruff.toml": "line-length = 100"})
    (root.parent / "link").symlink_to(root)
    assert LineLengths(root.parent / "link").of("pkg/a.py") == 100


def test_a_relative_root_does(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, {"pkg/ruff.toml": "line-length = 100"})
    monkeypatch.chdir(root)
    assert LineLengths(Path()).of("pkg/a.py") == 100


def test_a_folder_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = put(root, {"pyproject.toml": RUFF.format(100), "pkg/pyproject.toml": "", "pkg/a.py": ""})
    read: list[str] = []

    def counting(root: Path, path: str) -> bytes:
        read.append(path)
        return (root / path).read_bytes()

    monkeypatch.setattr(line_length, "read_source", counting)
    assert lengths.of("pkg/a.py") == 100
    assert set(read) == {"pkg/pyproject.toml", "pyproject.toml"}
    read.clear()
    assert [lengths.of(path) for path in ("pkg/b.py", "c.py")] == [100, 100]
    assert not read


def test_a_very_deep_file_is_no_trouble(root: Path) -> None:
    assert put(root, {"ruff.toml": "line-length = 100"}).of("d/" * 1000 + "a.py") == 100
