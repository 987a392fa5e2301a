"""Strings of a text that are nearly one of some words: written apart from it by a slip."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_SHORTEST: Final = 8
"""A slip in a shorter word makes another word."""
_HEAD: Final = 4
_ENDING: Final = 2
_REST: Final = r"[\w.:-]{2,60}"


def head_of(word: str) -> str:
    """Return the start of a word that strings near it share."""
    return word[:_HEAD]


def near_words(text: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the quoted strings of a text that are near one of the words, and none of them."""
    pattern = _pattern(words)
    if pattern is None:
        return ()
    found = set(pattern.findall(text)).difference(words)
    return tuple(sorted(one for one in found if any(is_near(one, word) for word in words)))


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    heads = sorted({re.escape(head_of(word)) for word in words if len(word) >= _SHORTEST})
    return re.compile(f"""["']((?:{"|".join(heads)}){_REST})["']""") if heads else None


@lru_cache(maxsize=1 << 14)
def is_near(one: str, word: str) -> bool:
    """Tell whether a string looks like a word that somebody meant: other signs, or a letter or two that differ."""
    if one == word or len(word) < _SHORTEST or head_of(one) != head_of(word):
        return False
    plain, other = _plain(one), _plain(word)
    if plain == other:
        return True
    if re.sub(r"\d", "", plain) == re.sub(r"\d", "", other):
        return False  # numbered names differ on purpose
    return _is_slip(plain, other)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _is_slip(one: str, other: str) -> bool:
    """Tell whether one letter is wrong, missing or too much, two have changed places, or the last two are missing."""
    short, long = sorted((one, other), key=len)
    start = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(long) - len(short) > 1:
        return start == len(short) and len(long) - len(short) == _ENDING
    if len(long) > len(short):
        return short[start:] == long[start + 1 :]
    swapped = short[start + 1 : start + 2] + short[start : start + 1] + short[start + 2 :]
    return short[start + 1 :] == long[start + 1 :] or swapped == long[start:]
