"""`--add-ignore`: everything that is found gets a suppression, and nothing else changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ssot_lint.parsing.reader import open_lines
from tests.conftest import SHOP

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import CommandLine, Project

SMALL: Mapping[str, str] = {
    **{path: text for path, text in SHOP.items() if path != "tests/test_cart.py"},
    "ssot.toml": 'ignore = ["SSOT202"]\n\n[[concept]]\nname = "cart"\nhome = "shop.cart:Cart"\n',
    "shop/checkout.py": "import os\n",
}


def added(cli: CommandLine, root: Path, *arguments: str) -> str:
    """Add suppressions, after which nothing is left and a second run adds none; return what checkout says."""
    done = cli("--add-ignore", *arguments, cwd=root)
    assert (done.code, done.err) == (0, "")
    checkout = root / "shop/checkout.py"
    text = checkout.read_bytes().decode()
    assert cli(cwd=root).code == 0
    again = cli("--add-ignore", *arguments, cwd=root)
    assert again.out.startswith("0 suppressions added\n")
    assert checkout.read_bytes().decode() == text
    return text


def test_everything_is_suppressed_and_undone(cli: CommandLine, shop: Path) -> None:
    before = (shop / "shop/checkout.py").read_bytes()
    done = cli("--add-ignore=follows in May", cwd=shop)
    assert (done.code, done.out.splitlines()[0]) == (0, "2 suppressions added in 2 files")
    line = "from shop.compat import Cart  # ssot: ignore[SSOT201] follows in May\n"
    assert (shop / "shop/checkout.py").read_text() == f"import os\n\n{line}"
    assert (shop / "tests/test_cart.py").read_text() == line
    assert cli("undo", cwd=shop).code == 0
    assert (shop / "shop/checkout.py").read_bytes() == before


def test_a_word_behind_the_option_is_a_path(cli: CommandLine, shop: Path) -> None:
    done = cli("--add-ignore", "tests", cwd=shop)
    assert (done.code, done.out.splitlines()[0]) == (0, "1 suppression added in 1 file")
    assert (shop / "tests/test_cart.py").read_text() == "from shop.compat import Cart  # ssot: ignore[SSOT201]\n"
    assert cli(cwd=shop).code == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from shop.compat import Cart", "from shop.compat import Cart  # ssot: ignore[SSOT201]"),
        ("from shop.compat import Cart \t\r\n", "from shop.compat import Cart  # ssot: ignore[SSOT201]\r\n"),
        (
            "from shop.compat import Cart  # noqa: F401\n",
            "from shop.compat import Cart  # noqa: F401  # ssot: ignore[SSOT201]\n",
        ),
        (
            "from shop.compat import (\n    Cart,\n)\n",
            "from shop.compat import (\n    Cart,  # ssot: ignore[SSOT201]\n)\n",
        ),
        (
            "from shop.compat \\\n    import Cart; größe = '😀'\n",
            "from shop.compat \\\n    import Cart; größe = '😀'  # ssot: ignore[SSOT201]\n",
        ),
        (
            'from shop.compat import Cart; TEXT = """\n"""\nimport os\n',
            'from shop.compat import Cart; TEXT = """\n"""\nimport os\n',
        ),
        ("from shop.compat import Cart as \\\n    Cart\n", "from shop.compat import Cart as \\\n    Cart\n"),
    ],
    ids=["no-end", "crlf", "comment", "brackets", "continued-before", "string", "continued"],
)
def test_lines_stay_what_they_are(before: str, after: str, cli: CommandLine, project: Project) -> None:
    root = project({**SMALL, "shop/checkout.py": before})
    if before == after:
        done = cli("--add-ignore", cwd=root)
        assert done.code == 1
        assert "no comment can stand behind its line" in done.out
        assert (root / "shop/checkout.py").read_bytes().decode() == before
    else:
        assert added(cli, root) == after


def test_rules_go_into_a_suppression_that_is_there(cli: CommandLine, project: Project) -> None:
    policy = SMALL["ssot.toml"] + '\n[severity]\nunused-suppression = "off"\n'
    source = "from shop.compat import Cart, Gone  # ssot: ignore[SSOT205] plugins  # noqa: F401\n"
    root = project({**SMALL, "ssot.toml": policy, "shop/checkout.py": source})
    assert added(cli, root) == source.replace("SSOT205", "SSOT205, SSOT201")


def test_several_rules_of_a_line_share_a_comment(cli: CommandLine, project: Project) -> None:
    root = project({**SMALL, "shop/checkout.py": "from shop.compat import Cart, Gone\n"})
    done = cli("--add-ignore", cwd=root)
    assert done.out.startswith("2 suppressions added in 1 file\n")
    text = (root / "shop/checkout.py").read_text()
    assert text == "from shop.compat import Cart, Gone  # ssot: ignore[SSOT201, SSOT205]\n"
    assert cli(cwd=root).code == 0


def test_an_expired_suppression_is_not_renewed(cli: CommandLine, project: Project) -> None:
    source = "from shop.compat import Cart  # ssot: ignore[SSOT201] until=2026-01-31\n"
    root = project({**SMALL, "shop/checkout.py": source})
    assert cli("--today", "2026-01-31", cwd=root).code == 0
    late = cli("--today", "2026-02-01", "--output-format", "concise", cwd=root)
    assert late.code == 1
    assert "SSOT902[expired-exception]" in late.out
    assert "SSOT201[noncanonical-import]" in late.out
    done = cli("--add-ignore", "--today", "2026-02-01", cwd=root)
    assert "its suppression has expired" in done.out
    assert (root / "shop/checkout.py").read_text() == source


def test_the_day_comes_from_the_environment(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "from shop.compat import Cart  # ssot: ignore[SSOT201] until=2026-01-31\n"
    root = project({**SMALL, "shop/checkout.py": source})
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1769817600")  # 2026-01-31
    assert cli(cwd=root).code == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1769904000")
    assert cli(cwd=root).code == 1
    assert cli("--today", "2026-01-31", cwd=root).code == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    failed = cli(cwd=root)
    assert (failed.code, "SOURCE_DATE_EPOCH is no number" in failed.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--add-ignore"], "asks for a reason"),
        (["--add-ignore=until=2099-12-31"], "a day alone is no reason"),
        (["--add-ignore=one # two"], 'without "#"'),
        (["--add-ignore=one\ntwo"], "one line"),
        (["--add-ignore=later until=soon"], "is no date"),
        (["--add-ignore=later", "--fix"], "does not combine"),
        (["--add-ignore=later", "--diff"], "does not combine"),
    ],
)
def test_what_cannot_be_asked(arguments: list[str], said: str, cli: CommandLine, project: Project) -> None:
    root = project({**SMALL, "ssot.toml": "require-reason = true\n" + SMALL["ssot.toml"]})
    done = cli(*arguments, cwd=root)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_reason_that_the_encoding_lacks(cli: CommandLine, project: Project) -> None:
    source = "# coding: latin-1\nfrom shop.compat import Cart\n"
    root = project({**SMALL, "shop/checkout.py": source})
    done = cli("--add-ignore=später 😀", cwd=root)
    assert done.code == 1
    assert "its encoding lacks a character" in done.out
    assert cli("--add-ignore=später", cwd=root).code == 0
    assert (root / "shop/checkout.py").read_bytes().endswith(b"Cart  # ssot: ignore[SSOT201] sp\xe4ter\n")


def test_the_count_leaves_machine_output_alone(cli: CommandLine, shop: Path) -> None:
    done = cli("--add-ignore", "--output-format", "json", cwd=shop)
    assert json.loads(done.out)["findings"][0]["suppressed"] is True
    assert done.err == "2 suppressions added in 2 files\n"


def test_unused_suppressions_of_another_run_are_left_alone(cli: CommandLine, project: Project) -> None:
    source = "from shop.cart import Cart  # ssot: ignore[SSOT201]\n"
    root = project({**SMALL, "shop/checkout.py": source})
    assert cli(cwd=root).code == 1
    assert cli("--select", "SSOT901", cwd=root).code == 0
    assert cli("--add-ignore", cwd=root).out.startswith("0 suppressions added\n")
    assert cli("--fix", cwd=root).code == 0
    assert (root / "shop/checkout.py").read_text() == "from shop.cart import Cart\n"


def test_either_of_two_places_may_hold_the_suppression(cli: CommandLine, project: Project) -> None:
    root = project({**SMALL, "shop/checkout.py": "def pay():\n    pass\n\n\ndef pay():\n    pass\n"})
    first = cli("--output-format", "concise", cwd=root)
    assert "SSOT106" in first.out
    text = "def pay():  # ssot: ignore[SSOT106]\n    pass\n\n\ndef pay():\n    pass\n"
    (root / "shop/checkout.py").write_text(text)
    assert cli(cwd=root).code == 0


def test_an_unused_suppression_that_ends_a_continued_line_stays(cli: CommandLine, project: Project) -> None:
    source = "price = 1 \\\n  # ssot: ignore[SSOT205]\ntotal = 2  # ssot: ignore[SSOT205]\n"
    root = project({**SMALL, "shop/checkout.py": source})
    done = cli("--fix", cwd=root)
    assert done.code == 1
    assert "fix-withheld" in done.out
    assert (root / "shop/checkout.py").read_text() == source.replace("total = 2  # ssot: ignore[SSOT205]", "total = 2")


def test_lines_that_go_on() -> None:
    text = 'a = """\n# b\n"""  # c \\\nd = 1 + \\\n    2\ne = f"""\n{a}\n"""\nf = (\n    "g"\n    "h"\n)\n'
    assert open_lines(text) == {1, 2, 4, 6, 7}
    assert open_lines("a = (\n") == {1, 2}
