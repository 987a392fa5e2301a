"""Rewriting one import statement: every form, nothing else changed, and back again."""

from __future__ import annotations

import ast
import keyword
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.fixing.rewriters.imports import Layout, Source, rewrite_import


class Case(NamedTuple):
    before: str
    sources: dict[int, tuple[str, str]]
    after: str | None
    layout: Layout = Layout()


HOME = "shop.cart"
CASES = {
    "one name": Case("from shop.old import Cart", {0: (HOME, "Cart")}, "from shop.cart import Cart"),
    "another name": Case("from shop.old import Bag", {0: (HOME, "Cart")}, "from shop.cart import Cart as Bag"),
    "with as": Case("from shop.old import Bag as B", {0: (HOME, "Cart")}, "from shop.cart import Cart as B"),
    "said once": Case("from shop.old import Bag as Cart", {0: (HOME, "Cart")}, "from shop.cart import Cart"),
    "idiom kept": Case("from shop.old import Cart as Cart", {0: (HOME, "Cart")}, "from shop.cart import Cart as Cart"),
    "relative": Case("from .old import Cart", {0: (".cart", "Cart")}, "from .cart import Cart"),
    "to a package": Case("from .old import Cart", {0: (".", "Cart")}, "from . import Cart"),
    "odd spaces": Case("from  shop.old  import  Cart", {0: (HOME, "Cart")}, "from  shop.cart  import  Cart"),
    "backslash": Case("from shop.old \\\n  import Cart", {0: (HOME, "Cart")}, "from shop.cart \\\n  import Cart"),
    "comments in parentheses": Case(
        "from shop.old import (  # why\n    Cart,  # the cart\n    # more\n    Item,\n)",
        {0: (HOME, "Cart"), 1: (HOME, "Item")},
        "from shop.cart import (  # why\n    Cart,  # the cart\n    # more\n    Item,\n)",
    ),
    "CR LF": Case(
        "from shop.old import (\r\n    Cart,\r\n)", {0: (HOME, "Cart")}, "from shop.cart import (\r\n    Cart,\r\n)"
    ),
    "one of two": Case(
        "from shop.old import Cart, Shelf",
        {0: (HOME, "Cart")},
        "from shop.old import Shelf\nfrom shop.cart import Cart",
    ),
    "last of two": Case(
        "from shop.old import Shelf, Cart",
        {1: (HOME, "Cart")},
        "from shop.old import Shelf\nfrom shop.cart import Cart",
    ),
    "the others keep their comments": Case(
        "from shop.old import (\n    Cart,\n    Shelf,  # stays\n)",
        {0: (HOME, "Cart")},
        "from shop.old import (\n    Shelf,  # stays\n)\nfrom shop.cart import Cart",
    ),
    "two homes": Case(
        "from shop.old import Cart, Item",
        {0: (HOME, "Cart"), 1: ("shop.item", "Item")},
        "from shop.cart import Cart\nfrom shop.item import Item",
    ),
    "one name twice": Case(
        "from shop.old import Cart as A, Cart as B, Gone",
        {0: (HOME, "Cart"), 1: (HOME, "Cart")},
        "from shop.old import Gone\nfrom shop.cart import Cart as A, Cart as B",
    ),
    "indented": Case(
        "from shop.old import Cart, Shelf",
        {0: (HOME, "Cart")},
        "from shop.old import Shelf\n    from shop.cart import Cart",
        Layout(indent="    "),
    ),
    "behind a colon": Case(
        "from shop.old import Cart, Shelf",
        {0: (HOME, "Cart")},
        "from shop.old import Shelf; from shop.cart import Cart",
        Layout(one_line=True),
    ),
    "too long now": Case(
        "from a import Cart, Item",
        {0: ("shop.very.long", "Cart"), 1: ("shop.very.long", "Item")},
        "from shop.very.long import (\n    Cart,\n    Item,\n)",
        Layout(width=30),
    ),
    "too long before": Case(
        "from aa import Cart, Item",
        {0: ("bb", "Cart"), 1: ("bb", "Item")},
        "from bb import Cart, Item",
        Layout(width=9),
    ),
    "a star is withheld": Case("from shop.old import *", {0: (HOME, "Cart")}, None),
    "another statement is withheld": Case("import shop.old", {0: (HOME, "Cart")}, None),
    "two statements are withheld": Case("from a import b; from a import c", {0: (HOME, "Cart")}, None),
    "no Python is withheld": Case("from a import", {0: (HOME, "Cart")}, None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    sources = {position: Source(*source) for position, source in case.sources.items()}
    assert rewrite_import(case.before, sources, case.layout) == case.after


def bindings(text: str) -> list[tuple[str, str, str]]:
    """Return local name, module (with dots) and name of every import, by local name."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found += [(alias.asname or alias.name, module, alias.name) for alias in node.names]
    return sorted(found)


NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,6}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))
MODULES = st.lists(NAMES, min_size=1, max_size=3).map(".".join)


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, list[tuple[str, str | None]], str]:
    """Draw a statement of one of its forms, its names, and its module."""
    module = "." * draw(st.integers(0, 2)) + draw(MODULES)
    names = draw(st.lists(st.tuples(NAMES, st.none() | NAMES), min_size=1, max_size=4))
    spelled = [name if alias is None else f"{name} as {alias}" for name, alias in names]
    form = draw(st.sampled_from(["plain", "parentheses", "lines", "comments", "backslash"]))
    if form == "plain":
        return f"from {module} import {', '.join(spelled)}", names, module
    if form == "backslash":
        return f"from {module} import \\\n    {', '.join(spelled)}", names, module
    if form == "parentheses":
        return f"from {module} import ({', '.join(spelled)})", names, module
    comment = "  # kept" if form == "comments" else ""
    return f"from {module} import (\n" + "".join(f"    {one},{comment}\n" for one in spelled) + ")", names, module


@given(statements(), MODULES, st.data())
def test_local_names_stay_and_sources_change(
    drawn: tuple[str, list[tuple[str, str | None]], str], home: str, data: st.DataObject
) -> None:
    text, names, module = drawn
    moved = data.draw(st.sets(st.integers(0, len(names) - 1), min_size=1))
    targets = {position: Source(home, data.draw(NAMES)) for position in sorted(moved)}
    result = rewrite_import(text, targets, Layout())
    assert result is not None
    expected = sorted(
        (alias or name, *targets.get(position, (module, name))) for position, (name, alias) in enumerate(names)
    )
    assert bindings(result) == expected


@given(statements(), MODULES)
def test_there_and_back_gives_every_byte(drawn: tuple[str, list[tuple[str, str | None]], str], home: str) -> None:
    text, names, module = drawn
    wide = Layout(width=10_000)
    there = rewrite_import(text, {n: Source(home, name) for n, (name, _) in enumerate(names)}, wide)
    assert there is not None
    assert rewrite_import(there, {n: Source(module, name) for n, (name, _) in enumerate(names)}, wide) == text
