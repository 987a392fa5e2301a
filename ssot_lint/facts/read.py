"""One file's bytes to facts, by the running interpreter's parser or by libcst."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.facts.extract import extract
from ssot_lint.model.facts import Block, Facts
from ssot_lint.parsing.reader import UnreadableSourceError, decode, parse, parse_newer

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

OPAQUE = Facts(blocks=(Block("module", -1, 1),), opaque_getattr=True, writes_namespace=True)
"""The facts of a file that exists but could not be read: it may define anything."""


class Parsed(NamedTuple):
    """A file's text and its syntax tree."""

    text: str
    tree: ast.Module


def parsed(data: bytes) -> Parsed:
    """Decode and parse with the standard library's parser; raises UnreadableSourceError."""
    text = decode(data)
    return Parsed(text, parse(text))


def read(data: bytes, tokens: Sequence[str] = ()) -> Facts:
    """Read with the standard library's parser; raises UnreadableSourceError."""
    try:
        return extract(*parsed(data), tokens)
    except RecursionError:
        raise UnreadableSourceError("over-limit", "nested too deeply to read") from None


def read_newer_syntax(data: bytes, tokens: Sequence[str] = ()) -> Facts:
    """Read with libcst, which knows syntax that the running interpreter may not; only in a supervised worker.

    Raises UnreadableSourceError where libcst finds a syntax error too.
    """
    text = decode(data)
    try:
        return extract(text, parse_newer(text), tokens)
    except RecursionError:
        raise UnreadableSourceError("over-limit", "nested too deeply to read") from None
