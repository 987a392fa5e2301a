"""What `--fix` promises, on generated modules and through the whole engine: see each test.

The oracle is Python itself: a module is run before and after the fix, with the old and the new module both giving the
same objects, and everything that it then binds, returns and records must be the same objects.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import types
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ssot_lint.engine import Options, writing
from ssot_lint.engine.fixing import fix, preview
from ssot_lint.engine.repairing import Wanted
from ssot_lint.fixing.write import undo
from ssot_lint.parsing.reader import decode, split_lines
from ssot_lint.workspace.storage import FOLDER, journal_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ssot_lint.model.report import Report
    from tests.conftest import CommandLine, Project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and names are those of POSIX")

NAMES = ("Bag", "Cart", "Größe", "LIMIT", "run", "x_y")
MOVED = '[[moved]]\nfrom = "pkg.a"\nto = "pkg.b"\n'
CONCEPTS = "".join(f'[[concept]]\nname = "{name}"\nhome = "pkg.b:{name}"\n' for name in ("Bag", "Cart", "run"))
OFFERED = f"from pkg.impl import {', '.join(NAMES)}\n"
PACKAGE = {
    "pkg/__init__.py": "",
    "pkg/impl.py": "LIMIT = [3]\n" + "".join(f"class {name}: pass\n" for name in NAMES if name != "LIMIT"),
    "pkg/a.py": OFFERED,
    "pkg/b.py": OFFERED,
    "pkg/other.py": "class Till: pass\nclass Shelf: pass\n",
    "pkg/sub/__init__.py": "",
}


def laid_out(root: Path, files: Mapping[str, bytes | str]) -> Path:
    (root / ".git").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and FOLDER not in path.parts
    }


def options(root: Path) -> Options:
    return Options(start=root, root=root, select=("SSOT201",), jobs=1)


# The oracle


class Record(list[tuple[str, object]]):
    """What a module says while it runs."""

    def __call__(self, label: str, *values: object) -> None:
        self.extend((label, value) for value in values)


@contextmanager
def imported_package() -> Iterator[dict[str, types.ModuleType]]:
    """Let the modules of the package be imported, without any file."""
    made = {name: types.ModuleType(name) for name in ("pkg", "pkg.impl", "pkg.a", "pkg.b", "pkg.other", "pkg.sub")}
    with mock.patch.dict(sys.modules, made):
        for name, module in made.items():
            module.__path__ = []
            path = f"{name.replace('.', '/')}.py"
            exec(PACKAGE.get(path, ""), module.__dict__)  # noqa: S102 - our own package, see above
            parent, _, last = name.rpartition(".")
            if parent:
                setattr(made[parent], last, module)
        yield made


def meaning(source: bytes) -> tuple[dict[str, object], list[tuple[str, object]]]:
    """Run a module as `pkg.sub.user`, also what stands under TYPE_CHECKING; return what it binds and records."""
    record = Record()
    scope: dict[str, object] = {"__name__": "pkg.sub.user", "__package__": "pkg.sub", "record": record}
    with imported_package() as modules, mock.patch("typing.TYPE_CHECKING", new=True):
        exec(compile(source, "user.py", "exec"), scope)  # noqa: S102 - a module made here
        for name in sorted(scope):
            if name.startswith("f_"):
                function = scope[name]
                assert callable(function)
                record(name, *function())
        same = {id(modules["pkg.a"]): "pkg.a or pkg.b", id(modules["pkg.b"]): "pkg.a or pkg.b"}
        same |= {id(value): f"{value.__name__} itself" for value in modules.values() if id(value) not in same}
        same |= {id(modules["pkg.impl"].__dict__[name]): f"the {name}" for name in NAMES}
    ours = {"record", *(name for name in scope if name.startswith(("__", "f_", "g_", "C_")))}

    def said(value: object) -> object:
        return same.get(id(value)) or (f"{value.__module__}.{value.__name__}" if isinstance(value, type) else value)

    bound = {name: said(value) for name, value in scope.items() if name not in ours}
    return bound, [(label, said(value)) for label, value in record]


# Modules of all shapes

TEXTS = [
    "# from pkg.a import Cart",
    "NOTE_{} = 'from pkg.a import Cart'",
    '''DOC_{} = """\n  from pkg.a import Cart  # \\n\nimport pkg.a\n"""''',
    "",
    "\f",
    "   \t",
    "def g_{}(a, *, b=(1,\n    2)): return a  # ä",
    "assert True, 'ö'; record('text', 'import pkg.a')",
    "# type: x \\",
    "t_{} = (  # pkg.a\n  1, \\\n  2)",
]


class Written(NamedTuple):
    """An import statement, and expressions that use what it binds."""

    text: str
    uses: tuple[str, ...]


@st.composite
def named(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Draw names with their local names."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    locals_ = [draw(st.sampled_from([name, name, name, f"{name}2", "my"])) for name in names]
    return list(zip(names, locals_, strict=True))


@st.composite
def from_imports(draw: st.DrawFn, modules: Sequence[str] = ("pkg.a", "pkg.a", "..a", "pkg.b", "..b")) -> Written:
    module = draw(st.sampled_from(modules))
    names = draw(named())
    spelled = [name if local == name else f"{name} as {local}" for name, local in names]
    if draw(st.sampled_from([False] * 9 + [True])):
        spelled[0] = f"{names[0][0]} as {names[0][0]}"
        names[0] = (names[0][0], names[0][0])
    flat = ", ".join(spelled)
    shape = draw(
        st.sampled_from(["{f}{c}", "{f}{c}", "({f}){c}", "({f},){c}", "\\\n  {f}", "({h}\n{b}){c}", "(  {f}\n){c}"])
    )
    comment = st.sampled_from(["", "", "  # why", "  # noqa: F401 pkg.a"])
    rows = [f"{draw(st.sampled_from(['', '', '    # up' + chr(10)]))}    {one},{draw(comment)}\n" for one in spelled]
    text = shape.format(f=flat, c=draw(comment), h=draw(comment), b="".join(rows))
    gap = draw(st.sampled_from([" ", " ", " ", "  ", "\t"]))
    return Written(f"from {module} import{gap}{text}", tuple(local for _, local in names))


def through(text: str, root: str, *names: str) -> Written:
    return Written(text, tuple(f"{root}.{name}" for name in names))


OTHER_IMPORTS = [
    through("import pkg.a", "pkg.a", "Cart", "run"),
    through("import pkg.a, os", "pkg.a", "Bag"),
    through("import pkg.a as m", "m", "Cart", "LIMIT"),
    through("import os, pkg.a as m  # m", "m", "Cart"),
    through("from pkg import a", "a", "Cart", "x_y"),
    through("from pkg import a as m, other", "m", "Bag"),
    through("from pkg import (\n    a,  # it\n    other,\n)", "a", "run"),
    through("from .. import a", "a", "Cart"),
    through("from .. import a as m", "m", "Cart"),
    through("import pkg.b", "pkg.b", "Cart"),
    through("import pkg.other", "pkg.other", "Till"),
    Written("from pkg.other import Till, Shelf as Cart9", ("Till", "Cart9")),
    Written("import os.path as p", ("p",)),
    Written("from pkg.a import *", ("Cart", "LIMIT")),
    Written("from ..a import *  # all", ("run",)),
]
IMPORTS = st.one_of(from_imports(), from_imports(), from_imports(), st.sampled_from(OTHER_IMPORTS))


def indented(text: str, indent: str) -> str:
    """Indent a statement; what follows its first line may stand anywhere, so it does."""
    return indent + text.replace("\n", f"\n{indent}")


@st.composite
def blocks(draw: st.DrawFn, number: int) -> str:
    """Draw some lines of a module: imports somewhere, with uses, or other text."""
    kind = draw(
        st.sampled_from(["text", "flat", "flat", "flat", "def", "class", "if", "try", "line", "nested", "with"])
    )
    if kind == "text":
        return draw(st.sampled_from(TEXTS)).format(number) if number else "'''from pkg.a import Cart'''"
    some = draw(st.lists(IMPORTS, min_size=1, max_size=3))
    if kind not in ("flat", "if"):
        some = [one for one in some if "*" not in one.text] or [Written("from pkg.a import Cart", ("Cart",))]
    if kind == "line":
        one = next((one for one in some if "\n" not in one.text and "#" not in one.text), some[0])
        if "\n" in one.text or "#" in one.text:
            one = Written("from pkg.a import run as r", ("r",))
        before, after = draw(
            st.sampled_from([("s = 1; ", ""), ("", "; s = 2"), ("if True: ", ""), ("s = 3;", " ;s = 4")])
        )
        return f"{before}{one.text}{after}\nrecord('{number}', {', '.join(one.uses)})"
    used = [use for one in some if draw(st.booleans()) or kind == "def" for use in one.uses]
    gap = draw(st.sampled_from(["", "", "record('between')\n", "# between\n", "\n", "\f\n"]))
    head, indent, tail = {
        "flat": ("", "", ""),
        "def": (f"def f_{number}():\n    '''from pkg.a import x'''\n", "    ", f"    return [{', '.join(used)}]"),
        "class": (f"class C_{number}:\n", "  ", f"  record('class', {', '.join(used)})"),
        "if": ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n", "    ", ""),
        "try": ("try:\n", "\t", f"except ImportError:\n\t{draw(st.sampled_from(['raise', 'Cart = None']))}"),
        "nested": (f"for number_{number} in [1]:\n  if 1:\n", "        ", ""),
        "with": (f"async def g_{number}():\n", " ", f" return {', '.join(used) or None}"),
    }[kind]
    lines = []
    for one in some:
        lines += [indented(one.text, indent), indented(gap.rstrip("\n"), indent) if gap.strip() else gap.rstrip("\n")]
    body = "\n".join(line for line in lines if line or gap == "\n")
    uses = f"\nrecord('{number}', {', '.join(used)})" if used and kind in ("flat", "if", "try", "nested") else ""
    return f"{head}{body}\n{tail}{uses}".replace("\n\n\n", "\n\n")


@st.composite
def modules(draw: st.DrawFn) -> bytes:
    count = draw(st.integers(1, 6))
    text = "\n".join(draw(blocks(number)) for number in range(count))
    encoding = draw(st.sampled_from(["utf-8"] * 5 + ["utf-8-sig", "latin-1"]))
    cookie = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    ends = draw(st.sampled_from([["\n"], ["\n"], ["\n"], ["\r\n"], ["\r\n", "\n"], ["\r", "\n"], ["\r"]]))
    lines = text.split("\n")
    text = (
        "".join(line + draw(st.sampled_from(ends)) for line in lines[:-1])
        if len(ends) > 1
        else ends[0].join(lines[:-1])
    )
    text += ("" if len(ends) > 1 or len(lines) == 1 else ends[0]) + lines[-1]
    return (cookie + text + draw(st.sampled_from([ends[0], ends[0], "", ends[0] * 3]))).encode(encoding)


def runs(source: bytes) -> bool:
    try:
        meaning(source)
    except (SyntaxError, NameError, ImportError, AttributeError, TypeError):
        return False
    return True


USERS = st.lists(modules().filter(runs), min_size=1, max_size=4)


def rest_of(source: bytes) -> list[str]:
    """Return the lines, with their ends, that hold no import statement and no use through a module."""
    text = decode(source)
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text)
    assert [line.rstrip("\r\n") for line in lines] == split_lines(text)[: len(lines)]
    taken: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            assert node.end_lineno is not None
            taken.update(range(node.lineno, node.end_lineno + 1))
    return [line for number, line in enumerate(lines, 1) if number not in taken]


def respelled(line: str) -> str:
    """Forget through which module a name is used."""
    return re.sub(r"\b(?:pkg\.[ab]|[ab]|m)\.(?=\w)", "", line)


def git_applied(root: Path, diff: bytes) -> dict[str, bytes]:
    """Return what a copy of the project holds after `git apply`."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(FOLDER, ".git"))
        done = subprocess.run(
            ["git", "apply", "--allow-empty", "--whitespace=nowarn", "-"],  # noqa: S607
            cwd=copy,
            input=diff,
            capture_output=True,
            check=False,
            env={**os.environ, "GIT_CEILING_DIRECTORIES": folder},
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return contents(copy)


@contextmanager
def project_of(files: Mapping[str, bytes | str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield laid_out(Path(folder) / "project", files)


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(USERS, st.sampled_from([MOVED, CONCEPTS]), st.booleans())
def test_a_fix_keeps_its_promises(users: list[bytes], policy: str, unsafe: bool) -> None:
    """P1, P3, P7 and P21, on up to four modules at once.

    Outside import statements, and uses through a module, every byte stays. Each module parses, and means what it meant.
    No fix fails its own check; what is not fixed says why. Made again, a fix changes nothing; `undo` restores every
    byte. The diff, applied with git, gives exactly what is written, and printing it writes nothing.
    """
    paths = [f"pkg/sub/user_{number}.py" for number in range(len(users))]
    with project_of({"ssot.toml": policy, **PACKAGE, **dict(zip(paths, users, strict=True))}) as root:
        wanted = Wanted(unsafe=unsafe)
        before = contents(root)
        shown = preview(options(root), wanted)
        assert contents(root) == before
        assert not (root / FOLDER).exists()
        by_git = git_applied(root, shown.diff)
        report = fix(options(root), wanted).report
        after = contents(root)
        assert after == by_git
        check_report(report, unsafe=unsafe)
        assert report.fixing is not None
        changed = [path for path in before if before[path] != after[path]]
        assert changed == list(report.fixing.files)
        for path in changed:
            check_module(before[path], after[path])
        again = fix(options(root), wanted).report.fixing
        assert again is not None
        assert list(again.files) == []
        assert contents(root) == after
        undo(root, journal_folder(root, None))
        assert contents(root) == before


def check_report(report: Report, *, unsafe: bool) -> None:
    assert not [one for one in report.notices if one.kind == "fix-failed"], report.notices
    withheld = {one.path for one in report.notices if one.kind == "fix-withheld"}
    for finding in report.active:
        assert finding.remedy is not None
        is_due = finding.remedy.applicability == "safe" or (unsafe and finding.remedy.applicability == "unsafe")
        assert not is_due or finding.at.path in withheld, finding


def check_module(before: bytes, after: bytes) -> None:
    assert list(map(respelled, rest_of(after))) == list(map(respelled, rest_of(before)))
    bound, recorded = meaning(before)
    bound_after, recorded_after = meaning(after)
    assert recorded_after == recorded
    new = bound_after.keys() - bound.keys()
    assert new <= {*NAMES}, new
    if b"import *" in before:  # becomes explicit: what nobody mentions, here or elsewhere, need not be there any more
        mentioned = {node.id for node in ast.walk(ast.parse(before)) if isinstance(node, ast.Name)}
        bound = {name: value for name, value in bound.items() if name in mentioned}
    assert {name: bound_after.get(name) for name in bound} == bound


FORMS = [
    Written("from pkg.a import Cart", ("Cart",)),
    Written("from pkg.a import Cart as C", ("C",)),
    Written("from pkg.a import Cart as Cart", ("Cart",)),
    Written("from pkg.a import Bag as B, Cart as C, run", ("B", "C", "run")),
    Written("from pkg.a import (  # why\n    Bag,  # it\n    # the cart\n    Cart\n)  # end", ("Bag", "Cart")),
    Written("from pkg.a import \\\n  Cart, run", ("Cart", "run")),
    Written("from  pkg . a  import\tCart", ("Cart",)),
    Written("from ..a import Cart", ("Cart",)),
    Written("from .. a import(Cart)", ("Cart",)),
    Written("from pkg.a import Cart; x = 1", ("Cart",)),
    Written("x = 1; from pkg.a import Bag, Cart", ("Bag", "Cart")),
    through("import pkg.a", "pkg.a", "Cart"),
    through("import os, pkg.a", "pkg.a", "Cart"),
    through("import pkg.a as m", "m", "Cart"),
    through("from pkg import a", "a", "Cart"),
    through("from pkg import a as m, other", "m", "Cart"),
    through("from .. import a", "a", "Cart"),
    through("from .. import other, a as m", "m", "Cart"),
]
PLACES = {
    "module": "{statement}\nrecord('use', {uses})\n",
    "below": "'''Doc.'''\nfrom __future__ import annotations\nimport os\n\f\n#\n{statement}\n\nrecord('use', {uses})",
    "function": "def f_1():\n    {statement}\n    return [{uses}]\n",
    "class": "class C_1:\n  {statement}\n  record('use', {uses})\n",
    "typing": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n\t{statement}\n\trecord('use', {uses})\n",
    "try": "try:\n    {statement}\nexcept ImportError:\n    raise\nrecord('use', {uses})\n",
    "one line": "if True: {statement}\nrecord('use', {uses})\n",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("policy", ["name", "module"])
def test_every_form_is_fixed_everywhere(place: str, policy: str, tmp_path: Path) -> None:
    """The old module is not imported any more, and nothing is withheld; a module object moves with what it gives."""
    text = "".join(f'[[moved]]\nfrom = "pkg.a:{name}"\nto = "pkg.b:{name}"\n' for name in NAMES)
    users = {
        f"pkg/sub/user_{number}.py": PLACES[place].format(statement=form.text, uses=", ".join(form.uses)).encode()
        for number, form in enumerate(FORMS)
        if not (place == "one line" and "#" in form.text)
        and not (policy == "name" and form.text.endswith("import a"))  # stays, for whatever else it may give
    }
    root = laid_out(tmp_path / "project", {"ssot.toml": text if policy == "name" else MOVED, **PACKAGE, **users})
    report = fix(options(root), Wanted(unsafe=True)).report
    assert not report.active
    assert not report.notices
    for path, before in users.items():
        after = (root / path).read_bytes()
        check_module(before, after)
        taken = {
            (node.module if isinstance(node, ast.ImportFrom) else "", alias.name)
            for node in ast.walk(ast.parse(after))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        assert not taken & {("", "pkg.a"), ("pkg", "a"), (None, "a")}, after
        assert not {module for module, _ in taken} & {"pkg.a", "a"}, after


# There and back

OTHERS = [
    "from pkg.other import Till",
    "import os",
    "import pkg.other as o",
    "from ..other import Shelf",
    "from zlib import crc32",
]
SORTED = ("LIMIT", "Bag", "Cart", "Größe", "run", "x_y")
TIDY_OBJECTS = [
    through("import pkg.a as m", "m", "Cart"),
    through("import os, pkg.a as m  # m", "m", "Cart"),
    through("from pkg import a as m", "m", "x_y"),
    through("from pkg import a as m, other", "m", "Bag"),
    through("from pkg import (\n    a as m,  # it\n    other,\n)", "m", "run"),
    through("from .. import a as m", "m", "Cart"),
    through("import pkg.a", "pkg.a", "Cart"),
]


@st.composite
def tidy_imports(draw: st.DrawFn) -> Written:
    """Draw an import whose names are sorted."""
    names = sorted(draw(st.sets(st.sampled_from(SORTED), min_size=1, max_size=5)), key=SORTED.index)
    with_local = draw(st.sampled_from(["{}", "{}", "{} as {}_x"]))
    spelled = [with_local.format(name, name) for name in names]
    module = draw(st.sampled_from(["pkg.a", "..a"]))
    behind = draw(st.sampled_from(["", "", "  # behind"]))
    comments = st.sampled_from(["", "", "  # by"])
    flat = ", ".join(spelled)
    block = "".join(f"    {one},{draw(comments)}\n" for one in spelled)
    shape = draw(st.sampled_from([flat, flat, f"(\n{block})"] if len(flat) < 40 else [f"(\n{block})"]))
    return Written(f"from {module} import {shape}{behind}", tuple(one.rpartition(" ")[2] for one in spelled))


@st.composite
def tidy_modules(draw: st.DrawFn) -> bytes:
    """Draw a module in which every suite has one statement that moves, and no import from the new address."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        one = draw(tidy_imports())
        if number == 0:
            one = draw(tidy_imports() | st.sampled_from(TIDY_OBJECTS))
        head, indent = draw(st.sampled_from([("def f_{}():\n", "    "), ("class C_{}:\n", "  "), ("", "")]))
        if not indent and number:
            head, indent = "def f_{}():\n", "    "
        before, behind = (draw(st.lists(st.sampled_from(OTHERS), max_size=2, unique=True)) for _ in range(2))
        if one.text == "import pkg.a":
            before, behind = [], []
        lines = [*before, one.text, *behind, f"t{number} = [{', '.join(one.uses)}]  # from pkg.a import Cart"]
        found.append(head.format(number) + "\n".join(indented(line, indent) for line in lines))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = "\n".join(found) + draw(st.sampled_from(["", "\n"]))
    return text.replace("\n", end).encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig"])))


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(tidy_modules(), min_size=1, max_size=5),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.sampled_from(["b", "longer_name"]),
)
def test_there_and_back_gives_every_byte(users: list[bytes], names: set[str], new: str) -> None:
    """The team reversed its address: `[[moved]]` from A to B is fixed, then from B to A, and every byte is back.

    That holds where all of these do, and the tests below say what becomes of the rest:

    - in each suite one statement, at the most, imports from A what moves, and none imports from B: names that go into
      another statement do not come out of it again;
    - the names of a statement of which only some move stand in an order that the rewriter knows (isort's, or sorted
      as written or without capitals), without a comment above a name of its own;
    - the statement fits into the line length under either address: what is wrapped stays wrapped;
    - the module is spelled without spaces around its dots, and a module object has a name that tells nothing of
      its address (`from pkg import a as m`);
    - all that a file uses through a module object moves by one entry, and the root of a plain `import A`, whose uses
      are respelled, is bound by no other import of the file: else what moves is imported beside it, and stays so.

    Encoding, line ends, comments behind names, relative imports, aliases and the place of the statement do not matter.
    """
    paths = [f"pkg/sub/user_{number}.py" for number in range(len(users))]
    files: dict[str, bytes | str] = {**PACKAGE, "pkg/longer_name.py": OFFERED}
    files |= dict(zip(paths, users, strict=True))
    moves = [(f"pkg.a:{name}", f"pkg.{new}:{name}") for name in sorted(names)]
    with project_of(files) as root:
        there = moved_by_policy(root, moves)
        back = moved_by_policy(root, [(to, start) for start, to in moves])
        assert {path: back[path] for path in paths} == dict(zip(paths, users, strict=True)), there


def moved_by_policy(root: Path, moves: Sequence[tuple[str, str]]) -> dict[str, bytes]:
    """State what has moved, fix it, and return what the project holds then."""
    entries = (f'[[moved]]\nfrom = "{start}"\nto = "{to}"\n' for start, to in moves)
    (root / "ssot.toml").write_text("".join(entries), encoding="utf-8")
    report = fix(options(root), Wanted(unsafe=True)).report
    check_report(report, unsafe=True)
    return contents(root)


@pytest.mark.parametrize(
    ("user", "back"),
    [
        ("from pkg.a import Bag\nfrom pkg.a import Cart\n", "from pkg.a import Bag, Cart\n"),
        ("from pkg.a import Cart, Bag\n", "from pkg.a import Bag, Cart\n"),
        ("from pkg.b import run\nfrom pkg.a import Cart\n", "from pkg.a import Cart\nfrom pkg.b import run\n"),
        ("from  pkg . a  import Cart\n", "from  pkg.a  import Cart\n"),
        ("from pkg import a\na.Cart\n", "from pkg import a\nfrom pkg.a import Cart\nCart\n"),
        ("import pkg.a\npkg.a.Cart, pkg.a.run\n", "import pkg.a\nfrom pkg.a import Cart\nCart, pkg.a.run\n"),
    ],
)
def test_what_does_not_come_back_is_known(user: str, back: str, tmp_path: Path) -> None:
    root = laid_out(tmp_path / "project", {**PACKAGE, "pkg/user.py": user})
    moves = [("pkg.a:Cart", "pkg.b:Cart")]
    moved_by_policy(root, moves)
    assert moved_by_policy(root, [(to, start) for start, to in moves])["pkg/user.py"].decode() == back


# A hostile tree

TWO_FILES = {
    "ssot.toml": MOVED,
    **PACKAGE,
    "pkg/user.py": "def load():\n    from pkg.a import Cart\n    return Cart\n",
    "tests/test_user.py": "from unittest.mock import patch\n\n\n@patch('pkg.a.Cart')\ndef test_it(cart):\n    pass\n",
    "pkg/alone.py": "from pkg.a import Bag\n",
}
"""An import in a function and the patch that reaches it: one fix over two files; and another fix beside it."""


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"# mine\n")


def edit_by_rename(path: Path) -> None:
    path.with_name("swap~").write_bytes(path.read_bytes() + b"# mine\n")
    path.with_name("swap~").replace(path)


def link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")


def hard_link(path: Path) -> None:
    os.link(path, path.with_name("twin"))


def lock(path: Path) -> None:
    path.chmod(0o444)


REFUSED: dict[str, list[Callable[[Path], object]]] = {
    "it has changed since it was read": [edit, edit_by_rename],
    "it is gone": [Path.unlink],
    "it is a link": [link],
    "it has 2 hard links": [hard_link],
    "it is read-only": [lock],
}


@pytest.mark.parametrize(
    ("spoil", "reason"), [(spoil, reason) for reason, spoils in REFUSED.items() for spoil in spoils]
)
@pytest.mark.parametrize("spoiled", ["pkg/user.py", "tests/test_user.py"])
def test_what_is_spoiled_before_writing_is_refused_in_all_files_of_the_fix(
    spoil: Callable[[Path], object], reason: str, spoiled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = laid_out(tmp_path / "project", TWO_FILES)
    write = writing.write  # type: ignore[attr-defined] # as the engine calls it
    expected: dict[str, bytes] = {}

    def late(*arguments: object) -> object:
        if not expected:
            spoil(root / spoiled)
            expected.update(contents(root))
        return write(*arguments)  # type: ignore[arg-type] # what the engine gives

    monkeypatch.setattr(writing, "write", late)
    report = fix(options(root), Wanted(unsafe=True)).report
    other = next(path for path in ("pkg/user.py", "tests/test_user.py") if path != spoiled)
    notices = {one.path: one.message for one in report.notices if one.kind == "write-refused"}
    assert notices == {spoiled: reason, other: f"it belongs together with {spoiled}"}
    assert contents(root) == {**expected, "pkg/alone.py": b"from pkg.b import Bag\n"}
    assert [finding.at.path for finding in report.active] == ["pkg/user.py"]
    assert report.exit_code == 1
    assert report.fixing is not None
    assert report.fixing.files == ["pkg/alone.py"]
    assert {finding.at.path for finding in report.fixing.fixed} == {"pkg/alone.py"}


@pytest.mark.parametrize("spoil", [hard_link, lock])
def test_what_may_be_read_and_not_written_is_refused(
    spoil: Callable[[Path], object], cli: CommandLine, project: Project
) -> None:
    root = project({**TWO_FILES, "ssot.toml": f'select = ["SSOT201"]\n{MOVED}'})
    spoil(root / "pkg/alone.py")
    before = contents(root)
    result = cli("--fix", "--output-format", "concise", cwd=root)
    assert result.code == 1
    assert contents(root) == before
    assert "write-refused" in result.out + result.err
    assert "pkg/alone.py:1:19: SSOT201" in result.out


def test_a_file_behind_a_link_is_not_written(cli: CommandLine, project: Project) -> None:
    root = project({**TWO_FILES, "ssot.toml": f'select = ["SSOT201"]\n{MOVED}'})
    outside = root.parent / "outside.py"
    (root / "pkg/alone.py").rename(outside)
    (root / "pkg/alone.py").symlink_to(outside)
    cli("--fix", "--unsafe-fixes", cwd=root)
    assert outside.read_bytes() == b"from pkg.a import Bag\n"
    assert (root / "pkg/alone.py").is_symlink()


# What once went wrong


@pytest.mark.parametrize("between", ["Cart = 1", "del Cart", "for Cart in (): pass", "def Cart(): pass"])
def test_a_name_that_is_bound_anew_in_between_stays_where_it_is(between: str, tmp_path: Path) -> None:
    user = f"from pkg.b import Cart\n{between}\nfrom pkg.a import Cart\nrecord('it', Cart)\n"
    root = laid_out(tmp_path / "project", {"ssot.toml": MOVED, **PACKAGE, "pkg/sub/user.py": user})
    report = fix(options(root), Wanted(unsafe=True)).report
    assert (root / "pkg/sub/user.py").read_bytes() == user.replace("pkg.a", "pkg.b").encode()
    assert not report.notices


def test_a_module_object_that_is_not_used_any_more_is_not_left_behind(tmp_path: Path) -> None:
    user = "import pkg.a\nrecord('it', pkg.a.Cart, pkg.a.run)\n"
    moves = "".join(f'[[moved]]\nfrom = "pkg.a:{name}"\nto = "pkg.b:{name}"\n' for name in NAMES)
    root = laid_out(tmp_path / "project", {"ssot.toml": moves, **PACKAGE, "pkg/sub/user.py": user})
    fix(options(root), Wanted())
    assert (root / "pkg/sub/user.py").read_bytes() == user.replace("pkg.a", "pkg.b").encode()


def test_a_use_through_a_module_object_is_not_bound_too_late(tmp_path: Path) -> None:
    user = b"from pkg import a\nrecord('it', a.Cart, a.run)\nfrom pkg.b import Cart\n"
    policy = '[[moved]]\nfrom = "pkg.a:Cart"\nto = "pkg.b:Cart"\n'
    root = laid_out(tmp_path / "project", {"ssot.toml": policy, **PACKAGE, "pkg/sub/user.py": user})
    fix(options(root), Wanted(unsafe=True))
    check_module(user, (root / "pkg/sub/user.py").read_bytes())


def test_a_star_and_an_import_of_one_name_are_fixed_together(tmp_path: Path) -> None:
    user = b"from pkg.a import Bag\nfrom pkg.a import *\nrecord('it', Bag)\n"
    root = laid_out(tmp_path / "project", {"ssot.toml": CONCEPTS, **PACKAGE, "pkg/sub/user.py": user})
    assert not fix(options(root), Wanted(unsafe=True)).report.notices
    assert (root / "pkg/sub/user.py").read_bytes() == b"from pkg.b import Bag\nrecord('it', Bag)\n"


def test_a_name_goes_into_no_import_above_a_suite_that_binds_it(tmp_path: Path) -> None:
    loop = "for _ in (1,):\n    from pkg.b import Bag as Bag\n"
    user = f"from pkg.b import run\n{loop}from pkg.a import Bag\nrecord('it', Bag)\n"
    root = laid_out(tmp_path / "project", {"ssot.toml": CONCEPTS, **PACKAGE, "pkg/sub/user.py": user})
    assert not fix(options(root), Wanted()).report.notices
    assert (root / "pkg/sub/user.py").read_bytes() == user.replace("pkg.a", "pkg.b").encode()
