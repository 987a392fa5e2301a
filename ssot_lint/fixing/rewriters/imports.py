"""What the rewriter of imports is told about a statement, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Source(NamedTuple):
    """Where a name is taken from: the module as it is spelled (`a.b`, `.c`), and its name there.

    A name with the module "" is itself a module at the top: `import name`.
    """

    module: str
    name: str


class Layout(NamedTuple):
    """How new lines look: the indentation, the line end, the line length, and what joins two statements."""

    indent: str = ""
    newline: str = "\n"
    width: int = 88
    one_line: bool = False

    @property
    def joint(self) -> str:
        """What stands between two statements: a line end, or `; ` where they must share the line."""
        return "; " if self.one_line else self.newline + self.indent

    def fits(self, text: str) -> bool:
        """Whether a line is not too long; what shares its line is never wrapped."""
        return self.one_line or len(self.indent) + len(text) <= self.width


class Statement(NamedTuple):
    """One import statement of a suite, and what is to become of it.

    Its text runs from its first to its last character. The comment that follows on its line may be part of it: then
    it can move with a single name.
    """

    text: str
    layout: Layout
    sources: Mapping[int, Source]
    """The names that move, by position; nothing for a statement that does not change."""
    expand: tuple[Source, ...] = ()
    """The names that replace a star."""
    removable: bool = True
    """Whether it has its lines for itself, without a comment beside it that is not in the text, or directly above."""
    run: int = 0
    """Statements with one number have nothing but imports between them."""


class Rewritten(NamedTuple):
    """What a statement becomes: its old text where nothing changes, "" where its names went into another statement."""

    text: str
    withheld: bool = False
