"""Why a fix is not safe: what the user reads, on the cases of SSOT201; the cases say what is then changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lint import engine
from ssot_lint.engine.fixing import preview
from ssot_lint.engine.repairing import Wanted

if TYPE_CHECKING:
    from ssot_lint.model.finding import Finding

FIXTURES = Path(__file__).parents[1] / "fixtures" / "noncanonical-import"

REASONS = [
    # the object
    ("branches-that-differ", "shop/checkout.py:1", "shop.by_platform:Cart may also be shop.by_platform:Cart, which is"),
    ("branches-that-differ", "shop/gifts.py:1", "shop.by_need:Cart may also be shop.stock:Cart, which is another obj"),
    ("home-in-branches", "shop/checkout.py:1", "shop.cart:Cart may also be shop.slow:Cart"),
    ("bound-twice", "shop/checkout.py:1", "another object: shop.basket:Cart becomes shop.cart:Cart"),
    ("two-names", "tests/test_relative.py:1", "as src.shop.basket the module is loaded once more, under another name"),
    # the new address
    ("home-that-fails", "shop/checkout.py:1", "shop.cart cannot be imported: shop/cart.py:1 fails"),
    ("moved-on-trust-to-nothing", "shop/checkout.py:1", "there is no module shop.gone"),
    ("moved-on-trust-to-nothing", "shop/returns.py:1", "shop.cart has no Line"),
    ("deleted-module", "shop/checkout.py:1", "today the import fails, and nothing shows which object it means"),
    # cycles
    ("cycle", "shop/checkout.py:1", "shop.api needs shop.checkout to load: importing it here closes a cycle"),
    ("cycle-through-a-package", "shop/checkout.py:1", "api.carts needs shop.checkout to load"),
    ("cycle-through-the-package-above", "shop/checkout.py:1", "shop.api needs shop.checkout to load"),
    ("cycle-of-two-fixes", "shop/cart.py:2", "shop.till needs shop.cart to load: importing it here closes a cycle"),
    ("cycle-of-two-fixes", "shop/till.py:2", "shop.cart needs shop.till to load: importing it here closes a cycle"),
    ("cycle-with-a-facade", "shop/stock.py:2", "may not have Cart yet when it is taken here"),
    ("facade-above", "shop/checkout.py:1", "shop needs shop.checkout to load: importing it here closes a cycle"),
    ("moved-module-in-a-cycle", "shop/checkout.py:1", "shop.base.rights needs shop.checkout to load"),
    # names
    ("second-meaning", "shop/checkout.py:1", "Cart has a second meaning in line 2"),
    ("second-meaning", "shop/returns.py:1", "Cart has a second meaning in line 4"),
    ("public-root-taken", "pages/start.py:1", "no longer bind shop, and pages/all.py:1 takes it from there"),
    ("public-root-listed", "pages/start.py:1", "no longer bind shop, and `__all__` lists it from there"),
    # try
    ("try-with-other-libraries", "shop/checkout.py:2", "in a try: shop.basket also needs starlette, so another branch"),
    ("try-with-other-libraries", "shop/returns.py:4", "in a try: shop.basket also needs starlette"),
    ("try-with-a-new-library", "shop/checkout.py:2", "in a try: shop.cart also needs starlette, so another branch may"),
    ("try-with-the-home-as-fallback", "shop/gifts.py:2", "its except clause imports from shop.cart, too"),
    ("try-with-the-home-as-fallback", "shop/stock.py:4", "it is what a failing import falls back to"),
    ("try-around-a-move", "shop/returns.py:2", "in a try: the import fails today, and would not afterwards"),
    # patches
    ("patched", "shop/checkout.py:2", "tests/test_checkout.py:7 patches shop.basket.Cart, and would miss it"),
    ("patched", "shop/gifts.py:1", "tests/test_checkout.py:7 patches shop.basket.Cart, and would miss it"),
    ("patched-as-an-object", "shop/checkout.py:2", "tests/test_checkout.py:7 patches shop.basket.Cart"),
    ("patched-with-monkeypatch", "shop/checkout.py:2", "tests/test_checkout.py:2 patches shop.basket.Cart"),
    ("patched-through-getattr", "shop/checkout.py:2", "tests/test_checkout.py:4 patches shop.store.Cart"),
    ("patched-module", "shop/gifts.py:1", "tests/test_checkout.py:4 patches shop.basket, and would miss it"),
    ("patched-inside-a-moved-module", "shop/checkout.py:1", "tests/test_checkout.py:4 patches shop.core.rights.Read"),
    # what the test means
    ("legacy-intent-by-alias", "tests/test_cart.py:1", 'to mean the old address: "Legacy" in LegacyCart'),
    ("star", "shop/checkout.py:1", "a star import is made explicit"),
]

WITHHELD = {
    "shop/assigned.py": "line 1: line 3 assigns to old.Cart",
    "shop/beside.py": "line 1: the import shares its line with other statements",
    "shop/deleted.py": "line 1: line 4 assigns to old.Cart",
    "shop/local.py": "line 1: shop is also bound to something else in this file",
    "shop/name_taken.py": "line 1: Cart already means something in this file",
    "shop/text.py": "line 1: a string of the file speaks of shop.basket",
    "shop/text_of_alias.py": "line 1: a string of the file speaks of old",
}


def findings(case: str) -> dict[str, Finding]:
    folder = FIXTURES / case
    report = engine.check(engine.Options(start=folder, root=folder, select=("SSOT201",)))
    return {f"{one.at.path}:{one.at.line}": one for one in report.active}


@pytest.mark.parametrize(("case", "place", "reason"), REASONS, ids=[f"{case}-{place}" for case, place, _ in REASONS])
def test_reason(case: str, place: str, reason: str) -> None:
    remedy = findings(case)[place].remedy
    assert remedy is not None
    assert reason in remedy.reason
    assert remedy.applicability in ("unsafe", "display")


def test_a_safe_fix_has_no_reason_against_it() -> None:
    remedies = [one.remedy for one in findings("wherever-it-stands").values()]
    assert {(one.applicability, one.reason) for one in remedies if one is not None} == {("safe", "")}


def test_what_a_file_does_not_allow_is_told() -> None:
    folder = FIXTURES / "module-objects-used-otherwise"
    report = preview(engine.Options(start=folder, root=folder, select=("SSOT201",)), Wanted()).report
    assert {one.path: one.message for one in report.notices if one.kind == "fix-withheld"} == WITHHELD


def test_each_reason_is_said_once() -> None:
    remedy = findings("bound-twice")["shop/checkout.py:1"].remedy
    assert remedy is not None
    assert remedy.reason == "another object: shop.basket:Cart becomes shop.cart:Cart"
