"""Small projects made by chance: homes, shims, aliases, stars, facades, patches, and files that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

CONCEPTS = {
    "cart": '[[concept]]\nname = "cart"\nhome = "shop.cart:Cart"\nlooks-like = ["*Cart"]\nmoved-from = ["shop.old"]\n',
    "basket": '[[concept]]\nname = "basket"\nhome = "shop.cart:Basket"\nconstruct = "factory"\n'
    'factory = ["shop.cart:get_basket"]\n',
    "price": '[[concept]]\nname = "price"\nhome = "shop.money:price"\n',
    "moved": '[[moved]]\nfrom = "shop.legacy"\nto = "shop.money"\n',
}
"""The entries of the policies, whose homes always exist."""

HOMES = {
    "ssot.toml": "".join(CONCEPTS.values()),
    "shop/cart.py": (
        "class Cart:\n    def add(self, item):\n        self.items.append(item)\n        return item\n\n"
        "    def total(self, rate):\n        return sum(self.items) * rate\n\n\n"
        "class Basket:\n    pass\n\n\ndef get_basket():\n    return Basket()\n"
    ),
    "shop/money.py": "def price(item):\n    return item.price\n\n\nRATE = 1\n",
}
MODULES = ("a", "b", "c", "compat", "old", "orders", "parts.d", "parts.e", "parts.f")
PATHS = (
    "shop/__init__.py",
    "shop/parts/__init__.py",
    *(f"shop/{name.replace('.', '/')}.py" for name in MODULES),
    "tests/test_a.py",
    "tests/test_b.py",
)
NAMES = ("Cart", "Basket", "price", "get_basket", "Trolley")
NEWER = 'match = 1\ntype Pair[T] = tuple[T, T]\ndef first[T](pair: Pair[T]) -> T:\n    return f"{pair[0] + "x"}"\n'
"""What Python 3.12 can parse, and 3.10 and 3.11 cannot."""


def policy(chance: random.Random) -> bytes:
    """Return a policy with some of the entries."""
    chosen = [text for text in CONCEPTS.values() if chance.random() < 0.6]
    return "".join(chosen).encode()


def module(chance: random.Random) -> bytes:
    """Return what a module may hold."""
    odd = chance.random()
    if odd < 0.04:
        return b"def broken(:\n    from shop.a import Cart\n"
    if odd < 0.08:
        return b"from shop.a import Cart  # \xff\n"
    head = NEWER if odd < 0.12 else ""
    encoding = "utf-8"
    if odd > 0.97:
        head, encoding = "# coding: utf-7\n", "utf-7"
    text = head + "".join(_statement(chance) for _ in range(chance.randrange(6)))
    data = text.encode(encoding)
    return data.replace(b"\n", b"\r\n") if 0.5 < odd < 0.55 else data


def project(chance: random.Random) -> dict[str, bytes]:
    """Return the files of a project."""
    homes = {path: text.encode() for path, text in HOMES.items()}
    return {**homes, **{path: module(chance) for path in PATHS}}


def _statement(chance: random.Random) -> str:
    source = f"shop.{chance.choice((*MODULES, 'cart', 'cart', 'money', 'parts', 'gone', 'legacy'))}"
    name, other = chance.choice(NAMES), chance.choice(NAMES)
    silenced = chance.choice(("", "", "", "", "  # ssot: ignore[SSOT201] known", "  # ssot: ignore[SSOT101,SSOT205] x"))
    return chance.choice(_STATEMENTS).format(source=source, name=name, other=other, silenced=silenced)


_STATEMENTS = (
    *("from {source} import {name}{silenced}\n",) * 4,
    "from {source} import {name}, {other}{silenced}\n",
    "from {source} import {name} as Trolley{silenced}\n",
    "from {source} import *\n",
    "from . import a, compat\n",
    "from .parts import {name}{silenced}\n",
    "import {source} as m\nx = m.{name}(){silenced}\n",
    "import {source} as m\nx = (m.{name}, m. {other})\n",
    "import {source}\n\n\ndef use():\n    return {source}.{name}(1)\n",
    "Trolley = {name}{silenced}\n",
    "{name} = object()\n",
    "__all__ = ['{name}', '{other}']\n",
    'patch("{source}.{name}")\n',
    'patch.multiple("{source}", {name}=1, {other} =2)\n',
    'def test_{name}(mp):\n    mp.setattr("{source}.{name}", 1){silenced}\n    import_module("{source}")\n',
    "try:\n    from {source} import {name}\nexcept ImportError:\n    {name} = None\n",
    "def make():\n    from {source} import {name}{silenced}\n    return {name}()\n",
    "def get_trolley():\n    return {name}()\n",
    "_one = {name}()\n",
    "class {name}:\n    def add(self, item):\n        self.items.append(item)\n        return item\n",
    "class My{name}({other}):{silenced}\n    pass\n",
    "def __getattr__(name):\n    if name == '{name}':\n        from {source} import {name}\n        return {name}\n",
    "# ssot: ignore-file[SSOT201] old\n",
    "if TYPE_CHECKING:\n    from {source} import {name}{silenced}\n",
    "import sys\nsys.modules['{source}'] = sys.modules['shop.cart']\n",
)
