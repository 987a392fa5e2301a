"""`--fix` and what belongs to it, through the command line: what a person types, sees, and has in the files."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ssot_lint.fixing import write as writing
from ssot_lint.fixing.journal import locked
from ssot_lint.workspace.storage import FOLDER, journal_folder
from tests.conftest import SHOP

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import CommandLine, Outcome, Project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, signals and modes are those of POSIX")

OLD = "from shop.compat import Cart\n"
NEW = "from shop.cart import Cart\n"
UNDO = "; ssot-lint undo takes that back"
BOTH = ("shop/checkout.py", "tests/test_cart.py")
DIFF = """\
diff --git a/tests/test_cart.py b/tests/test_cart.py
--- a/tests/test_cart.py
+++ b/tests/test_cart.py
@@ -1 +1 @@
-from shop.compat import Cart
+from shop.cart import Cart
"""

TOGETHER: Mapping[str, str] = {
    "ssot.toml": """\
select = ["noncanonical-import", "noncanonical-string", "unresolved-import", "shim-module"]

[[concept]]
name = "cart"
home = "shop.cart:Cart"
""",
    "shop/__init__.py": "",
    "shop/cart.py": "class Cart:\n    pass\n",
    "shop/compat.py": 'from shop.cart import Cart\n\n__all__ = ["Cart"]\n',
    "shop/checkout.py": "def open_cart():\n    from shop.compat import Cart\n\n    return Cart()\n",
    "tests/test_checkout.py": """\
from unittest.mock import patch

from shop.checkout import open_cart


def test_checkout():
    with patch("shop.compat.Cart"):
        open_cart()
""",
}
"""An import inside a function, and a test that patches what it reads: they move together, and the shim is deleted."""

RIVAL: Mapping[str, str] = {
    "ssot.toml": """\
select = ["noncanonical-import"]

[[concept]]
name = "cart"
home = "shop.cart:Cart"
moved-from = ["shop.legacy"]
""",
    "shop/__init__.py": "",
    "shop/cart.py": "class Cart:\n    pass\n",
    "shop/legacy.py": "class Cart:\n    pass\n",
    "shop/report.py": "from shop.legacy import Cart\n",
}
"""An import of another object of the same name."""


def held(root: Path) -> dict[str, bytes]:
    """Return what every file of a tree holds, less our own folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink() and FOLDER not in path.parts
    }


def changed(root: Path, before: Mapping[str, bytes]) -> list[str]:
    """Return the files that are not what they were."""
    now = held(root)
    return sorted(path for path in {*now, *before} if now.get(path) != before.get(path))


def process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own, where stdout is bytes."""
    command = [sys.executable, "-m", "ssot_lint", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, check=False)


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.autocrlf=false")
    command = ["git", *identity, *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, check=True, encoding="utf-8")
    return done.stdout


def repository(root: Path) -> Path:
    """Make a git repository of a project, with everything in one commit."""
    shutil.rmtree(root / ".git", ignore_errors=True)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")
    return root


def answer(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Let the answers be what stdin holds; after them it ends."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{one}\n" for one in answers)))


def python(code: str) -> str:
    """Return a command for --verify: some Python, run in the root."""
    return f"{sys.executable} -c '{code}'"


def read_json(result: Outcome) -> dict[str, Any]:
    document = json.loads(result.out)
    assert isinstance(document, dict)
    return document


# What a plain check says


def test_a_check_says_what_the_fixes_would_do(cli: CommandLine, project: Project, shop: Path) -> None:
    assert cli(cwd=shop).out.endswith("2 findings (2 errors) in 6 files\n--fix would fix 2 findings\n")
    project({"shop/legacy.py": "class Cart: ...\n", "shop/report.py": RIVAL["shop/report.py"]})
    project({"ssot.toml": f'{SHOP["ssot.toml"]}moved-from = ["shop.legacy"]\n'})
    for output_format in ("text", "concise"):
        lines = cli("--output-format", output_format, cwd=shop).out.splitlines()
        assert lines[-2:] == ["--fix would fix 2 findings", "1 more finding could be fixed with --unsafe-fixes"]


def test_a_check_changes_nothing(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    assert cli(cwd=shop).code == 1
    assert cli("--show-fixes", cwd=shop).code == 1
    assert cli("--unsafe-fixes", cwd=shop).err == "--unsafe-fixes alone changes nothing; add --fix or --diff\n"
    assert changed(shop, before) == []
    assert not (shop / FOLDER / "journal").exists()


def test_the_remedy_line(cli: CommandLine, project: Project, shop: Path) -> None:
    assert "\n  fix: from shop.cart import Cart\n" in cli(cwd=shop).out
    out = cli(cwd=project(TOGETHER)).out
    why = "since tests/test_checkout.py:7 patches shop.compat.Cart, and would miss it"
    assert f"\n  unsafe fix: from shop.cart import Cart\n    {why}\n" in out
    assert "\n  do: let who takes Cart from here take it from shop.cart\n" in out


# --fix


def test_fix_repairs_and_exits_0_when_nothing_is_left(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    result = cli("--fix", cwd=shop)
    assert result == (0, f"no findings in 6 files\nfixed 2 findings in 2 files{UNDO}\n", "")
    assert changed(shop, before) == [*BOTH]
    assert (shop / "shop/checkout.py").read_text() == "import os\n\nfrom shop.cart import Cart\n"
    assert (shop / "tests/test_cart.py").read_text() == NEW
    assert cli("--fix", cwd=shop) == (0, "no findings in 6 files\nnothing was fixed\n", "")


def test_fix_exits_1_while_anything_remains(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/lost.py": "from shop.cart import Basket\n"})
    result = cli("--fix", cwd=shop)
    assert result.code == 1
    assert "shop/lost.py:1:23: SSOT205[unresolved-import]" in result.out
    assert "SSOT201" not in result.out
    assert result.out.endswith(f"1 finding (1 error) in 7 files\nfixed 2 findings in 2 files{UNDO}\n")
    assert cli("--fix", "--fail-on", "error", "--config", "severity.SSOT205=info", cwd=shop).code == 0
    assert cli("--fix", "--fail-on", "info", "--config", "severity.SSOT205=info", cwd=shop).code == 1
    assert cli("--fix", "--exit-zero", cwd=shop).code == 0


def test_a_file_that_cannot_be_analysed_is_2_and_the_others_are_fixed(
    cli: CommandLine, project: Project, shop: Path
) -> None:
    project({"shop/broken.py": "from shop.compat import Cart\ndef f(:\n"})
    before = held(shop)
    result = cli("--fix", cwd=shop)
    assert result.code == 2
    assert changed(shop, before) == [*BOTH]
    assert "shop/broken.py: syntax-error: line 2" in result.out
    assert "the verdict is incomplete: 1 file could not be analysed" in result.out
    assert cli("--fix", "--exit-zero", cwd=shop).code == 2


def test_fix_only_says_nothing_of_what_is_left(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/lost.py": "from shop.cart import Basket\n"})
    assert cli("--fix-only", cwd=shop) == (0, f"fixed 2 findings in 2 files{UNDO}\n", "")
    assert cli("--fix-only", cwd=shop) == (0, "nothing was fixed\n", "")
    project({"shop/broken.py": "def f(:\n", "shop/checkout.py": OLD})
    result = cli("--fix-only", cwd=shop)
    assert result.code == 2
    assert result.out.startswith("shop/broken.py: syntax-error: line 1")
    assert f"\nfixed 1 finding in 1 file{UNDO}\nthe verdict is incomplete:" in result.out


def test_fix_only_as_json_tells_the_fixes_and_no_findings(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/lost.py": "from shop.cart import Basket\n"})
    result = cli("--fix-only", "--output-format", "json", cwd=shop)
    document = read_json(result)
    assert result.code == 0
    assert document["findings"] == []
    assert (document["summary"]["fixed"], document["summary"]["files_changed"]) == (2, [*BOTH])


def test_exit_non_zero_on_fix(cli: CommandLine, shop: Path) -> None:
    assert cli("--show-fixes", "--exit-non-zero-on-fix", "--fail-on=error", "--zone=tests", cwd=shop).code == 1
    assert cli("--fix", "--exit-non-zero-on-fix", cwd=shop).code == 1
    assert cli("--fix", "--exit-non-zero-on-fix", cwd=shop).code == 0
    for arguments, code in ((["--fix-only", "--exit-non-zero-on-fix"], 1), (["--fix-only", "--exit-zero"], 0)):
        assert cli("undo", cwd=shop).code == 0
        assert cli(*arguments, cwd=shop).code == code


def test_only_a_fix_that_was_made_counts_for_exit_non_zero_on_fix(cli: CommandLine, shop: Path) -> None:
    options = ("--show-fixes", "--exit-non-zero-on-fix", "--config", "severity.SSOT201=info")
    assert cli(*options, cwd=shop).code == 0
    assert cli("--fix", *options, cwd=shop).code == 1


def test_quiet(cli: CommandLine, shop: Path) -> None:
    assert cli("--fix", "-q", cwd=shop) == (0, "", "")
    assert (shop / "tests/test_cart.py").read_text() == NEW


# Which fixes


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--fixable", "SSOT201"], [*BOTH]),
        (["--fixable", "noncanonical-import,SSOT1"], [*BOTH]),
        (["--fixable", "SSOT1"], []),
        (["--unfixable", "SSOT201"], []),
        (["--unfixable", "SSOT1"], [*BOTH]),
        (["--fixable", "SSOT2", "--unfixable", "noncanonical-import"], []),
        (["--select", "SSOT205"], []),
        (["--select", "SSOT201"], [*BOTH]),
        (["--ignore", "SSOT201"], []),
        (["--config", "severity.SSOT201=off"], []),
        (["--config", "severity.SSOT201=info"], [*BOTH]),
        (["--zone", "tests"], ["tests/test_cart.py"]),
        (["--zone", "production"], ["shop/checkout.py"]),
        (["--extend-exclude", "tests/"], ["shop/checkout.py"]),
        (["tests"], ["tests/test_cart.py"]),
        (["shop/checkout.py"], ["shop/checkout.py"]),
        (["shop/orders.py"], []),
    ],
)
def test_what_limits_the_fixes(cli: CommandLine, shop: Path, options: list[str], expected: list[str]) -> None:
    before = held(shop)
    named = set(cli("--diff", *options, cwd=shop).out.splitlines())
    assert {f"+++ b/{path}" for path in expected} == {line for line in named if line.startswith("+++")}
    assert changed(shop, before) == []
    cli("--fix", *options, cwd=shop)
    assert changed(shop, before) == expected


@pytest.mark.parametrize("option", ["--fixable", "--unfixable"])
def test_an_unknown_rule_is_a_usage_error(cli: CommandLine, shop: Path, option: str) -> None:
    before = held(shop)
    result = cli("--fix", option, "SSOT999", cwd=shop)
    assert (result.code, result.out) == (2, "")
    assert 'no rule is called "SSOT999"' in result.err
    assert changed(shop, before) == []


def test_suppressed_and_excepted_findings_are_never_fixed(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/checkout.py": f"{OLD.strip()}  # ssot: ignore[SSOT201] for now\n"})
    exception = '[[concept.exception]]\npath = "tests/**"\nrule = "SSOT201"\nreason = "later"\n'
    project({"ssot.toml": f"{SHOP['ssot.toml']}{exception}"})
    before = held(shop)
    lines = ["no findings in 6 files", "nothing was fixed", "2 findings suppressed or excepted"]
    for options in (["--fix"], ["--fix", "--unsafe-fixes"]):
        result = cli(*options, cwd=shop)
        assert (result.code, result.out.splitlines()) == (0, lines)
    assert changed(shop, before) == []


def test_another_object_is_taken_only_with_unsafe_fixes(cli: CommandLine, project: Project) -> None:
    root = project(RIVAL)
    before = held(root)
    result = cli("--fix", cwd=root)
    assert result.code == 1
    assert changed(root, before) == []
    assert result.out.endswith("nothing was fixed\n1 finding could be fixed with --unsafe-fixes\n")
    assert "\n    since another object: shop.legacy:Cart becomes shop.cart:Cart" in result.out
    fix = read_json(cli("--output-format", "json", cwd=root))["findings"][0]["fix"]
    assert fix["applicability"] == "unsafe"
    assert fix["reason"].startswith("another object: shop.legacy:Cart becomes shop.cart:Cart")
    assert cli("--fix", "--unsafe-fixes", cwd=root).code == 0
    assert changed(root, before) == ["shop/report.py"]
    assert (root / "shop/report.py").read_text() == NEW


# PATHS


def test_a_fix_is_made_only_if_all_of_it_lies_in_the_paths(cli: CommandLine, project: Project) -> None:
    root = project(TOGETHER)
    before = held(root)
    for paths, outside in (
        (["shop"], "tests/test_checkout.py"),
        (["tests"], "shop/checkout.py"),
        (["shop/cart.py"], "shop/checkout.py"),
    ):
        result = cli("--fix", "--unsafe-fixes", *paths, cwd=root)
        assert result.code == 1
        assert f"{outside}, which is not among the given paths\n" in result.out
        assert "fix-withheld: line " in result.out
        assert "\nnothing was fixed\n" in result.out
        assert changed(root, before) == []
    assert cli("--fix", "--unsafe-fixes", "shop", "tests", cwd=root).code == 0
    assert changed(root, before) == ["shop/checkout.py", "shop/compat.py", "tests/test_checkout.py"]


def test_paths_that_cover_nothing(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    said = "nothing to check: no file that is read stands under the given paths\n"
    for options, out, err in ((["--fix"], said, ""), (["--fix-only"], said, ""), (["--diff"], "", said)):
        result = cli(*options, "--extend-exclude", "checkout.py", "shop/checkout.py", cwd=shop)
        assert result == (0, out, err)
    assert changed(shop, before) == []


# All or nothing


def test_an_import_and_the_patch_of_it_move_together(cli: CommandLine, project: Project) -> None:
    root = project(TOGETHER)
    before = held(root)
    assert cli("--fix", cwd=root).code == 1
    assert changed(root, before) == []
    result = cli("--fix", "--unsafe-fixes", cwd=root)
    assert result == (0, f"no findings in 4 files\nfixed 3 findings in 3 files{UNDO}\n", "")
    assert "    from shop.cart import Cart\n" in (root / "shop/checkout.py").read_text()
    assert 'patch("shop.cart.Cart")' in (root / "tests/test_checkout.py").read_text()
    assert not (root / "shop/compat.py").exists()
    assert cli("undo", cwd=root).code == 0
    assert held(root) == before


@pytest.mark.parametrize("path", ["shop/checkout.py", "tests/test_checkout.py"])
def test_where_one_file_cannot_be_written_the_other_is_not_and_the_module_stays(
    cli: CommandLine, project: Project, path: str
) -> None:
    root = project(TOGETHER)
    before = held(root)
    (root / path).chmod(0o444)
    result = cli("--fix", "--unsafe-fixes", cwd=root)
    assert result.code == 1
    assert changed(root, before) == []
    other = ({"shop/checkout.py", "tests/test_checkout.py"} - {path}).pop()
    assert f"{path}: write-refused: it is read-only\n" in result.out
    assert f"{other}: write-refused: it belongs together with {path}\n" in result.out
    assert "shop/compat.py: fix-withheld: it is not deleted, since shop/checkout.py may still need it" in result.out
    assert "\nnothing was fixed\n" in result.out
    assert "3 findings (1 error, 2 warnings)" in result.out


def test_a_file_that_cannot_be_written_does_not_keep_the_others_from_it(cli: CommandLine, shop: Path) -> None:
    (shop / "shop/checkout.py").chmod(0o444)
    before = held(shop)
    result = cli("--fix", cwd=shop)
    assert result.code == 1
    assert changed(shop, before) == ["tests/test_cart.py"]
    assert "shop/checkout.py:3:25: SSOT201" in result.out
    assert "shop/checkout.py: write-refused: it is read-only\n" in result.out
    assert f"1 finding (1 error) in 6 files\nfixed 1 finding in 1 file{UNDO}\n" in result.out


def test_a_file_that_changes_meanwhile_is_left(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(shop)
    recover = writing._recover  # noqa: SLF001 - the moment between reading and writing
    calls = []

    def editing(*arguments: Any) -> tuple[str, ...]:  # noqa: ANN401 - passed on
        calls.append(arguments)
        if (shop / FOLDER / "journal").exists():
            (shop / "shop/checkout.py").write_text("# mine\n")
        return recover(*arguments)

    monkeypatch.setattr(writing, "_recover", editing)
    result = cli("--fix", cwd=shop)
    assert calls
    assert (shop / "shop/checkout.py").read_text() == "# mine\n"
    assert changed(shop, before) == [*BOTH]
    assert "shop/checkout.py: write-refused: it has changed since it was read\n" in result.out


# --diff

ENCODINGS: Mapping[str, bytes] = {
    "shop/plain.py": b"from shop.compat import Cart\n",
    "shop/crlf.py": b"import os\r\nfrom shop.compat import Cart\r\nx = 1\r\n",
    "shop/mixed.py": b"import os\r\nfrom shop.compat import Cart\nx = 1\r\n",
    "shop/open_end.py": b"import os\nfrom shop.compat import Cart",
    "shop/latin.py": b"# -*- coding: latin-1 -*-\nx = '\xe9\xdf'\nfrom shop.compat import Cart  # \xe4\n",
    "shop/bom.py": b"\xef\xbb\xbffrom shop.compat import Cart\n",
    "shop/form_feed.py": b"import os\n\x0c\nfrom shop.compat import Cart  # \x0c\n",
    "shop/split.py": b"from shop.compat import (\n    Cart,  # kept\n)\n",
    "shop/long.py": b"".join(b"x%d = %d\n" % (n, n) for n in range(40))
    + b"from shop.compat import Cart\n"
    + b"y = 1\n",
    "shop/with space.py": b"from shop.compat import Cart\n",
    'shop/na\xc3\xafve\t"q".py'.encode("latin-1").decode("utf-8"): b"from shop.compat import Cart\n",
}


@pytest.fixture
def encodings(project: Project, shop: Path) -> Path:
    project(ENCODINGS)
    return shop


def test_a_diff_is_what_fix_writes(encodings: Path) -> None:
    root = repository(encodings)
    before = held(root)
    diff = process("--diff", cwd=root)
    assert diff.returncode == 1
    assert held(root) == before
    assert not (root / FOLDER / "journal").exists()
    copy = root.parent / "copy"
    shutil.copytree(root, copy)
    applied = subprocess.run(["git", "apply"], cwd=copy, input=diff.stdout, capture_output=True, check=False)  # noqa: S607 - as above
    assert (applied.returncode, applied.stderr) == (0, b"")
    fixed = process("--fix", cwd=root)
    assert fixed.returncode == 0, fixed.stdout
    for path in before:
        if not path.startswith(".git/"):
            assert (root / path).read_bytes() == (copy / path).read_bytes(), path
    assert set(ENCODINGS) <= set(changed(root, before))
    for path in ENCODINGS:
        assert (root / path).read_bytes() == ENCODINGS[path].replace(b"shop.compat", b"shop.cart"), path


def test_a_deletion_in_a_diff_is_what_fix_does(project: Project) -> None:
    root = repository(project(TOGETHER))
    diff = process("--diff", "--unsafe-fixes", cwd=root).stdout
    assert process("--fix", "--unsafe-fixes", cwd=root).returncode == 0
    wanted = {path: data for path, data in held(root).items() if not path.startswith(".git/")}
    git(root, "checkout", "-q", ".")
    subprocess.run(["git", "apply"], cwd=root, input=diff, check=True)  # noqa: S607 - as above
    assert {path: data for path, data in held(root).items() if not path.startswith(".git/")} == wanted
    assert "shop/compat.py" not in wanted


def test_a_diff_stands_alone_on_stdout(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    result = cli("--diff", "tests/test_cart.py", cwd=shop)
    assert result == (1, DIFF, "1 finding (1 error) in 6 files\n--fix would fix 1 finding in 1 file\n")
    assert cli("--diff", "--fix", "tests/test_cart.py", cwd=shop) == result  # --diff wins
    assert cli("--diff", "--exit-zero", "tests/test_cart.py", cwd=shop) == (0, *result[1:])
    assert cli("--diff", "--output-format", "concise", "tests/test_cart.py", cwd=shop) == result
    assert changed(shop, before) == []
    assert not (shop / FOLDER / "journal").exists()


def test_a_diff_that_would_change_nothing(cli: CommandLine, project: Project, shop: Path) -> None:
    assert cli("--fix", cwd=shop).code == 0
    assert cli("--diff", cwd=shop) == (0, "", "no findings in 6 files\n--fix would change nothing\n")
    project({"shop/lost.py": "from shop.cart import Basket\n"})
    result = cli("--diff", cwd=shop)
    assert (result.code, result.out) == (1, "")
    assert cli("--diff", "--fix-only", cwd=shop).code == 0
    project({"shop/broken.py": "def f(:\n", "shop/checkout.py": OLD})
    result = cli("--diff", cwd=shop)
    assert result.code == 2
    assert result.out.startswith("diff --git a/shop/checkout.py b/shop/checkout.py\n")
    assert result.err.startswith("shop/broken.py: syntax-error: line 1")


def test_a_diff_of_a_project_in_a_folder_of_a_repository(project: Project, shop: Path) -> None:
    del project
    top = shop.parent / "top"
    (top / "apps").mkdir(parents=True)
    shutil.rmtree(shop / ".git")
    shop.rename(top / "apps/shop")
    repository(top)
    diff = process("--diff", cwd=top / "apps/shop").stdout
    assert b"\n+++ b/shop/checkout.py\n" in diff
    for folder, directory in (
        ("apps/shop", git(top / "apps/shop", "rev-parse", "--show-prefix").strip()),
        (".", "apps/shop"),
    ):
        applying = ["git", "apply", f"--directory={directory}"]
        subprocess.run(applying, cwd=top / folder, input=diff, check=True)
        assert git(top, "diff", "--name-only").split() == ["apps/shop/shop/checkout.py", "apps/shop/tests/test_cart.py"]
        git(top, "checkout", "-q", ".")


def test_a_report_beside_a_diff_goes_to_a_file(cli: CommandLine, shop: Path) -> None:
    result = cli("--diff", "--output-format", "json:../report.json", "tests/test_cart.py", cwd=shop)
    assert result.out == DIFF
    document = json.loads((shop.parent / "report.json").read_text(encoding="utf-8"))
    assert document["findings"][0]["fix"]["edits"]
    result = cli("--diff", "--output-format", "json", cwd=shop)
    assert (result.code, result.out) == (2, "")
    assert "--diff prints the diff on stdout; give the output format a file" in result.err


def test_a_diff_on_a_terminal_has_colours_and_elsewhere_never(
    cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert cli("--diff", "tests/test_cart.py", cwd=shop).out == DIFF
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert cli("--diff", "--color", "never", "tests/test_cart.py", cwd=shop).out == DIFF
    assert cli("--diff", "tests/test_cart.py", cwd=shop).out.splitlines() == [
        *(f"\x1b[1m{line}\x1b[0m" for line in DIFF.splitlines()[:3]),
        "\x1b[36m@@ -1 +1 @@\x1b[0m",
        "\x1b[31m-from shop.compat import Cart\x1b[0m",
        "\x1b[32m+from shop.cart import Cart\x1b[0m",
    ]


# --show-fixes


def test_show_fixes(cli: CommandLine, project: Project, shop: Path) -> None:
    project({"shop/twice.py": f"def f():\n    {OLD}\n\ndef g():\n    {OLD}"})
    listed = [
        "shop/checkout.py:",
        "  SSOT201 from shop.cart import Cart",
        "shop/twice.py:",
        "  SSOT201 from shop.cart import Cart, 2 times",
        "tests/test_cart.py:",
        "  SSOT201 from shop.cart import Cart",
    ]
    result = cli("--show-fixes", cwd=shop)
    assert result.code == 1
    assert result.out.splitlines()[-7:] == ["--fix would fix 4 findings in 3 files", *listed]
    diff = cli("--diff", "--show-fixes", cwd=shop)
    assert diff.out.startswith("diff --git ")
    assert diff.err.splitlines()[-6:] == listed
    made = [f"fixed 4 findings in 3 files{UNDO}", *listed]
    for options in (["--fix"], ["--fix-only"], ["--fix", "--output-format=concise"]):
        assert cli(*options, "--show-fixes", cwd=shop).out.splitlines()[-7:] == made
        assert cli("undo", cwd=shop).code == 0


def test_show_fixes_tells_unsafe_ones_only_when_asked_for(cli: CommandLine, project: Project) -> None:
    root = project(TOGETHER)
    assert "SSOT" not in cli("--show-fixes", cwd=root).out.partition("--fix would change nothing")[2]
    assert cli("--show-fixes", "--unsafe-fixes", cwd=root).out.splitlines()[-7:] == [
        "--fix would fix 3 findings in 3 files",
        "shop/checkout.py:",
        "  SSOT201 from shop.cart import Cart (unsafe)",
        "shop/compat.py:",
        "  SSOT202 delete the module (unsafe)",
        "tests/test_checkout.py:",
        '  SSOT203 name "shop.cart.Cart" (unsafe)',
    ]


# JSON


def applied(data: bytes, edits: list[dict[str, Any]]) -> bytes:
    encoding = "latin-1" if b"coding: latin-1" in data else "utf-8"
    for edit in sorted(edits, key=lambda one: -int(one["start"])):
        data = data[: edit["start"]] + edit["content"].encode(encoding) + data[edit["end"] :]
    return data


def test_edits_are_told_when_fixes_are_asked_for(cli: CommandLine, encodings: Path) -> None:
    before = held(encodings)
    plain = read_json(cli("--output-format", "json", cwd=encodings))
    assert {json.dumps(one["fix"]["edits"]) for one in plain["findings"]} == {"null"}
    assert "fixed" not in plain["summary"]
    document = read_json(cli("--output-format", "json", "--show-fixes", cwd=encodings))
    assert (document["summary"]["fixed"], document["summary"]["files_changed"]) == (0, [])
    assert changed(encodings, before) == []
    edits: dict[str, list[dict[str, Any]]] = {}
    for finding in document["findings"]:
        for edit in finding["fix"]["edits"]:
            assert edit.keys() == {"path", "start", "end", "content"}
            edits.setdefault(edit["path"], []).append(edit)
    wanted = {path: applied(data, edits.get(path, [])) for path, data in before.items()}
    fixed = read_json(cli("--fix", "--output-format", "json", cwd=encodings))
    assert held(encodings) == wanted
    assert fixed["findings"] == []
    assert (fixed["summary"]["fixed"], fixed["summary"]["fixable"]) == (13, 0)
    assert fixed["summary"]["files_changed"] == changed(encodings, before)


def test_the_edits_of_what_is_left_are_those_on_the_files_as_they_are(cli: CommandLine, project: Project) -> None:
    root = project(TOGETHER)
    project({"shop/later.py": OLD})
    document = read_json(cli("--fix", "--output-format", "json", cwd=root))
    before = held(root)
    edits: dict[str, list[dict[str, Any]]] = {}
    for finding in document["findings"]:
        if finding["name"] == "noncanonical-import":
            for edit in finding["fix"]["edits"]:
                edits.setdefault(edit["path"], []).append(edit)
    assert sorted(edits) == ["shop/checkout.py", "tests/test_checkout.py"]
    assert cli("--fix", "--unsafe-fixes", cwd=root).code == 0
    for path, own in edits.items():
        assert (root / path).read_bytes() == applied(before[path], own)


def test_a_deletion_is_told(cli: CommandLine, project: Project) -> None:
    root = project({**TOGETHER, "shop/checkout.py": "", "tests/test_checkout.py": ""})
    [finding] = read_json(cli("--show-fixes", "--output-format", "json", cwd=root))["findings"]
    assert finding["fix"]["edits"] == [{"path": "shop/compat.py", "delete": True}]


# --interactive


def three(project: Project) -> Path:
    root = project(SHOP)
    return project({"shop/zebra.py": OLD}) and root


def ask(cli: CommandLine, root: Path, *options: str) -> tuple[list[str], Outcome]:
    """Run --interactive; return the changed files, and what was said."""
    before = held(root)
    result = cli("--interactive", *options, cwd=root)
    return changed(root, before), result


ALL_THREE = ["shop/checkout.py", "shop/zebra.py", "tests/test_cart.py"]


@pytest.mark.parametrize(
    ("answers", "expected", "questions"),
    [
        (["y", "y", "y"], ALL_THREE, 3),
        (["n", "n", "n"], [], 3),
        (["y", "n", "y"], ["shop/checkout.py", "tests/test_cart.py"], 3),
        (["YES", "No", " all "], ["shop/checkout.py", "tests/test_cart.py"], 3),
        (["", "", "y"], ["tests/test_cart.py"], 3),
        (["a"], ALL_THREE, 1),
        (["n", "a"], ["shop/zebra.py", "tests/test_cart.py"], 2),
        (["q"], [], 1),
        (["y", "q"], ["shop/checkout.py"], 2),
        (["x", "?", "yikes", "y", "q"], ["shop/checkout.py"], 5),
    ],
)
def test_answers(  # noqa: PLR0913 - three fixtures and three columns
    cli: CommandLine,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[str],
    expected: list[str],
    questions: int,
) -> None:
    root = three(project)
    answer(monkeypatch, *answers)
    paths, result = ask(cli, root)
    assert paths == expected
    assert result.err.count("make this fix? [y]es, [n]o, [a]ll of cart, [q]uit: ") == questions
    assert result.code == (0 if expected == ALL_THREE else 1)
    assert "make this fix" not in result.out
    assert result.out.count("SSOT201") == 3 - len(expected)


def test_a_question_shows_the_finding_and_what_its_fix_does(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(TOGETHER)
    answer(monkeypatch, "?", "n")
    paths, result = ask(cli, root, "--unsafe-fixes")
    assert paths == []
    lines = result.err.splitlines()
    assert lines[:8] == [
        "shop/checkout.py:2:29: SSOT201[noncanonical-import] same",
        "Cart comes from shop.compat; its home is shop.cart (the same object: shop.compat -> shop.cart:Cart)",
        "tests/test_checkout.py:7:16: SSOT203[noncanonical-string] patch",
        lines[3],
        "  unsafe fix: from shop.cart import Cart",
        "    since tests/test_checkout.py:7 patches shop.compat.Cart, and would miss it",
        "diff --git a/shop/checkout.py b/shop/checkout.py",
        "--- a/shop/checkout.py",
    ]
    assert "make this fix? [y]es, [n]o, [a]ll of cart, unsafe ones too, [q]uit:   y  make this fix" in lines
    assert '+    with patch("shop.cart.Cart"):' in lines


def test_all_of_a_concept_holds_after_quit_and_for_no_other(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = three(project)
    policy = f'{SHOP["ssot.toml"]}\n[[concept]]\nname = "order"\nhome = "shop.orders:Order"\n'
    orders = {"shop/orders.py": "class Order: ...\n", "shop/old_orders.py": "from shop.orders import Order\n"}
    project({"ssot.toml": policy, **orders, "shop/late.py": "from shop.old_orders import Order\n"})
    answer(monkeypatch, "a", "q")
    paths, result = ask(cli, root)
    assert paths == ALL_THREE
    assert "[a]ll of order" in result.err


def test_all_of_the_safe_ones_does_not_take_unsafe_ones(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(RIVAL)
    project({"shop/compat.py": NEW, "shop/a.py": OLD, "shop/b.py": OLD})
    answer(monkeypatch, "a", "n")
    paths, result = ask(cli, root, "--unsafe-fixes")
    assert paths == ["shop/a.py", "shop/b.py"]
    assert result.err.count("make this fix?") == 2


def test_a_fix_that_was_left_is_not_asked_about_again(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(SHOP)
    two = "from shop.compat import Cart, old\n"  # its fix makes two statements of it: the lines below move
    project({"shop/checkout.py": f"{two}\n\ndef f():\n    {OLD}", "tests/test_cart.py": ""})
    project({"shop/compat.py": f"{NEW}old = 1\n"})
    answer(monkeypatch, "y", "n", "y", "y")
    paths, result = ask(cli, root)
    assert paths == ["shop/checkout.py"]
    assert result.err.count("make this fix?") == 2
    assert "    from shop.compat import Cart\n" in (root / "shop/checkout.py").read_text()


@pytest.mark.parametrize("answers", [[], ["y"]])
def test_the_end_of_the_answers_is_quit(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    root = three(project)
    answer(monkeypatch, *answers)
    paths, result = ask(cli, root)
    assert paths == ALL_THREE[: len(answers)]
    assert result.code == 1
    assert result.err.endswith("\nthere are no more answers: nothing more is accepted\n")


def test_without_any_stdin_nothing_is_accepted(cli: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    paths, result = ask(cli, shop)
    assert (paths, result.code) == ([], 1)
    done = subprocess.run(
        [sys.executable, "-m", "ssot_lint", "--interactive"],
        cwd=shop,
        input=b"\xff\xfe\ny\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"fixed 1 finding in 1 file" in done.stdout
    assert b"Traceback" not in done.stderr


def test_ctrl_c_at_a_question_changes_nothing(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(io.StringIO):
        def readline(self, *_: object) -> str:  # type: ignore[override] # the one call that there is
            if not self.tell():
                self.seek(2)
                return "y\n"
            raise KeyboardInterrupt

    root = three(project)
    monkeypatch.setattr("sys.stdin", Interrupted("y\n"))
    paths, result = ask(cli, root)
    assert (paths, result.code) == ([], 2)
    assert result.err.endswith("interrupted\n")
    assert not (root / FOLDER / "journal").exists()


def test_questions_leave_stdout_to_the_report_or_the_diff(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = three(project)
    answer(monkeypatch, "n", "n", "y")
    paths, result = ask(cli, root, "--diff")
    assert (paths, result.out) == ([], DIFF)
    answer(monkeypatch, "y", "n", "n")
    paths, result = ask(cli, root, "--output-format", "json")
    assert paths == ["shop/checkout.py"]
    assert read_json(result)["summary"]["fixed"] == 1


# --verify


def without(*broken: str) -> str:
    """Return a command that fails while one of those files is fixed."""
    return " && ".join(f'grep -q compat "{path}"' for path in broken)


def test_verify_that_passes(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    result = cli("--fix", "--verify", "true", cwd=shop)
    assert (result.code, result.out) == (0, f"no findings in 6 files\nfixed 2 findings in 2 files{UNDO}\n")
    assert result.err.splitlines() == [
        "--verify: run 1: the command with all 2 fixes",
        "--verify: run 1: it passes",
    ]
    assert changed(shop, before) == [*BOTH]
    assert cli("undo", cwd=shop).code == 0
    assert held(shop) == before


def test_verify_runs_in_the_root_on_the_fixed_tree_and_alone_means_fix(cli: CommandLine, shop: Path) -> None:
    code = 'import pathlib, sys; sys.exit("compat" in pathlib.Path("shop/checkout.py").read_text())'
    assert cli("--verify", python(code.replace('"', '\\"')).replace("'", '"'), cwd=shop / "shop").code == 0
    assert (shop / "tests/test_cart.py").read_text() == NEW


def test_verify_that_always_fails_leaves_everything(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    result = cli("--fix", "--verify", "echo first; echo last words >&2; false", cwd=shop)
    assert result.code == 1
    assert changed(shop, before) == []
    for path in BOTH:
        assert f"{path}: fix-withheld: SSOT201" in result.out
    assert "first | last words" in result.out
    assert "2 findings (2 errors) in 6 files\nnothing was fixed\n" in result.out
    assert "the command fails without any fix, too: it cannot judge them, and none is kept\n" in result.err
    assert cli("undo", cwd=shop).out.startswith("nothing to undo in ")


def test_verify_drops_what_breaks_and_keeps_the_rest(cli: CommandLine, project: Project) -> None:
    root = three(project)
    before = held(root)
    result = cli("--fix", "--verify", f"echo looking; {without('shop/zebra.py')} || (echo broken; false)", cwd=root)
    assert result.code == 1
    assert changed(root, before) == ["shop/checkout.py", "tests/test_cart.py"]
    notice = "shop/zebra.py: fix-withheld: SSOT201 rolled back, since the command fails with it: looking | broken"
    assert result.out.splitlines()[-3:] == [
        notice,
        "1 finding (1 error) in 7 files",
        f"fixed 2 findings in 2 files{UNDO}",
    ]
    assert "shop/zebra.py:1:25: SSOT201" in result.out
    assert cli("undo", cwd=root).out.endswith("2 files restored\n")
    assert held(root) == before
    assert cli("undo", cwd=root).out.startswith("nothing to undo in ")


def test_verify_with_several_that_break(cli: CommandLine, project: Project) -> None:
    root = three(project)
    project({f"shop/u{number}.py": OLD for number in range(6)})
    before = held(root)
    bad = ("shop/u1.py", "shop/u4.py", "tests/test_cart.py")
    result = cli("--fix", "--verify", without(*bad), cwd=root)
    assert result.code == 1
    assert set(changed(root, before)) == {*ALL_THREE, *(f"shop/u{number}.py" for number in range(6))} - {*bad}
    for path in bad:
        assert f"{path}: fix-withheld: SSOT201 rolled back, since the command fails with it" in result.out
    assert f"fixed 6 findings in 6 files{UNDO}" in result.out
    cli("undo", cwd=root)
    assert held(root) == before


def test_verify_with_more_that_break_than_it_can_tell(cli: CommandLine, project: Project) -> None:
    root = three(project)
    project({f"shop/u{number:02}.py": OLD for number in range(30)})
    before = held(root)
    bad = [f"shop/u{number:02}.py" for number in range(0, 30, 2)]
    command = without(*bad)
    result = cli("--fix", "--verify", command, cwd=root)
    assert result.code == 1
    assert result.err.count("the command with") <= 20
    assert "runs are too few to judge every fix" in result.err
    assert not set(changed(root, before)) & set(bad)
    subprocess.run(command, shell=True, cwd=root, check=True)  # noqa: S602 - our own
    cli("undo", cwd=root)
    assert held(root) == before


def test_verify_and_a_fix_over_several_files(cli: CommandLine, project: Project) -> None:
    """What is dropped in one file is dropped in the other, and the module that it needs stays."""
    root = project(TOGETHER)
    project({"shop/other.py": OLD})
    before = held(root)
    result = cli("--fix", "--unsafe-fixes", "--verify", without("tests/test_checkout.py"), cwd=root)
    assert result.code == 1
    assert changed(root, before) == ["shop/other.py"]
    assert "shop/compat.py: fix-withheld: it is not deleted, since shop/checkout.py may still need it" in result.out
    for path in ("shop/checkout.py", "tests/test_checkout.py"):
        assert f"{path}: fix-withheld: SSOT201, SSOT203 rolled back, since the command fails with it" in result.out
    cli("undo", cwd=root)
    assert held(root) == before


def test_verify_with_a_command_that_does_not_exist(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    result = cli("--fix", "--verify", "no-such-command-here", cwd=shop)
    assert result.code == 1
    assert changed(shop, before) == []
    assert "no-such-command-here: " in result.out
    assert "not found" in result.out


def test_verify_with_a_command_that_changes_what_was_fixed(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    passing = cli("--fix", "--verify", "echo '# mine' >> shop/checkout.py", cwd=shop)
    assert passing.code == 0
    assert (shop / "shop/checkout.py").read_text().endswith("from shop.cart import Cart\n# mine\n")
    undone = cli("undo", cwd=shop)
    assert undone.code == 1
    assert undone.out.splitlines()[:2] == [
        "restored tests/test_cart.py",
        "left shop/checkout.py: it has changed since it was written",
    ]
    (shop / "shop/checkout.py").write_bytes(before["shop/checkout.py"])
    failing = cli("--fix", "--verify", "echo '# mine' >> shop/checkout.py; false", cwd=shop)
    assert (failing.code, failing.out) == (2, "")
    assert failing.err.splitlines()[-1] == (
        "the command of --verify fails and changes what was fixed: shop/checkout.py: it has changed since it was "
        "written; it is left as it is now, and everything else as it was before"
    )
    assert changed(shop, before) == ["shop/checkout.py"]


def test_verify_that_makes_other_files_is_no_matter(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    command = f"touch made; {without('tests/test_cart.py')}"
    assert cli("--fix", "--verify", command, cwd=shop).code == 1
    assert changed(shop, before) == ["made", "shop/checkout.py"]


def test_verify_that_is_interrupted_leaves_everything(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    result = cli("--fix", "--verify", f"kill -INT {os.getpid()}; sleep 20", cwd=shop)
    assert result.code == 2
    assert result.err.endswith("interrupted\n")
    assert changed(shop, before) == []


def test_verify_and_diff_contradict_each_other(cli: CommandLine, shop: Path) -> None:
    result = cli("--diff", "--verify", "touch run", cwd=shop)
    assert (result.code, result.out) == (2, "")
    assert "--diff writes nothing, so there is nothing for --verify to run on" in result.err
    assert not (shop / "run").exists()


def test_verify_is_not_run_when_there_is_nothing_to_fix(cli: CommandLine, shop: Path) -> None:
    cli("--fix", cwd=shop)
    result = cli("--fix", "--verify", "touch run", cwd=shop)
    assert result == (0, "no findings in 6 files\nnothing was fixed\n", "")
    assert not (shop / "run").exists()


def test_while_a_command_runs_no_other_run_fixes(cli: CommandLine, project: Project, shop: Path) -> None:
    """Its undo would take back what the other has written."""
    inner = f"{sys.executable} -m ssot_lint --fix --extend-exclude nothing"
    project({"shop/new.txt": OLD})
    command = f"cp shop/new.txt shop/new.py; {inner} > said 2>&1; echo $? >> said; rm shop/new.py"
    assert cli("--fix", "--verify", command, cwd=shop).code == 0
    said = (shop / "said").read_text()
    assert "another run is writing" in said
    assert said.endswith("\n2\n")
    assert (shop / "tests/test_cart.py").read_text() == NEW


# undo


def test_undo(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    cli("--fix", cwd=shop)
    lines = [*(f"restored {path}" for path in BOTH), "2 files restored"]
    assert cli("undo", cwd=shop) == (0, "".join(f"{line}\n" for line in lines), "")
    assert held(shop) == before
    assert cli("undo", cwd=shop) == (0, f"nothing to undo in {shop}\n", "")
    assert cli(cwd=shop).code == 1


def test_undo_leaves_a_file_that_was_edited(cli: CommandLine, shop: Path) -> None:
    cli("--fix", cwd=shop)
    (shop / "shop/checkout.py").write_text("# mine\n")
    result = cli("undo", cwd=shop)
    assert result.code == 1
    assert "left shop/checkout.py: it has changed since it was written\n" in result.out
    assert (shop / "shop/checkout.py").read_text() == "# mine\n"
    assert (shop / "tests/test_cart.py").read_text() == OLD


def test_fix_keeps_modes_and_undo_too(cli: CommandLine, shop: Path) -> None:
    (shop / "tests/test_cart.py").chmod(0o755)
    for arguments in (["--fix"], ["undo"]):
        assert cli(*arguments, cwd=shop).code == 0
        assert stat.S_IMODE((shop / "tests/test_cart.py").stat().st_mode) == 0o755


# What went before, and what goes on beside

KILLED = """
import os, sys
from ssot_lint.fixing import write as writing
put, count = writing.put_in, 0
def dying(*arguments):
    global count
    count += 1
    if count == 2:
        os._exit(9)
    return put(*arguments)
writing.put_in = dying
from ssot_lint.cli import run
run(sys.argv[1:])
"""


def test_an_interrupted_run_is_rolled_back_by_the_next(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    killed = subprocess.run([sys.executable, "-c", KILLED, "--fix"], cwd=shop, capture_output=True, check=False)
    assert killed.returncode == 9
    half = changed(shop, before)
    assert "shop/checkout.py" in half
    assert "tests/test_cart.py" not in half
    result = cli("--fix", cwd=shop)
    assert result.code == 0
    assert result.out.splitlines() == [
        "shop/checkout.py: rolled-back: an interrupted run of fixes was rolled back",
        "no findings in 6 files",
        f"fixed 2 findings in 2 files{UNDO}",
    ]
    assert changed(shop, before) == [*BOTH]
    cli("undo", cwd=shop)
    assert held(shop) == before


def test_of_two_runs_at_once_the_second_is_told(cli: CommandLine, shop: Path) -> None:
    cli("--fix", cwd=shop)
    cli("undo", cwd=shop)
    before = held(shop)
    with locked(shop, journal_folder(shop, None), create=True):
        result = cli("--fix", cwd=shop)
        assert (result.code, result.out) == (2, "")
        assert f"another run is writing (it holds {shop / FOLDER / 'journal/lock'})" in result.err
        assert cli("--diff", cwd=shop).code == 1  # it writes nothing
    assert changed(shop, before) == []


def test_of_two_processes_at_once_one_fixes_and_none_does_harm(shop: Path) -> None:
    before = held(shop)
    command = [sys.executable, "-m", "ssot_lint", "--fix"]
    both = [subprocess.Popen(command, cwd=shop, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate()[1] for one in both]
    assert 0 in (one.returncode for one in both)
    assert b"Traceback" not in b"".join(said)
    assert changed(shop, before) == [*BOTH]
    for path in BOTH:
        assert (shop / path).read_bytes() == before[path].replace(b"compat", b"cart")


def test_clean_after_a_fix(cli: CommandLine, shop: Path) -> None:
    cli("--fix", cwd=shop)
    assert cli("clean", cwd=shop) == (0, f"removed {shop / FOLDER}\n", "")
    assert cli("undo", cwd=shop).out.startswith("nothing to undo in ")
    assert (shop / "tests/test_cart.py").read_text() == NEW


def test_a_cache_folder_that_cannot_be_used_is_said(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    (shop / FOLDER).write_text("a file")
    result = cli("--fix", cwd=shop)
    assert (result.code, result.out) == (2, "")
    assert "nothing was changed: " in result.err
    (shop / FOLDER).unlink()
    (shop.parent / "elsewhere").mkdir()
    (shop / FOLDER).symlink_to(shop.parent / "elsewhere")
    result = cli("--fix", cwd=shop)
    assert (result.code, result.out) == (2, "")
    assert changed(shop, before) == []
    assert list((shop.parent / "elsewhere").iterdir()) == []


def test_the_cache_folder_may_be_elsewhere(cli: CommandLine, shop: Path) -> None:
    before = held(shop)
    assert cli("--fix", "--cache-dir", "../caches", cwd=shop).code == 0
    assert not (shop / FOLDER / "journal").exists()
    assert cli("undo", "--cache-dir", "../caches", cwd=shop).code == 0
    assert held(shop) == before


# git


def test_in_a_repository_only_the_files_change(cli: CommandLine, project: Project, shop: Path) -> None:
    project({".gitignore": "generated.py\nbuild/\n", "shop/partly.py": f"a = 1\n{OLD}"})
    repository(shop)
    project({"shop/partly.py": f"a = 2\n{OLD}"})
    git(shop, "add", "shop/partly.py")
    project({"shop/partly.py": f"a = 3\n{OLD}", "shop/generated.py": OLD, "build/x.py": OLD})
    git(shop, "status")  # it writes the index
    before = {path: data for path, data in held(shop).items() if path.startswith(".git/")}
    assert cli("--fix", cwd=shop).code == 0
    after = {path: data for path, data in held(shop).items() if path.startswith(".git/")}
    assert after == before
    assert git(shop, "status", "--short").splitlines() == [
        " M shop/checkout.py",
        "MM shop/partly.py",
        " M tests/test_cart.py",
    ]
    assert (shop / "shop/partly.py").read_text() == f"a = 3\n{NEW}"
    assert git(shop, "show", ":shop/partly.py") == f"a = 2\n{OLD}"
    assert (shop / "shop/generated.py").read_text() == OLD
    assert (shop / "build/x.py").read_text() == OLD
    cli("undo", cwd=shop)
    assert git(shop, "status", "--short").splitlines() == ["MM shop/partly.py"]


# Hostile names and contents

ESCAPE = "\x1b]0;owned\x07"
NAME = "\n::error::\x1b[31m##[error]\u202e.py"


def is_harmless(text: str) -> bool:
    lines = text.split("\n")
    return all(one.isprintable() and not one.lstrip().startswith("::") and "##[" not in one for one in lines)


@pytest.fixture
def hostile(project: Project, shop: Path) -> Path:
    source = f'x = """\n::error::{ESCAPE}\n##[error]\u202e"""\n{OLD.strip()}  # {ESCAPE}\u202e ##[error]\n'
    project({f"shop/{NAME}": source})
    return shop


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)


@pytest.mark.parametrize(
    "options",
    [
        ["--diff"],
        ["--diff", "--show-fixes"],
        ["--show-fixes"],
        ["--fix", "--show-fixes"],
        ["--fix-only", "--show-fixes"],
        ["--fix", "--output-format", "concise", "--show-fixes"],
        ["--interactive"],
        ["--interactive", "--diff"],
    ],
)
def test_nothing_speaks_to_the_terminal(
    cli: CommandLine, hostile: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    answer(monkeypatch, "y", "a")
    on_a_terminal(monkeypatch)
    result = cli(*options, "--color", "never", cwd=hostile)
    assert "31m" in result.out + result.err
    assert is_harmless(result.out)
    assert is_harmless(result.err)


def test_nothing_speaks_to_the_terminal_where_fixes_are_not_made(cli: CommandLine, hostile: Path) -> None:
    command = python("import sys; print(chr(27) + chr(10) + chr(58) * 2 + chr(101)); sys.exit(1)")
    result = cli("--fix", "--verify", command, cwd=hostile)
    assert result.code == 1
    assert is_harmless(result.out)
    assert is_harmless(result.err)
    assert r"\x1b | ::e" in result.out
    (hostile / f"shop/{NAME}").chmod(0o444)
    result = cli("--fix", cwd=hostile)
    assert "write-refused: it is read-only" in result.out
    assert is_harmless(result.out)


def test_a_hostile_concept_is_asked_about_harmlessly(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project({**SHOP, "ssot.toml": SHOP["ssot.toml"].replace('"cart"', r'"c\u001b[31m"')})
    answer(monkeypatch, "?", "a")
    result = cli("--interactive", cwd=root)
    assert result.err
    assert is_harmless(result.out + result.err)


def test_help_says_how_to_apply_a_diff(cli: CommandLine, shop: Path) -> None:
    out = " ".join(cli("check", "--help", cwd=shop).out.split())
    assert 'git apply --directory="$(git rev-parse --show-prefix)"' in out
