"""How a report for persons is written: for a Markdown file, or for a terminal; and how much of a long list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.reporters.neutral import markdown_code, markdown_link, markdown_text, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FEW: Final = 3
"""How many of a row of names are shown."""

_LONGEST: Final = 400
"""Characters; a longer text of a user's file is cut."""


class Medium(NamedTuple):
    """How text of the user's files, names of code, and links are written; and how much of a long list is."""

    text: Callable[[str], str]
    code: Callable[[str], str]
    link: Callable[[str], str]
    most: int

    def some(self, lines: Sequence[str], indent: str = "") -> list[str]:
        """Return the first of some lines as a list, and how many more there are."""
        shown = [f"{indent}- {line}" for line in lines[: self.most]]
        left = len(lines) - len(shown)
        return [*shown, f"{indent}- and {left:,} more"] if left else shown

    def few(self, texts: Sequence[str]) -> str:
        """Return the first of some names in a row, and how many more there are."""
        more = f" and {len(texts) - FEW:,} more" if len(texts) > FEW else ""
        return ", ".join(map(self.code, texts[:FEW])) + more


def markdown(most: int) -> Medium:
    """Return the medium of a Markdown file."""
    return Medium(
        lambda text: markdown_text(_cut(text)),
        lambda text: markdown_code(_cut(text)),
        lambda text: markdown_link(_cut(text)),
        most,
    )


def terminal(most: int) -> Medium:
    """Return the medium of a terminal, which shows characters as they are."""
    return Medium(one_line, lambda text: f"`{one_line(text)}`", one_line, most)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
