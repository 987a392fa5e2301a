"""The cases of the rules: mini projects under `fixtures/<rule-name>/<case>/` whose lines say what is found on them.

`# expect[SSOT201]: text` at the end of a line says that one finding of that rule stands on this line and that its
message contains the text; `# expect[SSOT201.same]: text` also says its kind. Several expectations of one line stand
one after the other. `# expect-exit: 2` as the first line of a case's `ssot.toml` says that the run is incomplete.

`_fixed/` holds the files that `--fix` changes, as they are afterwards, and `_fixed-unsafely/` those that differ with
`--unsafe-fixes`. A file that is deleted stands there empty with `.deleted` behind its name. What is not there must stay
as it is.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.parsing.reader import UnreadableSourceError, decode, split_lines

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lint.model.rule import Rule

POLICY: Final = "ssot.toml"
EXAMPLE: Final = "example"
"""The case that every rule has: the clearest one, which its page shows."""

FIXED: Final = "_fixed"
FIXED_UNSAFELY: Final = "_fixed-unsafely"
_DELETED: Final = ".deleted"

_EXPECTATION: Final = re.compile(r"# expect\[(?P<code>\w+)(?:\.(?P<kind>[\w-]+))?\]:(?P<text>.*?)(?=# expect\[|$)")
_LOOKS_LIKE_ONE: Final = re.compile(r"#\s*expect\b")
_EXIT: Final = re.compile(r"# expect-exit: ([0-9]+)\s*")
_LEFT_OUT: Final = frozenset((FIXED, FIXED_UNSAFELY, "__pycache__"))


class Expectation(NamedTuple):
    """A finding that a line asks for; an empty kind stands for any."""

    path: str
    line: int
    code: str
    kind: str
    text: str


class MalformedCaseError(Exception):
    """A comment that looks like an expectation and is none; the message says where."""


@dataclass(frozen=True)
class Case:
    """One mini project; `texts` holds its text files by posix path, in order, expectations and all."""

    rule: str
    name: str
    folder: Path
    texts: dict[str, str]
    expectations: tuple[Expectation, ...]
    exit_code: int | None = None
    fixed: dict[str, bytes | None] = field(default_factory=dict)
    fixed_unsafely: dict[str, bytes | None] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How the case is called: `rule/case`."""
        return f"{self.rule}/{self.name}"


def read_cases(fixtures: Path) -> tuple[Case, ...]:
    """Read every case under a folder of rules' folders; names that start with `_` are left alone."""
    return tuple(read_case(case) for rule in _folders(fixtures) for case in _folders(rule))


def read_case(folder: Path) -> Case:
    """Read one case. Raises MalformedCaseError."""
    texts = {}
    for file in _files(folder):
        text = _text(file)
        if text is not None:
            texts[file.relative_to(folder).as_posix()] = text
    expectations = tuple(one for path, text in texts.items() for one in _expectations(folder, path, text))
    stated = _EXIT.fullmatch(split_lines(texts.get(POLICY, ""))[0])
    exit_code = int(stated[1]) if stated else None
    return Case(
        folder.parent.name,
        folder.name,
        folder,
        texts,
        expectations,
        exit_code,
        _after(folder / FIXED),
        _after(folder / FIXED_UNSAFELY),
    )


def _after(folder: Path) -> dict[str, bytes | None]:
    """Return the files of a folder by posix path: their bytes, None for one that is deleted."""
    found: dict[str, bytes | None] = {}
    for file in _files(folder) if folder.is_dir() else ():
        path = file.relative_to(folder).as_posix()
        found[path.removesuffix(_DELETED)] = None if path.endswith(_DELETED) else file.read_bytes()
    return found


def _files(folder: Path) -> list[Path]:
    """Return the files of a case, without what is expected of fixes and what Python leaves behind."""
    return [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and _LEFT_OUT.isdisjoint(file.relative_to(folder).parts)
    ]


def lay_out(folder: Path, root: Path) -> Path:
    """Copy a case, or a folder of them, to a place of its own, without what is expected of fixes; return that place."""
    return shutil.copytree(folder, root, ignore=shutil.ignore_patterns(*_LEFT_OUT))


def selection(rule: Rule) -> tuple[str, ...] | None:
    """Return what runs on the cases of a rule: the rule alone; the policy's choice for one that judges the others."""
    return (rule.code,) if rule.judge is None else None


def without_expectations(text: str) -> str:
    """Return a text as a page shows it: without the comments that say what is expected."""
    return re.sub(r"[ \t]*# expect\[.*|^# expect-exit:.*\n", "", text, flags=re.MULTILINE)


def _folders(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir() and one.name[0] not in "_.")


def _text(file: Path) -> str | None:
    """Return what a file says, None for what is no text."""
    try:
        return decode(file.read_bytes())
    except UnreadableSourceError:
        return None


def _expectations(folder: Path, path: str, text: str) -> list[Expectation]:
    found = []
    for number, line in enumerate(split_lines(text), 1):
        matches = list(_EXPECTATION.finditer(line))
        if len(matches) != len(_LOOKS_LIKE_ONE.findall(line)) - bool(_EXIT.fullmatch(line)):
            raise MalformedCaseError(f"{folder / path}:{number}: write # expect[CODE.kind]: text")
        found += [Expectation(path, number, one["code"], one["kind"] or "", one["text"].strip()) for one in matches]
    return found
