"""The second look at one file's bytes: what it does with some names, and with some words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.facts.details import details
from ssot_lint.facts.events import read_events
from ssot_lint.model.details import Events
from ssot_lint.model.facts import WORD
from ssot_lint.parsing.reader import decode, parse, parse_newer

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from ssot_lint.model.details import Details


def read_details(data: bytes, names: Sequence[str]) -> Details:
    """Read what one file does with some names; raises UnreadableSourceError."""
    text = decode(data)
    return _read(text, parse(text), names)


def read_newer_details(data: bytes, names: Sequence[str]) -> Details:
    """Read the same with libcst, for syntax newer than the running interpreter; only in a supervised worker."""
    text = decode(data)
    return _read(text, parse_newer(text), names)


def _read(text: str, tree: ast.Module, names: Sequence[str]) -> Details:
    words = frozenset(name[1:] for name in names if name.startswith(WORD))
    events = read_events(text, tree, words) if words else Events()
    return details(text, tree, [name for name in names if not name.startswith(WORD)], events)
