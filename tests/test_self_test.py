"""`ssot-lint self-test`: every rule fires on what is made up for it, and one that cannot is named."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from ssot_lint import rules

if TYPE_CHECKING:
    from ssot_lint.model.rule import Rule
    from tests.conftest import CommandLine, Project

POLICY = """\
[[concept]]
name = "cart"
home = "shop.cart:Cart"
construct = "factory"
factory = ["shop.cart:open_cart"]
per-user = true

[[moved]]
from = "shop.old"
to = "shop.cart"
names = ["Total"]

[[operation]]
name = "environment"
uses = ["os.environ"]
owners = ["shop.settings"]

[[vocabulary]]
name = "orders"
home = "shop.events:Order"
names = ["order_placed", "order_packed", "order_shipped", "order_lost", "order_returned"]
together = true
emitters = ["shop.settings"]
"""
SHOP = {
    "ssot.toml": POLICY,
    "shop/__init__.py": "",
    "shop/settings.py": "",
    "shop/events.py": """\
class Order:
    PLACED = "order_placed"
    PACKED = "order_packed"
    SHIPPED = "order_shipped"
    LOST = "order_lost"
    RETURNED = "order_returned"
""",
    "shop/cart.py": """\
class Total: ...


class Cart:
    def add_line(self): ...
    def drop_line(self): ...
    def total_of_lines(self): ...


def open_cart():
    return Cart()
""",
}
NOT_TRIED = [
    "SSOT307[shared-mutable-state] is not tried for cart: only its own class can share state",
    "SSOT903[stale-policy] is not tried: it is about the policy itself",
]
TRIED = [rule.code for rule in rules.all_rules() if rule.departure is not None and rule.code != "SSOT307"]


def test_every_rule_fires(cli: CommandLine, project: Project) -> None:
    root = project(SHOP)
    result = cli("self-test", cwd=root)
    *lines, last = result.out.splitlines()
    assert result.code == 0, result.out
    assert [line for line in lines if "fires" not in line] == NOT_TRIED
    assert "SSOT101[duplicate-implementation] fires for cart (rival, error)" in lines
    assert "SSOT201[noncanonical-import] fires for cart (same, error), shop.old (broken, error)" in lines
    assert "SSOT302[bypassed-factory] fires for cart (direct, error)" in lines
    assert "SSOT904[invalid-suppression] fires: form, error" in lines
    assert last.endswith(" departures found")
    assert {path.name for path in (root / "shop").iterdir()} == {"__init__.py", "cart.py", "events.py", "settings.py"}


@pytest.mark.parametrize("code", TRIED)
def test_a_rule_that_cannot_fire_is_named(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def blinded(rule: Rule) -> Rule:
        judge = (lambda *_: ()) if rule.judge else None
        return dataclasses.replace(rule, check=lambda *_: (), judge=judge) if rule.code == code else rule

    blind = tuple(blinded(rule) for rule in rules.all_rules())
    monkeypatch.setattr("ssot_lint.engine.checking.all_rules", lambda: blind)
    result = cli("self-test", cwd=project(SHOP))
    missed = [line for line in result.out.splitlines() if "DOES NOT FIRE" in line]
    assert (result.code, len(missed)) == (1, 1), result.out
    assert missed[0].startswith(f"{code}[")


def test_what_the_policy_switches_off_is_told(cli: CommandLine, project: Project) -> None:
    policy = f"""\
select = ["SSOT1", "SSOT2"]
ignore = ["SSOT203"]
{POLICY}
[severity]
alias-definition = "off"

[[concept]]
name = "total"
home = "shop.cart:Total"
scope = ["elsewhere/**"]
[[concept.exception]]
path = "**"
rule = "noncanonical-import"
reason = "later"
"""
    result = cli("self-test", cwd=project({**SHOP, "ssot.toml": policy}))
    assert result.code == 0, result.out
    assert "SSOT103[alias-definition] is switched off for cart, total: its severity is off" in result.out
    said = "SSOT201[noncanonical-import] is not tried for total: no folder of production code is in its scope"
    assert said in result.out
    assert not {"SSOT203", "SSOT302"} & {line[:7] for line in result.out.splitlines()}


def test_an_exception_over_everything_is_told(cli: CommandLine, project: Project) -> None:
    policy = POLICY.replace(
        "[[moved]]", '[[concept.exception]]\npath = "**"\nrule = "noncanonical-import"\nreason = "later"\n\n[[moved]]'
    )
    result = cli("self-test", "--config", 'select=["SSOT201"]', cwd=project({**SHOP, "ssot.toml": policy}))
    said = "SSOT201[noncanonical-import] is switched off for cart: an exception or a suppression covers it"
    assert (result.code, said in result.out) == (0, True), result.out


def test_without_a_policy(cli: CommandLine, project: Project) -> None:
    result = cli("self-test", "--isolated", cwd=project(SHOP))
    assert result.code == 0, result.out
    assert {line[:7] for line in result.out.splitlines() if "fires:" in line} >= {"SSOT205", "SSOT301", "SSOT904"}


def test_a_wrong_policy_is_2(cli: CommandLine, project: Project) -> None:
    result = cli("self-test", cwd=project({**SHOP, "shop/cart.py": ""}))
    assert (result.code, result.out) == (2, "")
