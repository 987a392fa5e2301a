"""Patterns over posix paths, with gitignore's meaning."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import pathspec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Patterns:
    """A list of gitignore patterns, matched against posix paths relative to the root, without `./`."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(patterns)
        regexes = (GitIgnoreSpecPattern.pattern_to_regex(text)[0] for text in self.patterns)
        self._any = _any_of(filter(None, regexes))

    @cached_property
    def _spec(self) -> pathspec.GitIgnoreSpec:
        return pathspec.GitIgnoreSpec.from_lines(self.patterns)

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def match(self, path: str) -> bool:
        """Tell whether the last pattern that says something about the path includes it."""
        return self._any(path) is not None and self._spec.match_file(path)

    def verdict(self, path: str) -> bool | None:
        """Return True for an included path, False for one excluded by `!`, None where no pattern speaks of it."""
        return self._spec.check_file(path).include if self._any(path) is not None else None


_ANYWHERE: Final = "^(?:.+/)?"
_GROUP: Final = re.compile(r"\?P<\w+>")


def _any_of(regexes: Iterable[str]) -> Callable[[str], re.Match[str] | None]:
    """Return what finds out quickly that no pattern speaks of a path: most paths are of that kind."""
    inside: list[str] = []
    others: list[str] = []
    for regex in regexes:
        plain = _GROUP.sub("?:", regex)
        (inside if plain.startswith(_ANYWHERE) else others).append(plain.removeprefix(_ANYWHERE))
    if inside:
        others.append(f"{_ANYWHERE}(?:{'|'.join(inside)})")
    return re.compile("|".join(others) or "(?!)").search


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
