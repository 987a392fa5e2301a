"""Text from the user's files, made harmless for the medium that shows it."""

from __future__ import annotations

import re
import unicodedata

_COMMAND = re.compile(r"\A(\s*):(?=:)|##(?=\w*\[)")
"""What build servers obey: `::error::` at the start of a line, `##[error]` and `##vso[...]` anywhere in it."""


def one_line(text: str) -> str:
    """Return text without control, format or separator characters, and without commands to build servers.

    What is harmful is written as an escape.
    """
    if ":" in text or "#" in text:
        text = _COMMAND.sub(lambda found: r"#\x23" if found[1] is None else rf"{found[1]}\x3a", text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) if _harmful(character) else character for character in text)


def neutral_json(text: str) -> str:
    """Return a JSON document without commands to build servers; it means the same."""
    return text.replace("##", "#\\u0023")


def _harmful(character: str) -> bool:
    """Tell control (a tab is one), format, surrogate, private-use, unassigned and line-separating characters."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
