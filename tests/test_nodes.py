"""`children` yields what `ast.iter_child_nodes` does, contexts and operators apart, of every sort of node."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ssot_lint.facts.nodes import children

CHECKOUT = Path(__file__).parents[1]
LEFT_OUT = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
EVERYTHING = """
@decorated
class Order(Base, metaclass=Meta, **more):
    total: int = 1
    async def pay(self, one, /, two: int = 2, *rest, three, four=4, **more) -> "Bill":
        global paid, kept
        nonlocal_ = lambda a, *, b=1: (yield)
        async with lock as held, other: await held
        async for one in stream: break
        else: continue
        try: raise Error from cause
        except (A, B) as error: pass
        except: del one[1:2:3], two.three
        else: assert one, two
        finally: return
        while not one and two or -three: one += two @ three
        with a as (b, c): ...
        for one, in [*rest]: pass
        if (x := 1) if y else 2: pass
        elif 1 < 2 <= 3 is not None: import a.b as c, d
        else: from .m import x as y, z
        print(*rest, f"{one!r:>{two}}", b"x", {1: 2, **more}, {3, *rest}, [x for x in y if z if w], key=1, **more)
        {k: v async for k, v in w}; {k for k in w}; (k for k in w)
        match one:
            case [1, *others] | {"a": 2, **mapped} | Point(1, x=2, y=Point()) if guard: yield from one
            case None | a.b | _ as whole: yield
"""


def assert_same(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        expected = [one for one in ast.iter_child_nodes(node) if not isinstance(one, LEFT_OUT)]
        assert list(children(node)) == expected, ast.dump(node)


def test_everything() -> None:
    assert_same(ast.parse(EVERYTHING))


@pytest.mark.parametrize("path", sorted((CHECKOUT / "ssot_lint").rglob("*.py")), ids=lambda path: path.stem)
def test_our_own_files(path: Path) -> None:
    assert_same(ast.parse(path.read_bytes()))
