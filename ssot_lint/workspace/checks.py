"""What a policy must not say, beyond its types: rules that do not exist, names twice, folders outside the root."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from ssot_lint.model.patterns import is_pattern
from ssot_lint.model.policy import Level, Policy
from ssot_lint.workspace.convert import (
    Misfit,
    did_you_mean,
    expected,
    fields_of,
    missing,
    shown,
)
from ssot_lint.workspace.convert import Path as KeyPath

Rules = Mapping[str, frozenset[str]]

_CODE = re.compile(r"([A-Z]+)[0-9]+")


def _elements() -> dict[str, Any]:
    """Return the arrays of tables of a policy, each with the Struct of its entries."""
    arrays = {
        key: get_args(field.type)[0] for key, field in fields_of(Policy).items() if get_origin(field.type) is tuple
    }
    return {key: kind for key, kind in arrays.items() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)}


_ELEMENTS = _elements()
# What names an entry is its first required key.
NAMED = {key: next(name for name, part in fields_of(kind).items() if part.required) for key, kind in _ELEMENTS.items()}


def strings_of(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, str]]:
    """Give the strings of an array, with their indices, whatever else is in it."""
    values = data.get(key)
    yield from ((i, item) for i, item in enumerate(values if isinstance(values, list) else ()) if isinstance(item, str))


def entries_of(data: Mapping[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    """Give the tables of an array of tables, with their indices, whatever else is in it."""
    values = data.get(key)
    return [(i, item) for i, item in enumerate(values if isinstance(values, list) else ()) if isinstance(item, dict)]


def departures(data: dict[str, Any], root: Path, rules: Rules) -> Iterator[Misfit]:
    """Check what one document says beyond its types: that rules exist, names are single and folders inside the root."""
    selectors = set(rules)
    codes = [match for match in map(_CODE.fullmatch, rules) if match]
    starts = {code[0][:end] for code in codes for end in range(len(code[1]), len(code[0]))}
    for key in ("select", "ignore"):
        for index, item in strings_of(data, key):
            if item not in selectors and item not in starts:
                yield _unknown_rule((key, index), item, selectors, "a rule's name, its code or the start of a code")
    for key, naming in NAMED.items():
        yield from _duplicates(data, key, naming)
        for index, entry in entries_of(data, key):
            for number, exception in entries_of(entry, "exception"):
                rule = exception.get("rule")
                if isinstance(rule, str) and rule and rule not in selectors:
                    path = (key, index, "exception", number, "rule")
                    yield _unknown_rule(path, rule, selectors, "a rule's name or code")
    yield from _levels(data.get("severity"), ("severity",), rules)
    yield from _outside(data.get("source-roots"), root)
    yield from _no_patterns(data)


def _duplicates(data: dict[str, Any], key: str, naming: str) -> Iterator[Misfit]:
    """Find the entries of one document without a name, or with the name of an earlier one."""
    earlier: list[tuple[int, dict[str, Any]]] = []
    for index, entry in entries_of(data, key):
        path = (key, index, naming)
        if naming not in entry:
            yield missing(path, fields_of(_ELEMENTS[key])[naming].type)
        elif isinstance(entry[naming], str):
            said = shown(entry[naming])
            same = next((number for number, one in earlier if is_same_entry(one, entry, naming)), None)
            if same is not None:
                yield Misfit(path=path, what=f"{said} is already in {key}[{same}]", value=said)
            earlier.append((index, entry))


def is_same_entry(one: dict[str, Any], other: dict[str, Any], naming: str) -> bool:
    """Tell whether two entries are about the same: what names them, and of moves one of the `names` that move."""
    if one.get(naming) != other.get(naming):
        return False
    if naming == "name":
        return True
    names = [set(entry["names"]) for entry in (one, other) if isinstance(entry.get("names"), (list, dict))]
    return len(names) < 2 or not all(names) or not names[0].isdisjoint(names[1])  # noqa: PLR2004 - of both


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
        if isinstance(item, str) and ("\0" in item or not real(root / item).is_relative_to(real(root))):
            path = ("source-roots", index if isinstance(stated, list) else item)
            yield Misfit(path=path, value=shown(item), expected="a folder inside the project's root")


def _no_patterns(data: dict[str, Any]) -> Iterator[Misfit]:
    """Find the path patterns that are none in the syntax of .gitignore."""
    stated: list[tuple[KeyPath, object]] = []
    for key in ("exclude", "test-paths"):
        stated += [((key, number), text) for number, text in strings_of(data, key)]
    for key in NAMED:
        for index, entry in entries_of(data, key):
            stated += [((key, index, "scope", number), text) for number, text in strings_of(entry, "scope")]
            stated.append(((key, index, "path"), entry.get("path")))
            for number, exception in entries_of(entry, "exception"):
                stated.append(((key, index, "exception", number, "path"), exception.get("path")))
    for path, text in stated:
        if isinstance(text, str) and text and not is_pattern(text):
            yield Misfit(path=path, value=shown(text), expected="a pattern in the syntax of .gitignore")


def contradictions(data: dict[str, Any]) -> Iterator[Misfit]:
    """Find what is moved from where it is to be, and operations that nothing is a use of."""
    for index, entry in entries_of(data, "concept"):
        home = entry.get("home")
        for number, item in strings_of(entry, "moved-from"):
            if isinstance(home, str) and item in (home, home.partition(":")[0]):
                what = f"{shown(item)} is the home itself" if ":" in item else f"{shown(item)} is the home's own module"
                yield Misfit(path=("concept", index, "moved-from", number), what=what, value=shown(item))
    for index, entry in entries_of(data, "moved"):
        old, renamed = entry.get("from"), isinstance(entry.get("names"), dict)
        if isinstance(old, str) and old == entry.get("to") and not renamed:
            what = f'{shown(old)} is also its "from"'
            yield Misfit(path=("moved", index, "to"), what=what, value=shown(old))
    for index, entry in entries_of(data, "operation"):
        if entry.get("uses") == []:
            what = 'expected at least one dotted name such as "os.environ"'
            yield Misfit(path=("operation", index, "uses"), what=what, value=shown([]))


def absent(misfits: Iterable[Misfit]) -> Iterator[Misfit]:
    """Give what only the merged policy can show: keys that no document states (names were looked at before)."""
    for misfit in misfits:
        is_name = len(misfit.path) == len(("concept", 0, "name")) and misfit.path[2] == NAMED.get(str(misfit.path[0]))
        if misfit.what.startswith("missing") and not is_name:
            yield misfit


def real(path: Path) -> Path:
    """Return a path with its links resolved, as it is where that fails."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path
