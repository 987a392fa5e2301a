from __future__ import annotations

import ast
import sys
import sysconfig
import tokenize
from pathlib import Path

import pytest

from ssot_lint.parsing.lower import lower

ROOT = Path(__file__).resolve().parent.parent
STDLIB = Path(sysconfig.get_paths()["stdlib"])
PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")

EXPRESSIONS = [
    "None, True, False, ..., __debug__",
    "1_000 + 0xFF + 0o17 + 0b1 + 1.5e3 + 2j + 00",
    "1if 2else 3",
    "-1 ** -2 + (~ a) * +b",
    "a @ b // c % d << e >> f & g | h ^ i / j - k",
    "a and b and c or d or (e or f) and (g and h)",
    "(a and b) and c",
    "not a in b, a not in b is not c",
    "a < b <= c > d >= (e) == f != g is h",
    "a if (b) else (c)",
    "lambda: (yield)",
    "lambda a, /, b=(1), *c, d=2, e, **f: (a)",
    "lambda *, a: 0",
    "lambda *a: 0",
    "(a := (b))",
    "f(a := 1)",
    "((a)).b . c",
    "(a)(b)(c).d",
    "f(*a, b, *(c), d=(e), **f, **(g), )",
    "f( x for x in y )",
    "f (x for x in y) (z)",
    "f((x for x in y))",
    "[*a, (b), *c, ]",
    "{*a, b}",
    "{**a, 'b': (c), **(d), }",
    "[], {}, ()",
    "a,",
    "*a, b",
    "( (a, b) )",
    "((a, ), )",
    "[x for x in y if a if (b) for z, in (*c, d)]",
    "{a: b for a, b in c}",
    "{(a) for a in b}",
    "a[b], a[(b)], a[b, c], a[b, ], a[(b, c)]",
    "a[:], a[::], a[1:], a[: 2 : ], a[1:(2):(3) ], a[ : , 1 : ]",
    "'a' \"b\" '''c'''",
    "('a'\n  # comment\n  'b')",
    "b'a' rb'\\d' B'\\x00'",
    "u'a' 'b', 'a' u'b', U'c'",
    "'''a\r\nb'''",
    "'\\d\\N{EM DASH}\\\n'",
    "f'', f'a', f'' '', 'a' f'' 'b'",
    "f'a{b}c{d!r}e{f!s:>10}g{h:{i}.{j}k}'",
    "f'{a=}b{c = }d{e=!s}f{g=:>3}'",
    "f'{{a}}{b}{{{c}}}'",
    "f'\\n{a}\\'\\x41\\N{EM DASH}{b:\\t}'",
    "rf'\\d{a}\\'{b}'",
    "f'''\n{a\n}\"{b}\"\n'''",
    "f'{a}' 'b' f'{c=}' 'd'",
    "u'a' f'{b}'",
    "f'{ {1: 2}[1] }{(lambda x: 1)}{a, b}{yield}'",
    "(a\n  + b\n  . c(\n    d))",
    "a \\\n  + b",
    "é + 'ü' + ﬁ.ﬁ; é",
    "'''é\n''' + é[é:é ]",
]

STATEMENTS = [
    "",
    "\n",
    "# comment",
    "'''doc'''\n",
    "a; b ; c ;",
    "a\r\nb\rc\n",
    "(a)",
    "(yield)",
    "a = b = (c), d = *e, f",
    "(a) = [b, (c)] = (*d, e) = a.b = a[0] = 1",
    "a = yield b, ;",
    "a = b, # comment",
    "a: int\na.b: (int) = (1)\na[b]: int = yield\na: int = b, c",
    "a += 1; a.b -= (2); a[b] *= yield c\na /= b; a //= b; a %= b; a @= b; a **= b",
    "a <<= b; a >>= b; a &= b; a |= b; a ^= b, c",
    "del a, b\ndel (a, b)\ndel a, \ndel (a), b[0]\ndel ((a), [b.c])",
    "raise\nraise a\nraise (a) from (b)",
    "assert a\nassert (a), (b)",
    "global a, b\nnonlocal c",
    "import a, b . c as d ,  e.f\nimport g;",
    "from a import b\nfrom . import (a as b, c, )\nfrom .. . a . b import *\nfrom ...x import y ;",
    "if a: pass;\nelif b: pass ;\nelse: pass;\nc",
    "if a:\n  b;\nif c:\n  pass\nelif d:\n  pass\nelif e:\n  pass\n\n# comment\n",
    "while a: b\nelse: c",
    "for a, in b, : pass\nfor (a), *b in *c, d:\n  continue\nelse:\n  break",
    "for a.b in c: pass",
    "try: pass\nexcept: pass",
    "try:\n  a\nexcept (A, B) as e:\n  b;\nexcept (C):\n  pass\nelse:\n  d\nfinally:\n  e ; ",
    "try: a\nfinally: b",
    "with a: pass\nwith (a): pass\nwith a, (b): pass\nwith (a, b): pass",
    "with a as b, c as (d, e): pass\nwith (a as b, c,): pass\nwith (a, b) as c: pass\nwith (yield): pass",
    "with (a) as (b): pass\nwith (a for a in b): pass\nwith a as b.c, d as [e]: pass",
    "def f(): pass;",
    "def f(a, b: (int), /, c: int=1, *d: str, e=2, f: int, g=(3), **h: dict) -> (x):\n    return *a, b",
    "def f(a=1, /, *, b): ...\ndef g(*, a): ...\ndef h(a, /): ...",
    "@a\n@ b.c(1)\n\n# comment\n@(d)[0]\ndef f():\n  def g(): return\n  return (a)",
    "@a\nasync def f():\n  async for a, in b: await (c)\n  else: d\n  async with e as f, g: pass",
    "async def f():\n  return [x async for x in y], {a: b async for b in c}, (await d async for d in e)",
    "def f():\n  yield\n  yield (a)\n  yield from (b)\n  a = yield b,",
    "class A: pass\nclass B(): pass\nclass C(A, *b, (c), metaclass=(M), **d): x = 1;",
    "@a\nclass A:\n\n  '''doc'''\n\n  def f(self): pass;\n\n\nb",
    "match a:\n  case 1 | -1 | 'a' 'b' | b'c' | 1+2j | -1-2j | None | True: pass",
    "match a, *b:\n  case _: pass\n  case a.b.c: pass\n  case (a): pass\n  case (1 | 2) as x if (x): pass",
    "match (a):\n  case a, : pass\n  case a, * b : pass\n  case * _ , : pass\n  case [*_, (a)]: pass",
    "match a,:\n  case (a, ): pass\n  case ((a, b)): pass\n  case ([a]): pass\n  case (): pass\n  case []: pass;",
    "match a:\n  case {}: pass\n  case {'a': 1, -1: b, None: c, x.y: d, **e, }: pass\n  case {1: _}: pass",
    "match a:\n  case A(): pass\n  case a.B(1, (c), x=(2), y=_, ):\n    pass\n\nb",
    "match = case = type = _ = lazy = 1\nmatch[1]\nmatch (a)\ntype.x = 2\nprint(match, case)",
    "if True:\n\tx\n\tif y:\n\t\tz\n",
    "def ﬁ(ﬁ): import ﬁ, a.ﬁ as é; global ﬁ",
    "\fx = 'é'; y\n",
    "if a:\n\f    x\n    y\n\f\nz\n",
    "\\\na\n@b\n\\\nclass C: pass\nd",
    "a;\\\n b",
]

BY_VERSION = [
    ((3, 11), "try: pass\nexcept* A as a: pass\nexcept *(B, C):\n  pass\nelse: pass\nfinally: pass"),
    ((3, 11), "a[*b], a[*b, c : ]\ndef f(*a: *b): pass"),
    ((3, 12), "type A = int;\ntype B[T: (int, str), *Ts, **P] = dict[T, P]\n"),
    ((3, 12), "def f[T](x: T) -> T: pass\nclass A[T: int, *Ts, **P](B): pass\nasync def g[T](): pass"),
    ((3, 12), "f'{f'{f'{1+1}'}'}{'\\n'.join(a)}{b # comment\n}'"),
    ((3, 12), "f'{3!s  }é{b}'; c\né = f'{3!s  :>{ b }a}'; c"),
    ((3, 12), "f'{x:{y:{z}!r}}'"),
    ((3, 13), "type A[T: a = b, *Ts = *c, **P = (d)] = int\nclass B[T = (int)]: pass"),
    ((3, 14), "try: pass\nexcept A, B: pass"),
    ((3, 14), "t'a{b!r:>{c}}{d=}{ e }'"),
    ((3, 15), "lazy import a\nlazy from b import c"),
    ((3, 15), "[*a for a in b], {*a for a in b}, (*a for a in b), {**a for a in b}"),
]

FOLDERS = ["asyncio", "concurrent", "email", "importlib", "json", "unittest"]


def dump(tree: ast.AST) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            forget(node)
    return ast.dump(tree, include_attributes=True, indent=1)


def forget(string: ast.JoinedStr) -> None:
    """Leave out what interpreters do not say rightly: 3.12 keeps empty texts, before it all places are wrong."""
    string.values = [each for each in string.values if not (isinstance(each, ast.Constant) and each.value == "")]
    if sys.version_info < (3, 12):
        for node in ast.walk(string):
            if isinstance(node, ast.Constant):
                node.kind = None
            if node is not string and hasattr(node, "lineno"):
                for name in PLACE:
                    setattr(node, name, 0)


def check(text: str) -> None:
    expected, got = dump(ast.parse(text)), dump(lower(text))
    if got != expected:  # a plain assertion would take minutes to explain long texts
        pairs = zip(expected.splitlines(), got.splitlines(), strict=False)
        pytest.fail(f"differs from {next((pair for pair in pairs if pair[0] != pair[1]), 'in length')}")


def names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("text", [*EXPRESSIONS, *STATEMENTS])
@pytest.mark.filterwarnings("ignore")
def test_lowers_like_the_parser(text: str) -> None:
    check(text)


@pytest.mark.parametrize(("version", "text"), BY_VERSION)
def test_lowers_newer_syntax(version: tuple[int, int], text: str) -> None:
    if sys.version_info >= version:
        check(text)
    else:
        assert lower(text).body


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.filterwarnings("ignore")
def test_lowers_the_standard_library_like_the_parser(folder: str) -> None:
    files = sorted((STDLIB / folder).rglob("*.py"))
    assert files
    for file in files:
        with tokenize.open(file) as stream:
            check(stream.read())


@pytest.mark.parametrize("folder", ["ssot_lint", "tests"])
def test_lowers_this_project_like_the_parser(folder: str) -> None:
    for file in sorted((ROOT / folder).rglob("*.py")):
        check(file.read_text(encoding="utf-8"))


def test_reads_nested_quotes_in_formatted_strings_on_every_interpreter() -> None:
    tree = lower("import a\nx = f'{a.b['c']} {f'{d}'}'\nfrom e import f\n")
    assert [type(node) for node in tree.body] == [ast.Import, ast.Assign, ast.ImportFrom]
    assert names(tree) == {"a", "d", "x"}
    inner = next(node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "d")
    assert (inner.lineno, inner.col_offset, inner.end_col_offset) == (2, 21, 22)


def test_reads_type_statements_on_every_interpreter() -> None:
    (alias,) = lower("type X = int").body
    assert type(alias).__name__ == ("TypeAlias" if sys.version_info >= (3, 12) else "Assign")
    assert names(alias) == {"X", "int"}
    assert (alias.lineno, alias.col_offset, alias.end_col_offset) == (1, 0, 12)


def test_reads_type_parameters_on_every_interpreter() -> None:
    function, cls = lower("def f[T: a](x: T): return y\nclass A[*Ts](B): pass").body
    assert isinstance(function, ast.FunctionDef)
    assert isinstance(cls, ast.ClassDef)
    assert function.args.args[0].arg == "x"
    assert {"T", "y"} <= names(function)
    assert names(cls) == {"B"}


def test_reads_exception_groups_on_every_interpreter() -> None:
    (statement,) = lower("try: a\nexcept* B as c: d").body
    assert type(statement).__name__ == ("TryStar" if sys.version_info >= (3, 11) else "Try")
    assert names(statement) == {"B", "a", "d"}


def test_reads_bare_exception_tuples_on_every_interpreter() -> None:
    (statement,) = lower("try: a\nexcept B, C: d").body
    assert isinstance(statement, ast.Try)
    caught = statement.handlers[0].type
    assert isinstance(caught, ast.Tuple)
    assert (caught.lineno, caught.col_offset, caught.end_col_offset) == (2, 7, 11)


def test_reads_template_strings_on_every_interpreter() -> None:
    tree = lower("x = t'a{b!r:>{c}}{d=}'")
    assert names(tree) == {"b", "c", "d", "x"}


def test_reads_lazy_imports_on_every_interpreter() -> None:
    first, second = lower("lazy import a.b as c\nlazy from . import d").body
    assert isinstance(first, ast.Import)
    assert (first.names[0].name, first.names[0].asname) == ("a.b", "c")
    assert isinstance(second, ast.ImportFrom)
    assert (second.module, second.level) == (None, 1)


def test_reads_unpacking_comprehensions_on_every_interpreter() -> None:
    tree = lower("[*a for a in b]; {**c for c in d}")
    assert names(tree) == {"a", "b", "c", "d"}


def test_its_trees_compile() -> None:
    tree = lower("import os\ndef f(a, *b, c=1): return f'{a!r:>{c}}', [d for d in b]\nresult = f(os.sep, 2)")
    scope: dict[str, object] = {}
    exec(compile(tree, "lowered", "exec"), scope)  # noqa: S102 - our own text
    assert scope["result"] == ("'/'", [2])


def test_ignores_a_byte_order_mark() -> None:
    assert dump(lower("\ufeffx = 1")) == dump(ast.parse("x = 1"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x\ny = = 1\n", 2),
        ("x\nprint 1\n", 2),
        ("x\nif a:\ny\n", 3),
        ("x = 'a\n", None),
        ("x = 0777\n", None),
        ("x\x00", None),
        ("x\ny = '\\xZZ'\n", 2),
        ("x\ny = 'a' b'b'\n", None),
        ("x = '\ud800'", None),
        ("class A(x=1, y): pass", 1),
    ],
)
def test_rejects_what_is_no_python(text: str, line: int | None) -> None:
    with pytest.raises(SyntaxError) as caught:
        lower(text)
    assert caught.value.lineno == line
    assert (caught.value.offset is None) == (line is None)


def test_gives_up_on_deep_nesting_without_harm() -> None:
    with pytest.raises(RecursionError):
        lower("x = " + "-" * 1500 + "1")
