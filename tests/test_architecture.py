"""The layers of ARCHITECTURE.md, read from our own imports: upper may import lower, a row never within itself."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "ssot_lint"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("cli", "pytest_plugin"),
    ("studies", "dev"),
    ("engine",),
    ("fixing", "reporters", "rules", "workspace"),
    ("facts",),
    ("parsing", "project"),
    ("model",),
)
OUTSIDE_THE_LAYERS = {"__init__": set[str](), "__main__": {"cli"}}

OWNERS: dict[str, tuple[str, ...]] = {
    "ast": ("facts", "parsing"),
    "click": ("cli",),
    "ctypes": ("fixing.exchange", "parsing.pool"),
    "importlib": ("cli.__init__", "cli.report", "parsing.reader", "rules.__init__"),
    "importlib.abc": ("workspace.packs",),
    "importlib.resources": ("workspace.packs",),
    "jinja2": ("reporters.html",),
    "libcst": ("fixing.rewriters", "parsing"),
    "msgspec": ("cli.config", "engine", "model", "studies", "workspace"),
    "multiprocessing": ("parsing.pool",),
    "pathspec": ("model.patterns",),
    "rich": ("cli.console", "reporters.text"),
    "subprocess": ("fixing.verify", "workspace.git"),
    "tokenize": ("parsing.reader",),
    "tomli": ("workspace",),
}
"""Who may import what reaches outside; the longest name that covers an import counts."""

NOBODY = {
    *("asyncio", "code", "codeop", "ftplib", "http", "imp", "marshal", "pickle", "pty", "requests", "runpy"),
    *("shelve", "smtplib", "socket", "socketserver", "ssl", "tomllib", "urllib", "webbrowser", "xmlrpc", "zipimport"),
}
"""What would reach the network, run the code that is read, or trust bytes that it finds."""

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "breakpoint", "input", "print"}


class Importing(NamedTuple):
    """One import of one of our modules."""

    module: str
    line: int
    imported: str

    @property
    def package(self) -> str:
        """The package or module directly under `ssot_lint` that imports."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"ssot_lint.{self.module}:{self.line} imports {self.imported}"


def modules() -> dict[str, ast.Module]:
    """Return every module of ours by its dotted name under `ssot_lint`."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found[name] = ast.parse(path.read_bytes())
    return found


MODULES = modules()


def importings() -> list[Importing]:
    """Return every import of every module of ours, wherever it stands."""
    found = []
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found += [Importing(module, node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"ssot_lint.{module}:{node.lineno}: our imports are absolute"
                assert node.module is not None
                found += [_imported(module, node.module, alias.name, node.lineno) for alias in node.names]
    return found


def _imported(module: str, source: str, name: str, line: int) -> Importing:
    full = f"{source}.{name}"
    ours = full.removeprefix("ssot_lint.")
    is_module = source in ("ssot_lint", "importlib") or ours in MODULES or f"{ours}.__init__" in MODULES
    return Importing(module, line, full if is_module else source)


IMPORTINGS = importings()


def row(package: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if package in names)


def test_every_package_is_placed() -> None:
    placed = {name for names in LAYERS for name in names}
    there = {name.partition(".")[0] for name in MODULES} - OUTSIDE_THE_LAYERS.keys()
    assert there <= placed, f"place {sorted(there - placed)} in LAYERS and in ARCHITECTURE.md"


def test_upper_imports_lower_only() -> None:
    wrong = []
    for one in IMPORTINGS:
        if one.imported == "ssot_lint" or not one.imported.startswith("ssot_lint."):
            continue
        target = one.imported.split(".")[1]
        if target in (one.package, "__version__"):
            continue
        if one.package in OUTSIDE_THE_LAYERS:
            allowed = target in OUTSIDE_THE_LAYERS[one.package]
        else:
            allowed = row(one.package) < row(target)
        if not allowed:
            wrong.append(str(one))
    assert not wrong, "\n".join(wrong)


def test_the_layers_are_the_documented_ones() -> None:
    text = (CHECKOUT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = text.partition("```layers\n")[2].partition("```")[0].splitlines()
    there = {name.partition(".")[0] for name in MODULES}
    rows = [tuple(name for name in names if name in there) for names in LAYERS]
    assert [tuple(line.partition("  #")[0].split()) for line in drawn] == [names for names in rows if names]


def covered(module: str, owner: str) -> bool:
    return module == owner or module.startswith(f"{owner}.")


@pytest.mark.parametrize("power", OWNERS)
def test_an_outside_power_has_its_owners(power: str) -> None:
    strangers = []
    for one in IMPORTINGS:
        nearest = max((name for name in OWNERS if covered(one.imported, name)), key=len, default="")
        if nearest == power and not any(covered(one.module, owner) for owner in OWNERS[power]):
            strangers.append(str(one))
    assert not strangers, "\n".join(strangers)


def test_nobody_imports_what_runs_or_trusts_the_code_that_is_read() -> None:
    wrong = [str(one) for one in IMPORTINGS if one.imported.partition(".")[0] in NOBODY]
    assert not wrong, "\n".join(wrong)


def test_nobody_runs_code_from_text() -> None:
    wrong = [
        f"ssot_lint.{module}:{node.lineno} calls {ast.unparse(node.func)}"
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS
    ]
    assert not wrong, "\n".join(wrong)


def test_modules_are_imported_by_name_from_our_own_packages_only() -> None:
    """What `import_module` gets is written so that nothing of a linted tree can be meant."""
    calls = {
        module: ast.unparse(node.args[0])
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module")
    }
    assert calls == {
        "cli.__init__": "f'ssot_lint.cli.{name}'",
        "cli.report": "f'ssot_lint.cli.{FORMATS[name]}'",
        "rules.__init__": "f'{__name__}.{info.name}'",
    }


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    """Imports inside functions, and for type checkers only, do not count: they cannot fail when a module loads."""
    needs: dict[str, set[str]] = defaultdict(set)
    for module, tree in MODULES.items():
        for node in _module_level(tree):
            if node.module and node.module.startswith("ssot_lint."):
                for alias in node.names:
                    target = _imported(module, node.module, alias.name, node.lineno).imported
                    needs[module].add(_module_of(target.removeprefix("ssot_lint.")))
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name not in finished:
            for needed in sorted(needs[name]):
                visit(needed, (*path, name))
            finished.add(name)

    for name in MODULES:
        visit(name, ())


def _module_of(name: str) -> str:
    return f"{name}.__init__" if f"{name}.__init__" in MODULES else name


def _module_level(tree: ast.Module) -> list[ast.ImportFrom]:
    return [node for node in tree.body if isinstance(node, ast.ImportFrom)]
