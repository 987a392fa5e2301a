"""How proposals are worded: comments, arrays, counts of imports, lists of places."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from ssot_lint.reporters.neutral import one_line, toml_string
from ssot_lint.reporters.summary import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lint.studies.proposal import Imports, Place

MOST_SHOWN: Final = 10
"""How much of a long list is shown."""

_WIDTH: Final = 100


def commented(text: str, indent: str = "") -> list[str]:
    """Return text as comment lines of a readable width."""
    mark = f"{indent}# "
    return textwrap.wrap(
        one_line(text),
        _WIDTH,
        initial_indent=mark,
        subsequent_indent=mark,
        break_long_words=False,
        break_on_hyphens=False,
    )


def array(texts: Iterable[str]) -> str:
    """Return strings as an array on one line."""
    return f"[{', '.join(map(toml_string, texts))}]"


def said(imports: Imports) -> str:
    """Say how many imports there are, and where."""
    zones = [(imports.production, "production"), (imports.tests, "tests")]
    there = [(number, zone) for number, zone in zones if number]
    if len(there) == 1:
        return f"{counted(imports.total, 'import')} in {there[0][1]}"
    parts = ", ".join(f"{number:,} in {zone}" for number, zone in there)
    return counted(imports.total, "import") + (f" ({parts})" if parts else "")


def listed(places: Sequence[Place]) -> Iterator[str]:
    """Yield comment lines with the first of some places."""
    for one in places[:MOST_SHOWN]:
        note = f"  ({one.note})" if one.note else ""
        yield f"#   {one_line(f'{one.path}:{one.line}  {one.name}{note}')}"
    if len(places) > MOST_SHOWN:
        yield f"#   ... and {len(places) - MOST_SHOWN:,} more"
