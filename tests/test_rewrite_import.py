"""Rewriting one import statement: every form, nothing else changed, and back again."""

from __future__ import annotations

import ast
import keyword
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.fixing.rewriters.imports import Layout, Rewritten, Source, Statement
from ssot_lint.fixing.rewriters.suite import rewrite_suite


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
        "from shop.cart import Cart\nfrom shop.old import Shelf",
    ),
    "last of two": Case(
        "from shop.old import Shelf, Cart",
        {1: ("shop.zone", "Cart")},
        "from shop.old import Shelf\nfrom shop.zone import Cart",
    ),
    "another name of the same module": Case(
        "from shop import Bag, Shelf", {0: ("shop", "Cart")}, "from shop import Cart as Bag, Shelf"
    ),
    "relative ones come after absolute ones": Case(
        "from shop.old import Cart, Item, Shelf",
        {0: (".cart", "Cart"), 1: ("..", "Item")},
        "from shop.old import Shelf\nfrom .. import Item\nfrom .cart import Cart",
    ),
    "numbers and capitals as isort has them": Case(
        "from a9 import A, B, C",
        {0: ("a10", "A"), 1: ("A8", "B")},
        "from A8 import B\nfrom a9 import C\nfrom a10 import A",
    ),
    "the others keep their comments": Case(
        "from shop.old import (\n    Cart,\n    Shelf,  # stays\n)",
        {0: (HOME, "Cart")},
        "from shop.cart import Cart\nfrom shop.old import (\n    Shelf,  # stays\n)",
    ),
    "a comment goes with its name": Case(
        "from shop.old import (\n    Cart,  # the cart\n    Shelf,  # stays\n)",
        {0: (HOME, "Cart")},
        "from shop.cart import Cart  # the cart\nfrom shop.old import (\n    Shelf,  # stays\n)",
    ),
    "and without a comma": Case(
        "from shop.old import (  # why\n    Cart,\n    Shelf  # the shelf\n    # the end\n)",
        {1: ("shop.zone", "Shelf")},
        "from shop.old import (  # why\n    Cart\n    # the end\n)\nfrom shop.zone import Shelf  # the shelf",
    ),
    "comments above go with their name": Case(
        "from old import (\n    A,\n    # all of\n\n    # the cart\n    Cart,\n    Z,\n)",
        {1: ("home", "Cart")},
        "from home import (\n    # the cart\n    Cart,\n)\nfrom old import (\n    A,\n    # all of\n\n    Z,\n)",
    ),
    "comments above that have lost what they stood above": Case(
        "from old import (A,\n    # all of\n\n    Cart)",
        {1: ("home", "Cart")},
        "from home import Cart\nfrom old import (A\n    # all of\n\n)",
    ),
    "several comments": Case(
        "from old import (\n  A,  # one\n  B, # two\n  C,\n  D,\n)",
        {0: ("home", "A"), 1: ("home", "B"), 2: ("home", "C")},
        "from home import (\n    A,  # one\n    B,  # two\n    C,\n)\nfrom old import (\n  D,\n)",
    ),
    "a comment too long for the line": Case(
        "from old import (\n    A,  # a long comment\n    B,\n)",
        {0: ("home", "A")},
        "from home import (\n    A,  # a long comment\n)\nfrom old import (\n    B,\n)",
        Layout(width=30),
    ),
    "a comment before the bracket closes": Case(
        "from old import (A,  # the a\n    B)", {1: ("p", "B")}, "from old import (A  # the a\n)\nfrom p import B"
    ),
    "the comment behind stays with what is left": Case(
        "from old import A, B  # why", {0: ("home", "A")}, "from home import A\nfrom old import B  # why"
    ),
    "no comment in the midst of a line": Case(
        "from old import A, B  # why",
        {0: ("p", "A")},
        "from old import B; from p import A  # why",
        Layout(one_line=True),
    ),
    "grid": Case(
        "from old import (A, B,\n                 C, D)",
        {0: ("home", "A"), 2: ("home", "C")},
        "from home import A, C\nfrom old import (B,\n                 D)",
    ),
    "continued lines": Case(
        "from old import A, \\\n    B, C",
        {0: ("home", "A"), 1: ("home", "B")},
        "from home import A, B\nfrom old import C",
    ),
    "continued lines, the last goes": Case(
        "from old import A, \\\n    B, C", {1: ("p", "B"), 2: ("p", "C")}, "from old import A\nfrom p import B, C"
    ),
    "continued lines go on": Case(
        "from old import A, \\\n    B, C", {1: ("p", "B")}, "from old import A, \\\n    C\nfrom p import B"
    ),
    "no space to spare": Case("from.old import(A)", {0: ("home", "A")}, "from home import(A)"),
    "no space behind dots": Case("from .import old", {0: ("home", "old")}, "from home import old"),
    "two homes": Case(
        "from shop.old import Cart, Item",
        {0: (HOME, "Cart"), 1: ("shop.item", "Item")},
        "from shop.cart import Cart\nfrom shop.item import Item",
    ),
    "two homes, and a comment of the statement": Case(
        "from old import (  # why\n    A,\n    B,\n)",
        {0: ("p", "A"), 1: ("home", "B")},
        "from home import B\nfrom p import (  # why\n    A,\n)",
    ),
    "one name twice": Case(
        "from shop.old import Cart as A, Cart as B, Gone",
        {0: (HOME, "Cart"), 1: (HOME, "Cart")},
        "from shop.cart import Cart as A, Cart as B\nfrom shop.old import Gone",
    ),
    "the same twice": Case(
        "from old import Cart, Cart, Gone",
        {0: ("home", "Cart"), 1: ("home", "Cart")},
        "from home import Cart\nfrom old import Gone",
    ),
    "indented": Case(
        "from shop.old import Cart, Shelf",
        {0: (HOME, "Cart")},
        "from shop.cart import Cart\n    from shop.old import Shelf",
        Layout(indent="    "),
    ),
    "indented, wrapped": Case(
        "from old import Cart, Item, Shelf",
        {0: ("shop.home", "Cart"), 1: ("shop.home", "Item")},
        "from old import Shelf\r\n  from shop.home import (\r\n      Cart,\r\n      Item,\r\n  )",
        Layout("  ", "\r\n", width=30),
    ),
    "behind a colon": Case(
        "from shop.old import Cart, Shelf",
        {0: (HOME, "Cart")},
        "from shop.cart import Cart; from shop.old import Shelf",
        Layout(one_line=True),
    ),
    "too long now": Case(
        "from a import Cart, Item",
        {0: ("shop.very.long", "Cart"), 1: ("shop.very.long", "Item")},
        "from shop.very.long import (\n    Cart,\n    Item,\n)",
        Layout(width=30),
    ),
    "too long now, in brackets": Case(
        "from a import (Cart)  # why",
        {0: ("shop.very.long", "Cart")},
        "from shop.very.long import (\n    Cart,\n)  # why",
        Layout(width=31),
    ),
    "too long before": Case(
        "from aa import Cart, Item",
        {0: ("bb", "Cart"), 1: ("bb", "Item")},
        "from bb import Cart, Item",
        Layout(width=9),
    ),
    "too long for a line that is shared": Case(
        "from a import Cart",
        {0: ("shop.very.long", "Cart")},
        "from shop.very.long import Cart",
        Layout(width=20, one_line=True),
    ),
    "a module object": Case("import a.b as m", {0: ("new.pkg", "thing")}, "import new.pkg.thing as m"),
    "a module object under its old name": Case("import a.b as b", {0: ("new", "thing")}, "import new.thing as b"),
    "a module object, dotted": Case("import a.b.c", {0: ("new.pkg", "thing")}, "import new.pkg.thing"),
    "one module object of two": Case("import a.b as m,  os", {0: ("new", "thing")}, "import new.thing as m,  os"),
    "a module object at the top": Case("import a.b as m", {0: ("", "thing")}, "import thing as m"),
    "a module object at the top, dotted": Case("import a.b", {0: ("", "thing")}, "import thing"),
    "a module object at the top, said once": Case("import a.b as thing", {0: ("", "thing")}, "import thing"),
    "a relative module object": Case("import a.b as m, os", {0: (".", "thing")}, "import os\nfrom . import thing as m"),
    "a module object from a package": Case(
        "from old_pkg import mod as m", {0: ("new.pkg", "thing")}, "from new.pkg import thing as m"
    ),
    "a module object from a package to the top": Case(
        "from old_pkg import mod as m", {0: ("", "thing")}, "import thing as m"
    ),
    "a module object to the top, said once": Case("from old import m as thing", {0: ("", "thing")}, "import thing"),
    "a module object to the top, with a comment": Case(
        "from old import (\n    m,  # the m\n    n,\n    o,\n)",
        {0: ("", "m"), 1: ("", "thing")},
        "import m  # the m\nimport thing as n\nfrom old import (\n    o,\n)",
    ),
    "a comment that nothing can carry is withheld": Case("from old import (  # why\n  m,\n)", {0: ("", "m")}, None),
    "a comment above that nothing can carry is withheld": Case("from a import (\n  # b\n  m,\n)", {0: ("", "m")}, None),
    "a comment on a line that is shared is withheld": Case(
        "from a import (B,  # the b\n  C)", {0: ("p", "B")}, None, Layout(one_line=True)
    ),
    "a comment inside a name is withheld": Case("from a import (B  # b\n  as C, D)", {0: ("p", "B")}, None),
    "but not where it can stay": Case(
        "from a import (B  # b\n  as C, D)", {0: ("p", "B"), 1: ("p", "D")}, "from p import (B  # b\n  as C, D)"
    ),
    "one local name for two things is withheld": Case("from a import B as X, C as X", {1: ("p", "C")}, None),
    "but not where the order stays": Case(
        "from a import B as X, C as X", {0: ("p", "B"), 1: ("p", "C")}, "from p import B as X, C as X"
    ),
    "a relative module object without a name is withheld": Case("import a.b", {0: (".", "b")}, None),
    "a position that is none is withheld": Case("from a import b", {1: ("p", "b")}, None),
    "a very long statement is withheld": Case(f"from a import {'b' * 100_000}", {0: ("p", "b")}, None),
    "a very deep statement is withheld": Case(f"import {'a.' * 40_000}a as b", {0: ("p", "b")}, None),
    "a star is withheld": Case("from shop.old import *", {0: (HOME, "Cart")}, None),
    "another statement is withheld": Case("shop = old", {0: (HOME, "Cart")}, None),
    "two statements are withheld": Case("from a import b; from a import c", {0: (HOME, "Cart")}, None),
    "no Python is withheld": Case("from a import", {0: (HOME, "Cart")}, None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    sources = {position: Source(*source) for position, source in case.sources.items()}
    expected = Rewritten(case.before, withheld=True) if case.after is None else Rewritten(case.after)
    assert rewrite_suite([Statement(case.before, case.layout, sources)]) == [expected]


def rewritten(text: str, sources: dict[int, Source], layout: Layout) -> str:
    result = rewrite_suite([Statement(text, layout, sources)])[0]
    assert not result.withheld
    return result.text


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
    names = draw(
        st.lists(st.tuples(NAMES, st.none() | NAMES), min_size=1, max_size=4, unique_by=lambda one: one[1] or one[0])
    )
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
    result = rewritten(text, targets, Layout())
    expected = sorted(
        (alias or name, *targets.get(position, (module, name))) for position, (name, alias) in enumerate(names)
    )
    assert bindings(result) == expected


@given(statements(), MODULES)
def test_there_and_back_gives_every_byte(drawn: tuple[str, list[tuple[str, str | None]], str], home: str) -> None:
    text, names, module = drawn
    wide = Layout(width=10_000)
    there = rewritten(text, {n: Source(home, name) for n, (name, _) in enumerate(names)}, wide)
    assert rewritten(there, {n: Source(module, name) for n, (name, _) in enumerate(names)}, wide) == text
