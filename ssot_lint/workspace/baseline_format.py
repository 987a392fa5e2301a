"""The baseline as text: one JSON document that merges line by line, the same bytes for the same entries.

A header line, one entry a line, sorted, and a last line that never changes, so that every entry's line ends alike and
`merge=union` gives a good file again. What is accepted:

- these lines, a header first and an end line last; between them in any order, with repeated entries, headers and end
  lines, missing or repeated commas, and empty lines: what merges make of it. Equal lines are one entry;
- else any layout of the same JSON: what formatters make of it.

Anything else is damage: nothing is left out silently.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from ssot_lint.model.finding import without_number
from ssot_lint.workspace.convert import neutral, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSION: Final = 1
Entry = tuple[str, ...]
"""Code, kind, concept and subject (without a number) of a finding, or kind and path of a notice."""

_FINDING, NOTICE_PARTS = 4, 2
_HEADER: Final = f'{{"version": {VERSION}, "entries": ['
_END: Final = "null]}"
_EXPECTED: Final = "[code, kind, concept, subject] of a finding or [kind, path] of a notice, all texts"
_CONFLICT: Final = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_MERGE: Final = (
    "a merge left its conflict here; keep the entries of both sides and delete the markers "
    '(the line ".ssot-baseline.json merge=union" in .gitattributes does that by itself)'
)
_REPAIR: Final = 'take it from version control again, or delete it and run "ssot-lint baseline write"'


class DamageError(Exception):
    """What is wrong with a baseline; the text starts with the place, and reads after the file's name and a colon."""


def as_text(entries: Mapping[Entry, int]) -> str:
    """Return the text of a baseline; what it holds n times is numbered as in a report, and so has n lines."""
    lines = [_HEADER]
    for (*start, last), number in sorted(entries.items()):
        numbered = [last, *(f"{last} #{n}" for n in range(2, number + 1))]
        lines += [f"{json.dumps([*start, one])}," for one in numbered]
    return "\n".join([*lines, _END, ""])


def from_text(text: str) -> Counter[Entry]:
    """Return how often a baseline holds each entry. DamageError."""
    lines = [(number, line.strip(" \t\r,")) for number, line in enumerate(text.split("\n"), 1)]
    lines = [(number, line) for number, line in lines if line]
    if not lines:
        raise DamageError(f"1: it is empty; {_REPAIR}")
    in_lines = _json(f"{lines[0][1]}{_END}") is not None
    found = set(_in_lines(lines) if in_lines else _in_any_layout(text, lines))
    return Counter((*one[:-1], without_number(one[-1])) if len(one) == _FINDING else one for one in found)


def _in_lines(lines: list[tuple[int, str]]) -> Iterator[Entry]:
    for number, line in lines:
        if line.startswith("{"):
            _check_document(number, _json(f"{line}{_END}"))
        elif line.startswith(_CONFLICT):
            raise DamageError(f"{number}: {_MERGE}")
        elif line != _END:
            yield _entry(str(number), _json(line), line)
    number, line = lines[-1]
    if line != _END:
        raise DamageError(f"{number}: it is cut off: expected {_END} in the last line; {_REPAIR}")


def _in_any_layout(text: str, lines: list[tuple[int, str]]) -> Iterator[Entry]:
    document = _json(text)
    if document is None:
        marked = next((number for number, line in lines if line.startswith(_CONFLICT)), 0)
        raise DamageError(f"{marked}: {_MERGE}" if marked else f"1: expected {_HEADER}...; {_REPAIR}")
    _check_document(1, document)
    for index, one in enumerate(document["entries"]):
        if one is not None:
            yield _entry(f"entries[{index}]", one, json.dumps(one))


def _check_document(number: int, document: Any) -> None:  # noqa: ANN401 - any JSON
    if not isinstance(document, dict) or not isinstance(document.get("version"), int):
        raise DamageError(f"{number}: expected {_HEADER}...; {_REPAIR}")
    version = document["version"]
    if version > VERSION:
        said = f"{number}: it has version {version}, and this ssot-lint reads version {VERSION}; upgrade ssot-lint"
        raise DamageError(said)
    if version != VERSION or document.keys() != {"version", "entries"} or not isinstance(document["entries"], list):
        raise DamageError(f"{number}: expected {_HEADER}...; {_REPAIR}")


def _entry(place: str, value: Any, text: str) -> Entry:  # noqa: ANN401 - any JSON
    if (
        isinstance(value, list)
        and len(value) in (_FINDING, NOTICE_PARTS)
        and all(isinstance(one, str) for one in value)
    ):
        return tuple(value)
    raise DamageError(f"{place}: {shown(neutral(text))} is no entry; expected {_EXPECTED}; {_REPAIR}")


def _json(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what a text means, None if it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
