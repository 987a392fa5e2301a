"""`ssot-lint init`: what it proposes for a hint, that the file runs, and that nothing is ever overwritten."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli

from ssot_lint.rules import kinds_by_rule
from ssot_lint.workspace import config

if TYPE_CHECKING:
    from ssot_lint.model.policy import Concept, Policy
    from tests.conftest import CommandLine, Outcome, Project

FIXTURES = Path(__file__).parents[1] / "fixtures"
GOLDEN = FIXTURES / "_projects" / "golden-path"
MANAGER = "chat.websocket_core.websocket_manager:UnifiedWebSocketManager"
NOTHING = "nothing is written; --yes writes this to {}\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")

SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": "class Cart:\n    pass\n",
    "shop/compat.py": "from shop.cart import Cart\n",
    "shop/checkout.py": "from shop.compat import Cart\n",
    "shop/orders.py": "from shop.cart import Cart\n",
    "tests/test_cart.py": "from shop.compat import Cart\n",
}
FACADE = {
    "shop/__init__.py": "from shop._cart import _Cart as Cart\n\nBasket = Cart\n",
    "shop/_cart.py": "class _Cart:\n    pass\n",
    "app.py": "from shop import Basket, Cart\n",
    "tests/test_cart.py": "from shop._cart import _Cart\n",
}


def loaded(root: Path, text: str) -> Policy:
    """Read a policy that is printed or written; it must have no problem."""
    path = root.parent / "policies" / "ssot.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return config.load(path, root, rules=kinds_by_rule()).policy


def concept(root: Path, outcome: Outcome) -> Concept:
    """Return the concept of a policy that is printed, and that also runs."""
    assert (outcome.code, outcome.err) == (0, NOTHING.format(root / "ssot.toml"))
    (one,) = loaded(root, outcome.out).concept
    return one


def switched_on(text: str) -> str:
    """Take the "# " from every line that is commented out."""
    return re.sub(r'(?m)^( *)# (?=[a-z-]+ = |\[|"|\])', r"\1", text)


def refused(outcome: Outcome) -> str:
    assert (outcome.code, outcome.out) == (2, "")
    return outcome.err


def sit_down(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Put a person at the terminal, who gives these answers and then none."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{one}\n" for one in answers)))
    monkeypatch.setattr("ssot_lint.cli.init.at_terminal", lambda: True)


# What is proposed


def test_the_home_of_the_hint(cli: CommandLine, project: Project) -> None:
    root = project(SHOP)
    result = cli("init", "shop.cart:Cart", cwd=root)
    one = concept(root, result)
    assert (one.name, one.home, one.definition, one.aliases, one.also) == ("cart", "shop.cart:Cart", "", (), ())
    assert one.moved_from == ("shop.compat",)
    assert "Today: 2 imports in production from here, 2 from elsewhere." in result.out
    assert '    "shop.compat",  # 2 imports (1 in production, 1 in tests)\n' in result.out
    assert result.out.startswith("# The policy of ssot-lint")
    assert 'extend = ["pack:recommended"]\n' in result.out
    assert not (root / "ssot.toml").exists()


@pytest.mark.parametrize(
    "hint", ["shop.cart.Cart", "Cart", "shop/cart.py:Cart", "./shop/cart.py:Cart", " shop.cart:Cart"]
)
def test_other_ways_to_say_it(cli: CommandLine, project: Project, hint: str) -> None:
    root = project(SHOP)
    assert cli("init", hint, cwd=root) == cli("init", "shop.cart:Cart", cwd=root)


def test_a_home_that_passes_it_on(cli: CommandLine, project: Project) -> None:
    root = project(FACADE)
    result = cli("init", "shop:Cart", cwd=root)
    one = concept(root, result)
    assert (one.home, one.definition, one.aliases) == ("shop:Cart", "shop._cart:_Cart", ("Basket",))
    assert one.moved_from == ()
    assert "Today: 2 imports in production from here, 1 from elsewhere." in result.out
    assert '    "Basket",  # 1 import in production\n' in result.out
    assert "# Not listed, since it is defined there: shop._cart, 1 import in tests, as _Cart." in result.out


def test_a_package_above_the_home_is_a_question(cli: CommandLine, project: Project) -> None:
    root = project({**SHOP, "shop/__init__.py": "from shop.cart import Cart\n", "app.py": "from shop import Cart\n"})
    result = cli("init", "shop.cart:Cart", cwd=root)
    assert concept(root, result).moved_from == ("shop.compat",)
    assert '    # "shop",  # a package above it; 1 import in production\n' in result.out


def test_addresses_that_are_gone_and_test_code_are_questions(cli: CommandLine, project: Project) -> None:
    more = {"app.py": "from shop.gone import Cart\nfrom shop.orders import Carts\n", "tests/__init__.py": ""}
    more |= {"tests/support.py": "from shop.cart import Cart\n", "tests/test_more.py": "from .support import Cart\n"}
    root = project({"shop/__init__.py": "", "shop/cart.py": SHOP["shop/cart.py"], **more})
    result = cli("init", "shop.cart:Cart", cwd=root)
    assert concept(root, result).moved_from == ()
    assert '# moved-from = [\n#     "tests.support",  # test code; 1 import in tests\n' in result.out
    assert '#     "shop.gone",  # it does not exist; 1 import in production\n# ]\n' in result.out
    assert "Carts" not in result.out


def test_functions_that_give_it_are_companions(cli: CommandLine, project: Project) -> None:
    home = "class ShopCart:\n    pass\n\n\ndef open_one():\n    return ShopCart()\n\n\n"
    home += "def get_shop_cart():\n    return _carts[0]\n\n\ndef total(cart):\n    return 0\n\n\n"
    home += "def make_unused():\n    return ShopCart()\n"
    use = "from cart import ShopCart, get_shop_cart, open_one, total\n"
    root = project({"cart.py": home, "a.py": use, "b.py": "from cart import open_one\n"})
    result = cli("init", "cart:ShopCart", cwd=root)
    assert concept(root, result).also == ("open_one", "get_shop_cart")
    assert '"open_one",  # cart.py:5, returns a call of it; 2 imports from here\n' in result.out
    assert '"get_shop_cart",  # cart.py:9, is named for it; 1 import from here\n' in result.out
    assert '# factory = ["cart:open_one"]' in result.out


def test_other_classes_of_its_name(cli: CommandLine, project: Project) -> None:
    more = {
        "old.py": "class ShopCart:\n    pass\n",
        "web.py": "class WebShopCart:\n    pass\n\n\nclass Shop:\n    pass\n",
    }
    more |= {"use.py": "from old import ShopCart\n", "tests/test_a.py": "class FakeShopCart:\n    pass\n"}
    root = project({"cart.py": "class ShopCart:\n    pass\n", **more})
    result = cli("init", "cart:ShopCart", cwd=root)
    assert concept(root, result).looks_like == ("*ShopCart",)
    assert "Others that are called so: 1 in production, 1 in tests.\n#   web.py:1  WebShopCart\nlooks" in result.out
    assert "#   old.py:1  ShopCart  (class; 1 import)\n" in result.out


def test_a_pattern_of_one_word_is_a_question(cli: CommandLine, project: Project) -> None:
    root = project({**SHOP, "shop/web.py": "class WebCart:\n    pass\n"})
    result = cli("init", "shop.cart:Cart", cwd=root)
    assert concept(root, result).looks_like == ()
    assert '#   shop/web.py:1  WebCart\n# looks-like = ["*Cart"]\n' in result.out


def test_a_function(cli: CommandLine, project: Project) -> None:
    root = project({"a.py": "def price(cart):\n    return 1\n", "b.py": "def price(cart):\n    return 2\n"})
    result = cli("init", "a:price", cwd=root)
    assert concept(root, result).home == "a:price"
    assert "#   b.py:1  price  (function; no imports)" in result.out
    assert "Today: no import at all." in result.out
    assert not re.search("looks-like|construct|owners", result.out)


def test_uses_and_star_imports_count(cli: CommandLine, project: Project) -> None:
    files = {"a.py": "import shop.cart as c\n\nc.Cart()\n", "b.py": "from shop.compat import *\n\nCart()\n"}
    root = project({**SHOP, **files})
    result = cli("init", "shop.cart:Cart", cwd=root)
    assert "Today: 3 imports in production from here, 3 from elsewhere." in result.out


def test_a_definition_whose_name_is_taken_later(cli: CommandLine, project: Project) -> None:
    defined = "class Cart:\n    pass\n\n\nBasket = Cart\n\n\nclass Cart(Basket):\n    pass\n"
    root = project({"cart.py": defined, "shop.py": "from cart import Basket\n"})
    one = concept(root, cli("init", "shop:Basket", cwd=root))
    assert (one.home, one.definition) == ("shop:Basket", "")


def test_an_object_from_outside(cli: CommandLine, project: Project) -> None:
    root = project({"http.py": "from requests import Session\n", "a.py": "from http import Session\n"})
    result = cli("init", "http:Session", cwd=root)
    assert concept(root, result).definition == ""
    assert "Today: 1 import in production from here.\n" in result.out


def test_sources_under_src(cli: CommandLine, project: Project) -> None:
    root = project({"pyproject.toml": "", **{f"src/{path}": text for path, text in SHOP.items()}})
    for hint in ("shop.cart:Cart", "src.shop.cart:Cart", "src/shop/cart.py:Cart", "Cart"):
        result = cli("init", hint, cwd=root)
        assert concept(root, result).home == "shop.cart:Cart"
    assert '# source-roots = [".", "src"]\n' in result.out


def test_several_hints_and_equal_names(cli: CommandLine, project: Project) -> None:
    root = project({"a/cart.py": "class Cart:\n    x = 1\n", "b/cart.py": "class Cart:\n    y = 1\n"})
    policy = loaded(root, cli("init", "a.cart:Cart", "b.cart:Cart", cwd=root).out)
    assert [(one.name, one.home) for one in policy.concept] == [("cart", "a.cart:Cart"), ("cart-cart", "b.cart:Cart")]
    assert "b.cart:Cart is the same object as that of b.cart:Cart" not in cli("init", "b.cart:Cart", cwd=root).err


def test_a_home_that_more_imports_pass_by(cli: CommandLine, project: Project) -> None:
    root = project({**SHOP, "more.py": "from shop.compat import Cart\n"})
    result = cli("init", "shop.cart:Cart", cwd=root)
    assert "Mind: more imports use shop.compat:Cart: 3 imports (2 in production, 1 in tests)." in result.out


def test_what_the_command_line_states_is_written(cli: CommandLine, project: Project) -> None:
    root = project({"lib/cart.py": "class Cart:\n    pass\n", "old/cart.py": "class Cart:\n    pass\n"})
    stated = ("--config", 'source-roots=["lib"]', "--extend-exclude", "old/")
    policy = loaded(root, cli("init", "Cart", *stated, cwd=root).out)
    assert (policy.source_roots, policy.exclude) == (("lib",), ("old/",))
    assert policy.concept[0].home == "cart:Cart"
    prefix = 'source-roots={lib = "my.shop"}'
    policy = loaded(root, cli("init", "my.shop.cart:Cart", "--config", prefix, cwd=root).out)
    assert policy.source_roots == {"lib": "my.shop"}


# That it runs


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        (SHOP, "shop.cart:Cart"),
        (FACADE, "shop:Cart"),
        ({"a.py": "def f():\n    pass\n"}, "a:f"),
        ({"a.py": "X = 1\n"}, "a:X"),
    ],
)
def test_what_is_written_runs(cli: CommandLine, project: Project, files: dict[str, str], hint: str) -> None:
    root = project(files)
    printed = cli("init", hint, cwd=root).out
    result = cli("init", "--yes", hint, cwd=root)
    assert result.code == 0
    assert result.out.startswith(f"wrote {root / 'ssot.toml'}\n")
    assert (root / "ssot.toml").read_bytes() == printed.encode()
    assert cli(cwd=root).code in (0, 1)
    assert "SSOT903" not in cli("--output-format", "concise", cwd=root).out
    assert cli("config", cwd=root).code == 0
    assert [path.name for path in root.iterdir() if path.name.startswith(".ssot-") and path.suffix == ".new"] == []


@pytest.mark.parametrize(
    "hints", [(MANAGER,), (MANAGER, "UserContext"), ("chat.websocket_core:UnifiedWebSocketManager",)]
)
def test_every_line_can_be_switched_on(cli: CommandLine, tmp_path: Path, hints: tuple[str, ...]) -> None:
    root = shutil.copytree(GOLDEN, tmp_path / "chat")
    (root / "ssot.toml").unlink()
    printed = cli("init", *hints, "--root", str(root), cwd=root).out
    text = switched_on(printed)
    assert text.count("\n[[concept.exception]]\n") == len(hints)
    loaded(root, text)
    (root / "ssot.toml").write_text(text, encoding="utf-8")
    assert cli("--no-cache", cwd=root).code == 1


def test_golden_path(cli: CommandLine, tmp_path: Path) -> None:
    root = shutil.copytree(GOLDEN, tmp_path / "chat")
    written = tomli.loads((root / "ssot.toml").read_text(encoding="utf-8"))["concept"][0]
    (root / "ssot.toml").unlink()
    result = cli("init", "--yes", MANAGER, "--root", str(root), cwd=root)
    (one,) = tomli.loads((root / "ssot.toml").read_text(encoding="utf-8"))["concept"]
    assert {key: one[key] for key in ("home", "definition", "aliases", "also")} == {
        key: written[key] for key in ("home", "definition", "aliases", "also")
    }
    assert set(one["moved-from"]) - set(written["moved-from"]) == {"chat.websocket_core.canonical_imports"}
    assert "Not an alias: WebSocketManager of the home is another object" in (root / "ssot.toml").read_text("utf-8")
    assert re.search(r"\n +\d+  SSOT201\[noncanonical-import\]\n", result.out)
    assert "--fix would fix" in result.out
    assert result.out.endswith("baseline write   to accept what is there today, and fail for new findings only\n")
    table = cli("concepts", cwd=root).out
    counted = re.search(r"Today: (\d+) imports", (root / "ssot.toml").read_text(encoding="utf-8"))
    canonical = re.search(r"canonical +\d+ +\d+ +(\d+)", table)
    assert counted is not None
    assert canonical is not None
    assert int(canonical[1]) == int(counted[1]) + 3  # the imports of the companion


def test_the_same_bytes_every_time(cli: CommandLine, tmp_path: Path) -> None:
    root = shutil.copytree(GOLDEN, tmp_path / "chat")
    (root / "ssot.toml").unlink()
    runs = {
        cli("init", MANAGER, "--root", str(root), *more, cwd=root).out for more in ((), ("-j", "1"), ("--no-cache",))
    }
    assert len(runs) == 1


def test_files_that_cannot_be_read(cli: CommandLine, project: Project) -> None:
    root = project({**SHOP, 'bad"\n.py' if sys.platform != "win32" else "bad.py": "def (:\n"})
    result = cli("init", "--yes", "shop.cart:Cart", cwd=root)
    assert result.code == 0
    assert "the verdict is incomplete" in result.out
    text = (root / "ssot.toml").read_text(encoding="utf-8")
    assert "# 1 file cannot be analysed, so that the verdict is incomplete and the exit code 2." in text
    (root / "ssot.toml").write_text(switched_on(text), encoding="utf-8")
    assert len(loaded(root, switched_on(text)).unreadable) == 1


# Where it goes


def test_the_top_of_the_checkout(cli: CommandLine, project: Project) -> None:
    root = project(SHOP)
    assert cli("init", "--yes", "shop.cart:Cart", cwd=root / "shop").code == 0
    assert (root / "ssot.toml").is_file()
    assert not (root / "shop" / "ssot.toml").exists()


def test_the_root_that_is_given(cli: CommandLine, project: Project, tmp_path: Path) -> None:
    root = project({f"part/{path}": text for path, text in SHOP.items()})
    assert cli("init", "--yes", "Cart", "--root", str(root / "part"), cwd=tmp_path).code == 0
    assert (root / "part" / "ssot.toml").is_file()
    assert "is no folder" in refused(cli("init", "Cart", "--root", "nowhere", cwd=tmp_path))


@pytest.mark.parametrize("flags", [(), ("--yes",)])
def test_a_policy_that_is_there(cli: CommandLine, project: Project, flags: tuple[str, ...]) -> None:
    mine = '[[concept]]\nname = "orders"\nhome = "shop.orders:Orders"\n'
    root = project({**SHOP, "shop/orders.py": "class Orders: ...\n", "ssot.toml": mine})
    result = cli("init", "shop.cart:Cart", *flags, cwd=root)
    assert result.code == 2
    assert "ssot.toml is there already, and is left as it is; add this concept to it" in result.err
    assert (root / "ssot.toml").read_text(encoding="utf-8") == mine
    assert [one.name for one in loaded(root, mine + result.out).concept] == ["orders", "cart"]
    assert "is the same object as that of orders, ssot.toml:1" in refused(cli("init", "shop.orders:Orders", cwd=root))


def test_a_policy_in_pyproject(cli: CommandLine, project: Project) -> None:
    root = project({**SHOP, "pyproject.toml": '[tool.ssot-lint]\nprofile = "strict"\n'})
    result = cli("init", "--yes", "shop.cart:Cart", cwd=root)
    assert result.code == 2
    assert result.out.startswith("[[tool.ssot-lint.concept]]\n")
    assert "pyproject.toml is there already" in result.err
    assert not (root / "ssot.toml").exists()
    project({"pyproject.toml": f"[tool.ssot-lint]\n{result.out}"})
    assert cli("concepts", cwd=root).code == 0


def test_a_pyproject_without_a_policy(cli: CommandLine, project: Project) -> None:
    root = project({**SHOP, "pyproject.toml": "[tool.other]\n"})
    assert cli("init", "--yes", "shop.cart:Cart", cwd=root).code == 0


def test_the_empty_file_that_a_shell_makes(cli: CommandLine, project: Project) -> None:
    root = project({**SHOP, "ssot.toml": ""})
    result = cli("init", "shop.cart:Cart", cwd=root)  # ... > ssot.toml
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("# The policy of ssot-lint")
    assert cli("init", "--yes", "shop.cart:Cart", cwd=root).code == 2
    assert (root / "ssot.toml").read_bytes() == b""


@posix
@pytest.mark.parametrize("target", ["elsewhere", "../outside.toml"])
def test_a_link_is_not_followed(cli: CommandLine, project: Project, target: str) -> None:
    root = project(SHOP)
    (root / "ssot.toml").symlink_to(target)
    result = cli("init", "--yes", "--isolated", "shop.cart:Cart", cwd=root)
    assert result.code == 2
    assert "ssot.toml is there already, and is left as it is" in result.err
    assert not (root / target).exists()
    assert cli("init", "--yes", "shop.cart:Cart", cwd=root).code == 2


def test_a_file_that_is_made_meanwhile(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(SHOP)
    monkeypatch.setattr("ssot_lint.cli.init.os.path.lexists", lambda path: str(path).endswith(".git"))
    project({"ssot.toml": "mine"})
    said = refused(cli("init", "--yes", "--isolated", "shop.cart:Cart", cwd=root))
    assert said.endswith("ssot.toml is there already, and is left as it is\n")
    assert sorted(path.name for path in root.iterdir() if path.is_file()) == ["ssot.toml"]
    assert (root / "ssot.toml").read_bytes() == b"mine"


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_cannot_be_written(cli: CommandLine, project: Project) -> None:
    root = project(SHOP)
    root.chmod(0o555)
    try:
        assert "ssot.toml cannot be written: permission denied" in refused(cli("init", "--yes", "Cart", cwd=root))
    finally:
        root.chmod(0o755)


# What is refused


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("Trolley", "no module of the project defines Trolley"),
        ("Carts", 'no module of the project defines Carts; did you mean "Cart"?'),
        ("shop.cart:Carts", 'shop.cart has no Carts; did you mean "Cart"?'),
        ("shop.orders.Order", "shop.orders has no Order"),
        (
            "shop.basket:Cart",
            "there is no module shop.basket under the source roots; Cart is defined at shop.cart:Cart",
        ),
        ("shop.carts:Nothing", 'there is no module shop.carts under the source roots; did you mean "shop.cart"?'),
        ("shop.cart", "shop.cart is a module; say which of its names you mean: Cart"),
        ("shop.cart:", "shop.cart is a module"),
        ("shop:cart", "shop:cart is a module"),
        ("shop.cart.Cart.add", "Cart.add is not a name of the module shop.cart itself"),
        ("shop.cart:Cart.add", "Cart.add is not a name of the module"),
        ("no-way.py:Odd", "no import statement can spell no-way:Odd"),
        ("shop.cart:a b", "no import statement can spell"),
        ("shop.lazy:Thing", "only running it would tell what shop.lazy:Thing is"),
        ("", "no module of the project defines"),
    ],
)
def test_hints_that_mean_nothing(cli: CommandLine, project: Project, hint: str, said: str) -> None:
    odd = {"no-way.py": "class Odd: ...\n", "shop/lazy.py": "def __getattr__(name):\n    return make(name)\n"}
    root = project({**SHOP, **odd})
    assert said in refused(cli("init", "--", hint, cwd=root))


def test_without_a_hint(cli: CommandLine, shop: Path) -> None:
    assert "say which class or function must have one home: ssot-lint init pkg.mod:Name" in refused(
        cli("init", cwd=shop)
    )


def test_a_name_of_several_modules(cli: CommandLine, project: Project) -> None:
    root = project({**SHOP, "old.py": "class Cart: ...\n", "tests/fake.py": "class Cart: ...\n"})
    assert refused(cli("init", "Cart", cwd=root)).splitlines() == [
        "  shop.cart:Cart  shop/cart.py:1  2 imports in production",
        "  old:Cart  old.py:1  0 imports",
        "2 modules define Cart; say which of them is the home",
    ]


def test_two_hints_for_one_object(cli: CommandLine, project: Project) -> None:
    root = project(SHOP)
    said = refused(cli("init", "shop.cart:Cart", "shop.compat:Cart", cwd=root))
    assert said == "shop.compat:Cart is the same object as that of shop.cart:Cart\n"


@posix
def test_hostile_names(cli: CommandLine, project: Project) -> None:
    files = {'a"\n[x]\n/é\x1b[2J.py': "class ShopCart: ...\n", 'b\\"]#/\u202e.py': "class WebShopCart: ...\n"}
    more = {'p"\x7f\n/pyproject.toml': "", 'p"\x7f\n/mod.py': "from cart import ShopCart\n"}
    root = project({"cart.py": "class ShopCart: ...\n", **files, **more})
    result = cli("init", "cart:ShopCart", cwd=root)
    assert concept(root, result).looks_like == ("*ShopCart",)
    assert "WebShopCart" in result.out
    assert all(line.isprintable() for line in result.out.splitlines())
    policy = loaded(root, re.sub(r"(?m)^# (?=source-roots)", "", result.out))
    assert policy.source_roots == (".", 'p"\x7f\n')


# At a terminal


def test_a_person_is_shown_the_concept_and_asked(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(SHOP)
    sit_down(monkeypatch, "what", "y")
    result = cli("init", "shop.cart:Cart", cwd=root)
    assert result.code == 0
    assert result.err.startswith("[[concept]]\n")
    assert result.err.count("declare cart? [y]es, [n]o: ") == 2
    assert result.out.startswith(f"wrote {root / 'ssot.toml'}\n")
    assert (root / "ssot.toml").is_file()


@pytest.mark.parametrize("answers", [("n",), ("",)])
def test_a_no_writes_nothing(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch, answers: tuple[str, ...]
) -> None:
    root = project(SHOP)
    sit_down(monkeypatch, *answers)
    result = cli("init", "shop.cart:Cart", cwd=root)
    assert (result.code, result.out) == (0, "")
    assert result.err.endswith("nothing is written\n")
    assert not (root / "ssot.toml").exists()


def test_no_more_answers(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(SHOP)
    sit_down(monkeypatch)
    assert refused(cli("init", "shop.cart:Cart", cwd=root)).endswith(
        "\nthere are no more answers: nothing is written\n"
    )
    assert not (root / "ssot.toml").exists()


def test_one_of_two_concepts(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project({**SHOP, "shop/till.py": "class Till: ...\n"})
    sit_down(monkeypatch, "n", "y")
    assert cli("init", "shop.cart:Cart", "Till", cwd=root).code == 0
    assert [one.name for one in loaded(root, (root / "ssot.toml").read_text(encoding="utf-8")).concept] == ["till"]


def test_a_person_says_which_one(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project({**SHOP, "old.py": "class Cart: ...\n"})
    sit_down(monkeypatch, "Cart", "3", "x", "2", "y")  # the hint itself is asked for, too
    result = cli("init", cwd=root)
    assert "  1  shop.cart:Cart  shop/cart.py:1  2 imports in production\n  2  old:Cart" in result.err
    assert loaded(root, (root / "ssot.toml").read_text(encoding="utf-8")).concept[0].home == "old:Cart"


@pytest.mark.parametrize(("answer", "home"), [("", "shop.cart:Cart"), ("2", "shop.compat:Cart")])
def test_a_person_may_take_the_home_that_is_used_more(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch, answer: str, home: str
) -> None:
    root = project({**SHOP, "more.py": "from shop.compat import Cart\n"})
    sit_down(monkeypatch, answer, "y")
    result = cli("init", "shop.cart:Cart", cwd=root)
    assert "More imports use another address than this home. Which is it to be?" in result.err
    policy = loaded(root, (root / "ssot.toml").read_text(encoding="utf-8"))
    assert policy.concept[0].home == home
    assert cli(cwd=root).code in (0, 1)


def test_yes_asks_nothing(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project({**SHOP, "more.py": "from shop.compat import Cart\n"})
    sit_down(monkeypatch)
    assert cli("init", "--yes", "shop.cart:Cart", cwd=root).code == 0


@posix
def test_a_real_terminal(project: Project) -> None:
    import pty  # noqa: PLC0415 - not on Windows

    root = project({**SHOP, "old.py": "class Cart: ...\n"})
    command = [sys.executable, "-m", "ssot_lint", "init", "Cart"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=root, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as running:
        os.write(ours, b"\xff\n1\ny\n")
        assert running.stderr is not None
        said = running.stderr.read().decode()
        os.read(ours, 1 << 16)
    os.close(theirs)
    os.close(ours)
    assert (running.returncode, said.count("Which of them is the home? 1-2, Enter for 1: ")) == (0, 2)
    assert (root / "ssot.toml").is_file()


def test_a_broken_home_is_told(cli: CommandLine, project: Project) -> None:
    root = project({**SHOP, "shop/cart.py": "import shop.nothing\n\n\nclass Cart:\n    pass\n"})
    assert "# Mind: the home cannot be imported: shop/cart.py:1 fails" in cli("init", "shop.cart:Cart", cwd=root).out
