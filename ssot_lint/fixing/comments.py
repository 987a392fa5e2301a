"""Edits of suppression comments: what is taken out of one, and what is added to a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ssot_lint.fixing.draft import RefusalError
from ssot_lint.model.location import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ssot_lint.fixing.edits import Edit, EditableSource
    from ssot_lint.model.fix import DropSuppression

_LIST: Final = re.compile(r"\[(?P<rules>[^\]#]*)\]")


def dropped(source: EditableSource, fix: int, intent: DropSuppression) -> Edit:
    """Return the edit that takes rules out of a suppression, or all of it with the space around. RefusalError."""
    at = intent.at
    if _rules(source, at) != intent.rules:
        raise RefusalError(fix, "the file has changed since it was read")
    left = [name for name in intent.rules if name not in intent.unused]
    if left:
        return _listing(source, at, left)
    line = source.line(at.line)
    before, behind = line[: at.column - 1], line[at.end_column - 1 :]
    if behind.strip():  # another comment: it moves to where this one stood
        end = len(line) - len(behind.lstrip())
        return source.edit(Span(at.line, at.column, at.line, end + 1), "")
    if before.strip():
        return source.edit(Span(at.line, len(before.rstrip()) + 1, at.line, len(line) + 1), "")
    if at.line > 1 and source.line(at.line - 1).endswith("\\"):
        raise RefusalError(fix, "the comment ends a line that a backslash continues")
    return source.removal(at)


def extended(source: EditableSource, at: Span, codes: Iterable[str]) -> Edit:
    """Return the edit that adds rules to the suppression comment at a place."""
    return _listing(source, at, [*_rules(source, at), *codes])


def appended(source: EditableSource, line: int, codes: Iterable[str], reason: str) -> Edit:
    """Return the edit that writes a new suppression comment at the end of a line."""
    text = source.line(line)
    comment = f"# ssot: ignore[{', '.join(codes)}] {reason}".rstrip()
    return source.edit(Span(line, len(text.rstrip()) + 1, line, len(text) + 1), f"  {comment}")


def _rules(source: EditableSource, at: Span) -> tuple[str, ...]:
    found = _LIST.search(source.text(at))
    return tuple(name.strip() for name in found["rules"].split(",") if name.strip()) if found else ()


def _listing(source: EditableSource, at: Span, rules: Sequence[str]) -> Edit:
    """Return the edit that gives a suppression comment another list of rules."""
    found = _LIST.search(source.text(at))
    start, end = found.span("rules") if found else (0, 0)
    return source.edit(Span(at.line, at.column + start, at.line, at.column + end), ", ".join(rules))
