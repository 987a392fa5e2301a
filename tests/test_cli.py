"""The command line: what a person types, and what they see and get as exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ssot_lint import __version__, engine

if TYPE_CHECKING:
    from tests.conftest import CommandLine, Outcome, Project

CHECKOUT = Path(__file__).parents[1]
COMMANDS = (
    "baseline",
    "check",
    "clean",
    "concepts",
    "config",
    "init",
    "resolve",
    "rule",
    "self-test",
    "undo",
    "version",
    "why",
)
CHECKOUT_LINE = "shop/checkout.py:3:25: SSOT201[noncanonical-import] Cart comes from shop.compat; its home is shop.cart"
TEST_LINE = "tests/test_cart.py:1:25: SSOT201[noncanonical-import] Cart comes from shop.compat; its home is shop.cart"
CLEAN = {
    "ssot.toml": '[[concept]]\nname = "cart"\nhome = "cart:Cart"\n',
    "cart.py": "class Cart:\n    pass\n",
    "use.py": "from cart import Cart\n",
}


def concise(cli: CommandLine, root: Path, *arguments: str, cwd: Path | None = None) -> tuple[int, list[str]]:
    """Run with `concise`; return the exit code and the places of the findings."""
    result = cli("--output-format", "concise", *arguments, cwd=cwd or root)
    assert not result.err, result.err
    return result.code, re.findall(r"(?m)^(\S+:\d+:\d+): SSOT\d+\[", result.out)


def read_json(cli: CommandLine, root: Path, *arguments: str) -> dict[str, Any]:
    result = cli("--output-format", "json", *arguments, cwd=root)
    document = json.loads(result.out)
    assert isinstance(document, dict)
    return document


def refused(result: Outcome) -> str:
    """Return the message of a usage error: 2, and nothing on stdout."""
    assert result.code == 2
    assert not result.out
    assert result.err
    return result.err


# The default command


def test_no_command_checks(cli: CommandLine, shop: Path) -> None:
    bare = cli(cwd=shop)
    assert bare.code == 1
    assert "shop/checkout.py:3:25: SSOT201[noncanonical-import] same" in bare.out
    assert bare == cli("check", cwd=shop)


def test_an_option_or_a_path_without_a_command_is_for_check(cli: CommandLine, shop: Path) -> None:
    option = cli("--output-format", "concise", cwd=shop)
    assert option == cli("check", "--output-format", "concise", cwd=shop)
    assert cli("shop", cwd=shop) == cli("check", "shop", cwd=shop)


def test_text_is_grouped_by_concept_and_shows_line_chain_and_places(cli: CommandLine, shop: Path) -> None:
    assert cli("shop/checkout.py", cwd=shop).out.splitlines() == [
        "cart  1 finding, score 50 (2 of 4 imports are canonical)",
        "",
        "shop/checkout.py:3:25: SSOT201[noncanonical-import] same",
        "Cart comes from shop.compat; its home is shop.cart (the same object: shop.compat -> shop.cart:Cart)",
        "  3 | from shop.compat import Cart",
        "    |                         ^^^^",
        "  shop/compat.py:1: Cart import",
        "  shop/cart.py:1:1: what it gives",
        "  fix: from shop.cart import Cart",
        "",
        "1 finding (1 error) in 6 files",
        "--fix would fix 1 finding",
    ]


def test_a_project_without_a_policy_is_told_how_to_get_one(cli: CommandLine, project: Project) -> None:
    root = project({"a.py": "import b\n", "b.py": ""})
    result = cli(cwd=root)
    assert result.code == 0
    assert result.out.splitlines() == ["no findings in 2 files", "no concepts declared: run ssot-lint init"]


def test_a_policy_with_concepts_gets_no_such_hint(cli: CommandLine, shop: Path) -> None:
    assert "no concepts declared" not in cli(cwd=shop).out


# PATHS


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["shop/checkout.py"], ["shop/checkout.py:3:25"]),
        (["./shop/../shop/checkout.py"], ["shop/checkout.py:3:25"]),
        (["shop/use"], ["shop/use/a.py:1:25"]),
        (["shop/use/"], ["shop/use/a.py:1:25"]),
        (["tests"], ["tests/test_cart.py:1:25"]),
        (["shop/orders.py"], []),
        (["shop/orders.py", "tests"], ["tests/test_cart.py:1:25"]),
        (["shop/checkout.py", "tests/test_cart.py"], ["shop/checkout.py:3:25", "tests/test_cart.py:1:25"]),
        (["."], ["shop/checkout.py:3:25", "shop/use/a.py:1:25", "tests/test_cart.py:1:25"]),
        ([".."], ["shop/checkout.py:3:25", "shop/use/a.py:1:25", "tests/test_cart.py:1:25"]),
    ],
)
def test_paths_filter_what_is_reported(
    cli: CommandLine, project: Project, shop: Path, paths: list[str], expected: list[str]
) -> None:
    project({"shop/use/a.py": "from shop.compat import Cart\n"})
    assert concise(cli, shop, *paths) == (1 if expected else 0, expected)


def test_a_finding_is_shown_where_its_related_place_stands(cli: CommandLine, shop: Path) -> None:
    _, places = concise(cli, shop, "shop/cart.py")  # what the shim gives
    assert places == ["shop/checkout.py:3:25", "tests/test_cart.py:1:25"]


def test_a_path_is_no_prefix_of_text(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/checkout.py.d/a.py": "from shop.compat import Cart\n", "sh/a.py": ""})
    assert concise(cli, shop, "shop/checkout.py") == (1, ["shop/checkout.py:3:25"])
    assert concise(cli, shop, "sh") == (0, [])


def test_paths_are_relative_to_the_working_folder(cli: CommandLine, shop: Path) -> None:
    assert concise(cli, shop, "checkout.py", cwd=shop / "shop") == (1, ["shop/checkout.py:3:25"])
    assert concise(cli, shop, str(shop / "tests"), cwd=shop / "shop") == (1, ["tests/test_cart.py:1:25"])
    assert "does not exist" in refused(cli("shop/checkout.py", cwd=shop / "shop"))


def test_paths_and_root_may_be_named_through_a_link(cli: CommandLine, shop: Path) -> None:
    link = shop.parent / "link"
    link.symlink_to(shop)
    assert concise(cli, shop, "--root", str(link), "shop/checkout.py") == (1, ["shop/checkout.py:3:25"])
    assert concise(cli, shop, str(link / "tests")) == (1, ["tests/test_cart.py:1:25"])


@pytest.mark.parametrize("path", ["nothing.py", "shop/nothing", "x" * 300, "shop/cart.py/x"])
def test_a_missing_path_is_an_error(cli: CommandLine, shop: Path, path: str) -> None:
    message = refused(cli("shop", path, cwd=shop))
    assert f"{path} does not exist" in message


def test_a_path_outside_the_root_is_an_error(cli: CommandLine, shop: Path) -> None:
    (shop.parent / "other.py").touch()
    message = refused(cli("../other.py", cwd=shop))
    assert "lies outside the project" in message
    assert str(shop) in message


@pytest.mark.parametrize("more", [[], ["--force-exclude"]])
def test_an_excluded_path_has_no_findings(cli: CommandLine, shop: Path, more: list[str]) -> None:
    result = cli("shop/checkout.py", "--extend-exclude", "checkout.py", *more, cwd=shop)
    assert result.code == 0
    assert result.out.startswith("nothing to check: ")


# Selection


@pytest.fixture
def two_rules(project: Project, shop: Path) -> Path:
    project({"shop/lost.py": "from shop.cart import Basket\n"})
    return shop


BOTH = ["SSOT201", "SSOT201", "SSOT205"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], BOTH),
        (["--select", "SSOT"], BOTH),
        (["--select", "SSOT2"], BOTH),
        (["--select", "SSOT205"], ["SSOT205"]),
        (["--select", "unresolved-import"], ["SSOT205"]),
        (["--select", "SSOT205,noncanonical-import"], BOTH),
        (["--select", " SSOT205 , SSOT201"], BOTH),
        (["--select", "SSOT205", "--select", "SSOT201"], BOTH),
        (["--select", "SSOT904"], []),
        (["--ignore", "SSOT201"], ["SSOT205"]),
        (["--ignore", "noncanonical-import,unresolved-import"], []),
        (["--select", "SSOT201,SSOT205", "--ignore", "SSOT2"], BOTH),  # the closer selector decides
        (["--select", "SSOT2", "--ignore", "SSOT205"], ["SSOT201", "SSOT201"]),
        (["--select", "SSOT201", "--ignore", "SSOT201"], []),
        (["--select", "SSOT904", "--extend-select", "SSOT205"], ["SSOT205"]),
        (["--config", "select=['SSOT904']", "--extend-select", "SSOT205"], ["SSOT205"]),
    ],
)
def test_selection(cli: CommandLine, two_rules: Path, arguments: list[str], expected: list[str]) -> None:
    found = read_json(cli, two_rules, *arguments)["findings"]
    codes = [finding["code"] for finding in found if finding["code"] in ("SSOT201", "SSOT205", "SSOT904")]
    assert sorted(codes) == expected


@pytest.mark.parametrize("option", ["--select", "--ignore", "--extend-select"])
@pytest.mark.parametrize("value", ["SSOT999", "noncanonical", "F401", "SSOT201,nix"])
def test_an_unknown_rule_is_an_error_with_a_hint(cli: CommandLine, shop: Path, option: str, value: str) -> None:
    message = refused(cli(option, value, cwd=shop))
    assert f'no rule is called "{value.rpartition(",")[2]}"' in message
    assert "ssot-lint rule --all" in message


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("production", ["shop/checkout.py:3:25"]),
        ("tests", ["tests/test_cart.py:1:25"]),
        ("all", ["shop/checkout.py:3:25", "tests/test_cart.py:1:25"]),
    ],
)
def test_zone(cli: CommandLine, shop: Path, zone: str, expected: list[str]) -> None:
    assert concise(cli, shop, "--zone", zone) == (1, expected)
    assert "Invalid value for '--zone'" in refused(cli("--zone", "moon", cwd=shop))


# What fails, and how


@pytest.mark.parametrize(
    ("severity", "arguments", "code"),
    [
        ("error", [], 1),
        ("warning", [], 1),
        ("info", [], 0),
        ("info", ["--fail-on", "info"], 1),
        ("warning", ["--fail-on", "error"], 0),
        ("error", ["--fail-on", "error"], 1),
        ("error", ["--exit-zero"], 0),
        ("warning", ["--config", "fail-on=error"], 0),
        ("warning", ["--config", "fail-on=error", "--fail-on", "warning"], 1),
        ("info", ["--config", "profile=strict"], 1),
        ("warning", ["--config", "profile=permissive"], 0),
        ("warning", ["--config", "profile=permissive", "--config", "fail-on=warning"], 1),
    ],
)
def test_what_fails(cli: CommandLine, shop: Path, severity: str, arguments: list[str], code: int) -> None:
    result = cli("--config", f"severity.SSOT201={severity}", "--output-format=concise", *arguments, cwd=shop)
    assert result.code == code
    assert CHECKOUT_LINE in result.out  # it is reported, whatever it means


def test_exit_codes(cli: CommandLine, project: Project) -> None:
    root = project(CLEAN)
    assert cli(cwd=root).code == 0
    project({"shim.py": "from cart import Cart\n", "bad.py": "from shim import Cart\n"})
    assert cli(cwd=root).code == 1
    project({"broken.py": "def f(:\n"})
    result = cli(cwd=root)
    assert result.code == 2
    assert "bad.py:1:18: SSOT201" in result.out
    assert "broken.py: syntax-error: line 1" in result.out
    assert "the verdict is incomplete: 1 file could not be analysed" in result.out
    assert cli("--exit-zero", cwd=root).code == 2
    assert cli("--no-such-option", cwd=root).code == 2
    project({"ssot.toml": "select = 3\n"})
    assert cli(cwd=root).code == 2
    assert cli("--exit-zero", cwd=root).code == 2


def test_a_suppressed_finding_does_not_fail(cli: CommandLine, project: Project, shop: Path) -> None:
    line = "from shop.compat import Cart  # ssot: ignore[{}] for now\n"
    project({"shop/checkout.py": line.format("SSOT201"), "tests/test_cart.py": line.format("noncanonical-import")})
    result = cli(cwd=shop)
    assert result.code == 0
    assert result.out.splitlines() == ["no findings in 6 files", "2 findings suppressed or excepted"]
    assert [one["suppressed"] for one in read_json(cli, shop)["findings"]] == [True, True]


def test_ctrl_c_is_2(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_options: engine.Options) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "check", interrupt)
    assert "interrupted" in refused(cli(cwd=shop))


def test_an_internal_error_is_one_short_line(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_options: engine.Options) -> None:
        raise RuntimeError("boom\n\x1b[31m" + "x" * 1000)

    monkeypatch.setattr(engine, "check", fail)
    message = refused(cli(cwd=shop))
    assert message.startswith(r"internal error, please report it: RuntimeError: boom\n\x1b[31mxxx")
    assert message.count("\n") == 1
    assert len(message) < 300


# Which project, which policy


def test_the_policy_is_found_upward_and_its_folder_is_the_root(cli: CommandLine, shop: Path) -> None:
    assert cli("--output-format", "concise", cwd=shop / "shop") == cli("--output-format", "concise", cwd=shop)


def test_root(cli: CommandLine, shop: Path) -> None:
    both = ["shop/checkout.py:3:25", "tests/test_cart.py:1:25"]
    assert concise(cli, shop, "--root", str(shop), cwd=shop.parent) == (1, both)
    assert concise(cli, shop, "--root", "project", cwd=shop.parent) == (1, both)
    message = refused(cli("--root", "nothing", cwd=shop))
    assert message.strip().endswith("nothing is no folder")
    assert "is a file" in refused(cli("--root", "ssot.toml", cwd=shop))


def test_isolated_ignores_the_policy(cli: CommandLine, shop: Path) -> None:
    result = cli("--isolated", cwd=shop)
    assert result.code == 0
    assert result.out.endswith("no concepts declared: run ssot-lint init\n")
    (shop / "ssot.toml").write_text("nonsense", encoding="utf-8")
    assert cli("--isolated", cwd=shop) == result


def test_config_file(cli: CommandLine, shop: Path) -> None:
    (shop / "ssot.toml").rename(shop.parent / "other.toml")
    assert concise(cli, shop) == (0, [])
    both = ["shop/checkout.py:3:25", "tests/test_cart.py:1:25"]
    assert concise(cli, shop, "--config", "../other.toml") == (1, both)
    # the root is then the working folder
    assert concise(cli, shop, "--config", "other.toml", "--root", "project", cwd=shop.parent) == (1, both)
    assert concise(cli, shop, "--config", "../other.toml", "--config", "severity.SSOT201=off") == (0, [])


def test_config_file_that_is_missing_or_second(cli: CommandLine, shop: Path) -> None:
    message = refused(cli("--config", "nothing.toml", cwd=shop))
    assert "nothing.toml" in message
    assert "the policy has 1 problem" in message
    assert "--config takes one policy file" in refused(cli("--config", "ssot.toml", "--config", "ssot.toml", cwd=shop))


def test_config_values(cli: CommandLine, shop: Path) -> None:
    assert concise(cli, shop, "--config", "severity.SSOT201=off") == (0, [])
    assert concise(cli, shop, "--config", 'exclude=["tests/"]') == (1, ["shop/checkout.py:3:25"])
    assert concise(cli, shop, "--config", "ignore=['SSOT201']", "--config", "ignore=[]")[0] == 1  # the last one wins
    message = refused(cli("--config", "sellect=[]", "--config", "fail-on=fatal", cwd=shop))
    assert "the policy has 2 problems:" in message
    assert 'did you mean "select"' in message
    assert "--config: fail-on: expected" in message


# Which files


def test_excludes(cli: CommandLine, project: Project, shop: Path) -> None:
    policy = (shop / "ssot.toml").read_text(encoding="utf-8")
    project({"ssot.toml": f'exclude = ["tests/"]\n{policy}', ".gitignore": "generated.py\n!\n"})
    project({"shop/generated.py": "from shop.compat import Cart\n"})
    checkout, generated, test = "shop/checkout.py:3:25", "shop/generated.py:1:25", "tests/test_cart.py:1:25"
    assert concise(cli, shop) == (1, [checkout])
    assert concise(cli, shop, "--exclude", "checkout.py") == (1, [test])
    assert concise(cli, shop, "--extend-exclude", "checkout.py") == (0, [])
    assert concise(cli, shop, "--no-respect-gitignore") == (1, [checkout, generated])
    assert concise(cli, shop, "--exclude", "a", "--exclude", "b", "--no-respect-gitignore")[1] == [
        checkout,
        generated,
        test,
    ]


def test_an_exclude_that_is_no_pattern(cli: CommandLine, shop: Path) -> None:
    assert '"!" is no pattern' in refused(cli("--exclude", "!", cwd=shop))
    assert "expected a pattern" in refused(cli("--config", 'exclude=["!"]', cwd=shop))


def test_all_files_excluded_is_an_error(cli: CommandLine, shop: Path) -> None:
    assert "is everything excluded?" in refused(cli("--exclude", "*", cwd=shop))


def test_show_files(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"bad.py": "def f(:\n", "latin.py": b"# \xff\n"})
    (shop / "link.py").symlink_to("bad.py")
    result = cli("--show-files", cwd=shop)
    assert result.code == 0
    *rows, total = result.out.splitlines()
    assert [row.split() for row in rows] == [
        ["production", "syntax-error", "bad.py"],
        ["production", "undecodable", "latin.py"],
        ["production", "skipped", "link.py"],
        ["production", "analysed", "shop/__init__.py"],
        ["production", "analysed", "shop/cart.py"],
        ["production", "analysed", "shop/checkout.py"],
        ["production", "analysed", "shop/compat.py"],
        ["production", "analysed", "shop/orders.py"],
        ["tests", "analysed", "tests/test_cart.py"],
    ]
    assert total == "9 files: 6 analysed, 1 skipped, 1 syntax-error, 1 undecodable"


def test_show_settings(cli: CommandLine, shop: Path) -> None:
    result = cli("--show-settings", "--config", "fail-on=info", cwd=shop)
    settings = json.loads(result.out)
    assert result.code == 0
    assert settings["fail-on"] == "info"
    assert settings["concept"][0]["home"] == "shop.cart:Cart"
    assert json.loads(cli("config", cwd=shop).out) == {**settings, "fail-on": None}


def test_jobs(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = cli("--output-format", "json", cwd=shop)
    monkeypatch.setattr("ssot_lint.engine.reading._FEW_BYTES", 0)  # even this is read in workers now
    for jobs in ("0", "1", "3", "100"):
        assert cli("--output-format", "json", "-j", jobs, cwd=shop) == here
    assert cli("--output-format", "json", "--jobs", "2", cwd=shop) == here
    assert "Invalid value for '-j'" in refused(cli("-j", "-1", cwd=shop))


# Output


def test_concise(cli: CommandLine, shop: Path) -> None:
    why = " (the same object: shop.compat -> shop.cart:Cart)"
    assert cli("--output-format", "concise", cwd=shop).out.splitlines() == [
        CHECKOUT_LINE + why,
        "    shop/cart.py:1:1: what it gives",
        TEST_LINE + why,
        "    shop/cart.py:1:1: what it gives",
        "2 findings (2 errors) in 6 files",
        "--fix would fix 2 findings",
    ]


def test_several_formats_and_files(cli: CommandLine, shop: Path) -> None:
    expected = {name: cli("--output-format", name, cwd=shop).out for name in ("concise", "json", "text")}
    files = [f"--output-format={name}:../{name}.out" for name in expected]
    result = cli(*files, "--output-format", "concise", cwd=shop)
    assert result == (1, expected["concise"], "")
    assert {name: (shop.parent / f"{name}.out").read_text(encoding="utf-8") for name in expected} == expected
    assert cli(*files, cwd=shop) == (1, "", "")


def test_an_unknown_format_or_a_file_that_cannot_be_written(cli: CommandLine, shop: Path) -> None:
    message = refused(cli("--output-format", "yaml", cwd=shop))
    assert 'no output format is called "yaml"' in message
    assert "concise, json" in message
    assert "cannot write no/such/folder" in refused(cli("--output-format", "json:no/such/folder", cwd=shop))


def test_quiet(cli: CommandLine, shop: Path) -> None:
    loud, quiet = (cli(*option, "--output-format", "concise", cwd=shop) for option in ((), ("-q",)))
    assert quiet.code == loud.code == 1
    assert loud.out.startswith(quiet.out)
    assert loud.out[len(quiet.out) :].startswith("2 findings (")
    clean = cli("--quiet", "--select", "SSOT904", cwd=shop)
    assert clean == (0, "", "")
    assert cli("-q", "--output-format", "json:../out.json", cwd=shop) == (1, "", "")
    assert json.loads((shop.parent / "out.json").read_text(encoding="utf-8"))["summary"]["findings"] == 2


def test_paths_that_are_all_excluded(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"build/made.py": "import shop.gone\n", "bad.py": "def f(:\n"})
    result = cli("build/made.py", cwd=shop)
    assert (result.code, result.out) == (0, "nothing to check: no file that is read stands under the given paths\n")
    assert cli("build/made.py", "bad.py", cwd=shop).code == 2


def test_statistics(cli: CommandLine, shop: Path) -> None:
    plain = cli("--output-format", "concise", cwd=shop).out
    counted = cli("--output-format", "concise", "--statistics", cwd=shop).out
    assert counted.startswith(plain)
    assert "      2  SSOT201[noncanonical-import] same (error)\n" in counted
    assert re.search(r"(?m)^ +\d+\.\d\ds  read$", counted)
    assert counted.endswith("      0  parsed\n      6  known from earlier runs\n")
    plain_summary, summary = read_json(cli, shop)["summary"], read_json(cli, shop, "--statistics")["summary"]
    assert summary.keys() - plain_summary.keys() == {"seconds", "parsed", "cached"}
    assert (summary["parsed"], summary["cached"]) == (0, 6)
    summary = read_json(cli, shop, "--statistics", "--no-cache")["summary"]
    assert (summary["parsed"], summary["cached"]) == (6, 0)


@pytest.mark.parametrize(
    ("option", "environment", "colored"),
    [
        ([], {}, False),  # no terminal here
        (["--color", "auto"], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),  # no-color.org: only when not empty
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "always"], {"TERM": "dumb"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_color(  # noqa: PLR0913 - two fixtures more than a case has columns
    cli: CommandLine,
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    option: list[str],
    environment: dict[str, str],
    colored: bool,
) -> None:
    plain = cli(cwd=shop).out
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    out = cli(*option, cwd=shop).out
    assert ("\x1b[1;31mSSOT201[noncanonical-import]\x1b[0m" in out) == colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", out) == plain
    assert "\x1b" not in cli(*option, "--output-format", "concise", cwd=shop).out


def test_files_are_never_coloured_by_themselves(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert "\x1b[" in cli(cwd=shop).out
    cli("--output-format", "text:../out.txt", cwd=shop)
    assert "\x1b" not in (shop.parent / "out.txt").read_text(encoding="utf-8")


def test_only_a_terminal_wraps_lines(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert any(len(line) > 60 for line in cli(cwd=shop).out.splitlines())
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    out = cli("--color", "never", cwd=shop).out.splitlines()
    assert all(len(line) <= 40 for line in out if ": SSOT" not in line)  # the place of a finding stays in one piece


# Positions


def cells(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


@pytest.mark.parametrize(
    "source",
    [
        "from shop.compat import Cart",
        "x = 'é'; from shop.compat import Cart",
        "x = '購物車'; from shop.compat import Cart",
        "x = '😀🛒'; from shop.compat import Cart",
        "x = 'e\u0301'; from shop.compat import Cart",
        "x = '\uff57\uff49'; from shop.compat import Cart  # 購物車",
        "\tfrom shop.compat import Cart",
        "\tx = '\t購'; from shop.compat import Cart\t#\ttabs",
        "x = '\u202e'; from shop.compat import Cart  # \u202e",
        "from shop.compat import Cart, 購物車 as Cart2",
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_columns_and_caret(cli: CommandLine, project: Project, shop: Path, source: str, line_end: str) -> None:
    lines = ["if 1:" if source.startswith("\t") else "'😀'", source, "", "y = 'ß'"]
    project({"shop/checkout.py": line_end.join(lines), "shop/compat.py": "from shop.cart import Cart\n購物車 = 1\n"})
    found, *_ = read_json(cli, shop, "shop/checkout.py")["findings"]
    begin = source.index("Cart") + 1
    assert (found["line"], found["column"]) == (2, begin)
    assert (found["end_line"], found["end_column"]) == (2, begin + 4)
    out = cli("shop/checkout.py", cwd=shop).out.split("\n")
    at = next(number for number, line in enumerate(out) if line.startswith("  2 | "))
    shown, marks = out[at], out[at + 1]
    assert marks.startswith("    | ")
    assert marks.strip(" |") == "^^^^"
    assert marks.index("^") == cells(shown[: shown.index("Cart")])


def test_the_caret_is_as_wide_as_what_it_marks(cli: CommandLine, project: Project) -> None:
    policy = '[[concept]]\nname = "wide"\nhome = "home:購物車"\n'
    files = {"ssot.toml": policy, "home.py": "class 購物車: ...\n", "shim.py": "from home import 購物車\n"}
    root = project({**files, "use.py": "from shim import 購物車 as z\n"})
    found, *_ = read_json(cli, root, "--select", "SSOT201")["findings"]
    assert (found["column"], found["end_column"]) == (18, 26)
    assert "\n    |                  ^^^^^^^^^^^\n" in cli("--select", "SSOT201", cwd=root).out


def test_a_very_long_line_is_not_shown(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/checkout.py": f"from shop.compat import Cart; x = '{'y' * 100_000}'\n"})
    out = cli(cwd=shop).out
    assert "shop/checkout.py:1:25: SSOT201" in out
    assert len(out) < 5_000


# JSON

FINDING = {
    "code": str,
    "name": str,
    "kind": str,
    "severity": str,
    "concept": str,
    "subject": str,
    "message": str,
    "path": str,
    "line": int,
    "column": int,
    "end_line": int,
    "end_column": int,
    "module": str,
    "fingerprint": str,
    "baseline_state": type(None),
    "suppressed": bool,
    "related": list,
    "chain": list,
    "evidence": dict,
    "fix": dict,
}
FIX = {"applicability": str, "title": str, "reason": str, "edits": type(None)}  # edits are filled in with --fix
PLACE = {"path": str, "line": int, "column": int, "end_line": int, "end_column": int}


def types(one: dict[str, Any]) -> dict[str, type]:
    return {key: type(value) for key, value in one.items()}


def test_json_has_the_documented_shape(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/lost.py": "from shop.cart import Basket\n", "bad.py": "def f(:\n"})
    document = read_json(cli, shop)
    assert list(document) == ["version", "findings", "notices", "summary"]
    assert document["version"] == 1
    assert len(document["findings"]) == 3
    for finding in document["findings"]:
        assert types(finding) == FINDING
        assert types(finding["fix"]) == FIX
        assert all(types(related) == {**PLACE, "message": str} for related in finding["related"])
        assert all(types(hop) == {"module": str, "name": str, "path": str, "line": int} for hop in finding["chain"])
        assert re.fullmatch("[0-9a-f]{16}", finding["fingerprint"])
    found = document["findings"][0]
    assert (found["path"], found["module"], found["kind"]) == ("shop/checkout.py", "shop.checkout", "same")
    assert found["related"][0]["path"] == "shop/cart.py"
    assert found["chain"] == [{"module": "shop.compat", "name": "Cart", "path": "shop/compat.py", "line": 1}]
    assert found["evidence"]["home"] == "shop.cart:Cart"
    notice = document["notices"][0]
    assert types(notice) == {"kind": str, "path": str, "message": str, "blocking": bool}
    assert (notice["kind"], notice["path"], notice["blocking"]) == ("syntax-error", "bad.py", True)
    assert document["summary"] == {
        "files": 8,
        "analysed": 7,
        "findings": 3,
        "by_rule": {"noncanonical-import": 2, "unresolved-import": 1},
        "by_concept": {"cart": 2},
        "by_severity": {"error": 3},
        "fixable": 2,
        "score": {"cart": {"canonical": 2, "total": 4, "score": 50.0}},
    }


def test_the_fingerprint_survives_moved_lines(cli: CommandLine, project: Project, shop: Path) -> None:
    before = read_json(cli, shop)["findings"]
    source = (shop / "shop/checkout.py").read_text(encoding="utf-8")
    project({"shop/checkout.py": "# new\n'''two\nlines'''\n" + source})
    after = read_json(cli, shop)["findings"]
    assert [(one["line"], one["fingerprint"]) for one in after] == [
        (before[0]["line"] + 3, before[0]["fingerprint"]),
        (before[1]["line"], before[1]["fingerprint"]),
    ]
    assert before[0]["fingerprint"] != before[1]["fingerprint"]


def test_equal_findings_have_their_own_fingerprints(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/checkout.py": "from shop.compat import Cart\n" * 3})
    found = read_json(cli, shop, "shop/checkout.py")["findings"]
    assert len({one["fingerprint"] for one in found}) == 3
    assert [one["subject"].partition(" #")[2] for one in found] == ["", "2", "3"]


def start(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start the command line as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ssot_lint", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        capture_output=True,
        text=True,
        encoding=environment.get("PYTHONIOENCODING", "utf-8"),
        timeout=60,
        check=False,
    )


def test_bytes_are_the_same_in_every_run(cli: CommandLine, shop: Path) -> None:
    expected = cli("--output-format", "json", cwd=shop)
    assert cli("--output-format", "json", cwd=shop) == expected
    moved = shop.rename(shop.parent / "elsewhere")
    for seed, language in (("0", "C"), ("1", "C.UTF-8")):
        other = start("--output-format=json", cwd=moved, PYTHONHASHSEED=seed, LC_ALL=language, COLUMNS="30")
        assert (other.returncode, other.stdout, other.stderr) == expected


def test_an_encoding_without_the_characters_loses_no_finding(project: Project, shop: Path) -> None:
    project({"shop/größe購.py": "from shop.compat import Cart\n"})
    result = start("--output-format=concise", cwd=shop, PYTHONIOENCODING="cp1252")
    assert result.returncode == 1
    assert r"e\u8cfc.py:1:25: SSOT201" in result.stdout
    assert TEST_LINE in result.stdout  # the next line is there, too


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and /dev/full are those of POSIX")
@pytest.mark.parametrize("output", ["closed pipe", "/dev/full"])
def test_output_that_nobody_takes_is_2(project: Project, output: str) -> None:
    root = project(CLEAN)
    if output == "closed pipe":
        reading, writing = os.pipe()
        os.close(reading)
    elif Path(output).exists():
        writing = os.open(output, os.O_WRONLY)
    else:
        pytest.skip("no /dev/full")
    command = [sys.executable, "-m", "ssot_lint"]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    result = subprocess.run(
        command, cwd=root, env=environment, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr
    assert b"Exception ignored" not in result.stderr


# resolve


def test_resolve_prints_the_chain(cli: CommandLine, shop: Path) -> None:
    result = cli("resolve", "shop.compat:Cart", cwd=shop)
    assert result == (
        0,
        "shop.compat:Cart\n  -> shop/compat.py:1  Cart import\n  => shop.cart:Cart  (definition)  shop/cart.py:1\n",
        "",
    )
    assert cli("resolve", "shop.cart", cwd=shop).out == "shop.cart\n  => module shop.cart  (module)  shop/cart.py:1\n"


def test_resolve_prints_every_branch(cli: CommandLine, project: Project, shop: Path) -> None:
    guarded = "try:\n    from shop.cart import Cart\nexcept ImportError:\n    class Cart: ...\n"
    either = "import os\nif os.environ:\n    from shop.cart import Cart\nelse:\n    class Cart: ...\n"
    typing = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.cart import Cart\nelse:\n    Cart = int\n"
    )
    project({"shop/guarded.py": guarded, "shop/either.py": either, "shop/typed.py": typing})
    first, _, second = cli("resolve", "shop.guarded:Cart", cwd=shop).out.partition("\nif that fails:\n")
    assert "  => shop.cart:Cart  (definition)  shop/cart.py:1\n" in first
    assert "  => shop.guarded:Cart  (definition)  shop/guarded.py:4\n" in second
    branches = cli("resolve", "shop.either:Cart", cwd=shop).out.split("\nor:\n")
    assert sorted(re.findall(r"=> (\S+)", branch) for branch in branches) == [["shop.cart:Cart"], ["shop.either:Cart"]]
    assert "=> shop.cart:Cart" not in cli("resolve", "shop.typed:Cart", cwd=shop).out
    assert "=> shop.cart:Cart" in cli("resolve", "--type-checking", "shop.typed:Cart", cwd=shop).out


@pytest.mark.parametrize("address", ["shop.cart:Basket", "shop.nothing:Cart", "shop.nothing"])
def test_resolve_of_nothing_is_1(cli: CommandLine, shop: Path, address: str) -> None:
    result = cli("resolve", address, cwd=shop)
    assert result.code == 1
    assert result.out.startswith(f"{address}\n  => nothing (")


def test_resolve_says_that_a_module_cannot_be_imported(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/compat.py": "from shop.cart import Cart\nfrom shop.gone import x\n"})
    result = cli("resolve", "shop.compat:Cart", cwd=shop)
    assert result.code == 1
    assert "but shop.compat cannot be imported: shop/compat.py:2 fails, since " in result.out


# why


def test_why_of_a_line(cli: CommandLine, shop: Path) -> None:
    result = cli("why", "shop/checkout.py:3", cwd=shop)
    assert result.code == 0
    assert result.out.splitlines()[0].startswith(CHECKOUT_LINE)
    shown = dict(line.split(maxsplit=1) for line in result.out.splitlines()[1:])
    finding = read_json(cli, shop)["findings"][0]
    assert shown["fingerprint"] == finding["fingerprint"]
    assert shown["subject"] == finding["subject"]
    assert (shown["kind"], shown["severity"], shown["concept"]) == ("same", "error", "cart")
    assert shown["resolves_to"] == "shop.cart:Cart"
    assert shown["chain"] == "shop/compat.py:1  Cart import"
    assert shown["place"] == "shop/cart.py:1:1  what it gives"


def test_why_takes_what_a_report_prints(cli: CommandLine, shop: Path) -> None:
    expected = cli("why", "shop/checkout.py:3", cwd=shop)
    assert cli("why", "shop/checkout.py:3:25", cwd=shop) == expected
    assert cli("why", "./shop/checkout.py:3", cwd=shop) == expected
    assert cli("why", str(shop / "shop/checkout.py:3"), cwd=shop) == expected
    assert cli("why", "checkout.py:3", cwd=shop / "shop") == expected
    assert cli("why", "shop/checkout.py:3", cwd=shop / "tests") == expected
    assert cli("why", "SSOT201", "shop/checkout.py", cwd=shop) == expected
    assert cli("why", "noncanonical-import", "shop/checkout.py", cwd=shop) == expected


def test_why_takes_the_first_line_of_a_statement(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/checkout.py": "from shop.compat import (\n    Cart,\n)\n"})
    assert "shop/checkout.py:2:5: SSOT201" in cli("why", "shop/checkout.py:1", cwd=shop).out
    assert "shop/checkout.py:2:5: SSOT201" in cli("why", "shop/checkout.py:2", cwd=shop).out


def test_why_of_a_suppressed_finding(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/checkout.py": "from shop.compat import Cart  # ssot: ignore[SSOT201] for now\n"})
    assert "suppressed   by a comment or an exception" in cli("why", "shop/checkout.py:1", cwd=shop).out


def test_why_of_nothing(cli: CommandLine, shop: Path) -> None:
    assert cli("why", "shop/checkout.py:1", cwd=shop) == (0, "no finding at shop/checkout.py:1\n", "")
    assert cli("why", "SSOT205", "shop/checkout.py", cwd=shop).out == "no finding at SSOT205 shop/checkout.py\n"


def test_why_of_a_file_that_was_not_read_is_2(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"bad.py": "def f(:\n"})
    assert refused(cli("why", "bad.py:1", cwd=shop)).startswith("bad.py: syntax-error: line 1")
    assert cli("why", "shop/checkout.py:3", cwd=shop).code == 0


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (["nothing.py:1"], "nothing.py does not exist"),
        (["shop/checkout.py"], "write a place as FILE:LINE"),
        (["shop/checkout.py:x"], "write a place as FILE:LINE"),
        (["SSOT999", "shop/checkout.py"], 'no rule is called "SSOT999"'),
        (["SSOT201", "shop/checkout.py", "3"], "why takes FILE:LINE, or a rule and a file"),
        ([], "Missing argument"),
    ],
)
def test_why_refuses_what_it_does_not_understand(cli: CommandLine, shop: Path, place: list[str], message: str) -> None:
    assert message in refused(cli("why", *place, cwd=shop))


# concepts


def test_concepts_prints_the_verdicts_by_zone_and_the_score(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"tests/test_lost.py": "from shop.orders import Cart\nfrom shop.cart import Cart as Again\n"})
    result = cli("concepts", cwd=shop)
    assert result.code == 0
    assert result.out.splitlines() == [
        "cart",
        "  home        shop.cart:Cart",
        "  definition  shop.cart:Cart  shop/cart.py:1",
        "  offers      Cart",
        "  verdict             production     tests       all",
        "  canonical                    2         1         3",
        "  same                         1         2         3",
        "  same-as                      0         0         0",
        "  different                    0         0         0",
        "  no-counterpart               0         0         0",
        "  broken                       0         0         0",
        "  missing-at-home              0         0         0",
        "  all                          3         3         6",
        "  score       50 = 100 x 3 / 6",
    ]
    assert cli("concepts", "cart", cwd=shop).out.startswith(result.out)


def test_concepts_by_name_lists_what_is_like_it_and_what_was_set_aside(
    cli: CommandLine, project: Project, shop: Path
) -> None:
    body = "class Cart:\n    def total(self) -> int:\n        return 1\n"
    project({"shop/second.py": body, "tests/doubles.py": "import pytest\n" + body})
    project({"tests/test_double.py": "from tests.doubles import Cart\n"})
    lines = cli("concepts", "cart", cwd=shop).out.splitlines()
    at = lines.index("  like it     1 classes and names")
    assert lines[at + 1].endswith("shop/second.py:1  Cart")
    assert lines[at + 2 :] == ["  set aside   1 classes with its name or face", "         1  test double or helper"]


def test_concepts_by_name(cli: CommandLine, project: Project, shop: Path) -> None:
    policy = (shop / "ssot.toml").read_text(encoding="utf-8")
    project({"ssot.toml": policy + '[[concept]]\nname = "shim"\nhome = "shop.compat:Cart"\n'})
    assert len(re.findall("(?m)^  home ", cli("concepts", cwd=shop).out)) == 2
    assert "  home        shop.compat:Cart\n" in cli("concepts", "shim", cwd=shop).out
    message = refused(cli("concepts", "nothing", cwd=shop))
    assert 'no concept is called "nothing"; there are cart, shim' in message


def test_concepts_without_a_policy(cli: CommandLine, shop: Path) -> None:
    assert cli("concepts", "--isolated", cwd=shop) == (0, "no concepts declared: run ssot-lint init\n", "")


def test_concepts_of_a_project_that_was_not_wholly_read_is_2(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"bad.py": "def f(:\n"})
    result = cli("concepts", cwd=shop)
    assert result.code == 2
    assert "  score       50 = 100 x 2 / 4\n" in result.out
    assert result.err.startswith("bad.py: syntax-error: line 1")


# rule, config, version, help


def test_rule(cli: CommandLine, tmp_path: Path) -> None:
    by_code = cli("rule", "SSOT201", cwd=tmp_path)
    assert by_code.code == 0
    assert by_code.out.startswith("# SSOT201: noncanonical-import\n")
    assert "| `legacy-intent` | info | info |\n" in by_code.out
    assert cli("rule", "noncanonical-import", cwd=tmp_path) == by_code


def test_rule_as_json(cli: CommandLine, tmp_path: Path) -> None:
    every = json.loads(cli("rule", "--all", "--output-format", "json", cwd=tmp_path).out)
    codes = [one["code"] for one in every]
    assert codes == sorted(codes)
    assert {"SSOT201", "SSOT205", "SSOT903", "SSOT904"} <= set(codes)
    for one in every:
        assert one.keys() == {"code", "name", "summary", "kinds", "needs_policy", "fixable", "explanation"}
        assert json.loads(cli("rule", one["name"], "--output-format", "json", cwd=tmp_path).out) == [one]
    headings = re.findall(r"(?m)^# (SSOT\d+): ", cli("rule", "--all", cwd=tmp_path).out)
    assert headings == codes


@pytest.mark.parametrize("arguments", [[], ["SSOT201", "--all"]])
def test_rule_needs_one_rule_or_all(cli: CommandLine, tmp_path: Path, arguments: list[str]) -> None:
    assert "name one rule by its code or name, or ask for --all" in refused(cli("rule", *arguments, cwd=tmp_path))


@pytest.mark.parametrize("name", ["SSOT999", "SSOT2", "nothing"])
def test_rule_that_does_not_exist(cli: CommandLine, tmp_path: Path, name: str) -> None:
    message = refused(cli("rule", name, cwd=tmp_path))
    assert f'no rule is called "{name}"; there are ' in message
    assert "SSOT201 noncanonical-import" in message


def test_config(cli: CommandLine, shop: Path) -> None:
    whole = json.loads(cli("config", cwd=shop).out)
    assert whole["concept"][0]["name"] == "cart"
    for key in ("profile", "select", "test-paths", "concept"):
        assert json.loads(cli("config", key, cwd=shop).out) == whole[key]
    assert cli("config", "profile", "--config", "profile=strict", cwd=shop).out == '"strict"\n'
    message = refused(cli("config", "nothing", cwd=shop))
    assert 'the policy has no key "nothing"; there are source-roots, exclude' in message


def test_config_schema(cli: CommandLine, project: Project) -> None:
    root = project({"ssot.toml": "not even TOML"})
    result = cli("config", "--schema", cwd=root)
    assert result.code == 0
    assert "concept" in json.dumps(json.loads(result.out))
    assert cli("config", cwd=root).code == 2


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_version(cli: CommandLine, tmp_path: Path, arguments: list[str]) -> None:
    assert cli(*arguments, cwd=tmp_path) == (0, f"ssot-lint {__version__}\n", "")


def test_help(cli: CommandLine, tmp_path: Path) -> None:
    top = cli("--help", cwd=tmp_path)
    assert top.code == 0
    assert top.out.startswith("Usage: ssot-lint ")
    assert set(COMMANDS) <= set(re.findall(r"(?m)^  ([a-z-]+)  ", top.out))
    assert cli("-h", cwd=tmp_path) == top


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(cli: CommandLine, tmp_path: Path, command: str) -> None:
    result = cli(command, "--help", cwd=tmp_path)
    assert result.code == 0
    assert result.out.startswith(f"Usage: ssot-lint {command} ")
    assert not result.err


@pytest.mark.parametrize("command", ["check", "concepts", "config", "resolve", "why"])
def test_commands_about_a_project_take_the_same_options(cli: CommandLine, tmp_path: Path, command: str) -> None:
    shown = cli(command, "--help", cwd=tmp_path).out
    assert {"--root", "--config", "--isolated", "--exclude", "--extend-exclude", "--jobs"} <= set(
        re.findall("--[a-z-]+", shown)
    )


def test_a_command_that_does_not_exist_is_taken_for_a_path(cli: CommandLine, shop: Path) -> None:
    assert "chekc does not exist" in refused(cli("chekc", cwd=shop))
