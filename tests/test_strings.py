"""The strings that name something to a call: what is read, where it leads, and who reads what a patch replaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssot_lint.engine.indexing import wanted_tokens
from ssot_lint.facts.read import read, read_newer_syntax
from ssot_lint.model.facts import SourceFile
from ssot_lint.model.policy import Concept, Moved, Policy
from ssot_lint.project.model import Project
from ssot_lint.project.modules import module_name
from ssot_lint.rules.readers import loaded_with, readers
from ssot_lint.rules.strings import patched_addresses, string_sites

TOKENS = ("Cart", "old.", "shop.old.")
FILES = {
    "shop/__init__.py": "from shop import cart as basket_module\n",
    "shop/cart.py": "class Cart:\n    def total(self): ...\n",
    "shop/basket.py": "from shop.cart import Cart\n",
    "shop/bag.py": "from shop.basket import Cart as Bag\n",
    "shop/checkout.py": "from shop.bag import Bag\ndef pay():\n  from shop.basket import Cart\n  return Bag, Cart\n",
    "shop/gifts.py": "import shop.basket as b\n\n\ndef give():\n    return b.Cart\n",
}


def strings(source: str) -> list[tuple[str, str, str]]:
    return [(one.callee, one.text, one.form) for one in read(source.encode(), TOKENS).strings]


def project(**tests: str) -> Project:
    sources = {**FILES, **{f"tests/{name}.py": source for name, source in tests.items()}}
    files = [
        SourceFile(path, *module_name(path, ()), read(source.encode(), TOKENS)) for path, source in sources.items()
    ]
    return Project.build(files, is_test_path=lambda path: path.startswith("tests/"))


# What is read


@pytest.mark.parametrize(
    ("call", "callee", "text", "form"),
    [
        ('patch("shop.b.Cart")', "patch", "shop.b.Cart", "string"),
        ("mock.patch(r'shop.b.Cart')", "mock.patch", "shop.b.Cart", "string"),
        ('unittest.mock.patch(target="""shop.b.Cart""")', "unittest.mock.patch", "shop.b.Cart", "string"),
        ('mocker.patch("shop.b.Cart.total")', "mocker.patch", "shop.b.Cart.total", "string"),
        ('renamed("shop.b.Cart")', "patch", "shop.b.Cart", "string"),
        ('patch.dict("shop.b.Cart", {})', "patch.dict", "shop.b.Cart", "string"),
        ('patch.multiple("shop.b", Cart=1, Other=2)', "patch.multiple", "shop.b.Cart", "parts"),
        ('patch.object(b, "Cart")', "patch.object", "b.Cart", "object"),
        ('patch.object(b.inner, attribute="Cart")', "patch.object", "b.inner.Cart", "object"),
        ('patch.object(sys.modules["shop.b"], "Cart")', "patch.object", "shop.b.Cart", "parts"),
        ('patch.object(import_module("shop.b"), "Cart")', "patch.object", "shop.b.Cart", "parts"),
        ('monkeypatch.setattr("shop.b.Cart", 1)', "monkeypatch.setattr", "shop.b.Cart", "string"),
        ('monkeypatch.setattr(b, "Cart", 1)', "monkeypatch.setattr", "b.Cart", "object"),
        ('monkeypatch.delattr("shop.b.Cart")', "monkeypatch.delattr", "shop.b.Cart", "string"),
        ('setattr(b, "Cart", 1)', "setattr", "b.Cart", "object"),
        ('mocker.spy(b, "Cart")', "mocker.spy", "b.Cart", "object"),
        ('import_module("shop.old")', "import_module", "shop.old", "string"),
        ('importlib.import_module("old")', "importlib.import_module", "old", "string"),
        ('__import__("shop.old.inner")', "__import__", "shop.old.inner", "string"),
        ('patch("shop." "b.Cart")', "patch", "shop.b.Cart", "computed"),
        (r'patch("shop.\x62.Cart")', "patch", "shop.b.Cart", "computed"),
        ('patch(BASE + ".Cart")', "patch", "shop.b.Cart", "computed"),
        ('patch(f"{BASE}.Cart")', "patch", "shop.b.Cart", "computed"),
        ('pytest.importorskip("what.ever")', "pytest.importorskip", "what.ever", "string"),
    ],
)
def test_a_call_names_something(call: str, callee: str, text: str, form: str) -> None:
    head = "from shop import b\nfrom unittest.mock import patch as renamed\nBASE = 'shop.b'\n"
    expected = [(callee, text, form)]
    assert strings(f"{head}{call}\n") == expected
    assert strings(f"{head}@{call}\nclass T:\n    pass\n") == expected
    assert strings(f"{head}def f(x={call}):\n    pass\n") == expected
    assert (
        strings(f"{head}class T:\n    async def f(self):\n        with a, [{call}][0] as x:\n            pass\n")
        == expected
    )


@pytest.mark.parametrize(
    "text",
    [
        'patch("shop.b.Wart")',
        'patch("Cart")',
        'patch("/shop.Cart")',
        'patch("shop.Cart.")',
        'client.get("shop.b.Cart")',
        'patch(*["shop.b.Cart"])',
        'import_module("shop.older")',
        'patch(f"{b}.Cart")',
        'patch(f"{BASE!r}.Cart")',
        'patch.object(local, "Cart")',
        'patch.object(b.call(), "Cart")',
        '"""patch("shop.b.Cart")"""',
        '# patch("shop.b.Cart")',
    ],
)
def test_nothing_is_named(text: str) -> None:
    head = "from shop import b\nBASE = 'shop.b'\n"
    assert [one for one in strings(f"{head}{text}\n") if one[2] != "loose"] == []


def test_a_name_that_is_bound_twice_is_no_constant() -> None:
    source = 'BASE = "a.b"\nBASE = "c.d"\ndef f(LATER): patch(BASE + ".Cart"), patch(LATER + ".Cart")\nLATER = "e.f"\n'
    assert strings(source) == []


def test_a_local_name_is_no_module() -> None:
    source = (
        "import b\n"
        "def test_one(b, mp):\n    mp.setattr(b, 'Cart', 1)\n"
        "def test_two(mp):\n    b = 1\n    mp.setattr(b, 'Cart', 1)\n"
        "def test_three(mp):\n    import b\n    mp.setattr(b, 'Cart', 1)\n"
    )
    facts = read(source.encode(), TOKENS)
    assert [facts.scope_name(one.block) for one in facts.strings] == ["test_three"]


def test_strings_are_loose_only_beside_a_patch_that_tells_nothing() -> None:
    table = 'NAMES = ["shop.b.Cart", "shop.b.other", "no name"]\n'
    assert strings(table) == []
    assert strings(f'{table}patch("shop.b.other")\n') == []
    assert strings(f"{table}for name in NAMES: patch(name)\n") == [("", "shop.b.Cart", "loose")]


def test_a_string_stands_in_the_suite_that_it_belongs_to() -> None:
    source = (
        "class Test:\n"
        '    @patch("shop.b.Cart")\n'
        "    def test_it(self):\n"
        '        with raises(Error), patch("shop.b.Cart", create=True):\n'
        "            pass\n"
    )
    facts = read(source.encode(), TOKENS)
    one, other = facts.strings
    assert [block.kind for block in facts.enclosing(one.block)] == ["function", "class", "module"]
    assert [block.kind for block in facts.enclosing(other.block)] == ["with", "function", "class", "module"]
    assert (facts.scope_name(one.block), one.creates, other.creates) == ("Test.test_it", False, True)
    assert (one.at.line, one.at.column, one.at.end_column) == (2, 12, 25)


def test_columns_are_code_points() -> None:
    (one,) = read('x = "Größe", patch("shop.b.Cart")\n'.encode(), TOKENS).strings
    assert (one.form, one.at.column) == ("string", 20)


def test_libcst_gives_the_same() -> None:
    source = Path(__file__).parents[1] / "fixtures/noncanonical-string/every-form/tests/test_checkout.py"
    data = source.read_bytes()
    assert read_newer_syntax(data, TOKENS) == read(data, TOKENS)
    assert len(read(data, TOKENS).strings) > 20


def test_without_tokens_only_what_guards_an_import_is_read() -> None:
    source = b'import pytest\npytest.importorskip("a.b")\npatch("a.b.Cart")\n'
    assert [one.text for one in read(source).strings] == ["a.b"]


def test_tokens_of_a_policy() -> None:
    concept = Concept(name="c", home="a.b:C", also=("make",), moved_from=("a.old", "a.older:C"))
    moved = (Moved(from_="a.x", to="a.y"), Moved(from_="a.x:N", to="a.y:N"), Moved(from_="a.z", to="a.y", names=("M",)))
    assert wanted_tokens(Policy(concept=(concept,), moved=moved)) == (
        "C",
        "M",
        "N",
        "a.old.",
        "a.older.C.",
        "a.x.",
        "make",
    )


def test_strings_of_the_project_are_read_for_its_top_packages() -> None:
    source = b"""
from unittest.mock import patch
with patch(
    "shop.cart.Cart"
), patch(target="shop.till"), patch("other.Cart"), call("shop.Cart"), patch("shopping.Cart"):
    monkeypatch.setattr("shop.till", 1, raising=False)
NAMES = ["shop.cart"]
"""
    found = [(one.text, one.creates) for one in read(source, ("shop.*",)).strings]
    assert found == [("shop.cart.Cart", False), ("shop.till", False), ("shop.till", True)]


# Where it leads


def test_sites_lead_to_modules_by_their_own_names() -> None:
    source = (
        "import shop.basket as b\n"
        'patch("shop.basket.Cart"), patch("shop.basket_module.Cart.total"), patch("shop.gone.Cart"), patch("no.Cart")\n'
        'patch.object(b, "Cart"), __import__("shop.old")\n'
    )
    sites = string_sites(project(test_it=source))
    assert [(one.module, one.name, one.rest, one.how, str(one.resolution.target)) for one in sites] == [
        ("shop.basket", "Cart", "", "patch", "shop.cart:Cart"),
        ("shop.cart", "Cart", "total", "patch", "shop.cart:Cart"),
        ("shop", "gone", "Cart", "patch", "nothing (shop has no gone)"),
        ("shop.basket", "Cart", "", "patch", "shop.cart:Cart"),
        ("shop", "old", "", "import", "nothing (shop has no old)"),
    ]
    assert [one.rewritable for one in sites] == [True, True, True, False, True]
    assert sites[3].dotted == "shop.basket.Cart"


def test_patched_addresses_are_what_is_rebound() -> None:
    source = (
        'patch("shop.basket_module.Cart"), patch("shop.basket.Cart.total"), patch.dict("shop.bag.Cart")\n'
        'patch.multiple("shop.basket", Cart=1), __import__("shop.old"), patch("shop.old", create=True)\n'
    )
    patched = patched_addresses(project(test_it=source))
    assert {address: len(sites) for address, sites in patched.items()} == {
        ("shop.cart", "Cart"): 1,
        ("shop.basket", "Cart"): 1,
        ("shop", "old"): 1,
    }


def test_a_patched_module_is_an_attribute_of_its_package() -> None:
    files = {"shop/__init__.py": "", "shop/old.py": "", "test_it.py": 'patch("shop.old")\n'}
    sources = [SourceFile(path, *module_name(path, ()), read(text.encode(), TOKENS)) for path, text in files.items()]
    assert list(patched_addresses(Project.build(sources))) == [("shop", "old")]


# Who reads it


def test_readers_are_followed_through_modules_that_pass_a_name_on() -> None:
    found = readers(project(), "shop.basket", "Cart")
    assert [(one.place, one.address, one.through_module) for one in found] == [
        ("shop/checkout.py:1", "shop.checkout.Bag", False),
        ("shop/checkout.py:3", "", False),
        ("shop/gifts.py:1", "", True),
    ]


def test_a_file_is_loaded_with_its_imports_conftest_files_and_strings() -> None:
    whole = project(
        conftest="import shop.gifts\n", test_one="from shop.checkout import pay\n", test_two='patch("shop.bag.Cart")\n'
    )
    one, two = (loaded_with(whole, whole.by_path[f"tests/{name}.py"]) for name in ("test_one", "test_two"))
    assert {"shop.checkout", "shop.bag", "shop.gifts", "shop"} <= one
    assert {"shop.bag", "shop.basket", "shop.gifts"} <= two
    assert "shop.checkout" not in two
