"""The policy of a project: found, read, extended, changed from the command line, and checked as a whole.

Every document is checked by itself, so that a problem names its file and line; only what must be complete, required
keys above all, is checked after the documents are merged.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import tomli

from ssot_lint.model.location import Location
from ssot_lint.model.policy import LoadedPolicy, Policy, flat_levels
from ssot_lint.workspace import packs
from ssot_lint.workspace.checks import (
    NAMED,
    Rules,
    absent,
    contradictions,
    departures,
    entries_of,
    is_same_entry,
    real,
    strings_of,
)
from ssot_lint.workspace.convert import (
    Misfit,
    PolicyError,
    Problem,
    convert,
    did_you_mean,
    key_text,
    neutral,
    shown,
)
from ssot_lint.workspace.convert import Path as KeyPath
from ssot_lint.workspace.packs import Document, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["PolicyError", "Problem", "discover", "load", "schema", "top_of_checkout"]

_PACK = "pack:"
_COMMAND_LINE = "--config"
_MOST_DOCUMENTS = 100
_DEEPEST = 8
_BARE_WORD = re.compile(r"[^\s\"'\[{#=]\S*")


def discover(start: Path) -> Path | None:
    """Find the policy file in the nearest folder upward, up to the root of the version control if there is one."""
    at = _absolute(start)
    for folder in (at, *at.parents) if at.is_dir() else at.parents:
        if os.path.lexists(folder / "ssot.toml"):
            return folder / "ssot.toml"
        if packs.holds_policy(folder / "pyproject.toml"):
            return folder / "pyproject.toml"
        if _is_top(folder):
            return None
    return None


def top_of_checkout(start: Path) -> Path | None:
    """Return the root of the version control that a folder stands in, if there is one."""
    at = _absolute(start)
    return next((folder for folder in (at, *at.parents) if _is_top(folder)), None)


def _is_top(folder: Path) -> bool:
    return any(os.path.lexists(folder / mark) for mark in (".git", ".hg"))


def load(path: Path | None, root: Path, overrides: Sequence[str] = (), *, rules: Rules) -> LoadedPolicy:
    """Read a policy with all that it extends (`pack:recommended` if there is none), or raise a PolicyError.

    `overrides` are `KEY=VALUE` from the command line; `rules` maps the code and the name of every rule to its kinds.
    """
    reading = _Reading(root)
    changes = reading.overrides(overrides)
    top = reading.top(path)
    extending = next((change for change in reversed(changes) if "extend" in change.data), top)
    reading.extend(extending, () if extending is top else (top,))
    for document in (top, *reading.extended, *changes):
        _, misfits = convert(document.data, Policy, partial=True)
        reading.report(document, [*misfits, *departures(document.data, reading.root, rules)])
    merged: dict[str, Any] = {}
    for document in reading.extended:
        merged = _merged(merged, _plain({key: value for key, value in document.data.items() if key != "extend"}))
    for document in (top, *changes):
        merged = _merged(merged, _plain(document.data))
    policy, misfits = convert(merged, Policy)
    for misfit in [*(absent(misfits) if reading.whole else ()), *contradictions(merged)]:
        document, placed = _origin(misfit, [*reading.extended, top, *changes], merged)
        reading.report(document, [placed])
    if reading.problems:
        raise PolicyError(reading.in_order())
    policy = msgspec.structs.replace(policy, services=policy.service_folders)
    return LoadedPolicy(policy=policy, path=top.file, places=_places(top, reading.extended))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The policy of ssot-lint (ssot.toml, or tool.ssot-lint in pyproject.toml)",
        **msgspec.json.schema(Policy),
    }


class _Reading:
    """The documents of one policy, base first, and all that is wrong with them."""

    def __init__(self, root: Path) -> None:
        self.root = _absolute(root)
        self.problems: list[Problem] = []
        self.extended: list[Document] = []
        self.whole = True
        self._seen: set[str] = set()

    def report(self, document: Document, misfits: Sequence[Misfit]) -> None:
        """Add problems of a document."""
        self.problems.extend(document.problem(misfit) for misfit in misfits)

    def in_order(self) -> list[Problem]:
        """Return every problem once, file by file as they were read, in the order of the lines."""
        unique = list(dict.fromkeys(self.problems))
        files = list(dict.fromkeys(problem.file for problem in unique))
        return sorted(unique, key=lambda problem: (files.index(problem.file), problem.line or 10**9))

    def top(self, path: Path | None) -> Document:
        """Read the policy file itself; without one, what stands for it extends the recommended pack."""
        if path is None:
            return Document(file="", data={"extend": [f"{_PACK}recommended"]}, folder=self.root)
        at = _absolute(path)
        try:
            document, problems = packs.read_file(at, self._shown(at))
        except UnreadableError as error:
            raise PolicyError([*self.problems, Problem(file=self._shown(at), what=str(error))]) from error
        return self._read(document, problems)

    def _shown(self, path: Path) -> str:
        """Name a file relative to the root where it lies under it."""
        for at, root in ((path, self.root), (real(path), real(self.root))):
            if at.is_relative_to(root):
                return neutral(at.relative_to(root).as_posix())
        return neutral(path.as_posix())

    def overrides(self, texts: Sequence[str]) -> list[Document]:
        """Read the `KEY=VALUE` of the command line, each as a document that extends the ones before it."""
        documents = []
        for text in texts:
            data = _override(text)
            if isinstance(data, Problem):
                self.problems.append(data)
            else:
                documents.append(Document(file=_COMMAND_LINE, data=data, folder=self.root))
        return documents

    def extend(self, document: Document, stack: tuple[Document, ...] = ()) -> None:
        """Read all that a document extends, base first and each once, however often it is reached."""
        stack = (*stack, document)
        for index, item in strings_of(document.data, "extend"):
            path: KeyPath = ("extend", index)
            if len(self._seen) == _MOST_DOCUMENTS:
                self.report(document, [Misfit(path=path, what=f"more than {_MOST_DOCUMENTS} files are extended")])
                return
            found = self._document(item, document)
            if isinstance(found, str):
                self.report(document, [Misfit(path=path, what=found, value=shown(item))])
                self.whole = False
                continue
            known = [other.identity for other in stack]
            if found.identity in known:
                circle = [*(other.file for other in stack[known.index(found.identity) :]), found.file]
                self.report(document, [Misfit(path=path, what=f"extends itself: {' -> '.join(circle)}")])
            elif found.identity not in self._seen:
                self._seen.add(found.identity)
                found = dataclasses.replace(found, via=index if len(stack) == 1 else document.via)
                self.extend(found, stack)
                self.extended.append(found)

    def _document(self, item: str, by: Document) -> Document | str:
        """Read what an `extend` entry names, or say what is wrong with the entry."""
        if item.startswith(_PACK):
            names = packs.pack_names()
            name = item.removeprefix(_PACK)
            if name in names:
                return packs.read_pack(name)
            near = did_you_mean(item, [f"{_PACK}{known}" for known in names])
            return "; ".join(filter(None, (f"no such pack (known: {', '.join(names)})", near)))
        if by.folder is None:
            return "a pack extends other packs only"
        at = _absolute(by.folder / item)
        try:
            document, problems = packs.read_file(at, self._shown(at))
        except UnreadableError as error:
            return f"{shown(item)} {error}"
        return self._read(document, problems)

    def _read(self, document: Document, problems: list[Problem]) -> Document:
        self.problems.extend(problems)
        self.whole = self.whole and bool(document.data or not problems)
        return document


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() raises on a loop of links


def _override(text: str) -> dict[str, Any] | Problem:
    """Read `KEY=VALUE`: a dotted key and a TOML value, or a bare word for a string."""
    key, equals, value = (part.strip() for part in text.partition("="))
    nested = _toml(f"{key} = 0") if equals and "\n" not in key else None
    if not nested:
        return Problem(file=_COMMAND_LINE, value=shown(text), expected="KEY=VALUE with a dotted key")
    stated = _toml(f"value = {value}")
    if (stated is None or list(stated) != ["value"]) and not _BARE_WORD.fullmatch(value):
        return Problem(file=_COMMAND_LINE, key=neutral(key)[:80], value=shown(value), expected="a TOML value")
    table = nested
    while isinstance(table[last := next(iter(table))], dict):
        table = table[last]
    table[last] = value if stated is None else stated["value"]
    return nested


def _toml(text: str) -> dict[str, Any] | None:
    try:
        text.encode()
        return tomli.loads(text)
    except (ValueError, RecursionError):
        return None


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Write the levels of kinds as `rule.kind`, so that both ways of stating them are the same key in a merge."""
    stated = data.get("severity")
    if not isinstance(stated, dict):
        return data
    tests = {"tests": stated["tests"]} if "tests" in stated else {}
    plain = flat_levels({key: value for key, value in stated.items() if key not in tests})
    if isinstance(tests.get("tests"), dict):
        tests = {"tests": flat_levels(tests["tests"])}
    return {**data, "severity": {**plain, **tests}}


def _merged(base: dict[str, Any], over: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """Lay one table over another: tables merge by key, named tables by name, all else is replaced."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        if depth == 0 and key in NAMED and isinstance(old, list) and isinstance(value, list):
            result[key] = _merged_entries(old, value, NAMED[key])
        elif isinstance(old, dict) and isinstance(value, dict) and depth < _DEEPEST:
            result[key] = _merged(old, value, depth + 1)
        else:
            result[key] = value
    return result


def _merged_entries(base: list[Any], over: list[Any], naming: str) -> list[Any]:
    result = list(base)
    named = [(i, entry) for i, entry in enumerate(base) if _is_named(entry, naming)]
    for entry in over:
        same = (i for i, other in named if _is_named(entry, naming) and is_same_entry(other, entry, naming))
        at = next(same, None)
        if at is None:
            result.append(entry)
        else:
            result[at] = _merged(result[at], entry, 1)
    return result


def _is_named(entry: object, naming: str) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get(naming), str)


def _origin(misfit: Misfit, documents: Sequence[Document], merged: dict[str, Any]) -> tuple[Document, Misfit]:
    """Find the document that a misfit of the merged policy is to be laid at: the last that states its table."""
    key, *rest = misfit.path
    naming = NAMED.get(str(key))
    for document in reversed(documents):
        path = misfit.path
        if naming and rest:
            entry = merged[str(key)][rest[0]]
            stated = entries_of(document.data, str(key))
            same = [index for index, other in stated if other is entry]  # nothing was merged into it
            same = same or [index for index, other in stated if is_same_entry(other, entry, naming)]
            path = (key, same[0], *rest[1:]) if same else ()
        if path and _has(document.data, path[:-1]):
            return document, msgspec.structs.replace(misfit, path=path)
    return documents[-1], misfit


def _has(data: Any, path: KeyPath) -> bool:  # noqa: ANN401 - TOML data
    try:
        functools.reduce(operator.getitem, path, data)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _places(top: Document, extended: Sequence[Document]) -> dict[str, Location]:
    """Give the places of the top document's entries, and for entries that were extended the place of the `extend`."""
    places = {_named_path(path, top.data): Location.of(top.file, span) for path, span in top.spans.items() if path}
    own = {_named_path(path, top.data) for path in _stated(top.data)}
    for document in reversed(extended):  # the last one wins, as in the merge
        brought = places.get(f"extend[{document.via}]")
        for path in _stated(document.data) if brought else ():
            name = _named_path(path, document.data)
            if brought and name not in own:
                places.setdefault(name, brought)
    return places


def _stated(data: dict[str, Any]) -> Iterator[KeyPath]:
    """Give the paths of what a document states: its keys, its named entries and the keys of these and of tables."""
    for key, value in data.items():
        yield (key,)
        if key in NAMED:
            for index, entry in entries_of(data, key):
                yield (key, index)
                yield from ((key, index, part) for part in entry)
        elif isinstance(value, dict):
            yield from ((key, part) for part in value)


def _named_path(path: KeyPath, data: dict[str, Any]) -> str:
    """Write a path with the names of entries instead of their indices: `concept[cart].home`."""
    key, *rest = path
    naming = NAMED.get(str(key))
    if not naming or not rest:
        return key_text(path)
    inner = key_text(tuple(rest[1:]))
    return f"{key}[{data[str(key)][rest[0]].get(naming)}]" + (f".{inner}" if inner else "")
