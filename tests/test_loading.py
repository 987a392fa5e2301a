"""What loading a module loads: cycles against plain reachability, on random small graphs."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint import engine
from ssot_lint.engine.indexing import index
from ssot_lint.project.loading import LoadGraph, _components

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ssot_lint.project.model import Project as IndexedProject

Edge = tuple[str, str]

FLAT = [*"pqrstu"]
NESTED = ["p", "p.q", "p.q.r", "p.s", "t", "t.u"]


def edges_of(names: list[str]) -> st.SearchStrategy[set[Edge]]:
    return st.sets(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=10)


class LoadGraphOf(LoadGraph):
    """A load graph of given modules and of imports that stand there already, without a project."""

    def __init__(self, modules: Iterable[str], imports: Iterable[Edge]) -> None:
        self._modules = dict.fromkeys(modules, None)
        self._loads: dict[str, set[str]] = {}
        for importer, module in imports:
            self._loads.setdefault(importer, set()).update(self.loaded_by(importer, module))

    def loads(self, module: str) -> set[str]:
        return self._loads.get(module, set())


def loaded(importer: str, module: str, modules: Iterable[str]) -> set[str]:
    """What an import loads, said the long way: the module, and each package above it that is not above the importer."""
    found = set()
    for one in modules:
        is_package_of_module = module.startswith(f"{one}.")
        is_package_of_importer = importer.startswith(f"{one}.") or one == importer
        if (one == module and one != importer) or (is_package_of_module and not is_package_of_importer):
            found.add(one)
    return found


def reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    while new := {two for one in found | {start} for two in graph.get(one, ())} - found:
        found |= new
    return found


def expected(modules: list[str], there: set[Edge], added: set[Edge], *, is_new: bool) -> set[Edge]:
    before: dict[str, set[str]] = defaultdict(set)
    for importer, module in there:
        before[importer] |= loaded(importer, module, modules)
    after = {module: set(before[module]) for module in modules}
    for importer, module in added:
        after[importer] |= loaded(importer, module, modules)
    found = set()
    for importer, module in added:
        ends = loaded(importer, module, modules) - before[importer] if is_new else {module}
        if any(importer in reached(after, end) | {end} for end in ends):
            found.add((importer, module))
    return found


@given(edges_of(FLAT), edges_of(FLAT))
def test_cycles_of_modules(there: set[Edge], added: set[Edge]) -> None:
    assert LoadGraphOf(FLAT, there).closing(added) == expected(FLAT, there, added, is_new=True)
    assert LoadGraphOf(FLAT, there).circular(added) == expected(FLAT, there, added, is_new=False)


@given(edges_of(NESTED), edges_of(NESTED))
def test_cycles_through_packages(there: set[Edge], added: set[Edge]) -> None:
    assert LoadGraphOf(NESTED, there).closing(added) == expected(NESTED, there, added, is_new=True)
    assert LoadGraphOf(NESTED, there).circular(added) == expected(NESTED, there, added, is_new=False)


@given(edges_of(FLAT), edges_of(FLAT))
def test_imports_that_close_nothing_leave_the_cycles_as_they_were(there: set[Edge], added: set[Edge]) -> None:
    graph = LoadGraphOf(FLAT, there)
    harmless = {edge for edge in added if edge[0] != edge[1]} - graph.closing(added)
    before, after = LoadGraphOf(FLAT, there).circular(there), LoadGraphOf(FLAT, there | harmless).circular(there)
    assert before == after


@given(edges_of(NESTED), st.sampled_from(NESTED), st.sampled_from(NESTED))
def test_the_way_back_shows_the_cycle(there: set[Edge], importer: str, module: str) -> None:
    graph = LoadGraphOf(NESTED, there)
    way = graph.way_back(importer, module)
    assert bool(way) == bool(graph.closing({(importer, module)}))
    if way:
        assert way[0] in graph.loaded_by(importer, module)
        assert way[-1] == importer
        assert all(two in graph.loads(one) for one, two in pairwise(way))


def components(graph: Mapping[str, set[str]]) -> dict[str, int]:
    return _components(list(graph), lambda node: graph.get(node, set()))


@given(edges_of(FLAT))
def test_components(edges: set[Edge]) -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for one, two in edges:
        graph[one].add(two)
    component = components(graph)
    assert component.keys() == {end for edge in edges for end in edge}
    for one in component:
        for two in component:
            together = one == two or (two in reached(graph, one) and one in reached(graph, two))
            assert (component[one] == component[two]) == together


def test_a_long_chain_needs_no_deep_recursion() -> None:
    chain = {str(number): {str(number + 1)} for number in range(20_000)}
    assert len(set(components(chain).values())) == 20_001
    assert len(set(components({**chain, "20000": {"0"}}).values())) == 1


NEEDS = {
    "shop/__init__.py": "",
    "shop/cart.py": "import json\nimport redis.client\nfrom shop.parts import deep\n",
    "shop/parts/__init__.py": "import celery\n",
    "shop/parts/deep.py": "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n",
    "shop/late.py": "def late():\n    import redis\n    import shop.cart\n",
    "shop/typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import redis\n    import shop.cart\n",
    "shop/careful.py": "try:\n    import shop.cart\nexcept ImportError:\n    pass\n",
}


@pytest.fixture
def project(tmp_path: Path) -> IndexedProject:
    (tmp_path / ".git").mkdir()
    for path, text in NEEDS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return index(engine.Options(start=tmp_path, root=tmp_path)).project


@pytest.mark.parametrize(
    ("module", "libraries"),
    [
        ("shop", set()),
        ("shop.cart", {"redis", "celery"}),
        ("shop.parts.deep", {"celery"}),
        ("shop.late", set()),
        ("shop.typed", set()),
        ("shop.careful", set()),
        ("shop.gone", set()),
        ("starlette.websockets", {"starlette"}),
        ("json.decoder", set()),
    ],
)
def test_libraries_that_loading_needs(module: str, libraries: set[str], project: IndexedProject) -> None:
    assert LoadGraph(project).needs(module) == libraries


def test_only_what_runs_at_load_closes_a_cycle(project: IndexedProject) -> None:
    graph = LoadGraph(project)
    back = {("shop.cart", f"shop.{name}") for name in ("late", "typed", "careful")}
    assert graph.closing(back) == {("shop.cart", "shop.careful")}
    assert graph.closing([("shop.parts.deep", "shop.cart")]) == {("shop.parts.deep", "shop.cart")}
    assert not graph.closing([("shop.parts.deep", "shop.parts")])
