"""The tracker as a file that is written over itself: the figures in it, and the notes that persons have put there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ssot_lint.model.tracker import ConceptFigures, Figures
from ssot_lint.reporters.neutral import neutral_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_VERSION: Final = 1
_REPORT: Final = re.compile(r"^<!-- ssot-lint: report (.*?) -->[ \t\r]*$", re.MULTILINE)
_NOTES: Final = re.compile(r"^<!-- ssot-lint: notes ([A-Za-z0-9][A-Za-z0-9._ -]*?) -->[ \t]*\r?\n", re.MULTILINE)
_END: Final = "<!-- ssot-lint: end notes -->"
_LESS: Final = r"\u003c"
_GREATER: Final = r"\u003e"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_OPENING: Final = re.compile(r"^[ \t]*<!--\s*ssot-lint:\s*notes\b", re.MULTILINE)


class TrackerError(Exception):
    """A file that is no report of ours, or one from which not everything would survive; the text says why."""


class Former(NamedTuple):
    """What a report leaves to the next one: its figures, those that it was compared with, and the notes by name."""

    figures: Figures | None = None
    before: Figures | None = None
    notes: tuple[tuple[str, str], ...] = ()


def read_tracker(text: str) -> Former:
    """Take a former report apart. TrackerError for any other text, except one without anything."""
    if not text.strip():
        return Former()
    found = _REPORT.search(text)
    if found is None:
        raise TrackerError("it is no report of ssot-lint")
    try:
        document = json.loads(found[1])
        version = document["version"]
        if not isinstance(version, int) or version > _VERSION:
            raise TrackerError("a newer ssot-lint has written it")
        figures, before = _figures(document["figures"]), document["before"]
        return Former(figures, _figures(before) if before is not None else None, tuple(_notes(text)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        line = text.count("\n", 0, found.start()) + 1
        raise TrackerError(f"line {line}: its figures are damaged") from None


def figures_line(figures: Figures, before: Figures | None) -> str:
    """Return the comment that holds the figures; whatever a concept is called, it ends where it should."""
    document = {
        "version": _VERSION,
        "figures": _document(figures),
        "before": _document(before) if before is not None else None,
    }
    text = neutral_json(json.dumps(document, ensure_ascii=True, separators=(",", ":")))
    return f"<!-- ssot-lint: report {text.replace('<', _LESS).replace('>', _GREATER)} -->"


class Notes:
    """The notes of the former report, which go into the new one byte for byte."""

    def __init__(self, former: Iterable[tuple[str, str]]) -> None:
        self._left = list(former)

    def place(self, name: str) -> Iterator[str]:
        """Yield a place for notes of this name, with what was in it; nothing for a name that no marker can have."""
        if _NAME.fullmatch(name):
            own = [one for one in self._left if one[0] == name]
            self._left = [one for one in self._left if one[0] != name]
            yield from (_block(*one) for one in own or [(name, "\n")])

    def others(self) -> Iterator[str]:
        """Yield those that have had no place; empty ones are not kept."""
        yield from (_block(*one) for one in self._left if one[1].strip())


def _block(name: str, content: str) -> str:
    return f"<!-- ssot-lint: notes {name} -->\n{content}{_END}"


def _notes(text: str) -> Iterator[tuple[str, str]]:
    """Yield the notes in order; what stands after an opening marker must have an end."""
    position = 0
    while True:
        opening = _OPENING.search(text, position)
        if opening is None:
            return
        line = text.count("\n", 0, opening.start()) + 1
        start = _NOTES.match(text, opening.start())
        if start is None:
            raise TrackerError(f"line {line}: it opens notes otherwise than with <!-- ssot-lint: notes NAME -->")
        end = text.find(_END, start.end())
        if end < 0:
            raise TrackerError(f"line {line}: it opens notes that have no end: {_END}")
        yield start[1], text[start.end() : end]
        position = end + len(_END)


def _document(figures: Figures) -> dict[str, Any]:
    concepts = {name: list(one) for name, one in figures.concepts.items()}
    return {"findings": figures.findings, "failing": figures.failing, "concepts": concepts}


def _figures(document: dict[str, Any]) -> Figures:
    concepts = {str(name): ConceptFigures(*map(_number, one)) for name, one in document["concepts"].items()}
    return Figures(_number(document["findings"]), _number(document["failing"]), concepts)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value
