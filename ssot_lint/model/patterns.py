"""Patterns over posix paths, with gitignore's meaning."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pathspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class Patterns:
    """A list of gitignore patterns, matched against paths relative to the root."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(patterns)
        self._spec = pathspec.GitIgnoreSpec.from_lines(self.patterns)

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def match(self, path: str) -> bool:
        """Tell whether the last pattern that says something about the path includes it."""
        return self._spec.match_file(path)

    def verdict(self, path: str) -> bool | None:
        """Return True for an included path, False for one excluded by `!`, None where no pattern speaks of it."""
        return self._spec.check_file(path).include


@lru_cache(maxsize=4096)
def patterns(*texts: str) -> Patterns:
    """Return compiled patterns; compiled once."""
    return Patterns(texts)


def is_under(path: str, folder: str) -> bool:
    """Tell whether a path stands below a folder; everything stands below ""."""
    folder = folder.strip("/")
    return not folder or path.startswith(f"{folder}/")


def path_matches(path: str, texts: Iterable[str]) -> bool:
    """Tell whether a path matches one of the patterns."""
    return patterns(*texts).match(path)


def is_pattern(text: str) -> bool:
    """Tell whether a line of a .gitignore file is a pattern; a few are none."""
    try:
        Patterns((text,))
    except ValueError:
        return False
    return True
