"""The baseline: what it covers, what it never hides, and the file that two branches change at once."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint import engine
from ssot_lint.workspace import baseline as files
from ssot_lint.workspace.baseline_format import DamageError, Entry, as_text, from_text
from ssot_lint.workspace.storage import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import CommandLine, Outcome, Project

NAME = ".ssot-baseline.json"
OLD = "from shop.compat import Cart\n"
SHOP = """\
{"version": 1, "entries": [
["SSOT201", "same", "cart", "shop.checkout: shop.compat:Cart"],
["SSOT201", "same", "cart", "tests.test_cart: shop.compat:Cart"],
null]}
"""
MESSAGE = (
    "SSOT201[noncanonical-import] Cart comes from shop.compat; its home is shop.cart "
    "(the same object: shop.compat -> shop.cart:Cart)"
)
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


@pytest.fixture
def covered(cli: CommandLine, shop: Path) -> Path:
    """The shop, whose two findings are in its baseline."""
    assert cli("baseline", "write", cwd=shop).code == 0
    return shop


def subjects(cli: CommandLine, root: Path, *arguments: str) -> dict[str, str | None]:
    """Return the state of every finding by its subject."""
    document = json.loads(cli("--output-format", "json", *arguments, cwd=root).out)
    return {one["subject"]: one["baseline_state"] for one in document["findings"]}


def summary(cli: CommandLine, root: Path, *arguments: str) -> dict[str, Any]:
    found = json.loads(cli("--output-format", "json", *arguments, cwd=root).out)["summary"]["baseline"]
    assert isinstance(found, dict)
    return found


def places(outcome: Outcome) -> list[str]:
    return re.findall(r"(?m)^(\S+:\d+):\d+: SSOT\d+\[", outcome.out)


def refused(outcome: Outcome) -> str:
    assert (outcome.code, outcome.out) == (2, "")
    return outcome.err


# What is written


def test_write(cli: CommandLine, shop: Path) -> None:
    result = cli("baseline", "write", cwd=shop)
    assert (result.code, result.err) == (0, "")
    assert result.out == f"wrote {shop / NAME}: 2 findings; {len(SHOP)} bytes\n"
    assert (shop / NAME).read_text(encoding="utf-8") == SHOP
    assert json.loads(SHOP)["version"] == 1


def test_write_says_what_is_different(cli: CommandLine, project: Project, covered: Path) -> None:
    project({"shop/more.py": OLD, "shop/checkout.py": ""})
    assert "1 new, 1 gone, 1 unchanged\n" in cli("baseline", "write", cwd=covered).out
    assert "0 new, 0 gone, 2 unchanged\n" in cli("baseline", "write", cwd=covered).out


def test_infos_are_written_and_what_is_suppressed_is_not(cli: CommandLine, project: Project, shop: Path) -> None:
    policy = (shop / "ssot.toml").read_text(encoding="utf-8").partition("\n")
    more = f'{policy[0]}\n[severity.tests]\nnoncanonical-import = "info"\n{policy[2]}'
    project({"ssot.toml": more, "shop/checkout.py": OLD.replace("\n", "  # ssot: ignore[SSOT201] known\n")})
    cli("baseline", "write", cwd=shop)
    assert (shop / NAME).read_text(encoding="utf-8").splitlines()[1:-1] == SHOP.splitlines()[2:-1]
    assert cli("--fail-on", "info", cwd=shop).code == 0


def test_what_is_suppressed_takes_no_number(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/checkout.py": OLD.replace("\n", "  # ssot: ignore[SSOT201] known\n") + OLD * 2})
    cli("baseline", "write", cwd=shop)
    entry = ("SSOT201", "same", "cart", "shop.checkout: shop.compat:Cart")
    assert files.read(shop / NAME).entries[entry] == 2
    assert '"shop.checkout: shop.compat:Cart #2"' in (shop / NAME).read_text(encoding="utf-8")
    assert cli(cwd=shop).code == 0


def test_a_file_of_choice(cli: CommandLine, shop: Path) -> None:
    assert cli("baseline", "write", "--baseline", "accepted.json", "--root", str(shop), cwd=shop.parent).code == 0
    assert (shop.parent / "accepted.json").read_text(encoding="utf-8") == SHOP
    assert not (shop / NAME).exists()
    assert cli("--baseline", "../accepted.json", cwd=shop).code == 0
    assert cli(cwd=shop).code == 1
    for command in (["baseline", "check"], ["baseline", "prune"], ["baseline", "diff"], []):
        assert "there is no baseline" in refused(cli(*command, "--baseline", "none.json", cwd=shop))
    assert "exclude each other" in refused(cli("--no-baseline", "--baseline", "../accepted.json", cwd=shop))


def test_commands_need_a_baseline(cli: CommandLine, shop: Path) -> None:
    for command in ("check", "prune", "diff"):
        assert f'{NAME}; "ssot-lint baseline write" makes one' in refused(cli("baseline", command, cwd=shop))


@posix
def test_a_write_keeps_the_mode_and_follows_no_link(cli: CommandLine, covered: Path) -> None:
    (covered / NAME).chmod(0o640)
    cli("baseline", "write", cwd=covered)
    assert (covered / NAME).stat().st_mode & 0o777 == 0o640
    (covered / NAME).rename(covered / "other.json")
    (covered / NAME).symlink_to("other.json")
    assert "cannot be read" in refused(cli("baseline", "write", cwd=covered))
    with pytest.raises(files.BaselineError, match="not a regular file"):
        files.write(files.Baseline(covered / NAME))
    assert (covered / NAME).is_symlink()


def test_a_write_that_fails_changes_nothing(
    cli: CommandLine, project: Project, covered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project({"shop/more.py": OLD})

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "cannot be written: no space left on device" in refused(cli("baseline", "write", cwd=covered))
    assert (covered / NAME).read_text(encoding="utf-8") == SHOP
    assert [one.name for one in covered.iterdir() if one.name.startswith(NAME)] == [NAME]


# What a check makes of it


def test_what_is_covered_is_counted_and_not_printed(cli: CommandLine, covered: Path) -> None:
    for output_format in ("text", "concise"):
        result = cli("--output-format", output_format, cwd=covered)
        assert result.code == 0
        assert result.out.splitlines() == [
            "no new findings in 6 files",
            f"in the baseline {NAME}: 2 findings",
            "--fix would fix 2 findings, 2 of them in the baseline",
        ]
    assert set(subjects(cli, covered).values()) == {"unchanged"}
    assert summary(cli, covered) == {"new": 0, "unchanged": 2, "gone": 0}


def test_without_the_baseline(cli: CommandLine, covered: Path) -> None:
    result = cli("--no-baseline", "--output-format", "concise", cwd=covered)
    assert (result.code, len(places(result)), "baseline" in result.out) == (1, 2, False)
    assert set(subjects(cli, covered, "--no-baseline").values()) == {None}


def test_an_equal_departure_elsewhere_is_new(cli: CommandLine, project: Project, covered: Path) -> None:
    project({"tests/test_more.py": f"def test():\n    {OLD}"})
    result = cli("--output-format", "concise", cwd=covered)
    assert (result.code, places(result)) == (1, ["tests/test_more.py:2"])
    assert "1 finding (1 error) in 7 files\n" in result.out
    assert subjects(cli, covered)["tests.test_more:test shop.compat:Cart"] == "new"
    project({"shop/checkout.py": f"{OLD}\n\ndef pay():\n    {OLD}"})
    assert places(cli("--output-format", "concise", "shop/checkout.py", cwd=covered)) == ["shop/checkout.py:5"]


@pytest.mark.parametrize("source", [OLD * 2, f"if 1:\n    {OLD}{OLD}", f"{OLD}x = 1\n{OLD}"])
def test_an_equal_one_more_in_a_scope_is_new(cli: CommandLine, project: Project, covered: Path, source: str) -> None:
    project({"shop/checkout.py": source})
    result = cli("--output-format", "concise", "shop", cwd=covered)
    assert (result.code, len(places(result))) == (1, 1)
    assert "its equal; the baseline has fewer of them" in result.out
    assert summary(cli, covered)["new"] == 1


def test_one_fixed_and_one_new_is_seen_as_both(cli: CommandLine, project: Project, covered: Path) -> None:
    project({"shop/checkout.py": "", "shop/orders.py": OLD})
    result = cli("--output-format", "concise", cwd=covered)
    assert (result.code, places(result)) == (1, ["shop/orders.py:1"])
    assert f"1 entry of {NAME} is gone: ssot-lint baseline prune\n" in result.out
    assert summary(cli, covered) == {"new": 1, "unchanged": 1, "gone": 1}


def test_only_new_findings_reach_fail_on(cli: CommandLine, project: Project, covered: Path) -> None:
    project({"shop/lost.py": "from shop.cart import Basket\n"})
    assert cli(cwd=covered).code == 1
    assert cli("--select", "SSOT201", cwd=covered).code == 0


def test_a_rule_that_was_not_asked_for_says_nothing_of_what_is_gone(cli: CommandLine, covered: Path) -> None:
    for arguments in (["--select", "SSOT205"], ["--ignore", "noncanonical-import"], ["--zone", "tests"], ["tests"]):
        assert summary(cli, covered, *arguments)["gone"] == 0
    policy = (covered / "ssot.toml").read_text(encoding="utf-8").replace('"noncanonical-import", ', "")
    (covered / "ssot.toml").write_text(policy, encoding="utf-8")
    assert summary(cli, covered)["gone"] == 2


def test_what_is_covered_is_fixed(cli: CommandLine, covered: Path) -> None:
    result = cli("--fix", cwd=covered)
    assert result.code == 0
    assert "fixed 2 findings in 2 files" in result.out
    assert f"2 entries of {NAME} are gone: ssot-lint baseline prune" in result.out
    assert (covered / NAME).read_text(encoding="utf-8") == SHOP
    assert cli("baseline", "check", cwd=covered).code == 1


def test_what_could_not_be_analysed_is_covered_too(cli: CommandLine, project: Project, covered: Path) -> None:
    project({"bad.py": "def f(:\n", "empty.py": b"\xff"})
    assert cli(cwd=covered).code == 2
    assert "2 findings and 2 files that could not be analysed" in cli("baseline", "write", cwd=covered).out
    result = cli(cwd=covered)
    assert result.code == 0
    assert f"in the baseline {NAME}: 2 findings and 2 files that could not be analysed" in result.out
    assert "bad.py" not in result.out
    notices = json.loads(cli("--output-format", "json", cwd=covered).out)["notices"]
    assert [(one["path"], one["blocking"]) for one in notices] == [("bad.py", False), ("empty.py", False)]
    project({"worse.py": "def f(:\n"})
    result = cli(cwd=covered)
    assert result.code == 2
    assert "worse.py: syntax-error" in result.out
    assert "the verdict is incomplete: 1 file could not be analysed" in result.out
    project({"bad.py": b"\xff", "worse.py": ""})
    assert cli(cwd=covered).code == 2  # another kind


# What is gone


def test_check_and_prune(cli: CommandLine, project: Project, covered: Path) -> None:
    assert cli("baseline", "check", cwd=covered) == (0, f"{NAME} has no entry that is gone; 2 are there\n", "")
    assert "nothing to prune" in cli("baseline", "prune", cwd=covered).out
    project({"shop/checkout.py": "", "shop/orders.py": OLD})
    result = cli("baseline", "check", cwd=covered)
    assert result.code == 1
    assert f"1 entry of {NAME} is gone" in result.out
    result = cli("baseline", "prune", cwd=covered)
    assert result.out.startswith("1 dropped, 1 left in ")
    assert (covered / NAME).read_text(encoding="utf-8") == SHOP.replace(SHOP.splitlines(keepends=True)[1], "")
    assert cli("baseline", "check", cwd=covered).code == 0  # the new one does not matter
    assert places(cli("--output-format", "concise", cwd=covered)) == ["shop/orders.py:1"]


def test_diff(cli: CommandLine, project: Project, covered: Path) -> None:
    project({"shop/checkout.py": "", "shop/orders.py": OLD})
    result = cli("baseline", "diff", cwd=covered)
    assert result.code == 0
    assert result.out.splitlines() == [
        f"    new    gone  unchanged  {NAME}",
        "      1       1          1  SSOT201[noncanonical-import]",
        f"new   shop/orders.py:1:25: {MESSAGE}",
        "gone  SSOT201 same cart shop.checkout: shop.compat:Cart",
    ]


def test_nobody_knows_what_is_gone_if_not_all_was_read(cli: CommandLine, project: Project, covered: Path) -> None:
    project({"shop/checkout.py": "def f(:\n"})
    for command in ("check", "prune"):
        result = cli("baseline", command, cwd=covered)
        assert (result.code, result.out) == (2, "")
        assert "shop/checkout.py: syntax-error" in result.err
        assert "nobody knows which entries are gone" in result.err
    assert (covered / NAME).read_text(encoding="utf-8") == SHOP
    assert cli("baseline", "diff", cwd=covered).code == 2
    assert "gone" not in cli(cwd=covered).out
    assert summary(cli, covered)["gone"] is None


def test_check_writes_nothing(cli: CommandLine, project: Project, covered: Path) -> None:
    project({"shop/checkout.py": "", "shop/orders.py": OLD})
    before = {path: path.stat() for path in covered.rglob("*") if FOLDER not in path.parts}
    for arguments in ([], ["--output-format", "json"], ["--diff"]):
        cli(*arguments, cwd=covered)
    for command in ("check", "diff"):
        cli("baseline", command, cwd=covered)
    assert {path: path.stat() for path in covered.rglob("*") if FOLDER not in path.parts} == before


# A baseline that cannot be read

DAMAGED: Mapping[str, tuple[str | bytes, str]] = {
    "empty": ("", f"{NAME}:1: it is empty"),
    "cut off": (SHOP[:100], f"{NAME}:3: "),
    "cut off between lines": ("\n".join(SHOP.splitlines()[:2]), f"{NAME}:2: it is cut off: expected null]}}"),
    "newer": (SHOP.replace("1", "2", 1), f"{NAME}:1: it has version 2, and this ssot-lint reads version 1"),
    "newer below": (SHOP + SHOP.replace("1", "2", 1), f"{NAME}:5: it has version 2"),
    "no version": (SHOP.replace("version", "vision"), f'{NAME}:1: expected {{"version": 1, "entries": [...'),
    "something else": ('{"a": 1}', f'{NAME}:1: expected {{"version": 1, "entries": [...'),
    "no JSON": ("hello\n", f"{NAME}:1: expected"),
    "not UTF-8": (b"\xff" + SHOP.encode(), "is not UTF-8 at byte 0"),
    "UTF-16": (SHOP.encode("utf-16"), "is not UTF-8"),
    "a conflict": (
        SHOP.replace("null", "<<<<<<< ours\nnull"),
        f"{NAME}:4: a merge left its conflict here; keep the entries of both sides and delete the markers",
    ),
    "a conflict above": ("<<<<<<< ours\n" + SHOP, f"{NAME}:1: a merge left its conflict here"),
    "three texts": (SHOP.replace('"cart", ', ""), f"{NAME}:2: "),
    "a number": (SHOP.replace('"cart"', "1"), "is no entry; expected [code, kind, concept, subject]"),
    "an object": (SHOP.replace("null", '{"code": "SSOT201"}\nnull'), f"{NAME}:4: expected"),
    "deep": (SHOP.replace("null", "[" * 100_000 + "\nnull"), "is no entry"),
    "another layout": (json.dumps({"version": 1, "entries": [["SSOT201"]]}, indent=1), f"{NAME}:entries[0]: "),
    "hostile": (SHOP.replace("null", '"\x1b[2J::error::"\nnull'), "is no entry"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_is_2_everywhere(cli: CommandLine, project: Project, shop: Path, case: str) -> None:
    content, expected = DAMAGED[case]
    project({NAME: content})
    for command in ([], ["--fix"], ["baseline", "write"], ["baseline", "check"], ["baseline", "prune"]):
        said = refused(cli(*command, cwd=shop))
        assert expected in said
        assert NAME in said
        assert "\x1b" not in said
    assert cli("--no-baseline", cwd=shop).code == 1
    assert cli("why", "shop/checkout.py:3", cwd=shop).code == 0


@posix
def test_what_is_no_file_is_2(cli: CommandLine, shop: Path, tmp_path: Path) -> None:
    (shop / NAME).mkdir()
    assert "cannot be read" in refused(cli(cwd=shop))
    (shop / NAME).rmdir()
    os.mkfifo(shop / NAME)
    assert "not a regular file" in refused(cli(cwd=shop))
    (shop / NAME).unlink()
    (tmp_path / "elsewhere.json").write_text(SHOP, encoding="utf-8")
    (shop / NAME).symlink_to(tmp_path / "elsewhere.json")
    assert "cannot be read" in refused(cli(cwd=shop))


@posix
def test_hostile_names(cli: CommandLine, project: Project, shop: Path) -> None:
    name = os.fsdecode(b"x\xff\x1b[2J\n::error::.py")
    project({f"shop/{name}": OLD, f"bad{name}": "def f(:\n"})
    cli("baseline", "write", cwd=shop)
    assert cli(cwd=shop).code == 0
    (shop / "shop" / name).unlink()
    (shop / f"bad{name}").unlink()
    result = cli("baseline", "diff", cwd=shop)
    assert result.out.count("\ngone  ") == 2
    assert "\x1b" not in result.out
    assert "\n::error" not in result.out


# The format

TEXTS = st.text(max_size=8)
ENTRIES = st.tuples(TEXTS, TEXTS, TEXTS, st.sampled_from(["a:f x", "a: x", "é\ud800\u2028", "b #", ""])) | st.tuples(
    TEXTS, TEXTS
)
BASELINES = st.dictionaries(ENTRIES, st.just(1) | st.integers(1, 12), max_size=8)


@given(BASELINES)
def test_what_is_written_is_read_again(entries: dict[Entry, int]) -> None:
    wanted = Counter({entry: number if len(entry) == 4 else 1 for entry, number in entries.items()})
    text = as_text(wanted)
    assert from_text(text) == wanted
    assert text == as_text(from_text(text))
    assert json.loads(text)["version"] == 1
    assert from_text(json.dumps(json.loads(text), indent=2)) == wanted
    assert from_text(text.replace("\n", "\r\n")) == wanted


SAMPLE: Counter[Entry] = Counter({("SSOT201", "same", "cart", f"shop.m{n}:f a:b"): 1 + n % 3 for n in range(6)})


@given(st.data())
def test_what_merges_make_of_lines_is_read(data: st.DataObject) -> None:
    """Repeated and moved lines, further headers and ends, missing and doubled commas, empty lines."""
    header, *lines, end = as_text(SAMPLE).splitlines()
    more = data.draw(st.lists(st.sampled_from([header, end, "", *lines])))
    middle = data.draw(st.permutations([*lines, *more]))
    commas = data.draw(st.lists(st.sampled_from(["", ",", ",,", " , "]), min_size=len(middle), max_size=len(middle)))
    changed = [f"{line.rstrip(',')}{comma}" for line, comma in zip(middle, commas, strict=True)]
    assert from_text("\n".join([header, *changed, end])) == SAMPLE


@given(BASELINES, BASELINES, BASELINES)
@settings(max_examples=40, deadline=None)
def test_git_merges_it_by_union(base: dict[Entry, int], ours: dict[Entry, int], theirs: dict[Entry, int]) -> None:
    """Nothing that either side has is lost, and nothing else appears."""
    sides = [Counter(dict.fromkeys(side, 1)) for side in (ours, base, theirs)]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for path, side in zip(paths, sides, strict=True):
            path.write_text(as_text(side), encoding="utf-8")
        merged = subprocess.run(
            ["git", "merge-file", "-p", "--union", *map(str, paths)],  # noqa: S607 - the git of the developer
            check=True,
            capture_output=True,
        ).stdout.decode()
    found = from_text(merged).keys()
    assert sides[0].keys() & sides[2].keys() <= found <= sides[0].keys() | sides[2].keys()
    assert (sides[0].keys() | sides[2].keys()) - sides[1].keys() <= found


def test_two_new_baselines_merge(shop: Path) -> None:
    """Both branches wrote the first one: whole files follow each other."""
    assert from_text(SHOP + SHOP.replace("shop.checkout", "shop.pay")).total() == 3
    with pytest.raises(DamageError, match="cut off"):
        from_text(SHOP + SHOP.splitlines()[1])
    assert shop.exists()


# Identities: what does not make a finding new

PIECES = (
    "from shop.compat import Cart\n",
    "from shop.compat import Cart as Local\nLocal()\n",
    "import shop.compat as module\nvalue = module.Cart()\n",
    "def pay(item, other=1):\n    from shop.compat import Cart as Local\n    value = Local()\n    return value, item\n",
    "class Desk:\n  def sell(self, item):\n    value = item\n    from shop.compat import Cart\n    return value\n",
    "try:\n    from shop.cart import Basket\nexcept ImportError:\n    value = None\n",
    "def lost():\n    from shop.gone import Cart as Local\n    return Local\n",
    "def double(item):\n    return item\n\ndef double(other):\n    return other\n",
    "from unittest.mock import patch\ndef test_it():\n  with patch('shop.compat.Cart') as value:\n    assert value\n",
)
LOCALS = ("item", "other", "value", "Local", "module")
POLICY = 'extend = ["pack:recommended"]\n[[concept]]\nname = "cart"\nhome = "shop.cart:Cart"\n'


class _Renamed(ast.NodeTransformer):
    """Gives local names other ones."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self._names.get(node.arg, node.arg))

    def visit_alias(self, node: ast.alias) -> ast.alias:
        return ast.alias(node.name, self._names.get(node.asname, node.asname) if node.asname else None)


@st.composite
def changed_sources(draw: st.DrawFn) -> tuple[str, str]:
    """Return a module, and the same one with lines inserted, laid out anew and with other local names."""
    source = "\n".join(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6)))
    names = dict(zip(LOCALS, draw(st.permutations(["first", "Second", "third_one", "x", "Y2"])), strict=True))
    changed = ast.unparse(_Renamed(names if draw(st.booleans()) else {}).visit(ast.parse(source)))
    if draw(st.booleans()):
        changed = re.sub(r"(?m)^( *)(from \S+ import) (.*)$", r"\1\2 (  # wrapped\n\1    \3,\n\1)", changed)
    inserted = st.sampled_from(["", "", "\n" * 50, "# a remark\n", "'''text\nof two lines'''\n", "unrelated = 1\n"])
    tops = re.split(r"(?m)^(?=(?:from|import|class|def|try)\b)", changed)
    return source, "".join(draw(inserted) + top for top in tops)


@given(changed_sources())
@settings(max_examples=60, deadline=None)
def test_moved_lines_layout_and_local_names_change_nothing(sources: tuple[str, str]) -> None:
    before, after = sources
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "shop").mkdir()
        contents = {
            "__init__": "",
            "cart": "class Cart: ...\n",
            "compat": "from shop.cart import Cart\n",
            "use": before,
        }
        for name, content in contents.items():
            (root / "shop" / f"{name}.py").write_text(content, encoding="utf-8")
        (root / "ssot.toml").write_text(POLICY, encoding="utf-8")
        options = engine.Options(start=root, root=root, jobs=1)
        first = engine.check_against(options, files.Baseline(root / NAME))
        assert not first.blocked
        files.write(files.Baseline(root / NAME, first.there))
        (root / "shop" / "use.py").write_text(after, encoding="utf-8")
        report = engine.check(engine.with_baseline(options))
    assert first.there.total() == len(report.unsuppressed)
    assert report.active == []
    assert dataclasses.asdict(report)["baseline"]["gone"] == 0


# Files that git renames


def git(root: Path, *arguments: str) -> str:
    settings_ = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    command = ["git", *settings_, "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def committed(cli: CommandLine, project: Project, shop: Path) -> Path:
    """The shop in a git repository, with a baseline of three findings and a file that cannot be read."""
    body = "".join(f"\n\ndef step_{n}(order):\n    return order.{n * 'x'}x\n" for n in range(9))
    project({"shop/checkout.py": OLD + body, "shop/compat.py": OLD.replace("compat", "cart") + body})
    project({"tests/bad.py": "def f(:\n" + body})
    (shop / ".git").rmdir()
    git(shop, "init", "-q")
    cli("baseline", "write", cwd=shop)
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "one")
    return shop


def test_renamed_files_keep_their_entries(cli: CommandLine, committed: Path) -> None:
    (committed / "desk").mkdir()
    git(committed, "mv", "shop/checkout.py", "desk/till.py")
    git(committed, "mv", "tests/bad.py", "tests/worse.py")
    for _ in ("in the index", "in a commit"):
        assert cli(cwd=committed).code == 0
        assert subjects(cli, committed)["desk.till: shop.compat:Cart"] == "unchanged"
        assert summary(cli, committed)["gone"] == 0
        assert cli("baseline", "check", cwd=committed).code == 0
        git(committed, "commit", "-qam", "two", "--allow-empty")
    result = cli("baseline", "prune", cwd=committed)
    assert result.out.startswith("0 dropped, 2 renamed, 3 left in ")
    entries = files.read(committed / NAME).entries
    assert ("SSOT201", "same", "cart", "desk.till: shop.compat:Cart") in entries
    assert ("syntax-error", "tests/worse.py") in entries
    git(committed, "commit", "-qam", "three")
    assert cli(cwd=committed).code == 0


def test_a_renamed_shim_keeps_the_entries_of_its_importers(cli: CommandLine, committed: Path) -> None:
    git(committed, "mv", "shop/compat.py", "shop/legacy.py")
    git(committed, "mv", "tests/test_cart.py", "tests/test_it.py")
    for name in ("shop/checkout.py", "tests/test_it.py"):
        source = (committed / name).read_text(encoding="utf-8")
        (committed / name).write_text(source.replace("shop.compat", "shop.legacy"), encoding="utf-8")
    assert cli(cwd=committed).code == 0
    assert set(subjects(cli, committed).values()) == {"unchanged"}


def test_a_renamed_file_brings_no_more_than_its_entries(cli: CommandLine, committed: Path) -> None:
    git(committed, "mv", "shop/checkout.py", "shop/till.py")
    with (committed / "shop/till.py").open("a", encoding="utf-8") as file:
        file.write(OLD)
    result = cli("--output-format", "concise", cwd=committed)
    assert (result.code, len(places(result))) == (1, 1)
    assert summary(cli, committed) == {"new": 1, "unchanged": 2, "gone": 0}


def test_the_root_need_not_be_that_of_the_repository(
    cli: CommandLine, committed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (committed / "part").mkdir()
    for name in ("shop", "tests", "ssot.toml", NAME):
        git(committed, "mv", name, f"part/{name}")
    git(committed, "commit", "-qm", "two")
    root = committed / "part"
    assert cli(cwd=root).code == 0
    cli("baseline", "write", cwd=root)
    git(root, "mv", "shop/checkout.py", "shop/till.py")
    assert cli(cwd=root).code == 0
    monkeypatch.setenv("GIT_DIR", str(committed / ".git"))  # as in a hook
    assert cli(cwd=root).code == 0


def test_a_copy_is_new(cli: CommandLine, committed: Path) -> None:
    (committed / "shop/again.py").write_bytes((committed / "shop/checkout.py").read_bytes())
    git(committed, "add", "-A")
    assert places(cli("--output-format", "concise", cwd=committed)) == ["shop/again.py:1"]


def test_a_history_that_is_cut_off_is_told(cli: CommandLine, committed: Path, tmp_path: Path) -> None:
    git(committed, "mv", "shop/checkout.py", "shop/till.py")
    git(committed, "commit", "-qm", "two")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", committed.as_uri(), str(shallow))
    result = cli(cwd=shallow)
    assert result.code == 1
    assert "findings in renamed files are told as new: git's history is cut off here" in result.out
    assert "cut off" in cli("baseline", "diff", cwd=shallow).out


@pytest.mark.parametrize("missing", ["repository", "program", "commit"])
def test_without_git_nothing_was_renamed(
    cli: CommandLine, project: Project, covered: Path, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing != "repository":
        (covered / ".git").rmdir()
        git(covered, "init", "-q")
    if missing == "program":
        monkeypatch.setenv("PATH", str(covered))
        project({"git": "#!/bin/sh\ntouch executed\n"})
        (covered / "git").chmod(0o755)
    (covered / "shop/checkout.py").rename(covered / "shop/till.py")
    result = cli("--output-format", "concise", cwd=covered)
    assert (result.code, places(result)) == (1, ["shop/till.py:3"])
    assert "git" not in result.out
    assert not (covered / "executed").exists()


@posix
def test_git_runs_nothing_of_the_repository_and_leaves_it_alone(cli: CommandLine, committed: Path) -> None:
    git(committed, "mv", "shop/checkout.py", "shop/till.py")
    (committed / "shop/compat.py").touch()
    trap = f"touch {committed}/executed; cat"
    for key in ("core.fsmonitor", "filter.t.clean", "filter.t.smudge", "diff.t.command", "diff.t.textconv"):
        git(committed, "config", key, trap)
    for key in ("diff.external", "core.pager", "pager.diff-index", "gpg.program", "core.sshCommand", "core.editor"):
        git(committed, "config", key, trap)
    git(committed, "config", "log.showSignature", "true")
    (committed / ".git/info/attributes").write_text("*.py filter=t diff=t\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in (committed / ".git").rglob("*") if path.is_file()}
    assert cli(cwd=committed).code == 0
    assert cli("baseline", "check", cwd=committed).code == 0
    assert {path: path.read_bytes() for path in (committed / ".git").rglob("*") if path.is_file()} == before
    assert not (committed / "executed").exists()
