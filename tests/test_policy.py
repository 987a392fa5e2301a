"""The policy file: found, read, extended, changed from the command line; every problem told, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_lint.model.location import Location, Span
from ssot_lint.model.policy import LoadedPolicy, Policy
from ssot_lint.workspace import config, convert, packs

if TYPE_CHECKING:
    from pathlib import Path

RULES = {
    "SSOT201": frozenset(("shim", "broken")),
    "noncanonical-import": frozenset(("shim", "broken")),
    "SSOT101": frozenset(("rival",)),
    "second-implementation": frozenset(("rival",)),
}

GOOD = """\
source-roots = ["."]
exclude = [
    "backup*/**",  # not a ], nor an "end"
    'old\\**',
]
services = { backend = "shop/app", auth = ["auth", "sso"] }
profile = "strict"
select = ["SSOT", "SSOT2", "noncanonical-import"]
fail-on = "error"

[severity]
SSOT101 = "off"
"noncanonical-import.shim" = "warning"
noncanonical-import.broken = "info"
[severity.tests]
noncanonical-import.broken = "off"

[[concept]]
name = "cart"
home = "shop.cart:Cart"
definition = "shop.impl:Outer.Inner"
looks-like = ["*Cart", "*Basket"]
moved-from = ["shop.old", "shop.api:Cart"]
[[concept.exception]]
path = "legacy/**"
rule = "noncanonical-import"
reason = "goes with v2"
until = 2026-12-31

[[concept]]
name = 'order'
home = "größe.bestellung:Bestellung"

[[moved]]
from = "shop.perms"
to = "shop.permission:enums"
names = { Old = "New" }

[[unreadable]]
path = "bad.py"
reason = "broken since May"
"""


def load(folder: Path, text: str | bytes | None, *overrides: str, name: str = "ssot.toml") -> LoadedPolicy:
    if text is None:
        return config.load(None, folder, overrides, rules=RULES)
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return config.load(folder / name, folder, overrides, rules=RULES)


def told(folder: Path, text: str | bytes | None, *overrides: str, name: str = "ssot.toml") -> list[str]:
    try:
        load(folder, text, *overrides, name=name)
    except config.PolicyError as error:
        return [str(problem) for problem in error.problems]
    return []


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def test_a_full_policy_is_read(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD)
    policy = loaded.policy
    assert loaded.path == "ssot.toml"
    assert policy.services == {"backend": ("shop/app",), "auth": ("auth", "sso")}
    assert policy.severity == {
        "SSOT101": "off",
        "noncanonical-import.shim": "warning",
        "noncanonical-import.broken": "info",
        "tests": {"noncanonical-import.broken": "off"},
    }
    assert "tests" not in policy.severity_in_production
    assert policy.severity_in_tests == {"noncanonical-import.broken": "off"}
    assert [concept.home_name for concept in policy.concept] == ["Cart", "Bestellung"]
    assert str(policy.concept[0].exception[0].until) == "2026-12-31"
    assert policy.moved[0].names == {"Old": "New"}


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("exclude[0]", (3, 5, 3, 17)),
        ("exclude[1]", (4, 5, 4, 13)),
        ("services.auth", (6, 43, 6, 58)),
        ("severity.noncanonical-import.broken", (14, 30, 14, 36)),
        ("severity.tests.noncanonical-import.broken", (16, 30, 16, 35)),
        ("concept[cart]", (18, 1, 18, 12)),
        ("concept[cart].home", (20, 8, 20, 24)),
        ("concept[cart].looks-like[1]", (22, 24, 22, 33)),
        ("concept[cart].exception[0]", (24, 1, 24, 22)),
        ("concept[cart].exception[0].until", (28, 9, 28, 19)),
        ("concept[order].name", (31, 8, 31, 15)),
        ("concept[order].home", (32, 8, 32, 37)),
        ("moved[shop.perms]", (34, 1, 34, 10)),
        ("unreadable[bad.py].reason", (41, 10, 41, 28)),
    ],
)
def test_entries_have_places(tmp_path: Path, entry: str, place: tuple[int, int, int, int]) -> None:
    at = Location("ssot.toml", *place)
    assert load(tmp_path, GOOD).places[entry] == at
    assert load(tmp_path, GOOD.replace("\n", "\r\n")).places[entry] == at


def test_places_in_a_pyproject(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[[tool.other]]\n[tool.ssot-lint]\nexclude = ["a"]\n[[tool.ssot-lint.concept]]\n'
    text += 'name = "cart"\nhome = "shop:Cart"\n'
    places = load(tmp_path, text, name="pyproject.toml").places
    assert places["exclude[0]"] == Location("pyproject.toml", 5, 12, 5, 15)
    assert places["concept[cart]"] == Location("pyproject.toml", 6, 1, 6, 27)
    assert set(places) == {
        *("exclude", "exclude[0]", "concept", "concept[cart]", "concept[cart].name", "concept[cart].home")
    }


WRONG: dict[str, tuple[str | bytes, list[str]]] = {
    "level": ('\nfail-on = "warn"', ['ssot.toml:2: fail-on: expected "error", "warning" or "info", got "warn"']),
    "key": (
        '[[concept]]\nname = "a"\nhome = "a:A"\nhom = 1',
        ['ssot.toml:4: concept[0].hom: unknown key; did you mean "home"?'],
    ),
    "underscore": ("source_roots = []", ['ssot.toml:1: source_roots: unknown key; did you mean "source-roots"?']),
    "top key below": (
        '[[unreadable]]\npath = "a"\nreason = "b"\nselect = []',
        [
            (
                'ssot.toml:4: unreadable[0].select: unknown key; "select" belongs at the top of the file, '
                "before the first [table]"
            )
        ],
    ),
    "strange key": (
        '[[unreadable]]\npath = "a"\nreason = "b"\n"\\u001b[31m" = 1',
        ['ssot.toml:4: unreadable[0]."\\u001b[31m": unknown key; known keys: path, reason, until'],
    ),
    "types": (
        'exclude = "a"\nrequire-reason = 1\nselect = ["SSOT", 2]\nservices = {a = {b = 1}}\nseverity = []',
        [
            'ssot.toml:1: exclude: expected an array of strings, got "a"',
            "ssot.toml:2: require-reason: expected true or false, got 1",
            "ssot.toml:3: select[1]: expected a string that is not empty, got 2",
            "ssot.toml:4: services.a: expected a string that is not empty or an array of strings, got {b = 1}",
            "ssot.toml:5: severity: expected a table, got []",
        ],
    ),
    "single brackets": (
        '[concept]\nname = "a"',
        ['ssot.toml:1: concept: expected an array of tables, got {name = "a"}; write [[concept]]'],
    ),
    "missing": (
        "[[concept]]\n[[concept.exception]]\nreason = ''",
        [
            "ssot.toml:1: concept[0].name: missing; expected a string that is not empty",
            'ssot.toml:1: concept[0].home: missing; expected an address such as "shop.cart:Cart"',
            "ssot.toml:2: concept[0].exception[0].path: missing; expected a string that is not empty",
            "ssot.toml:2: concept[0].exception[0].rule: missing; expected a string that is not empty",
            'ssot.toml:3: concept[0].exception[0].reason: expected a string that is not empty, got ""',
        ],
    ),
    "operations": (
        (
            '[[operation]]\nname = "a"\nuses = ["os.environ:x", ".b"]\nowners = ["a:b"]\ninstead = "a.b"\n'
            '[[operation]]\nname = "a"\nuses = []\nscope = ["\\\\"]\n[[operation]]\nname = "b"'
        ),
        [
            (
                'ssot.toml:3: operation[0].uses[0]: expected a dotted name such as "os.environ" or "shop.cart", '
                'got "os.environ:x"'
            ),
            'ssot.toml:3: operation[0].uses[1]: expected a dotted name such as "os.environ" or "shop.cart", got ".b"',
            (
                'ssot.toml:4: operation[0].owners[0]: expected a dotted name such as "os.environ" or "shop.cart", '
                'got "a:b"'
            ),
            (
                'ssot.toml:5: operation[0].instead: expected an address such as "shop.cart:Cart" or '
                '"shop.cart:Outer.Inner", got "a.b"; did you mean "a:b"?'
            ),
            'ssot.toml:7: operation[1].name: "a" is already in operation[0]',
            'ssot.toml:8: operation[1].uses: expected at least one dotted name such as "os.environ"',
            'ssot.toml:9: operation[1].scope[0]: expected a pattern in the syntax of .gitignore, got "\\\\"',
            "ssot.toml:10: operation[2].uses: missing; expected an array of strings",
        ],
    ),
    "duplicate": (
        '[[unreadable]]\npath = "a"\nreason = "b"\n[[unreadable]]\npath = "a"\nreason = "c"',
        ['ssot.toml:5: unreadable[1].path: "a" is already in unreadable[0]'],
    ),
    "addresses": (
        (
            '[[concept]]\nname = "a"\nhome = "shop.cart.Cart"\ndefinition = "a:B.1"\nmoved-from = ["a:b:c", "a:b\\n"]\n'
            '[[moved]]\nfrom = ".a"\nto = "a:B.C"'
        ),
        [
            (
                'ssot.toml:3: concept[0].home: expected an address such as "shop.cart:Cart", got "shop.cart.Cart"; '
                'did you mean "shop.cart:Cart"?'
            ),
            (
                'ssot.toml:4: concept[0].definition: expected an address such as "shop.cart:Cart" or '
                '"shop.cart:Outer.Inner", got "a:B.1"'
            ),
            (
                'ssot.toml:5: concept[0].moved-from[0]: expected a module such as "shop.cart" or an address such as '
                '"shop.cart:Cart", got "a:b:c"'
            ),
            (
                'ssot.toml:5: concept[0].moved-from[1]: expected a module such as "shop.cart" or an address such as '
                '"shop.cart:Cart", got "a:b\\n"; did you mean "a:b"?'
            ),
            (
                'ssot.toml:7: moved[0].from: expected a module such as "shop.cart" or an address such as '
                '"shop.cart:Cart", got ".a"'
            ),
            (
                'ssot.toml:8: moved[0].to: expected a module such as "shop.cart" or an address such as '
                '"shop.cart:Cart", got "a:B.C"'
            ),
        ],
    ),
    "vocabularies": (
        (
            '[[vocabulary]]\nname = "a"\nnames = ["x"]\nhome = "a.b:"\n'
            '[[vocabulary]]\nname = "a"\nnames = ["y"]\nemiters = ["c"]\nscope = ["!"]'
        ),
        [
            (
                'ssot.toml:4: vocabulary[0].home: expected a module such as "shop.cart" or an address such as '
                '"shop.cart:Cart", got "a.b:"'
            ),
            'ssot.toml:6: vocabulary[1].name: "a" is already in vocabulary[0]',
            'ssot.toml:8: vocabulary[1].emiters: unknown key; did you mean "emitters"?',
            'ssot.toml:9: vocabulary[1].scope[0]: expected a pattern in the syntax of .gitignore, got "!"',
        ],
    ),
    "contradictions": (
        '[[concept]]\nname = "a"\nhome = "a:A"\nmoved-from = ["b", "a:A", "a"]\n[[moved]]\nfrom = "x"\nto = "x"',
        [
            'ssot.toml:4: concept[0].moved-from[1]: "a:A" is the home itself',
            'ssot.toml:4: concept[0].moved-from[2]: "a" is the home\'s own module',
            'ssot.toml:7: moved[0].to: "x" is also its "from"',
        ],
    ),
    "rules": (
        (
            'select = ["SSOT9", "SS"]\nignore = ["noncanonical-import.brokn"]\n[severity]\n'
            'noncanonical-imports = "error"\nSSOT2 = "error"\nnoncanonical-import = {shim = "info", brokn = "info"}\n'
            '"SSOT101.shim" = "info"\n'
            '[severity.tests]\nsecond-implementation.rival = "of"\n[[concept]]\nname = "a"\nhome = "a:A"\n'
            'exception = [{path = "a", rule = "SSOT2", reason = "b"}]'
        ),
        [
            (
                'ssot.toml:1: select[0]: expected a rule\'s name, its code or the start of a code, got "SSOT9"; '
                'did you mean "SSOT201"?'
            ),
            'ssot.toml:1: select[1]: expected a rule\'s name, its code or the start of a code, got "SS"',
            (
                "ssot.toml:2: ignore[0]: expected a rule's name, its code or the start of a code, "
                'got "noncanonical-import.brokn"; did you mean "noncanonical-import"?'
            ),
            'ssot.toml:4: severity.noncanonical-imports: no such rule; did you mean "noncanonical-import"?',
            'ssot.toml:5: severity.SSOT2: no such rule; did you mean "SSOT201"?',
            'ssot.toml:6: severity.noncanonical-import.brokn: no such kind; did you mean "broken"?',
            "ssot.toml:7: severity.SSOT101.shim: no such kind; known kinds: rival",
            (
                "ssot.toml:9: severity.tests.second-implementation.rival: "
                'expected "error", "warning", "info" or "off", got "of"'
            ),
            (
                'ssot.toml:13: concept[0].exception[0].rule: expected a rule\'s name or code, got "SSOT2"; '
                'did you mean "SSOT201"?'
            ),
        ],
    ),
    "tests is a table": (
        'severity.tests = "info"',
        ['ssot.toml:1: severity.tests: expected a table, got "info"'],
    ),
    "levels too deep": (
        'severity.noncanonical-import.shim.more = "info"',
        [
            (
                'ssot.toml:1: severity.noncanonical-import.shim: expected "error", "warning", "info" or "off", '
                'got {more = "info"}'
            )
        ],
    ),
    "roots": (
        'source-roots = ["src", "..", "/", "a/../..", "a\\u0000"]',
        [
            f"ssot.toml:1: source-roots[{index}]: expected a folder inside the project's root, got {shown}"
            for index, shown in ((1, '".."'), (2, '"/"'), (3, '"a/../.."'), (4, '"a\\u0000"'))
        ],
    ),
    "roots table": (
        'source-roots = {".." = "a"}',
        ['ssot.toml:1: source-roots."..": expected a folder inside the project\'s root, got ".."'],
    ),
    "long value": (
        f'profile = "{"a" * 200}"',
        [f'ssot.toml:1: profile: expected "strict", "standard" or "permissive", got "{"a" * 76}...'],
    ),
    "empty service": ('services."" = "a"', ['ssot.toml:1: services."": bad key; expected a string that is not empty']),
    "syntax": (
        'exclude = []\nselect = ["a" "b"]',
        ["ssot.toml:2:15: invalid TOML: Unclosed array"],
    ),
    "unfinished": (
        "exclude",
        ["ssot.toml: invalid TOML: Expected '=' after a key in a key/value pair at the end of the file"],
    ),
    "encoding": (b'exclude = []\n# \xff\nfail-on = "warn"', ["ssot.toml:2: is not UTF-8: byte 0xff; save it as UTF-8"]),
    "utf-16": ("exclude = []".encode("utf-16"), ["ssot.toml:1: is not UTF-8: byte 0xff; save it as UTF-8"]),
    "byte order mark": (
        b'\xef\xbb\xbffail-on = "warn"',
        [
            "ssot.toml:1: starts with a byte order mark; save it as UTF-8 without it",
            'ssot.toml:1: fail-on: expected "error", "warning" or "info", got "warn"',
        ],
    ),
    "deep": ("a = " + "[" * 5000 + "]" * 5000, ["ssot.toml: is nested too deeply"]),
}


@pytest.mark.parametrize(("text", "problems"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(tmp_path: Path, text: str | bytes, problems: list[str]) -> None:
    assert told(tmp_path, text) == problems


@pytest.mark.parametrize("value", ["9" * 5000, "0x" + "f" * 9000, "[[[[[[[[1]]]]]]]]", "{a.b.c.d.e.f.g = 1}", "nan"])
def test_strange_values_are_shown_short(tmp_path: Path, value: str) -> None:
    (problem,) = told(tmp_path, f"fail-on = {value}")
    assert len(problem) < 250
    assert "\n" not in problem


def test_a_key_of_thousands_of_parts_is_refused(tmp_path: Path) -> None:
    assert len(told(tmp_path, ".".join("a" * 5000) + " = 1")) == 1  # by tomli or by us: its versions differ


def test_problems_carry_their_parts(tmp_path: Path) -> None:
    with pytest.raises(config.PolicyError) as caught:
        load(tmp_path, '\n[[concept]]\nname = "a"\nhom = "b"')
    absent, unknown = caught.value.problems
    assert (absent.key, absent.line, absent.expected) == (
        "concept[0].home",
        2,
        'an address such as "shop.cart:Cart"',
    )
    assert (unknown.file, unknown.key, unknown.value, unknown.hint, unknown.line) == (
        "ssot.toml",
        "concept[0].hom",
        '"b"',
        'did you mean "home"?',
        4,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no FIFO there")
def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    write(tmp_path, a='fail-on = "warn"\nextend = ["pipe.toml", "folder.toml", "/dev/null", "loop.toml", "x\\u0000"]')
    with pytest.raises(config.PolicyError, match=r"^pipe\.toml: is not a regular file$"):
        config.load(tmp_path / "pipe.toml", tmp_path, rules=RULES)
    with pytest.raises(config.PolicyError, match=r"^none\.toml: cannot be read: No such file or directory$"):
        config.load(tmp_path / "none.toml", tmp_path, rules=RULES)
    with pytest.raises(config.PolicyError) as caught:
        config.load(tmp_path / "a.toml", tmp_path, rules=RULES)
    assert [str(problem) for problem in caught.value.problems] == [
        'a.toml:1: fail-on: expected "error", "warning" or "info", got "warn"',
        'a.toml:2: extend[0]: "pipe.toml" is not a regular file',
        'a.toml:2: extend[1]: "folder.toml" is a folder',
        'a.toml:2: extend[2]: "/dev/null" is not a regular file',
        'a.toml:2: extend[3]: "loop.toml" cannot be read: Too many levels of symbolic links',
        'a.toml:2: extend[4]: "x\\u0000" is not the name of a file',
    ]


def test_extending_merges(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    write(
        outside,
        base='exclude = ["a", "b"]\nignore = ["SSOT101"]\nextend = ["deep.toml"]\n[severity]\nSSOT101 = "info"\n'
        'noncanonical-import.shim = "info"\n[[concept]]\nname = "cart"\nhome = "shop:Cart"\nlooks-like = ["*"]\n'
        '[[concept]]\nname = "order"\nhome = "shop:Order"',
        deep='profile = "strict"\nexclude = ["deep"]\n[[unreadable]]\npath = "a"\nreason = "deep"',
    )
    text = """extend = ["pack:recommended", "../outside/base.toml"]
exclude = ["c"]
[severity]
"noncanonical-import.shim" = "off"
[[concept]]
name = "new"
home = "shop:New"
[[concept]]
name = "cart"
looks-like = ["*Cart"]
[[moved]]
from = "a"
to = "b"
"""
    loaded = load(root, text)
    policy = loaded.policy
    assert (policy.profile, policy.exclude, policy.ignore) == ("strict", ("c",), ("SSOT101",))
    assert policy.extend == ("pack:recommended", "../outside/base.toml")
    assert policy.severity == {"SSOT101": "info", "noncanonical-import.shim": "off"}
    assert [(c.name, c.home, c.looks_like) for c in policy.concept] == [
        ("cart", "shop:Cart", ("*Cart",)),
        ("order", "shop:Order", ()),
        ("new", "shop:New", ()),
    ]
    assert policy.unreadable[0].reason == "deep"
    brought = Location("ssot.toml", 1, 31, 1, 53)
    assert loaded.place("concept[order].home") == brought
    assert loaded.place("concept[cart].home") == brought
    assert loaded.place("concept[cart].looks-like[0]") == Location("ssot.toml", 10, 15, 10, 22)
    assert loaded.place("unreadable[a]") == brought
    assert loaded.place("profile") == brought
    assert loaded.place("exclude[0]").line == 2


def test_problems_of_extended_files_name_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "pack_names", lambda: ("netra", "recommended"))
    write(tmp_path, base='fail-on = "x"\n[[concept]]\nname = "a"\n[[concept]]\nname = "b"', broken="a =")
    text = 'extend = ["base.toml", "broken.toml", "pack:recomended", "pack:../x"]\n[[concept]]\nname = "b"\nhome = "b"'
    address = 'expected an address such as "shop.cart:Cart"'
    assert told(tmp_path, text) == [
        "broken.toml: invalid TOML: Invalid value at the end of the file",
        'ssot.toml:1: extend[2]: no such pack (known: netra, recommended); did you mean "pack:recommended"?',
        "ssot.toml:1: extend[3]: no such pack (known: netra, recommended)",
        f'ssot.toml:4: concept[0].home: {address}, got "b"',
        'base.toml:1: fail-on: expected "error", "warning" or "info", got "x"',
    ]
    assert told(tmp_path, 'extend = ["base.toml"]\n[[concept]]\nname = "b"\npriority = "P1"') == [
        'base.toml:1: fail-on: expected "error", "warning" or "info", got "x"',
        f"base.toml:2: concept[0].home: missing; {address}",
        f"ssot.toml:2: concept[0].home: missing; {address}",
    ]


def test_cycles_are_printed_and_diamonds_are_not_cycles(tmp_path: Path) -> None:
    write(tmp_path, a='extend = ["b.toml"]', b='extend = ["ssot.toml"]', me='extend = ["./me.toml"]')
    assert told(tmp_path, 'extend = ["a.toml"]') == [
        "b.toml:1: extend[0]: extends itself: ssot.toml -> a.toml -> b.toml -> ssot.toml"
    ]
    with pytest.raises(config.PolicyError, match=r"^me\.toml:1: extend\[0\]: extends itself: me\.toml -> me\.toml$"):
        config.load(tmp_path / "me.toml", tmp_path, rules=RULES)
    write(tmp_path, base='exclude = ["base"]', a='extend = ["base.toml"]\nexclude = ["a"]', b='extend = ["base.toml"]')
    assert load(tmp_path, 'extend = ["a.toml", "b.toml"]').policy.exclude == ("a",)


def test_long_and_wide_extends_are_bounded(tmp_path: Path) -> None:
    for number in range(150):
        write(tmp_path, **{f"f{number}": f'extend = ["f{number + 1}.toml", "f{number + 2}.toml"]'})
    assert told(tmp_path, 'extend = ["f0.toml"]')[0].endswith("more than 100 files are extended")


@pytest.mark.parametrize(
    ("overrides", "key", "value"),
    [
        (["fail-on=info"], "fail_on", "info"),
        (["fail-on = 'info'", "fail-on=error"], "fail_on", "error"),
        (['exclude=["x"]'], "exclude", ("x",)),
        (["require-reason=true"], "require_reason", True),
        (["severity.noncanonical-import.shim=off"], "severity", {"noncanonical-import.shim": "off"}),
        (
            ['severity."SSOT101"=off', "severity.tests.SSOT101=info"],
            "severity",
            {"SSOT101": "off", "tests": {"SSOT101": "info"}},
        ),
        (['extend=["extra.toml"]'], "profile", "strict"),
    ],
)
@pytest.mark.parametrize("text", [None, 'fail-on = "warning"\nextend = ["pack:recommended"]\nexclude = ["a", "b"]'])
def test_overrides(tmp_path: Path, text: str | None, overrides: list[str], key: str, value: object) -> None:
    write(tmp_path, extra='profile = "strict"')
    assert getattr(load(tmp_path, text, *overrides).policy, key) == value


def test_overrides_complete_an_entry(tmp_path: Path) -> None:
    policy = load(tmp_path, GOOD, 'concept=[{name="order", priority="P1"}]').policy
    assert (policy.concept[1].home_name, policy.concept[1].priority, len(policy.concept)) == ("Bestellung", "P1", 2)


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("fail-on=warn", '--config: fail-on: expected "error", "warning" or "info", got "warn"'),
        ("fial-on=info", '--config: fial-on: unknown key; did you mean "fail-on"?'),
        ("exclude=[", '--config: exclude: expected a TOML value, got "["'),
        ("exclude=", '--config: exclude: expected a TOML value, got ""'),
        ("exclude=[]\nselect=3", '--config: exclude: expected a TOML value, got "[]\\nselect=3"'),
        ("exclude", '--config: expected KEY=VALUE with a dotted key, got "exclude"'),
        ("a b=1", '--config: expected KEY=VALUE with a dotted key, got "a b=1"'),
        ("#a=1", '--config: expected KEY=VALUE with a dotted key, got "#a=1"'),
        ("\udcff=1", '--config: expected KEY=VALUE with a dotted key, got "\\udcff=1"'),
        ("fail-on=\udcff", '--config: fail-on: expected "error", "warning" or "info", got "\\udcff"'),
        ('extend=["nope.toml"]', '--config: extend[0]: "nope.toml" cannot be read: No such file or directory'),
        (
            'concept=[{name="a"}]',
            '--config: concept[0].home: missing; expected an address such as "shop.cart:Cart"',
        ),
    ],
)
def test_wrong_overrides(tmp_path: Path, override: str, problem: str) -> None:
    assert told(tmp_path, "exclude = []", override) == [problem]


def test_without_a_policy_the_recommended_pack_holds(tmp_path: Path) -> None:
    loaded = load(tmp_path, None)
    assert (loaded.path, loaded.places, loaded.policy.concept) == ("", {}, ())
    assert loaded.policy == Policy(extend=("pack:recommended",))


def test_packs_are_found_and_readable() -> None:
    assert "recommended" in packs.pack_names()
    for name in packs.pack_names():
        document = packs.read_pack(name)
        assert convert.convert(document.data, Policy, partial=True)[1] == []  # the websocket pack wants your home
        assert document.spans


def test_discovery(tmp_path: Path) -> None:
    inner = tmp_path / "repo" / "a" / "b"
    inner.mkdir(parents=True)
    write(tmp_path, ssot="")
    assert config.discover(inner) == tmp_path / "ssot.toml"
    (tmp_path / "repo" / ".git").write_text("gitdir: elsewhere")
    assert config.discover(inner) is None
    (inner / "pyproject.toml").write_text('[project]\nname = "ssot-lint"')
    assert config.discover(inner) is None
    pyproject = tmp_path / "repo" / "pyproject.toml"
    pyproject.write_text("[tool.ssot-lint]")
    assert config.discover(inner) == pyproject
    assert config.discover(inner / "pyproject.toml") == pyproject
    (tmp_path / "repo" / "ssot.toml").symlink_to("missing")
    assert config.discover(inner) == tmp_path / "repo" / "ssot.toml"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[tool.ssot-lint]", True),
        ("tool.ssot-lint = 3", True),
        ("[tool.ssot-lint\n", True),
        ("[tool.other", False),
        ("tool = 3", False),
        ("[tool.other]", False),
    ],
)
def test_a_broken_pyproject_counts_if_it_may_hold_a_policy(tmp_path: Path, text: str, found: bool) -> None:
    (tmp_path / ".hg").mkdir()
    (tmp_path / "pyproject.toml").write_text(text)
    assert (config.discover(tmp_path) is not None) == found


def test_a_pyproject_names_its_table(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.ssot-lint]\nfail-on = 3'
    assert told(tmp_path, text, name="pyproject.toml") == [
        'pyproject.toml:4: tool.ssot-lint.fail-on: expected "error", "warning" or "info", got 3'
    ]
    assert told(tmp_path, "tool.ssot-lint = 3", name="pyproject.toml") == [
        "pyproject.toml:1: tool.ssot-lint: expected a table, got 3"
    ]


def test_schema() -> None:
    schema = config.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    json.dumps(schema)
    assert schema["$defs"]["Concept"]["description"].startswith("What must have one source of truth")
    valid = jsonschema.Draft202012Validator(schema).is_valid
    assert valid(json.loads(json.dumps(tomli.loads(GOOD), default=str)))
    good: dict[str, Any] = {"name": "a", "home": "a:A"}
    assert valid({"concept": [good]})
    wrong: list[dict[str, Any]] = [
        {"fail_on": "error"},
        {"fail-on": "warn"},
        {"exclude": "a"},
        {"concept": [{"name": "a"}]},
        {"concept": [good | {"hom": 1}]},
        {"concept": [good | {"home": "a.A"}]},
        {"concept": [good | {"name": ""}]},
        {"moved": [{"from": "a", "to": "a:b:c"}]},
        {"severity": {"tests": {"a": "loud"}}},
    ]
    assert [document for document in wrong if valid(document)] == []


def test_no_pattern_stands_in_a_union_with_a_container() -> None:
    # msgspec corrupts memory when it frees such a type (msgspec/msgspec#717)
    for definition in config.schema()["$defs"].values():
        for field in definition["properties"].values():
            options = field.get("anyOf", [])
            containers = [option for option in options if option.get("type") in ("array", "object")]
            assert not (containers and any("pattern" in option for option in options))


# Hostile documents: anything at all, with a liking for our own keys and for what their values look like.

KEYS = sorted(
    {
        key
        for name in ("Policy", "Concept", "Moved", "ExceptionEntry")
        for key in config.schema()["$defs"][name]["properties"]
    }
)
WORDS = ["", "cart", "a:A", "SSOT201", "noncanonical-import.shim", "tests", "..", "pack:recommended", "pack:x", "error"]
TEXTS = st.sampled_from([*WORDS, *KEYS]) | st.text(st.characters(codec="utf-8"), max_size=6)
SCALARS = TEXTS | st.booleans() | st.integers() | st.floats() | st.dates() | st.times() | st.datetimes()
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(TEXTS, v, max_size=4), max_leaves=12)
DOCUMENTS = st.dictionaries(st.sampled_from(KEYS) | TEXTS, VALUES, max_size=6)
RELAXED = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def written(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[ # ]\n" + ",\n\t".join(written(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + "".join(c if c.isalnum() or c in " -_.:/'#[]{}=," else f"\\U{ord(c):08x}" for c in value) + '"'
    return str(value).lower() if isinstance(value, bool | float) else str(value)


def as_text(document: dict[str, Any]) -> str:
    lines = [f"{written(key)} = {written(value)}" for key, value in document.items()]
    return "\n".join(lines)


@RELAXED
@given(DOCUMENTS, DOCUMENTS)
def test_any_document_is_read_or_refused(tmp_path: Path, document: dict[str, Any], base: dict[str, Any]) -> None:
    (tmp_path / "base.toml").write_text(as_text(base), encoding="utf-8")
    for problem in told(tmp_path, as_text(document | {"extend": ["base.toml"]})):
        assert problem.isprintable()


@RELAXED
@given(DOCUMENTS)
def test_the_scanner_agrees_with_tomli(document: dict[str, Any]) -> None:
    text = as_text(document)
    data = tomli.loads(text)
    spans = packs.scan(text)
    lines = text.split("\n")

    def cut(span: Span) -> str:
        part = lines[span.line - 1 : span.end_line]
        part[-1] = part[-1][: span.end_column - 1]
        part[0] = part[0][span.column - 1 :]
        return "\n".join(part)

    def walk(value: Any, path: convert.Path) -> None:  # noqa: ANN401 - TOML data
        if path:
            assert repr(tomli.loads(f"v = {cut(spans[path])}")["v"]) == repr(value)
        steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, inner in steps:
            walk(inner, (*path, step))

    walk(data, ())


def test_the_scanner_reads_all_of_toml() -> None:
    text = '''a."b.c".d = 1979-05-27 07:32:00  # comment
m = """one ] " "" \\""" two"""""
l = \'\'\'x
''y]\'\'\'
[ t . 'u' ]  # [x]
i = { p.q = 1, r = [ { s = "}" }, ] }
[[w]]
[[w.v]]
k = 1
[[w.v]]
k = 2
[w.v.x]
k = 3
[[w]]
k = 4
'''
    spans = packs.scan(text)
    lines = {convert.key_text(path): span.line for path, span in spans.items()}
    expected = {
        "a.b.c.d": 1,
        "m": 2,
        "l": 3,
        "t.u": 5,
        "t.u.i.p.q": 6,
        "t.u.i.r[0].s": 6,
        "w[0]": 7,
        "w[0].v[0].k": 9,
        "w[0].v[1]": 10,
        "w[0].v[1].x.k": 13,
        "w[1].k": 15,
    }
    assert {key: lines.get(key) for key in expected} == expected
    assert spans["l",] == Span(3, 5, 4, 8)
    assert spans["a", "b.c", "d"] == Span(1, 13, 1, 32)


@RELAXED
@given(st.binary(max_size=60) | TEXTS.map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path: Path, raw: bytes) -> None:
    for problem in told(tmp_path, raw):
        assert problem.isprintable()
    packs.scan(raw.decode(errors="replace"))


@RELAXED
@given(
    st.lists(st.text(max_size=12) | st.builds("{}={}".format, st.sampled_from(KEYS), st.text(max_size=8)), max_size=3)
)
def test_any_override_is_read_or_refused(tmp_path: Path, overrides: list[str]) -> None:
    for problem in told(tmp_path, None, *overrides):
        assert problem.isprintable()


def test_the_reader_needs_no_heavy_import() -> None:
    code = "import sys, ssot_lint.workspace.config; print({'libcst', 'rich', 'click'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


@pytest.mark.parametrize(
    "text",
    [
        'exclude = ["!"]',
        'test-paths = ["!"]',
        '[[concept]]\nname = "a"\nhome = "a:A"\nscope = ["!"]',
        '[[concept]]\nname = "a"\nhome = "a:A"\nexception = [{path = "!", rule = "SSOT201", reason = "b"}]',
        '[[unreadable]]\npath = "!"\nreason = "b"',
    ],
)
def test_a_path_pattern_must_be_one(tmp_path: Path, text: str) -> None:
    write(tmp_path, ssot=text)
    with pytest.raises(config.PolicyError, match=r"expected a pattern in the syntax of \.gitignore"):
        config.load(tmp_path / "ssot.toml", tmp_path, rules=RULES)
