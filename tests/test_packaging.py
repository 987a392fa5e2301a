"""The package as it is installed: from a wheel, editable, and as a plain checkout, it finds its packs and works."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging

CHECKOUT = Path(__file__).parents[1]
LIBRARIES = sysconfig.get_path("purelib")
"""Where what we depend on is installed already, so that nothing is downloaded."""


def run(*command: str | Path, at: Path, path: str = "") -> str:
    """Run a command to its end, and return what it prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP_", "VIRTUAL"))}
    environment |= {"PYTHONPATH": path} if path else {}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=at,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source, at=folder)
    return folder


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def fresh_environment(folder: Path, *install: str | Path) -> Path:
    """Make a virtual environment, install one thing into it, and let it see the libraries that we run with."""
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    libraries = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", at=folder).strip()
    (Path(libraries) / "libraries.pth").write_text(f"{LIBRARIES}\n", encoding="utf-8")
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed")
    run(python, "-m", "pip", "install", *options, *install, at=folder)
    return python


def assert_works(python: Path | str, at: Path, *, comes_from: Path, path: str = "") -> None:
    """Run what needs the installed data and the console's code, away from the checkout."""
    where = run(python, "-c", "import ssot_lint; print(ssot_lint.__file__)", at=at, path=path)
    assert Path(where.strip()).is_relative_to(comes_from.resolve()), where
    printed = run(python, "-m", "ssot_lint", "config", "--isolated", at=at, path=path)
    assert '"pack:recommended"' in printed
    assert '"profile": "standard"' in printed
    assert "SSOT201" in run(python, "-m", "ssot_lint", "rule", "noncanonical-import", at=at, path=path)


def test_installed_from_a_wheel(built: Path, tmp_path: Path) -> None:
    python = fresh_environment(tmp_path / "venv", only(built, "*.whl"))
    assert_works(python, tmp_path, comes_from=tmp_path / "venv")
    console = python.with_name("ssot-lint.exe" if os.name == "nt" else "ssot-lint")
    assert run(console, "--version", at=tmp_path).startswith("ssot-lint ")


def test_installed_editable(source: Path, tmp_path: Path) -> None:
    python = fresh_environment(tmp_path / "venv", "-e", source)
    assert_works(python, tmp_path, comes_from=source)


def test_plain_checkout(source: Path, tmp_path: Path) -> None:
    assert_works(sys.executable, tmp_path, comes_from=source, path=str(source))


def test_the_wheel_holds_the_package_and_the_packs_only(built: Path) -> None:
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        names = wheel.namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"ssot_lint"}
    packs = {path.name for path in (CHECKOUT / "rules" / "packs").glob("*.toml")}
    assert {name.rpartition("/")[2] for name in names if name.startswith("ssot_lint/packs/")} == packs
    assert "ssot_lint/py.typed" in names


def test_the_sdist_holds_what_the_tests_need(built: Path) -> None:
    with tarfile.open(only(built, "*.tar.gz")) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    wanted = (
        "tests/test_docs.py",
        "fixtures/_projects/golden-path/ssot.toml",
        "rules/README.md",
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
        "ssot.toml",
        ".ci/run",
        ".pre-commit-hooks.yaml",
        "action.yml",
    )
    assert [name for name in wanted if name not in names] == []
