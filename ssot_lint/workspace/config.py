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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
import tomli

from ssot_lint.model.location import Location
from ssot_lint.model.policy import Level, LoadedPolicy, Policy, flat_levels
from ssot_lint.workspace import packs
from ssot_lint.workspace.convert import (
    Misfit,
    PolicyError,
    Problem,
    convert,
    did_you_mean,
    expected,
    fields_of,
    key_text,
    missing,
    neutral,
    shown,
)
from ssot_lint.workspace.convert import Path as KeyPath
from ssot_lint.workspace.packs import Document, UnreadableError

__all__ = ["PolicyError", "Problem", "discover", "load", "schema"]

Rules = Mapping[str, frozenset[str]]

_PACK = "pack:"
_COMMAND_LINE = "--config"
_MOST_DOCUMENTS = 100
_DEEPEST = 8
_CODE = re.compile(r"([A-Z]+)[0-9]+")
_BARE_WORD = re.compile(r"[^\s\"'\[{#=]\S*")


def _elements() -> dict[str, Any]:
    """Return the arrays of tables of a policy, each with the Struct of its entries."""
    arrays = {
        key: get_args(field.type)[0] for key, field in fields_of(Policy).items() if get_origin(field.type) is tuple
    }
    return {key: kind for key, kind in arrays.items() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)}


_ELEMENTS = _elements()
# What names an entry is its first required key.
_NAMED = {key: next(name for name, part in fields_of(kind).items() if part.required) for key, kind in _ELEMENTS.items()}


def discover(start: Path) -> Path | None:
    """Find the policy file in the nearest folder upward, up to the root of the version control if there is one."""
    at = _absolute(start)
    for folder in (at, *at.parents) if at.is_dir() else at.parents:
        if os.path.lexists(folder / "ssot.toml"):
            return folder / "ssot.toml"
        if packs.holds_policy(folder / "pyproject.toml"):
            return folder / "pyproject.toml"
        if any(os.path.lexists(folder / mark) for mark in (".git", ".hg")):
            return None
    return None


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
        reading.report(document, [*misfits, *_departures(document.data, reading.root, rules)])
    merged: dict[str, Any] = {}
    for document in reading.extended:
        merged = _merged(merged, _plain({key: value for key, value in document.data.items() if key != "extend"}))
    for document in (top, *changes):
        merged = _merged(merged, _plain(document.data))
    policy, misfits = convert(merged, Policy)
    for misfit in [*(_absent(misfits) if reading.whole else ()), *_contradictions(merged)]:
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
        for at, root in ((path, self.root), (_real(path), _real(self.root))):
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
        for index, item in _strings(document.data, "extend"):
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


def _real(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path


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


def _strings(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, str]]:
    """Give the strings of an array, with their indices, whatever else is in it."""
    values = data.get(key)
    yield from ((i, item) for i, item in enumerate(values if isinstance(values, list) else ()) if isinstance(item, str))


def _entries(data: Mapping[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    """Give the tables of an array of tables, with their indices, whatever else is in it."""
    values = data.get(key)
    return [(i, item) for i, item in enumerate(values if isinstance(values, list) else ()) if isinstance(item, dict)]


def _departures(data: dict[str, Any], root: Path, rules: Rules) -> Iterator[Misfit]:
    """Check what one document says beyond its types: that rules exist, names are single and folders inside the root."""
    selectors = set(rules)
    codes = [match for match in map(_CODE.fullmatch, rules) if match]
    starts = {code[0][:end] for code in codes for end in range(len(code[1]), len(code[0]))}
    for key in ("select", "ignore"):
        for index, item in _strings(data, key):
            if item not in selectors and item not in starts:
                yield _unknown_rule((key, index), item, selectors, "a rule's name, its code or the start of a code")
    for key, naming in _NAMED.items():
        yield from _duplicates(data, key, naming)
        for index, entry in _entries(data, key):
            for number, exception in _entries(entry, "exception"):
                rule = exception.get("rule")
                if isinstance(rule, str) and rule and rule not in selectors:
                    path = (key, index, "exception", number, "rule")
                    yield _unknown_rule(path, rule, selectors, "a rule's name or code")
    yield from _levels(data.get("severity"), ("severity",), rules)
    yield from _outside(data.get("source-roots"), root)


def _duplicates(data: dict[str, Any], key: str, naming: str) -> Iterator[Misfit]:
    """Find the entries of one document without a name, or with the name of an earlier one."""
    first: dict[str, int] = {}
    for index, entry in _entries(data, key):
        path = (key, index, naming)
        name = entry.get(naming)
        if naming not in entry:
            yield missing(path, fields_of(_ELEMENTS[key])[naming].type)
        elif isinstance(name, str) and name in first:
            yield Misfit(path=path, what=f"{shown(name)} is already in {key}[{first[name]}]", value=shown(name))
        elif isinstance(name, str):
            first[name] = index


def _unknown_rule(path: KeyPath, value: str, known: Iterable[str], accepted: str) -> Misfit:
    return Misfit(path=path, value=shown(value), expected=accepted, hint=did_you_mean(value, known))


def _levels(stated: object, path: KeyPath, rules: Rules) -> Iterator[Misfit]:
    """Check the rules and kinds of `[severity]` or `[severity.tests]`."""
    for key, value in stated.items() if isinstance(stated, dict) else ():
        at = (*path, key)
        rule, dot, kind = key.partition(".")
        if key == "tests" and len(path) == 1:
            yield from _levels(value, at, rules)
            if isinstance(value, str):
                yield Misfit(path=at, value=shown(value), expected="a table")
        elif rule not in rules:
            yield Misfit(path=at, what="no such rule", value=shown(key), hint=did_you_mean(rule, rules))
        elif dot:
            yield from _kind(at, kind, value, rules[rule])
        elif isinstance(value, dict):
            for name, level in value.items():
                yield from _kind((*at, name), name, level, rules[rule])


def _kind(path: KeyPath, kind: str, level: object, kinds: Iterable[str]) -> Iterator[Misfit]:
    if kind not in kinds:
        hint = did_you_mean(kind, kinds) or f"known kinds: {', '.join(sorted(kinds))}"
        yield Misfit(path=path, what="no such kind", value=shown(kind), hint=hint)
    if isinstance(level, dict):
        yield Misfit(path=path, value=shown(level), expected=expected(Level))


def _outside(stated: object, root: Path) -> Iterator[Misfit]:
    """Find the source roots, of an array or a table, that are not folders inside the root."""
    if not isinstance(stated, list | dict):
        return
    for index, item in enumerate(stated):
        if isinstance(item, str) and ("\0" in item or not _real(root / item).is_relative_to(_real(root))):
            path = ("source-roots", index if isinstance(stated, list) else item)
            yield Misfit(path=path, value=shown(item), expected="a folder inside the project's root")


def _contradictions(data: dict[str, Any]) -> Iterator[Misfit]:
    """Find what is moved from where it is to be."""
    for index, entry in _entries(data, "concept"):
        home = entry.get("home")
        for number, item in _strings(entry, "moved-from"):
            if isinstance(home, str) and item in (home, home.partition(":")[0]):
                what = f"{shown(item)} is the home itself" if ":" in item else f"{shown(item)} is the home's own module"
                yield Misfit(path=("concept", index, "moved-from", number), what=what, value=shown(item))
    for index, entry in _entries(data, "moved"):
        old, renamed = entry.get("from"), isinstance(entry.get("names"), dict)
        if isinstance(old, str) and old == entry.get("to") and not renamed:
            what = f'{shown(old)} is also its "from"'
            yield Misfit(path=("moved", index, "to"), what=what, value=shown(old))


def _absent(misfits: Iterable[Misfit]) -> Iterator[Misfit]:
    """Give what only the merged policy can show: keys that no document states (names were looked at before)."""
    for misfit in misfits:
        is_name = len(misfit.path) == len(("concept", 0, "name")) and misfit.path[2] == _NAMED.get(str(misfit.path[0]))
        if misfit.what.startswith("missing") and not is_name:
            yield misfit


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
        if depth == 0 and key in _NAMED and isinstance(old, list) and isinstance(value, list):
            result[key] = _merged_entries(old, value, _NAMED[key])
        elif isinstance(old, dict) and isinstance(value, dict) and depth < _DEEPEST:
            result[key] = _merged(old, value, depth + 1)
        else:
            result[key] = value
    return result


def _merged_entries(base: list[Any], over: list[Any], naming: str) -> list[Any]:
    result = list(base)
    places = {entry[naming]: i for i, entry in enumerate(base) if _is_named(entry, naming)}
    for entry in over:
        at = places.get(entry[naming]) if _is_named(entry, naming) else None
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
    naming = _NAMED.get(str(key))
    for document in reversed(documents):
        path = misfit.path
        if naming and rest:
            entry = merged[str(key)][rest[0]]
            stated = _entries(document.data, str(key))
            same = [index for index, other in stated if other is entry]  # nothing was merged into it
            same = same or [index for index, other in stated if other.get(naming) == entry.get(naming)]
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
        if key in _NAMED:
            for index, entry in _entries(data, key):
                yield (key, index)
                yield from ((key, index, part) for part in entry)
        elif isinstance(value, dict):
            yield from ((key, part) for part in value)


def _named_path(path: KeyPath, data: dict[str, Any]) -> str:
    """Write a path with the names of entries instead of their indices: `concept[cart].home`."""
    key, *rest = path
    naming = _NAMED.get(str(key))
    if not naming or not rest:
        return key_text(path)
    inner = key_text(tuple(rest[1:]))
    return f"{key}[{data[str(key)][rest[0]].get(naming)}]" + (f".{inner}" if inner else "")
