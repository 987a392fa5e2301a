"""What several test files share: small projects on disk, and the command line run in this process."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from ssot_lint.cli import run

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKOUT = Path(__file__).parents[1]
NO_COPY = shutil.ignore_patterns(
    ".*_cache", ".git", ".venv", ".hypothesis", "__pycache__", "build", "dist", "*.egg-info"
)


class Outcome(NamedTuple):
    """What a run of the command line gave."""

    code: int
    out: str
    err: str


class CommandLine(Protocol):
    """Runs the command line in a folder."""

    def __call__(self, *arguments: str, cwd: Path) -> Outcome: ...


class Project(Protocol):
    """Writes a small project and returns its root; a second call adds to it."""

    def __call__(self, files: Mapping[str, str | bytes]) -> Path: ...


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)

    def run_in(*arguments: str, cwd: Path) -> Outcome:
        monkeypatch.chdir(cwd)
        capsys.readouterr()
        code = run(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Outcome(code, said.out, said.err)

    return run_in


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the checkout, so that no build touches it."""
    return shutil.copytree(CHECKOUT, tmp_path_factory.mktemp("source") / "ssot-lint", ignore=NO_COPY)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "project"

    def write(files: Mapping[str, str | bytes]) -> Path:
        (root / ".git").mkdir(parents=True, exist_ok=True)  # neither policies nor .gitignore files are sought above
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return write


@pytest.fixture
def shop(project: Project) -> Path:
    """A project with one concept and two imports of it through a shim, one in production and one in tests."""
    return project(SHOP)


SHOP: Mapping[str, str] = {
    "ssot.toml": """\
select = ["noncanonical-import", "unresolved-import", "stale-policy", "invalid-suppression"]

[[concept]]
name = "cart"
home = "shop.cart:Cart"
""",
    "shop/__init__.py": "",
    "shop/cart.py": "class Cart:\n    pass\n",
    "shop/compat.py": "from shop.cart import Cart\n",
    "shop/checkout.py": "import os\n\nfrom shop.compat import Cart\n",
    "shop/orders.py": "from shop.cart import Cart\n",
    "tests/test_cart.py": "from shop.compat import Cart\n",
}
