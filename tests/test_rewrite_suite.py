"""Rewriting all imports of a suite: what moves is merged where it belongs, every comment stays, and back again."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.fixing.rewriters.imports import Layout, Rewritten, Source, Statement
from ssot_lint.fixing.rewriters.suite import rewrite_suite

SAME = "="
GONE = ""
NARROW = Layout(width=30)
SHARED = Layout(one_line=True)


class Given(NamedTuple):
    """A statement, and what it becomes."""

    text: str
    sources: dict[int, tuple[str, str]] = {}  # noqa: RUF012 - never written to
    after: str | None = SAME
    expand: tuple[tuple[str, str], ...] = ()
    removable: bool = True
    run: int = 0
    layout: Layout = Layout()

    def statement(self) -> Statement:
        sources = {position: Source(*source) for position, source in self.sources.items()}
        expand = tuple(Source(*source) for source in self.expand)
        return Statement(self.text, self.layout, sources, expand, self.removable, self.run)

    def expected(self) -> Rewritten:
        if self.after is None:
            return Rewritten(self.text, withheld=True)
        return Rewritten(self.text if self.after == SAME else self.after)


CART = {0: ("home", "Cart")}
CASES = {
    "nothing moves": [Given("from a import b"), Given("import c"), Given("from d import *"), Given("oops")],
    "into an earlier one": [
        Given("from home import Bag, Item", after="from home import Bag, Cart, Item"),
        Given("from old import Cart", CART, GONE),
    ],
    "into a later one of the run": [
        Given("from a import Cart", CART, GONE),
        Given("from home import Item", after="from home import Cart, Item"),
    ],
    "not into a later one of another run": [
        Given("from old import Cart", CART, "from home import Cart"),
        Given("from home import Item", run=1),
    ],
    "into an earlier one of another run": [
        Given("from home import Item", after="from home import Cart, Item"),
        Given("from old import Cart", CART, GONE, run=1),
    ],
    "the split off name": [
        Given("from home import Item", after="from home import Cart, Item"),
        Given("from old import Cart, Shelf", CART, "from old import Shelf", removable=False),
    ],
    "into what is left of another one": [
        Given("from home import A, B", {0: ("p", "A")}, "from home import B, Cart\nfrom p import A"),
        Given("from old import Cart", CART, GONE),
    ],
    "into another one that moves": [
        Given("from old import Cart", CART, "from home import Cart, Item"),
        Given("from older import Item", {0: ("home", "Item")}, GONE),
    ],
    "into another one that is split off": [
        Given("from old import Cart, Shelf", CART, "from home import Cart, Item\nfrom old import Shelf"),
        Given("from older import Item", {0: ("home", "Item")}, GONE),
    ],
    "the first of two": [
        Given("from home import A", after="from home import A, Cart"),
        Given("from home import B"),
        Given("from old import Cart", CART, GONE),
    ],
    "the one that has it": [
        Given("from home import A"),
        Given("from home import Cart"),
        Given("from old import Cart", CART, GONE),
    ],
    "what is there is not doubled": [
        Given("from home import Cart as C"),
        Given("from old import Cart as C", CART, GONE),
        Given("from old import Cart as D", CART, "from home import Cart as D", removable=False),
    ],
    "what is there as an idiom is not doubled": [
        Given("from home import Cart as Cart"),
        Given("from old import Cart", CART, GONE),
    ],
    "an idiom is not dropped": [
        Given("from home import Cart"),
        Given("from old import Cart as Cart", CART, "from home import Cart as Cart"),
    ],
    "what is there with a comment is not dropped": [
        Given("from home import Cart"),
        Given("from old import Cart  # why", CART, "from home import Cart  # why"),
    ],
    "a second alias of one name": [
        Given("from home import Cart as A, Cart as C", after="from home import Cart as A, Cart as C, Cart as B"),
        Given("from old import Cart as B", CART, GONE),
    ],
    "one local name for two things": [
        Given("from home import Bag as X"),
        Given("from old import Cart as X", CART, "from home import Cart as X"),
    ],
    "one local name for two things, elsewhere": [
        Given("from home import Item"),
        Given("from other import Cart"),
        Given("from old import Cart", CART, "from home import Cart"),
    ],
    "only one of two can go": [
        Given("from home import Bag as X", after="from home import Bag as X, Cart"),
        Given("from old import Cart, Y as X", {**CART, 1: ("home", "Y")}, "from home import Y as X"),
    ],
    "a comment above stays": [
        Given("from home import Item"),
        Given("from old import Cart", CART, "from home import Cart", removable=False),
    ],
    "a star between": [
        Given("from home import Item"),
        Given("from other import *"),
        Given("from old import Cart", CART, "from home import Cart"),
    ],
    "what cannot be read between": [
        Given("from home import Item"),
        Given("import other;"),
        Given("from old import Cart", CART, "from home import Cart"),
    ],
    "a star is no host": [Given("from home import *"), Given("from old import Cart", CART, "from home import Cart")],
    "what is withheld is no host": [
        Given("from home import (B  # b\n  as C, D)", {1: ("p", "D")}, None),
        Given("from old import Cart", CART, "from home import Cart"),
    ],
    "a shared line is no host": [
        Given("from home import Item", layout=SHARED),
        Given("from old import Cart", CART, "from home import Cart"),
    ],
    "what shares its line stays": [
        Given("from home import Item"),
        Given("from old import Cart, A", CART, "from home import Cart; from old import A", layout=SHARED),
    ],
    "continued lines are no host": [
        Given("from home import \\\n  Item"),
        Given("from old import Cart", CART, "from home import Cart"),
    ],
    "several names a line are no host": [
        Given("from home import (Bag,\n    Item)"),
        Given("from old import Cart", CART, "from home import Cart"),
    ],
    "another spelling is another module": [
        Given("from .home import Item"),
        Given("from old import Cart", CART, "from home import Cart"),
    ],
    "lines of their own": [
        Given(
            "from home import (  # why\n  # the bag\n  Bag,  # it\n  Item\n  # end\n)",
            after="from home import (  # why\n  # the bag\n  Bag,  # it\n  Cart,\n  Item,\n  Shelf\n  # end\n)",
        ),
        Given("from old import Cart, Shelf", {**CART, 1: ("home", "Shelf")}, GONE),
    ],
    "lines of their own, comments": [
        Given(
            "from home import (\n  Bag,\n  Shelf,\n)",
            after="from home import (\n  Bag,\n  # all\n  # of it\n  Cart,  # cart\n  Shelf,\n)",
        ),
        Given("from old import (\n    # all\n    # of it\n    Cart  # cart\n)", CART, GONE),
    ],
    "the comment behind a single name": [
        Given("from home import Item  # i", after="from home import (\n    Cart,  # the cart\n    Item,\n)  # i"),
        Given("from old import Cart  # the cart", CART, GONE),
    ],
    "the comment behind several names": [
        Given("from home import Item"),
        Given("from old import A, B  # both", {0: ("home", "A"), 1: ("home", "B")}, "from home import A, B  # both"),
    ],
    "comments of the statement": [
        Given("from home import Item"),
        Given("from old import (  # why\n    Cart,\n)", CART, "from home import (  # why\n    Cart,\n)"),
    ],
    "brackets on one line": [
        Given("from home import ( Bag, Item, )", after="from home import ( Bag, Cart, Item, )"),
        Given("from old import Cart", CART, GONE),
        Given("from old import A", {0: ("other", "A")}, GONE),
        Given("from other import ( B )", after="from other import ( A, B )"),
    ],
    "wrapped when it is too long": [
        Given(
            "from home import Bag, Item", after="from home import (\n    Bag,\n    Cart,\n    Item,\n)", layout=NARROW
        ),
        Given("from old import Cart", CART, GONE, layout=NARROW),
    ],
    "not wrapped when it was too long": [
        Given("from home import Bag, Item, Shelf", after="from home import Bag, Cart, Item, Shelf", layout=NARROW),
        Given("from old import Cart", CART, GONE, layout=NARROW),
    ],
    "isort's order": [
        Given("from home import A_B, Bag, a, b10", after="from home import A_B, Bag, Cart, a, b9, b10"),
        Given("from old import Cart, b9", {**CART, 1: ("home", "b9")}, GONE),
    ],
    "order as written": [
        Given("from home import Ab, BC, a", after="from home import Ab, BC, Cart, a"),
        Given("from old import Cart", CART, GONE),
    ],
    "order without capitals": [
        Given("from home import a, B, d", after="from home import a, B, Cart, d"),
        Given("from old import Cart", CART, GONE),
    ],
    "no order": [
        Given("from home import b, D, a", after="from home import b, D, a, Cart"),
        Given("from old import Cart", CART, GONE),
    ],
    "a comment behind that is not in the text": [
        Given(
            "from old import (\n    A,\n    Cart,  # cart\n)",
            {1: ("p", "Cart")},
            "from old import (\n    A,\n)\nfrom p import (\n    Cart,  # cart\n)",
            removable=False,
        ),
        Given("from old import (\n    M,  # m\n    A,\n)", {0: ("", "m")}, None, removable=False),
    ],
    "several module objects": [
        Given(
            "from home import A, b, b10, m1",
            {1: ("", "b"), 2: ("", "b10"), 3: ("", "a")},
            "import a as m1\nimport b\nimport b10\nfrom home import A",
        ),
    ],
    "a star": [
        Given(
            "from old import *  # all",
            after="import m\nfrom home import Cart, Item\nfrom p import A  # all",
            expand=(("home", "Item"), ("p", "A"), ("home", "Cart"), ("", "m")),
        ),
    ],
    "a star that goes into others": [
        Given("from home import Item", after="from home import Cart, Item"),
        Given("from old import *", after=GONE, expand=(("home", "Item"), ("home", "Cart"))),
    ],
    "a star that may not vanish": [
        Given("from home import A", after="from home import A, Cart"),
        Given("from p import B"),
        Given("from old import *", after="from p import C", expand=(("home", "Cart"), ("p", "C")), removable=False),
    ],
    "a star that does not change": [
        Given("from other import *"),
        Given("from old import Cart", CART, "from home import Cart"),
    ],
    "a star that means two things": [
        Given("from old import *", after=None, expand=(("home", "Cart"), ("p", "Cart"))),
    ],
    "names for what is no star": [Given("from old import Cart", expand=(("home", "Cart"),), after=None)],
    "a module object that is there": [
        Given("import new.thing, os"),
        Given("import old.thing", {0: ("new", "thing")}, GONE),
        Given("import old.thing, sys", {0: ("new", "thing")}, "import sys"),
        Given("import old.thing as t", {0: ("new", "thing")}, "import new.thing as t"),
    ],
    "a module object does not join others": [
        Given("import os"),
        Given("import old.thing", {0: ("", "thing")}, "import thing"),
    ],
    "indented": [
        Given(
            "from home import (\r\n        Bag,\r\n    )",
            after="from home import (\r\n        Bag,\r\n        # c\r\n        Cart,\r\n    )",
            layout=Layout("    ", "\r\n"),
        ),
        Given("from old import (\n# c\nCart)", CART, GONE, layout=Layout("    ", "\r\n")),
    ],
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: list[Given]) -> None:
    assert rewrite_suite([one.statement() for one in case]) == [one.expected() for one in case]


NAMES = ["A", "Ab", "B_C", "C", "Cart", "D2", "D10", "Ef", "F", "G_", "X", "a", "b", "b10", "b9", "c", "m", "x_y"]
MODULES = ["home", "home", "home", "old", "old", "p.q", ".", ".a", "..p.q"]
HOMES = st.sampled_from([*MODULES, *MODULES, ""])
RARELY = st.sampled_from([False, False, False, True])
LAYOUTS = st.builds(Layout, st.sampled_from(["", "    "]), st.sampled_from(["\n", "\r\n"]), st.sampled_from([24, 88]))


class Spelled(NamedTuple):
    """The names of a statement as they are written, with their comments."""

    rows: list[tuple[str, list[str], str]]
    is_last_bare: bool = False

    def flat(self) -> str:
        return ", ".join(name for name, _, _ in self.rows)

    def block(self, layout: Layout) -> str:
        start = layout.newline + layout.indent
        lines = []
        for number, (name, above, after) in enumerate(self.rows, 1):
            lines += [f"{start}    {comment}" for comment in above]
            comma = "" if self.is_last_bare and number == len(self.rows) else ","
            lines.append(f"{start}    {name}{comma}{after and '  ' + after}")
        return f"({''.join(lines)}{start})"


@st.composite
def aliases(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(NAMES))
    return name + draw(st.sampled_from([*[""] * 8, f" as {name}", " as X", f" as {name}_"]))


@st.composite
def froms(draw: st.DrawFn, layout: Layout) -> str:
    rows = draw(
        st.lists(
            st.tuples(aliases(), st.lists(st.just("# up"), max_size=2), st.sampled_from(["", "# by"])),
            min_size=1,
            max_size=4,
        )
    )
    spelled = Spelled(rows, draw(st.booleans()))
    lines = layout.newline + layout.indent
    flat = spelled.flat()
    names = draw(
        st.sampled_from(
            [
                *(flat, flat, f"{flat}  # behind", f"({flat})", f"\\{lines}  {flat}"),
                *(spelled.block(layout), spelled.block(layout), f"({flat.replace(', ', f',  # by{lines}')})"),
                spelled.block(layout).replace("(", f"(  # open{lines}    # group{lines}"),
                spelled.block(layout).replace(")", f"    # end{lines})  # behind"),
                "*",
            ]
        )
    )
    return f"from {draw(st.sampled_from(MODULES))} import {names}"


@st.composite
def straights(draw: st.DrawFn) -> str:
    name = st.sampled_from(["a.b", "home.Cart", "m", "os"])
    names = draw(
        st.lists(st.tuples(name, st.sampled_from(["", " as X", " as m"])).map("".join), min_size=1, max_size=2)
    )
    return f"import {', '.join(names)}{draw(st.sampled_from(['', '  # behind']))}"


def names_of(text: str) -> list[str]:
    node = ast.parse(text).body[0]
    assert isinstance(node, (ast.Import, ast.ImportFrom))
    return [alias.name.rpartition(".")[2] for alias in node.names]


@st.composite
def suites(draw: st.DrawFn) -> list[Statement]:
    layout = draw(LAYOUTS)
    found = []
    run = 0
    for number in range(draw(st.integers(1, 5))):
        text = draw(froms(layout) | straights())
        parts = text.split("# ")
        text = "".join(f"{part}# {number}.{place} " for place, part in enumerate(parts[:-1])) + parts[-1]
        run += draw(st.sampled_from([0, 0, 1]))
        removable, shared = not draw(RARELY), draw(RARELY)
        names = names_of(text)
        moved = draw(st.sets(st.integers(0, len(names) - 1)))
        new_name = st.sampled_from(NAMES)
        sources = {at: Source(draw(HOMES), draw(new_name if draw(RARELY) else st.just(names[at]))) for at in moved}
        expand: tuple[Source, ...] = ()
        if names == ["*"]:
            sources, expand = {}, tuple(draw(st.lists(st.builds(Source, HOMES, new_name), max_size=3)))
        found.append(Statement(text, layout._replace(one_line=shared), sources, expand, removable, run))
    return found


def assembled(statements: list[Statement], texts: list[str]) -> str:
    """Put statements, or what became of them, where they stand."""
    layout = statements[0].layout
    lines = ["if 1:", "    pass"] if layout.indent else []
    run = 0
    for number, (statement, text) in enumerate(zip(statements, texts, strict=True)):
        if statement.run != run:
            lines.append(f"{layout.indent}pass")
        run = statement.run
        if not text:
            assert statement.removable
            continue
        if not statement.removable:
            lines.append(f"{layout.indent}# above {number}")
        has_comment = "#" in statement.text.rpartition("\n")[2]
        behind = "" if statement.removable or has_comment else f"  # outside {number}"
        shared = "pass; " if statement.layout.one_line else ""
        lines.append(f"{layout.indent}{shared}{text}{behind}")
    return "".join(line + layout.newline for line in lines)


Event = tuple[str, str, str]


def events(source: str) -> list[Event]:
    """Return what binds names, in order: local name, module, name."""
    found: list[Event] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found += [(alias.asname or alias.name, module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [straight(alias.name, alias.asname) for alias in node.names]
    return found


def straight(dotted: str, local: str | None) -> Event:
    head, _, last = dotted.rpartition(".")
    return (local, head, last) if local else (dotted, "", dotted)


def expected_events(statement: Statement) -> list[Event]:
    found = [(source.name, source.module, source.name) for source in statement.expand] or events(statement.text)
    node = ast.parse(statement.text).body[0]
    assert isinstance(node, (ast.Import, ast.ImportFrom))
    for position, source in statement.sources.items():
        local = found[position][0]
        dotted = f"{source.module}.{source.name}" if source.module else source.name
        binds_root = isinstance(node, ast.Import) and node.names[position].asname is None
        found[position] = straight(dotted, None) if binds_root else (local, *source)
    return found


def meanings(found: list[Event]) -> dict[str, list[Event]]:
    """Return what each local name stands for, one after the other; a star may be any name."""
    names = {local for local, _, _ in found}
    result = {}
    for name in names - {"*"}:
        mine = [event for event in found if event[0] in (name, "*")]
        result[name] = [event for number, event in enumerate(mine) if number == 0 or event != mine[number - 1]]
    return result


def comments_of(source: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return Counter(token.string.strip() for token in tokens if token.type == tokenize.COMMENT)


@given(suites())
def test_names_keep_their_meaning_and_comments_stay(statements: list[Statement]) -> None:
    results = rewrite_suite(statements)
    before = assembled(statements, [statement.text for statement in statements])
    after = assembled(statements, [result.text for result in results])
    expected = []
    for statement, result in zip(statements, results, strict=True):
        if result.withheld:
            assert result.text == statement.text
        expected += events(statement.text) if result.withheld else expected_events(statement)
    assert meanings(events(after)) == meanings(expected), after
    assert comments_of(after) == comments_of(before), after


class Placed(NamedTuple):
    """A statement that is found again in a text: its lines, and its text with the comment behind it."""

    first: int
    last: int
    node: ast.ImportFrom
    statement: Statement


def found_in(source: str, layout: Layout) -> list[Placed]:
    lines = source.split(layout.newline)
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.end_lineno is not None
            text = layout.newline.join(lines[node.lineno - 1 : node.end_lineno]).removeprefix(layout.indent)
            found.append(Placed(node.lineno - 1, node.end_lineno, node, Statement(text, layout, {})))
    return found


def moved(source: str, names: set[str], start: str, home: str, layout: Layout) -> str:
    """Rewrite a text as the caller does: some names come from another module."""
    placed = found_in(source, layout)
    statements = []
    for one in placed:
        aliases = one.node.names if "." * one.node.level + (one.node.module or "") == start else []
        positions = [number for number, alias in enumerate(aliases) if alias.name in names]
        sources = {number: Source(home, aliases[number].name) for number in positions}
        statements.append(one.statement._replace(sources=sources))
    lines = source.split(layout.newline)
    for one, result in reversed(list(zip(placed, rewrite_suite(statements), strict=True))):
        assert not result.withheld
        lines[one.first : one.last] = [layout.indent + result.text] if result.text else []
    return layout.newline.join(lines)


@st.composite
def tidy_suites(draw: st.DrawFn) -> tuple[str, Layout, list[str]]:
    """Draw a suite as isort and black leave it, and the names that it takes from `shop.old`."""
    layout = Layout(draw(st.sampled_from(["", "    "])), draw(st.sampled_from(["\n", "\r\n"])), width=40)
    modules = ["lib", "shop.item", "shop.old", "zoo", "..top", ".near"]
    names = iter(draw(st.permutations([f"{name}{end}" for name in NAMES for end in ("", "_one")])))
    blocks: list[str] = []
    ours: list[str] = []
    for module in modules:
        picked = sorted((next(names) for _ in range(draw(st.integers(1, 4)))), key=member_key)
        ours = picked if module == "shop.old" else ours
        local = draw(st.sampled_from(["", " as {}_x"]))
        notes = st.tuples(st.lists(st.just("# up"), max_size=1), st.sampled_from(["", "# by"]))
        spelled = Spelled([(name + local.format(name), *draw(notes)) for name in picked])
        plain = Spelled([(name, [], "") for name, _, _ in spelled.rows])
        behind = draw(st.sampled_from(["", "  # behind"]))
        flat = f"from {module} import {plain.flat()}{behind}"
        block = f"from {module} import {draw(st.sampled_from([spelled, plain])).block(layout)}{behind}"
        blocks.append(layout.indent + (flat if layout.fits(flat) and draw(st.booleans()) else block))
    header = ["def load():"] if layout.indent else ["# all"]
    return layout.newline.join([*header, *blocks, f"{layout.indent}run()", ""]), layout, ours


def member_key(name: str) -> tuple[object, ...]:
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return (kind, *(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name.lower())))


@given(tidy_suites(), st.sampled_from(["acme.new", "shop.new", "zzzz.new", ".zzz.new"]), st.data())
def test_there_and_back_gives_every_byte(drawn: tuple[str, Layout, list[str]], home: str, data: st.DataObject) -> None:
    source, layout, names = drawn
    chosen = data.draw(st.sets(st.sampled_from(names), min_size=1))
    there = moved(source, chosen, "shop.old", home, layout)
    assert {name for _, module, name in events(there) if module == home} == chosen
    assert comments_of(there) == comments_of(source)
    assert moved(there, chosen, home, "shop.old", layout) == source, there
