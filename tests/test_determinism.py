"""The same tree and policy give the same bytes: whatever the workers, hash seed, order, folder or locale."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ssot_lint import engine
from ssot_lint.engine.reading import Reading, read_files
from ssot_lint.parsing import pool
from ssot_lint.reporters.json import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parents[1]
RULE_FOLDERS = ("noncanonical-import", "unresolved-import", "invalid-suppression")
POLICY = """\
[[concept]]
name = "cart"
home = "shop.cart:Cart"
looks-like = ["*Cart*"]
moved-from = ["shop.old_cart", "shop.basket"]
[[moved]]
from = "shop.core"
to = "shop.base"
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one project of many cases, each under a folder of its own, with one of them at the root."""
    root = tmp_path_factory.mktemp("tree") / "project"
    fixtures = CHECKOUT / "fixtures"
    shutil.copytree(fixtures / "noncanonical-import" / "bound-twice", root)
    for rule in RULE_FOLDERS:
        for case in sorted((fixtures / rule).iterdir()):
            leave = shutil.ignore_patterns("ssot.toml", "pyproject.toml", ".gitignore", "__pycache__")
            shutil.copytree(case, root / f"{rule}-{case.name}".replace("-", "_"), ignore=leave)
    (root / "shop" / "base.py").write_text("LIMIT = 20\n", encoding="utf-8")
    (root / "ssot.toml").write_text(POLICY, encoding="utf-8")
    (root / ".git").mkdir()
    return root


@pytest.fixture(scope="module")
def expected(tree: Path) -> str:
    return run(tree, jobs=1)


def run(root: Path, jobs: int = 1) -> str:
    report = engine.check(engine.Options(start=root, root=root, jobs=jobs))
    assert len(report.findings) > 100
    return as_json(dataclasses.replace(report, statistics={}))


def command(root: Path, cwd: Path, **environment: str) -> str:
    arguments = [sys.executable, "-m", "ssot_lint", "--root", str(root), "--output-format", "json", "--jobs", "1"]
    arguments += ["--config", str(root / "ssot.toml")]
    variables = {**os.environ, "PYTHONPATH": str(CHECKOUT), **environment}
    done = subprocess.run(arguments, cwd=cwd, env=variables, capture_output=True, check=False)
    assert done.returncode in (1, 2), done.stderr.decode(errors="replace")
    return done.stdout.decode()


def test_workers(tree: Path, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started, run_workers = [], pool.run

    def counted(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed through as it comes
        started.append(options["jobs"])
        return run_workers(*arguments, **options)

    monkeypatch.setattr("ssot_lint.engine.reading._FEW_BYTES", 0)
    monkeypatch.setattr("ssot_lint.parsing.pool.run", counted)
    assert run(tree, jobs=3) == expected
    assert 3 in started


@pytest.mark.parametrize("seed", ["1", "2"])
def test_hash_seeds_and_locales(tree: Path, expected: str, seed: str, tmp_path: Path) -> None:
    """Also from another working folder, with the plainest locale."""
    output = command(tree, tmp_path, PYTHONHASHSEED=seed, LC_ALL="C")
    assert output == expected


def test_order_of_discovery(tree: Path, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir
    shuffle = random.Random(20).shuffle  # noqa: S311 - no secret

    @contextmanager
    def shuffled(path: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        with scandir(path) as listing:
            entries = list(listing)
        shuffle(entries)
        yield iter(entries)

    monkeypatch.setattr(os, "scandir", shuffled)
    assert run(tree) == expected


def test_order_of_files(tree: Path, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project does not depend on the order in which it is given its files."""

    def shuffled(*arguments: Any) -> Reading:  # noqa: ANN401 - passed through as it comes
        result = read_files(*arguments)
        random.Random(21).shuffle(result.files)  # noqa: S311 - no secret
        return result

    monkeypatch.setattr("ssot_lint.engine.indexing.read_files", shuffled)
    assert run(tree) == expected


def test_again_in_another_folder(tree: Path, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but paths relative to the root is in the output."""
    other = tmp_path / "elsewhere" / "copy"
    shutil.copytree(tree, other)
    monkeypatch.chdir(other.parent)
    assert run(other) == expected
