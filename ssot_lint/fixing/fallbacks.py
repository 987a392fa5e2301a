"""A try statement around imports whose handler binds their names to something else becomes the imports alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ssot_lint.facts.fallbacks import Fallback, read_fallback
from ssot_lint.fixing.draft import RefusalError
from ssot_lint.model.location import Span

if TYPE_CHECKING:
    from ssot_lint.fixing.draft import Draft
    from ssot_lint.fixing.edits import EditableSource
    from ssot_lint.model.fix import DropFallback

_COMMENT: Final = re.compile(r"#[^\r\n]*")


def drop_fallback(draft: Draft, fix: int, intent: DropFallback) -> None:
    """Put the imports of a try statement in its place. RefusalError if there is more in it."""
    source = draft.source
    found = read_fallback(source.parse().tree, intent.line)
    if found is None:
        raise RefusalError(fix, "the file has changed since it was read")
    kept = "" if found.more else _imports(found, source)
    if not kept:
        raise RefusalError(fix, found.more or "the try statement shares its lines")
    gone = _COMMENT.findall(_lines(source, found.handler, found.last))
    there = _COMMENT.findall(_lines(source, found.line, found.last))
    if len(there) > len(_COMMENT.findall(kept)) + len(gone):
        raise RefusalError(fix, "a comment would be lost")
    edit = source.edit(Span(found.line, 1, found.last, len(source.line(found.last)) + 1), kept)
    if edit not in draft.edits:
        draft.edits.append(edit)
        draft.gone.update(comment.rstrip() for comment in gone)
    draft.changes.unwrapped.add((found.line, found.outer + 1))


def _lines(source: EditableSource, first: int, last: int) -> str:
    """Return the text of some lines, the end of the last one left out."""
    return source.text(Span(first, 1, last, len(source.line(last)) + 1))


def _imports(found: Fallback, source: EditableSource) -> str:
    """Return the lines of the body, comments included, one level further out; "" if there are no such lines."""
    outer, inner = source.line(found.line)[: found.outer], source.line(found.first)[: found.inner]
    if found.first == found.line or outer.strip() or inner.strip() or not inner.startswith(outer):
        return ""
    lines = _lines(source, found.line + 1, found.handler - 1).rstrip().splitlines(keepends=True)
    return "".join(outer + line[len(inner) :] if line.startswith(inner) else line for line in lines)
