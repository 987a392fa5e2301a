"""The import graph agrees with grimp's on real packages."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import grimp
import pytest

from ssot_lint.facts.read import read
from ssot_lint.model.facts import SourceFile
from ssot_lint.project.model import Project
from ssot_lint.project.modules import Root, module_name


def _build(package: str) -> Project:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    files = []
    for path in sorted(folder.rglob("*.py")):
        inner = path.relative_to(folder.parent).as_posix()
        name, is_package = module_name(inner, [Root("")])
        files.append(SourceFile(inner, name, is_package, read(path.read_bytes())))
    return Project.build(files)


@pytest.mark.parametrize("package", ["click", "jinja2", "_pytest", "rich"])
def test_edges_are_those_of_grimp(package: str) -> None:
    project = _build(package)
    oracle = grimp.build_graph(package, include_external_packages=False, cache_dir=None)
    expected = {
        (importer, imported)
        for importer in oracle.modules
        for imported in oracle.find_modules_directly_imported_by(importer)
    }
    found = {(edge.importer, edge.imported) for edge in project.graph.edges}
    assert len(expected) > 20
    assert found == expected


def test_every_module_of_a_real_package_can_be_imported() -> None:
    project = _build("rich")
    assert project.broken.all() == {}
    assert [site for site in project.imports if site.resolution.target.kind == "unresolved"] == []
