"""The rules and their cases, linted: codes, names, documentation, and a case for everything that a rule says."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lint.dev.cases import EXAMPLE, read_cases, without_expectations
from ssot_lint.rules import all_rules

if TYPE_CHECKING:
    from ssot_lint.dev.cases import Case
    from ssot_lint.model.rule import Rule

CASES = read_cases(Path(__file__).parents[1] / "fixtures")
RULES = all_rules()
FEWEST = 6
POLICY_ERROR = "policy-error"
"""The kind that the harness gives to the problems of a policy."""

# A name is the thing found and reads after "allow": a wish or an order does not.
ORDERS = frozenset(("avoid", "check", "disallow", "enforce", "forbid", "must", "no", "prefer", "require", "use"))
FRAMEWORKS = frozenset(("attrs", "fastapi", "starlette", "pytest"))

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)


def cases_of(rule: Rule) -> list[Case]:
    return [case for case in CASES if case.rule == rule.name]


def test_codes_and_names_are_unique() -> None:
    names = [name for rule in RULES for name in (rule.code, rule.name)]
    assert len(names) == len(set(names))


@every_rule
def test_a_name_is_the_thing_found(rule: Rule) -> None:
    assert re.fullmatch(r"SSOT[1-9][0-9]{2}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
    assert ORDERS.isdisjoint(rule.name.split("-"))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", kind) for kind in rule.kinds)


@every_rule
def test_the_documentation_begins_with_a_sentence(rule: Rule) -> None:
    first, _, rest = rule.doc.partition("\n")
    assert re.fullmatch(r"[A-Z`].*[a-z`)]\.", first)
    assert not rest or rest.startswith("\n")
    assert rule.summary
    assert rule.summary[-1] != "."


@every_rule
def test_every_kind_has_a_case(rule: Rule) -> None:
    shown = {one.kind for case in cases_of(rule) for one in case.expectations}
    assert set(rule.kinds) - shown == set()


@every_rule
def test_a_rule_has_enough_cases(rule: Rule) -> None:
    invalid = [case.name for case in cases_of(rule) if case.expectations]
    valid = [case.name for case in cases_of(rule) if not case.expectations]
    assert EXAMPLE in invalid
    assert len(invalid) >= FEWEST
    assert len(valid) >= FEWEST


def test_every_folder_belongs_to_a_rule() -> None:
    assert {case.rule for case in CASES} <= {rule.name for rule in RULES}


@every_case
def test_a_case_expects_what_its_rule_can_find(case: Case) -> None:
    rule = next(rule for rule in RULES if rule.name == case.rule)
    assert {one.code for one in case.expectations} <= {rule.code}
    assert {one.kind for one in case.expectations} <= {"", *rule.kinds, POLICY_ERROR}
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", case.name)


def test_no_two_cases_are_equal() -> None:
    seen: dict[tuple[str, tuple[tuple[str, bytes], ...]], str] = {}
    for case in CASES:
        files = sorted(path for path in case.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        content = tuple((path.relative_to(case.folder).as_posix(), path.read_bytes()) for path in files)
        assert content, f"{case.title} is empty"
        other = seen.setdefault((case.rule, content), case.title)
        assert other == case.title, f"{case.title} says the same as {other}"


@every_case
def test_a_case_needs_nothing_from_outside(case: Case) -> None:
    """Every import is of the standard library, of the case itself, or of a framework that is named as text."""
    own = {part.removesuffix(".py") for path in case.texts for part in path.split("/")}
    own |= {name for name in re.findall(r'= "([\w.]+)"', case.texts.get("ssot.toml", "")) for name in name.split(".")}
    for path, text in case.texts.items():
        known = own | FRAMEWORKS | sys.stdlib_module_names
        assert imported(text) - known == set() if path.endswith(".py") else True


def imported(text: str) -> set[str]:
    """Return the first segments of all absolute imports; a file that is meant not to parse has none."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@every_rule
def test_an_example_is_small(rule: Rule) -> None:
    example = next(case for case in cases_of(rule) if case.name == EXAMPLE)
    shown = [without_expectations(text) for text in example.texts.values()]
    assert not any("expect" in text for text in shown)
    assert sum(len(text.splitlines()) for text in shown) <= 40
    assert len(example.texts) <= 6
