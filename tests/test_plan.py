"""`ssot-lint plan`: the steps, what each needs, and the tests of a concept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.reporters.neutral import markdown_code, markdown_link
from ssot_lint.rules import all_rules
from ssot_lint.studies.plan_steps import _OF_ENTRY, _ORDER, step_of_rule

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine, Project

POLICY = """\
ignore = ["unresolved-import"]

[[concept]]
name = "cart"
home = "shop.cart:Cart"
looks-like = ["*Cart"]
issue = "https://example.org/issues/7"
priority = "P1"
impact = "orders <b>vanish</b>"

[[concept.exception]]
path = "tests/test_plugin.py"
rule = "noncanonical-import"
reason = "plugins follow"
"""

FILES = {
    "ssot.toml": POLICY,
    "shop/__init__.py": "",
    "shop/base.py": "def later():\n    from shop.compat import Cart\n\n    return Cart()\n",
    "shop/cart.py": "import shop.base\n\n\nclass Cart:\n    def put(self):\n        return shop.base\n",
    "shop/compat.py": "from shop.cart import Cart\n",
    "shop/checkout.py": "from shop.compat import Cart\n\nCart()\n",
    "shop/desk.py": "import shop.checkout\n",
    "shop/rival.py": "class Cart:\n    def put(self):\n        return 1\n",
    "tests/__init__.py": "",
    "tests/support.py": "from shop.cart import Cart\n\n\ndef make():\n    return Cart()\n",
    "tests/test_direct.py": "from shop.cart import Cart\n\n\ndef test_it():\n    assert Cart\n",
    "tests/test_desk.py": "import shop.desk\n",
    "tests/test_legacy_path.py": "from shop.compat import Cart\n\n\ndef test_it():\n    assert Cart\n",
    "tests/test_kept.py": "from shop.compat import Cart  # ssot: ignore[SSOT201] kept for now\n\nassert Cart\n",
    "tests/test_plugin.py": "from shop.compat import Cart\n\nassert Cart\n",
    "tests/test_patch.py": """\
from unittest.mock import patch

import shop.desk

with patch("shop.compat.Cart"):
    assert shop.desk
""",
    "tests/test_through.py": "from tests.support import make\n\nassert make\n",
    "tests/test_typing.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import shop.desk\n",
}


@pytest.fixture
def root(project: Project) -> Path:
    return project(FILES)


def planned(cli: CommandLine, root: Path, *arguments: str) -> dict[str, Any]:
    outcome = cli("plan", *arguments, "--output-format", "json", "--no-cache", cwd=root)
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    assert isinstance(found, dict)
    return found


def step(plan: dict[str, Any], name: str) -> dict[str, Any]:
    found = next(one for one in plan["steps"] if one["step"] == name)
    assert isinstance(found, dict)
    return found


def paths(step: dict[str, Any]) -> set[str]:
    return {one["path"] for one in step["files"]}


def test_the_steps_come_in_order_with_their_files(cli: CommandLine, root: Path) -> None:
    plan = planned(cli, root, "cart")
    names = [one["step"] for one in plan["steps"]]
    assert names == ["imports", "strings", "construction", "second implementations", "shims"]
    assert paths(step(plan, "imports")) == {"shop/base.py", "shop/checkout.py"}
    assert paths(step(plan, "second implementations")) == {"shop/rival.py"}
    assert paths(step(plan, "shims")) == {"shop/compat.py", "tests/test_legacy_path.py"}
    assert [one["step"] for one in plan["steps"] if one["done"]] == ["construction"]


def test_every_finding_is_in_one_step(cli: CommandLine, root: Path) -> None:
    plan = planned(cli, root, "cart")
    checked = json.loads(cli("--output-format", "json", "--no-cache", cwd=root).out)
    assert plan["findings"] == sum(one["findings"] for one in plan["steps"])
    assert plan["findings"] == checked["summary"]["by_concept"]["cart"]
    assert plan["silenced"] == sum(one["suppressed"] for one in checked["findings"]) == 2
    assert plan["score"] == checked["summary"]["score"]["cart"]


def test_the_importers_of_a_file_by_zone(cli: CommandLine, root: Path) -> None:
    files = {one["path"]: one for one in step(planned(cli, root, "cart"), "shims")["files"]}
    importers = files["shop/compat.py"]["importers"]
    assert importers["production"] == ["shop.base", "shop.checkout"]
    assert importers["tests"] == ["tests.test_kept", "tests.test_legacy_path", "tests.test_plugin"]


def test_a_cycle_is_told_with_its_way(cli: CommandLine, root: Path) -> None:
    plan = planned(cli, root, "cart")
    assert step(plan, "imports")["cycles"] == [{"path": "shop/base.py", "way": ["shop.cart", "shop.base"]}]
    text = cli("plan", "cart", "--no-cache", cwd=root).out
    assert "An import of the home at module level could close a cycle in 1 file:" in text
    assert "- `shop/base.py`: `shop.cart` -> `shop.base`" in text


def test_what_fix_does_is_what_fix_then_does(cli: CommandLine, root: Path) -> None:
    plan = planned(cli, root, "cart")
    promised = {(one["path"], one["line"]) for each in plan["steps"] for work in each["fix"] for one in work["places"]}
    assert promised == {("shop/checkout.py", 1)}
    fixed = json.loads(cli("--fix", "--output-format", "json", "--no-cache", cwd=root).out)
    assert fixed["summary"]["fixed"] == len(promised)
    assert fixed["summary"]["files_changed"] == sorted({path for path, _ in promised})
    after = planned(cli, root, "cart")
    assert paths(step(after, "imports")) == {"shop/base.py"}
    assert not any(each["fix"] for each in after["steps"])


def test_what_a_person_decides_has_its_reason(cli: CommandLine, root: Path) -> None:
    plan = planned(cli, root, "cart")
    (work,) = step(plan, "strings")["unsafe"] + step(plan, "strings")["decide"]
    assert work["reason"]
    assert work["places"] == [{"path": "tests/test_patch.py", "line": 5}]
    (work,) = step(plan, "second implementations")["decide"]
    assert work["rule"] == "SSOT101[duplicate-implementation]"


def test_a_plan_without_findings_is_done(cli: CommandLine, project: Project) -> None:
    root = project({"ssot.toml": POLICY, "shop/__init__.py": "", "shop/cart.py": "class Cart:\n    pass\n"})
    root = project({"ssot.toml": POLICY.replace('looks-like = ["*Cart"]\n', "").partition("[[concept.exc")[0]})
    plan = planned(cli, root)
    assert all(one["done"] for one in plan["steps"])
    text = cli("plan", "--no-cache", cwd=root).out
    assert text.count("- [x] ") == len(plan["steps"])
    assert "- [ ]" not in text


def test_tests_that_import_it_and_through_which_address(cli: CommandLine, root: Path) -> None:
    found = {one["path"]: (one["address"], one["verdict"]) for one in planned(cli, root, "cart")["tests"]["imports"]}
    assert found == {
        "tests/support.py": ("shop.cart:Cart", "canonical"),
        "tests/test_direct.py": ("shop.cart:Cart", "canonical"),
        "tests/test_kept.py": ("shop.compat:Cart", "same"),
        "tests/test_legacy_path.py": ("shop.compat:Cart", "same"),
        "tests/test_plugin.py": ("shop.compat:Cart", "same"),
    }


def test_tests_that_patch_it(cli: CommandLine, root: Path) -> None:
    assert planned(cli, root, "cart")["tests"]["patches"] == [
        {"path": "tests/test_patch.py", "line": 5, "address": "shop.compat:Cart", "verdict": "patch"}
    ]


def test_tests_that_reach_it_by_the_shortest_way(cli: CommandLine, root: Path) -> None:
    reached = {one["path"]: one for one in planned(cli, root, "cart")["tests"]["reached"]}
    assert set(reached) == {"tests/test_desk.py", "tests/test_through.py"}
    desk, through = reached["tests/test_desk.py"], reached["tests/test_through.py"]
    assert (desk["depth"], desk["through"]) == (4, "production")
    assert desk["way"] == ["shop.desk", "shop.checkout", "shop.compat", "shop.cart"]
    assert (through["way"], through["through"]) == (["tests.support", "shop.cart"], "tests")


def test_tests_of_another_service_are_told_as_such(cli: CommandLine, project: Project) -> None:
    root = project(FILES)
    project({"ssot.toml": f'services = {{ shop = "shop", desk = "desk" }}\n{POLICY}', "desk/tests/__init__.py": ""})
    project({"desk/tests/test_cart.py": "from shop.cart import Cart\n\nassert Cart\n"})
    found = {one["path"]: one["verdict"] for one in planned(cli, root, "cart")["tests"]["imports"]}
    assert found["desk/tests/test_cart.py"] == "out of its scope"


def test_departures_on_purpose_have_their_reasons(cli: CommandLine, root: Path) -> None:
    legacy = {one["path"]: one["why"] for one in planned(cli, root, "cart")["tests"]["legacy"]}
    assert legacy == {
        "tests/test_kept.py": "kept for now",
        "tests/test_legacy_path.py": '"legacy" in tests/test_legacy_path.py',
        "tests/test_plugin.py": "plugins follow",
    }


def test_an_unknown_concept_is_refused_with_the_nearest_name(cli: CommandLine, root: Path) -> None:
    outcome = cli("plan", "crt", cwd=root)
    assert (outcome.code, outcome.out) == (2, "")
    assert 'no concept is called "crt"; did you mean "cart"?' in outcome.err
    assert "there are cart" in cli("plan", "something-else", cwd=root).err


def test_the_only_concept_need_not_be_named(cli: CommandLine, root: Path) -> None:
    assert planned(cli, root)["concept"] == "cart"
    (root / "ssot.toml").write_text(POLICY + '\n[[moved]]\nfrom = "shop.kept"\nto = "shop.cart"\nnames = ["Cart"]\n')
    outcome = cli("plan", cwd=root)
    assert outcome.code == 2
    assert "say which concept: ssot-lint plan NAME; there are cart, shop.kept" in outcome.err
    assert cli("plan", "--isolated", cwd=root).code == 2


def test_other_entries_have_steps_of_their_own(cli: CommandLine, project: Project) -> None:
    root = project(
        {
            "ssot.toml": (
                '[[moved]]\nfrom = "shop.old"\nto = "shop.new"\nnames = ["Kind"]\n'
                '[[operation]]\nname = "environment"\nuses = ["os.getenv"]\ninstead = "shop.env:setting"\n'
                '[[vocabulary]]\nname = "events"\nhome = "shop.new:Kind"\nnames = ["made"]\nemitters = ["shop.env"]\n'
            ),
            "shop/__init__.py": "",
            "shop/new.py": 'from enum import Enum\n\n\nclass Kind(Enum):\n    MADE = "made"\n',
            "shop/old.py": "from shop.new import Kind\n",
            "shop/env.py": "import os\n\n\ndef setting(name):\n    return os.getenv(name)\n",
            "shop/use.py": 'import os\n\nfrom shop.old import Kind\n\nvalue = os.getenv("A"), Kind\n',
            "tests/test_it.py": "from shop.env import setting\nfrom shop.new import Kind\nimport shop.use\n",
        }
    )
    moved, operation, events = (planned(cli, root, name) for name in ("shop.old", "environment", "events"))
    assert [one["step"] for one in moved["steps"]] == ["imports", "strings", "shims"]
    assert paths(step(moved, "imports")) == {"shop/use.py"}
    assert paths(step(operation, "uses")) == {"shop/use.py"}
    assert [one["step"] for one in events["steps"]] == ["events"]
    assert [one["address"] for one in operation["tests"]["imports"]] == ["shop.env:setting"]
    assert [one["address"] for one in events["tests"]["imports"]] == ["shop.new:Kind"]
    assert [one["address"] for one in moved["tests"]["imports"]] == ["shop.new:Kind"]


def test_markdown_is_neutral_and_a_file_is_written(cli: CommandLine, root: Path) -> None:
    outcome = cli("plan", "--output-format", "markdown:plan.md", "--output-format", "json", "--no-cache", cwd=root)
    assert json.loads(outcome.out)["concept"] == "cart"
    text = (root / "plan.md").read_text()
    assert "- issue: https://example.org/issues/7\n" in text
    assert "orders &#60;b\\>vanish" in text
    assert "<b>" not in text
    refused = cli("plan", "--output-format", "text", cwd=root)
    assert refused.code == 2
    assert "there are markdown, json" in refused.err


def test_the_plan_is_the_same_for_any_number_of_workers(cli: CommandLine, root: Path) -> None:
    one, many = (cli("plan", "--no-cache", "--jobs", jobs, cwd=root).out for jobs in ("1", "3"))
    assert one == many


def test_a_file_that_cannot_be_read_makes_the_plan_incomplete(cli: CommandLine, root: Path) -> None:
    (root / "shop/broken.py").write_text("def (:\n")
    outcome = cli("plan", "--no-cache", cwd=root)
    assert outcome.code == 2
    assert outcome.out.startswith("# Plan: cart")
    assert "shop/broken.py: syntax-error" in outcome.err


def test_every_rule_has_a_step() -> None:
    names = {step_of_rule(rule.code) for rule in all_rules()}
    assert names <= set(_ORDER)
    assert {name for usual in _OF_ENTRY.values() for name in usual} <= set(_ORDER)


@given(st.text())
def test_a_code_span_ends_where_it_should(text: str) -> None:
    span = markdown_code(text)
    assert "\n" not in span
    if text.strip() and span.startswith("`"):
        fence = len(span) - len(span.lstrip("`"))
        inside = span[fence:-fence]
        runs = {len(run) for run in "".join(c if c == "`" else " " for c in inside).split()}
        assert fence not in runs


@pytest.mark.parametrize(
    ("text", "is_link"),
    [
        ("https://example.org/a?b=1#c", True),
        ("#12", True),
        ("owner/name#12", True),
        ("https://example.org/)[x](javascript:1", False),
        ("@somebody", False),
    ],
)
def test_only_addresses_become_links(text: str, is_link: bool) -> None:
    assert (markdown_link(text) == text) is is_link
