"""A tree that means harm, or is only broken: every file gets one state, and none hides the findings of another."""

from __future__ import annotations

import ast
import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import junitparser
import pytest

from ssot_lint.facts.read import read
from ssot_lint.parsing import pool
from ssot_lint.workspace.discover import discover
from ssot_lint.workspace.storage import FOLDER

if TYPE_CHECKING:
    from tests.conftest import CommandLine, Outcome, Project

CHECKOUT = Path(__file__).parents[1]
CANARY = {
    "ssot.toml": 'select = ["noncanonical-import"]\n[[concept]]\nname = "cart"\nhome = "home:Cart"\n',
    "home.py": "class Cart:\n    pass\n",
    "shim.py": "from home import Cart\n",
    "canary.py": "from shim import Cart\n",
}
CANARY_LINE = "canary.py:1:18: SSOT201[noncanonical-import] Cart comes from shim; its home is home"
FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")

posix = pytest.mark.skipif(sys.platform == "win32", reason="such names and files exist on POSIX only")


@pytest.fixture(params=["here", "workers"])
def reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Files are read in this process when there is little to read, else in workers; the outcome must be the same."""
    how = str(request.param)
    if how == "workers":
        monkeypatch.setattr("ssot_lint.engine.reading._FEW_BYTES", -1)
    return how


def with_canary(result: Outcome, code: int) -> str:
    """Return what was printed, which has the canary's finding."""
    assert CANARY_LINE in result.out
    assert (result.code, result.err) == (code, "")
    return result.out


def notices(cli: CommandLine, root: Path, *, code: int) -> list[tuple[str, str, bool]]:
    """Return path, kind and blocking of every notice; the canary's finding must be there."""
    result = cli("--output-format", "json", cwd=root)
    document = json.loads(result.out)
    assert result.code == code
    assert "canary.py" in [one["path"] for one in document["findings"]]
    blocking = [one for one in document["notices"] if one["blocking"]]
    assert document["summary"]["files"] == document["summary"]["analysed"] + len(blocking)
    return [(one["path"], one["kind"], one["blocking"]) for one in document["notices"]]


# Contents that cannot be analysed

CHAIN = 60_000
BROKEN = {
    "no Python": (b"def f(:\n", "syntax-error"),
    "indented": (b"  x = 1\n y = 2\n", "syntax-error"),
    "unclosed": (b"x = '''\n" * 3, "syntax-error"),
    "Python 2": (b"print 'x'\n", "syntax-error"),
    "invalid UTF-8 in a comment": (b"x = 1  # \xff\n", "undecodable"),
    "invalid UTF-8 in a string": (b"x = '\xe9'\n", "undecodable"),
    "UTF-16": ("x = 1\n".encode("utf-16"), "undecodable"),
    "unknown cookie": (b"# coding: latin-99\n", "undecodable"),
    "wrong cookie": ("# coding: ascii\nx = 'é'\n".encode(), "undecodable"),
    "cookie against the BOM": (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "undecodable"),
    "codec that is not for text": (b"# coding: hex\n00\n", "undecodable"),
    "codec that refuses all": (b"# coding: undefined\nx = 1\n", "undecodable"),
    "codec with its own error": (b"# coding: punycode\nx = 1-\xff~~\n", "undecodable"),
    "NUL": (b"x = 1\0\n", "syntax-error"),
    "only NULs": (bytes(1000), "syntax-error"),
    "surrogates by their codec": (b"# coding: utf-7\nx = '+2AA-'\n", "syntax-error"),
    "many digits": (b"x = " + b"9" * 10_000, "syntax-error"),
}


# How long a chain may be is the interpreter's matter: 3.10 reads some that 3.11 refuses.
CHAINS = {
    "sum": b"x = a" + b" + a" * CHAIN,
    "attributes": b"x = a" + b".a" * CHAIN,
    "calls": b"x = a" + b"()" * CHAIN,
    "signs": b"x = " + b"-" * CHAIN + b"1",
    "elifs": b"if a: pass\n" + b"elif a: pass\n" * CHAIN,
}


@pytest.mark.parametrize("case", CHAINS)
def test_long_chains_are_read_or_told(cli: CommandLine, project: Project, reading: str, case: str) -> None:
    assert reading
    root = project({**CANARY, "bad.py": CHAINS[case]})
    try:
        ast.parse(CHAINS[case])
    except (RecursionError, MemoryError):
        assert notices(cli, root, code=2) == [("bad.py", "over-limit", True)]
    else:
        assert notices(cli, root, code=1) == []


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_analysed(cli: CommandLine, project: Project, reading: str, case: str) -> None:
    assert reading
    content, kind = BROKEN[case]
    root = project({**CANARY, "bad.py": content})
    assert notices(cli, root, code=2) == [("bad.py", kind, True)]


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (b"x = " + b"(" * 5_000 + b"1" + b")" * 5_000, {"syntax-error", "over-limit", "crashed"}),
        (b"x = " + b"[" * 5_000 + b"1", {"syntax-error", "over-limit", "crashed"}),
        (b"x = " + b"{" * 190 + b"!" + b"}" * 190, {"syntax-error", "over-limit", "crashed"}),
        (b"x = f'" + b"{f'" * 60 + b"\n", {"syntax-error", "over-limit", "crashed"}),
        (b"match a:\n  case " + b"(" * 60 + b"1" + b")" * 60 + b" !\n", {"syntax-error", "over-limit", "crashed"}),
        (b"".join(b" " * depth + b"if a:\n" for depth in range(300)), {"syntax-error", "over-limit", "crashed"}),
    ],
    ids=["parentheses", "open brackets", "braces", "f-strings", "patterns", "blocks"],
)
def test_deep_nesting(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch, content: bytes, kinds: set[str]
) -> None:
    # What the interpreter's own parser refuses goes to another one that may crash, hang or eat memory: alone.
    limited = functools.partial(pool.run, limits=pool.Limits(seconds=3.0, megabytes=512))
    monkeypatch.setattr("ssot_lint.parsing.pool.run", limited)
    root = project({**CANARY, "bad.py": content, "bad too.py": "def f(:\n"})
    (first, kind, blocking), second = notices(cli, root, code=2)[::-1]
    assert (first, blocking) == ("bad.py", True)
    assert kind in kinds
    assert second == ("bad too.py", "syntax-error", True)


def test_a_reader_that_fails_fails_for_one_file(
    cli: CommandLine, project: Project, reading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(data: bytes, *rest: Any) -> object:  # noqa: ANN401 - whatever the reader takes
        if b"poison" in data:
            raise KeyError("\x1b[31m" + "x" * 10_000)
        return read(data, *rest)

    monkeypatch.setattr("ssot_lint.engine.reading.read", fail)
    root = project({**CANARY, "bad.py": "poison = 1\n"})
    assert notices(cli, root, code=2) == [("bad.py", "crashed", True)], reading
    out = with_canary(cli("--output-format", "concise", cwd=root), 2)
    line = next(line for line in out.splitlines() if line.startswith("bad.py: "))
    assert line.startswith(r"bad.py: crashed: KeyError: '\x1b[31mxxx"), line
    assert len(line) < 300


def test_a_file_over_the_limit_is_not_read(cli: CommandLine, project: Project) -> None:
    root = project({**CANARY, "big.py": b""})
    os.truncate(root / "big.py", 30_000_000)  # sparse: no block of it exists
    assert notices(cli, root, code=2) == [("big.py", "over-limit", True)]
    out = with_canary(cli("--output-format", "concise", cwd=root), 2)
    assert "big.py: over-limit: larger than 20 MB\n" in out


# Contents that look odd and can be analysed


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xef\xbb\xbffrom shim import Cart\n", (1, 18)),
        (b"\xef\xbb\xbf# coding: utf-8\nfrom shim import Cart\n", (2, 18)),
        (b"x = 1\rfrom shim import Cart\r", (2, 18)),
        (b"x = 1\r\n\rfrom shim import Cart\n", (3, 18)),
        (b"# coding: latin-1\nx = '\xe9'; from shim import Cart", (2, 27)),
        (b"# coding: cp1252\nx = '\x80'; from shim import Cart", (2, 27)),
        (b"x = 1\n\x0cfrom shim import Cart\n", (2, 19)),
        (b"if 1:\n" + b"\tfrom shim import Cart\n", (2, 19)),
        (b"x = '''\x0b\x1c\xe2\x80\xa8'''\nfrom shim import Cart\n", (2, 18)),  # no line ends of Python
        (b"from shim import \\\n  Cart\n", (2, 3)),
        (b"x = a" + b" and a" * CHAIN + b"\nfrom shim import Cart", (2, 18)),
        (b"__all__ = ['" + b"x" * 100_000 + b"']\nfrom shim import Cart", (2, 18)),
    ],
)
def test_what_only_looks_odd_is_analysed(
    cli: CommandLine, project: Project, reading: str, content: bytes, place: tuple[int, int]
) -> None:
    root = project({**CANARY, "odd.py": content})
    result = cli("--output-format", "json", cwd=root)
    document = json.loads(result.out)
    assert (result.code, document["notices"]) == (1, []), reading
    places = {one["path"]: (one["line"], one["column"]) for one in document["findings"]}
    assert places == {"canary.py": (1, 18), "odd.py": place}


def test_suppressions_are_read_in_every_kind_of_line(cli: CommandLine, project: Project) -> None:
    line = "from shim import Cart  # ssot: ignore[SSOT201] for now"
    files = {f"odd{number}.py": f"x = 1{end}{line}{end}" for number, end in enumerate(("\n", "\r\n", "\r"))}
    root = project({**CANARY, **files})
    out = with_canary(cli("--output-format", "concise", cwd=root), 1)
    assert out.endswith(
        "1 finding (1 error) in 6 files\n--fix would fix 1 finding\n3 findings suppressed or excepted\n"
    )


def test_empty_files(cli: CommandLine, project: Project) -> None:
    root = project({**CANARY, "empty.py": "", "pkg/__init__.py": "", "bom.py": b"\xef\xbb\xbf", "line.py": "\n"})
    assert notices(cli, root, code=1) == []


def test_newer_syntax_is_read_anyway(cli: CommandLine, project: Project) -> None:
    root = project({**CANARY, "new.py": "type Pair[T] = tuple[T, T]\nfrom shim import Cart\n"})  # Python 3.12
    document = json.loads(cli("--output-format", "json", cwd=root).out)
    assert document["notices"] == []
    assert [(one["path"], one["line"], one["column"]) for one in document["findings"]] == [
        ("canary.py", 1, 18),
        ("new.py", 2, 18),
    ]


def test_accepted_files_do_not_block(cli: CommandLine, project: Project) -> None:
    accepted = '[[unreadable]]\npath = "legacy/"\nreason = "broken since May"\n'
    root = project({**CANARY, "ssot.toml": CANARY["ssot.toml"] + accepted, "legacy/bad.py": "def f(:\n"})
    out = with_canary(cli("--output-format", "concise", cwd=root), 1)
    assert "legacy/bad.py: syntax-error: line 1" in out
    assert "(accepted by the policy)\n" in out
    project({"bad.py": "def f(:\n"})
    assert notices_of(cli, root, 2) == [("bad.py", True), ("legacy/bad.py", False)]


def notices_of(cli: CommandLine, root: Path, code: int) -> list[tuple[str, bool]]:
    result = cli("--output-format", "json", cwd=root)
    assert result.code == code
    return [(one["path"], one["blocking"]) for one in json.loads(result.out)["notices"]]


# Files and folders that are none


def refuse_open(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let one file be one that we may not read, also for root."""
    whole = os.open

    def guarded(name: str | Path, *rest: Any, **named: Any) -> int:  # noqa: ANN401 - whatever os.open takes
        if Path(name) == path:
            raise PermissionError(13, "Permission denied", str(name))
        return whole(name, *rest, **named)

    monkeypatch.setattr(os, "open", guarded)


def test_a_file_that_may_not_be_read(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project({**CANARY, "locked.py": "from shim import Cart\n"})
    refuse_open(monkeypatch, root / "locked.py")
    out = with_canary(cli("--output-format", "concise", cwd=root), 2)
    assert "locked.py: unreadable: permission denied\n" in out


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_modes_that_forbid_reading(cli: CommandLine, project: Project) -> None:
    root = project({**CANARY, "locked.py": "", "folder/a.py": ""})
    (root / "locked.py").chmod(0)
    (root / "folder").chmod(0)
    try:
        assert notices_of(cli, root, 2) == [("folder", True), ("locked.py", True)]
    finally:
        (root / "folder").chmod(0o700)


def test_a_folder_that_may_not_be_listed(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project({**CANARY, "locked/a.py": ""})
    whole = os.scandir

    def guarded(path: Path) -> Any:  # noqa: ANN401 - the iterator of os.scandir has no public name
        if Path(path) == root / "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(os, "scandir", guarded)
    out = with_canary(cli("--output-format", "concise", cwd=root), 2)
    assert "locked: unreadable: permission denied\n" in out


def test_a_file_that_vanishes(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project({**CANARY, "gone.py": ""})

    def discover_and_delete(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as discover
        found = discover(*arguments, **named)
        (root / "gone.py").unlink()
        return found

    monkeypatch.setattr("ssot_lint.engine.indexing.discover", discover_and_delete)
    out = with_canary(cli("--output-format", "concise", cwd=root), 2)
    assert "gone.py: unreadable: no such file or directory\n" in out


@posix
def test_links_are_not_followed(cli: CommandLine, project: Project) -> None:
    root = project({**CANARY, "folder/inner.py": "from shim import Cart\n"})
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("from shim import Cart  # secret\n", encoding="utf-8")
    links = {
        "file_out.py": outside / "secret.py",
        "file_in.py": root / "canary.py",
        "dangling.py": root / "nothing",
        "itself.py": root / "itself.py",
        "folder_out": outside,
        "folder_in": root / "folder",
        "folder/up": root,
        "device.py": Path("/dev/zero"),
        "not_python.txt": outside / "secret.py",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    found = notices(cli, root, code=1)
    assert found == sorted((name, "skipped", False) for name in links if name != "not_python.txt")
    out = cli(cwd=root).out
    assert "secret" not in out
    assert re.findall(r"(?m)^(\S+?):\d+:\d+: SSOT", out) == ["canary.py", "folder/inner.py"]


@posix
def test_the_root_itself_may_be_a_link(cli: CommandLine, project: Project) -> None:
    root = project(CANARY)
    link = root.parent / "link"
    link.symlink_to(root)
    with_canary(cli("--output-format", "concise", cwd=link), 1)
    with_canary(cli("--output-format", "concise", "--root", str(link), cwd=root.parent), 1)


@posix
def test_pipes_do_not_hang(project: Project) -> None:
    root = project({**CANARY, "folder/a.py": ""})
    for name in ("pipe.py", "folder/.gitignore", ".gitignore", "pipe", "folder/pyproject.toml"):
        os.mkfifo(root / name)
    result = subprocess.run(
        [sys.executable, "-m", "ssot_lint", "--output-format", "concise"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (result.returncode, result.stderr) == (1, "")
    assert CANARY_LINE in result.stdout
    assert "pipe.py: skipped: not a regular file\n" in result.stdout


@posix
def test_a_file_that_becomes_a_pipe_or_a_link_is_not_read(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project({**CANARY, "pipe.py": "", "link.py": ""})
    (root.parent / "secret.py").write_text("from shim import Cart\n", encoding="utf-8")

    def discover_and_swap(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as discover
        found = discover(*arguments, **named)
        for name in ("pipe.py", "link.py"):
            (root / name).unlink()
        os.mkfifo(root / "pipe.py")
        (root / "link.py").symlink_to(root.parent / "secret.py")
        return found

    monkeypatch.setattr("ssot_lint.engine.indexing.discover", discover_and_swap)
    assert notices(cli, root, code=2) == [("link.py", "unreadable", True), ("pipe.py", "unreadable", True)]


def test_a_folder_named_like_a_module(cli: CommandLine, project: Project) -> None:
    root = project({**CANARY, "folder.py/inner.py": "from shim import Cart\n", "empty.py/x.txt": ""})
    assert notices(cli, root, code=1) == []
    assert "folder.py/inner.py:1:18: SSOT201" in cli(cwd=root).out


@posix
def test_every_file_has_one_state(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"bad{number}.py": content for number, (content, _) in enumerate(BROKEN.values())}
    root = project({**CANARY, **files, "pkg/__init__.py": "", "pkg/locked.py": "", ".gitignore": "ignored.py\n"})
    project({"ignored.py": "def f(:\n", "notes.txt": "def f(:\n", "venv/lib/a.py": "def f(:\n"})
    (root / "link.py").symlink_to("canary.py")
    os.mkfifo(root / "pkg/pipe.py")
    refuse_open(monkeypatch, root / "pkg/locked.py")
    *rows, total = cli("--show-files", cwd=root).out.splitlines()
    listed = {path: state for _, state, path in (row.split() for row in rows)}
    on_disk = {path.relative_to(root).as_posix() for path in root.rglob("*.py")} - {"ignored.py", "venv/lib/a.py"}
    assert listed.keys() == on_disk
    assert len(rows) == len(listed)
    assert {path: listed[path] for path in files} == {
        path: kind for path, (_, kind) in zip(files, BROKEN.values(), strict=True)
    }
    assert (listed["link.py"], listed["pkg/pipe.py"]) == ("skipped", "skipped")
    assert (listed["pkg/locked.py"], listed["canary.py"]) == ("unreadable", "analysed")
    counts = re.fullmatch(rf"{len(listed)} files: (.*)", total)
    assert counts is not None
    stated = {state: int(number) for number, state in (part.split() for part in counts[1].split(", "))}
    assert sum(stated.values()) == len(listed)
    assert stated == {state: list(listed.values()).count(state) for state in set(listed.values())}


# Projects that are none


@pytest.mark.parametrize("command", [[], ["concepts"], ["resolve", "a:b"], ["--show-files"]])
def test_an_empty_project_is_2(cli: CommandLine, project: Project, command: list[str]) -> None:
    root = project({"ssot.toml": "", "notes.txt": "x = 1\n"})
    result = cli(*command, cwd=root)
    assert (result.code, result.out) == (2, "")
    assert "there is no Python file under" in result.err


def test_a_root_that_does_not_exist_is_2(cli: CommandLine, project: Project) -> None:
    root = project(CANARY)
    for name in ("nothing", "nothing/deeper", "x" * 300):
        result = cli("--root", name, cwd=root)
        assert (result.code, result.out) == (2, "")
        assert "is no folder" in result.err


# Policies that cannot be used


def policy_problems(cli: CommandLine, root: Path, *command: str) -> list[str]:
    """Return the lines behind "the policy has ... problems:"."""
    result = cli(*command, cwd=root)
    assert (result.code, result.out) == (2, "")
    head, *rest = result.err.splitlines()
    assert re.fullmatch(r"the policy has \d+ problems?:", head), result.err
    return rest


@pytest.mark.parametrize("command", [[], ["concepts"], ["config"], ["resolve", "a:b"], ["why", "a.py:1"]])
def test_all_problems_of_a_policy_are_told_at_once(cli: CommandLine, project: Project, command: list[str]) -> None:
    policy = 'sellect = []\nfail-on = "fatal"\n[[concept]]\nname = "a"\nhome = 3\n[[concept]]\nname = "a"\nhome = "x"\n'
    root = project({**CANARY, "ssot.toml": policy})
    lines = policy_problems(cli, root, *command)
    assert len(lines) == 5
    for key in ("sellect", "fail-on", "concept[0].home", "concept[1].name", "concept[1].home"):
        assert any(re.match(rf"ssot\.toml:\d+(:\d+)?: {re.escape(key)}: ", line) for line in lines), (key, lines)


@pytest.mark.parametrize("policy", [b"[[concept", b"\xff", b"a = 1\0", b"a = " + b"[" * 5_000, b"\xef\xbb\xbf", b"x\n"])
def test_a_policy_that_is_no_toml(cli: CommandLine, project: Project, policy: bytes) -> None:
    lines = policy_problems(cli, project({**CANARY, "ssot.toml": policy}))
    assert lines[0].startswith("ssot.toml")


def declared(home: str, *more: str) -> str:
    return "\n".join(['[[concept]]\nname = "cart"', f'home = "{home}"', *more, ""])


def test_a_home_that_does_not_exist(cli: CommandLine, project: Project) -> None:
    root = project({**CANARY, "ssot.toml": declared("hom:Cart"), "pkg/home.py": ""})
    assert policy_problems(cli, root) == [
        "ssot.toml:3: concept[cart].home: there is no module hom under the source roots"
    ]
    project({"ssot.toml": declared("app.shim:Cart")})
    assert policy_problems(cli, root)[0].endswith("there is no module app.shim under the source roots; is it shim?")
    project({"ssot.toml": declared("home:Basket")})
    assert policy_problems(cli, root)[0] == "ssot.toml:3: concept[cart].home: home has no Basket"


def test_a_home_that_is_not_its_definition(cli: CommandLine, project: Project) -> None:
    other = {"other.py": "class Cart: ...\n", "way.py": "from other import Cart\n"}
    root = project({**CANARY, **other, "ssot.toml": declared("shim:Cart", 'definition = "way:Cart"')})
    assert policy_problems(cli, root) == [
        "ssot.toml:4: concept[cart].definition: the home gives home:Cart, but the stated definition is other:Cart",
        "    shim:Cart -> shim.py:1 (Cart import)",
        "    way:Cart -> way.py:1 (Cart import)",
    ]


def test_an_alias_that_is_another_object(cli: CommandLine, project: Project) -> None:
    source = "from home import Cart\nfrom other import Basket\nSame = Cart\n"
    more = 'aliases = ["Same", "Basket", "Lost"]'
    root = project(
        {**CANARY, "other.py": "class Basket: ...\n", "hub.py": source, "ssot.toml": declared("hub:Cart", more)}
    )
    lines = policy_problems(cli, root)
    assert lines[0].endswith("aliases[1]: hub:Basket is other:Basket, another object than hub:Cart")
    assert lines[1:3] == ["    hub:Basket -> hub.py:2 (Basket import)", "    hub:Cart -> hub.py:1 (Cart import)"]
    assert lines[3].endswith("aliases[2]: hub has no Lost")
    assert len(lines) == 4


def test_a_second_policy_below_the_root_is_a_notice(cli: CommandLine, project: Project) -> None:
    files = {
        "sub/ssot.toml": "nonsense",
        "tool/pyproject.toml": "[tool.ssot-lint]\n",
        "lib/pyproject.toml": "[project]\n",
    }
    root = project({**CANARY, **files})
    assert notices(cli, root, code=1) == [
        ("sub/ssot.toml", "nested-policy", False),
        ("tool/pyproject.toml", "nested-policy", False),
    ]


# Hostile names and contents

NAMES = {
    "newline": "new\nline.py",
    "carriage return": "re\rturn.py",
    "escape": "esc\x1b[2J\x1b]0;title\x07.py",
    "C1 control": "csi\x9b31m.py",
    "command of GitHub": "::error file=a.py::pwned.py",
    "command after a newline": "a\n::error::pwned.py",
    "command after a space": " ::stop-commands::x.py",
    "older command of GitHub": "x##[add-mask]y.py",
    "command of Azure": "##vso[task.setvariable variable=x]y.py",
    "command of TeamCity": "##teamcity[buildStatus status='SUCCESS'].py",
    "private use": "\ue000\U000f0000.py",
    "right to left": "a\u202eyp.txt.py",
    "zero width": "a\u200bb\ufeff.py",
    "line separator": "a\u2028::error::b.py",
    "not UTF-8": os.fsdecode(b"bad\xff\xfe.py"),
    "markup": "[bold red]x[/] <b>&amp;`|.py",
    "quotes": "'\"\\.py",
    "percent": "%0A::error::.py",
    "long": "x" * 200 + " ::error::y.py",
    "option": "--fix.py",
    "emoji": "👩\u200d💻.py",
}
LINE = "from shim import Cart  # \x1b[2J \x9b ##[error] ##vso[task.x]y \u202e ::error:: \x07\n"


def neutral(out: str) -> str:
    """Return an output that is harmless on a terminal and in a build's log; colour is none of its harm."""
    out.encode()  # no surrogates
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    harmful = "".join(map(chr, (*range(10), *range(11, 32), *range(127, 160), 0x2028, 0x2029, 0x202E, 0x200B, 0xFEFF)))
    assert not set(plain) & set(harmful)
    assert "##[" not in plain
    assert "##vso[" not in plain
    assert "##teamcity[" not in plain
    assert not re.search(r"(?m)^\s*::", plain)
    return plain


def shown_in(output_format: str, result: Outcome) -> str:
    """Return what a run says in a format; of a workflow command, which only `github` may print, its message."""
    if output_format == "github":
        return neutral(re.sub(r"(?m)^::(error|warning|notice) ([^:\n]+)::", r"\2 ", result.err) + result.out)
    assert not result.err
    return neutral(result.out)


@pytest.fixture(params=NAMES)
def hostile(request: pytest.FixtureRequest, project: Project) -> tuple[Path, str]:
    """A project with a hostile name, and that name."""
    if sys.platform == "win32":
        pytest.skip("such names exist on POSIX only")
    name = NAMES[request.param]
    return project({**CANARY, name: LINE, f"{name}.d/{name}": LINE, f"z{name}": b"\xff"}), name


def test_hostile_names_in_every_format(cli: CommandLine, hostile: tuple[Path, str]) -> None:
    root, name = hostile
    out = neutral(with_canary(cli("--output-format", "concise", cwd=root), 2))
    assert len(out.splitlines()) == 10  # three findings with their related place, a notice, three closing lines
    text = neutral(cli("--color", "always", cwd=root).out)
    assert "canary.py:1:18: SSOT201" in text
    assert text.count("\nCart comes from shim") == 3
    assert text.count("  1 | from shim import Cart") == 3
    result = cli("--output-format", "json", cwd=root)
    document = json.loads(neutral(result.out))
    assert sorted(one["path"] for one in document["findings"]) == sorted(["canary.py", name, f"{name}.d/{name}"])
    assert [one["path"] for one in document["notices"]] == [f"z{name}"]
    result.out.encode("ascii")


def test_hostile_names_in_every_format_of_a_server(
    cli: CommandLine, hostile: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, name = hostile
    summary = root.parent / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    said = {fmt: shown_in(fmt, cli("--output-format", fmt, cwd=root)) for fmt in FORMATS}
    paths = sorted(["canary.py", name, f"{name}.d/{name}"])
    [run] = json.loads(said["sarif"])["runs"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]
    assert sorted(os.fsdecode(unquote_to_bytes(uri)) for uri in places) == paths
    entries = json.loads(said["gitlab"])
    readable = [re.sub("[\ud800-\udfff]", "\ufffd", path) for path in [*paths, f"z{name}"]]
    assert sorted(one["location"]["path"] for one in entries) == sorted(readable)
    suites = junitparser.JUnitXml.fromstring(said["junit"].encode())
    assert [suite.tests for suite in suites] == [3, 1]
    assert len(re.findall(r"(?m)^file=.*,title=", said["github"])) == 4
    rows = re.findall(r"(?m)^\| error \|(?: (?:\\.|[^|\n])* \|){3}$", neutral(summary.read_text("utf-8")))
    assert len(rows) == 3
    assert "<" not in "".join(rows)


def test_hostile_names_in_every_command(cli: CommandLine, hostile: tuple[Path, str]) -> None:
    root, name = hostile
    listing = neutral(cli("--show-files", cwd=root).out).splitlines()
    assert listing[-1] == "6 files: 5 analysed, 1 undecodable"
    assert len(listing) == 7
    found = cli("why", f"./{name}:1", cwd=root)
    assert (found.code, found.err) == (0, "")
    assert "SSOT201[noncanonical-import] Cart comes from shim" in neutral(found.out).splitlines()[0]
    for arguments in (["why", f"{name}.x:1"], ["why", f"z{name}:1"], ["resolve", name], ["concepts", f"z{name}"]):
        result = cli(*arguments, cwd=root)
        neutral(result.out)
        neutral(result.err)
    filtered = cli("--output-format", "json", f"./{name}", cwd=root)
    assert [one["path"] for one in json.loads(filtered.out)["findings"]] == [name]


@pytest.mark.parametrize(
    "arguments",
    [
        ["{}"],
        ["--{}"],
        ["--select", "{}"],
        ["--output-format", "{}"],
        ["--output-format", "json:no/such/{}"],
        ["--zone", "{}"],
        ["--config", "{}"],
        ["--config", "{}={}"],
        ["--root", "{}"],
        ["--jobs", "{}"],
        ["--exclude", "!", "--exclude", "{}"],
        ["why", "{}"],
        ["why", "{}", "{}"],
        ["rule", "{}"],
        ["config", "{}"],
        ["concepts", "{}"],
    ],
)
@pytest.mark.parametrize("text", ["a\x1b[2J\n::error::b\x9b", os.fsdecode(b"\xff##[error]")])
def test_hostile_arguments(cli: CommandLine, project: Project, arguments: list[str], text: str) -> None:
    root = project(CANARY)
    result = cli(*(argument.format(text, text) for argument in arguments), cwd=root)
    assert (result.code, result.out) == (2, "")
    assert neutral(result.err)


@posix
def test_hostile_places_in_the_problems_of_a_policy(cli: CommandLine, project: Project) -> None:
    name = "x\n::error::\x1b[2J"
    files = {f"{name}/pkg/__init__.py": "from pkg.a import Cart\n", f"{name}/pkg/a.py": "class Cart: ...\n"}
    policy = f"source-roots = ['.', {json.dumps(name)}]\n" + declared("pkg:Cart", 'definition = "home:Cart"')
    root = project({**CANARY, **files, "ssot.toml": policy})
    result = cli(cwd=root)
    assert result.code == 2
    said = neutral(result.err)
    assert "the home gives pkg.a:Cart, but the stated definition is home:Cart" in said
    assert r"\x1b[2J/pkg/__init__.py:1 (Cart import)" in said


def test_hostile_names_in_a_policy(cli: CommandLine, project: Project) -> None:
    name = r"\u001b[2J\n::error::\u202e##[error]"
    policy = CANARY["ssot.toml"].replace('"cart"', f'"{name}"')
    root = project({**CANARY, "ssot.toml": policy})
    for output_format in FORMATS:
        result = cli("--output-format", output_format, cwd=root)
        assert result.code == 1
        assert "canary" in shown_in(output_format, result)
    assert json.loads(cli("--output-format", "json", cwd=root).out)["findings"][0]["concept"] == json.loads(f'"{name}"')
    for command in (["concepts"], ["config"], ["why", "canary.py:1"], ["--show-settings"]):
        result = cli(*command, cwd=root)
        assert result.code == 0
        assert "error" in neutral(result.out)


def test_hostile_comments_and_identifiers(cli: CommandLine, project: Project) -> None:
    suppression = "x = 1  # ssot: ignore[\x1b[2J::error::] \x9b until=\u202e##[error]\n"
    root = project(
        {**CANARY, "ssot.toml": CANARY["ssot.toml"].replace('["non', '["SSOT904", "non'), "a.py": suppression}
    )
    for output_format in FORMATS:
        result = cli("--output-format", output_format, cwd=root)
        assert result.code == 1
        assert "SSOT904" in shown_in(output_format, result)
        assert "canary" in shown_in(output_format, result)


# Nothing is run, nothing is written, nobody is called

WATCHED = """\
import os, sys

root = os.path.realpath(sys.argv[1])
seen = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
busy = False


def inside(path):
    return isinstance(path, str) and os.path.isfile(path) and os.path.realpath(path).startswith(root + os.sep)


def shared(path):
    # our own folder, or memory that multiprocessing shares with own workers; a number is a file that was opened before,
    # and seen
    if isinstance(path, int):
        return True
    ours = os.path.join(root, ".ssot-lint-cache")
    path = os.path.abspath(path)
    return path == ours or path.startswith(ours + os.sep) or os.path.basename(path).startswith(("pym-", "pymp-"))


def look(event, args):
    global busy
    if busy:
        return
    busy = True
    try:
        bad = None
        if event == "open":
            path, mode, flags = args
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
            if writes and path != os.devnull and not shared(path):
                bad = path
        elif event == "exec":
            if inside(args[0].co_filename):
                bad = args[0].co_filename
        elif event == "import":
            if inside(args[1] or ""):
                bad = args[1]
        elif event.startswith("socket."):
            # a pipe to an own worker is a pair of sockets without a name
            if event != "socket.__new__" or args[1] != 1:
                bad = args[1:]
        elif event.partition(".")[0] in ("subprocess", "pty", "ftplib", "urllib", "webbrowser", "smtplib"):
            bad = args
        elif event in ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.remove", "os.rename",
                       "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate",
                       "os.utime", "os.setxattr", "shutil.rmtree", "shutil.copyfile", "shutil.move"):
            if not shared(args[0]):
                bad = args
        if bad is not None:
            os.write(seen, f"{event} {bad!r}\\n".encode(errors="replace"))
    finally:
        busy = False


sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[3])
os.chdir(root)
sys.addaudithook(look)
from ssot_lint.cli import run

codes = [run(command.split()) for command in sys.argv[4:] if not command.startswith("provoke")]
if "provoke" in sys.argv:
    import runpy, socket, subprocess
    open("../written", "w").close()
    runpy.run_path("home.py")
    subprocess.run([sys.executable, "-c", ""])
    socket.socket().close()
    os.mkdir("../made")
os.write(1, ("\\n" + repr(codes)).encode())
"""

TRAP = """\
import pathlib
pathlib.Path(__file__).with_name("EXECUTED").touch()
raise SystemExit(0)
"""


def there(root: Path) -> list[str]:
    """Return what stands in a tree, less our own folder."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if FOLDER not in path.parts)


def watch(project: Project, tmp_path: Path, *commands: str) -> tuple[list[str], str]:
    """Run commands in a tree full of traps; return what the audit hook saw, and the last line of the output."""
    traps = ["click", "rich/__init__", "msgspec", "json", "encodings/trap", "sitecustomize", "conftest", "setup"]
    traps += ["ssot_lint/__init__", "ssot_lint_plugin", "tests/conftest", "pkg/__main__", "tomllib"]
    files: dict[str, str | bytes] = {f"{name}.py": TRAP for name in traps}
    files["coded.py"] = "# coding: trap\nx = 1\n"
    files["bad.py"] = "def f(:\n"
    files["pyproject.toml"] = "[project]\nname = 'x'\n[project.entry-points.ssot-lint]\nx = 'ssot_lint_plugin'\n"
    files["pkg/ssot_lint.egg-info/entry_points.txt"] = "[ssot_lint]\nx = ssot_lint_plugin\n"
    files["big.py"] = "#" * 2_000_000  # so much that workers read it
    root = project({**CANARY, **files})
    script = tmp_path / "watch.py"
    script.write_text(WATCHED, encoding="utf-8")
    before = there(root)
    result = subprocess.run(
        [sys.executable, str(script), str(root), str(tmp_path / "seen"), str(CHECKOUT), *commands],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in result.stderr, result.stderr
    if "provoke" not in commands:
        assert there(root) == before
        assert CANARY_LINE in result.stdout
    return (tmp_path / "seen").read_text(encoding="utf-8").splitlines(), result.stdout.splitlines()[-1]


def test_the_watch_sees_what_it_is_for(project: Project, tmp_path: Path) -> None:
    seen, _ = watch(project, tmp_path, "provoke")
    events = [line.partition(" ")[0] for line in seen]
    assert {"open", "exec", "subprocess.Popen", "socket.__new__", "os.mkdir"} <= set(events), seen


def test_the_target_is_never_run_and_nothing_is_written(project: Project, tmp_path: Path) -> None:
    commands = [
        "--output-format concise",
        "--output-format json --isolated",
        "--select SSOT --statistics",
        "concepts",
        "resolve shim:Cart",
        "why canary.py:1",
        "config",
    ]
    seen, codes = watch(project, tmp_path, *commands)
    assert seen == []
    assert codes == "[2, 2, 2, 2, 0, 0, 0]"
