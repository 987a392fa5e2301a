"""Text from the user's files, made harmless for the medium that shows it."""

from __future__ import annotations

import unicodedata


def one_line(text: str) -> str:
    """Return text without control, format or separator characters: they are written as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) if _harmful(character) else character for character in text)


def _harmful(character: str) -> bool:
    """Tell control, format, surrogate and line-separating characters; a plain tab or space is none."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
