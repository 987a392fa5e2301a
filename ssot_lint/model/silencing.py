"""What silences findings, and for how long: the last days of suppressions and exceptions, and what a run silenced."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ssot_lint.model.location import Span

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_of(text: str) -> dt.date | None:
    """Return the day that a text names in the one form that `fromisoformat` of every Python reads, None if none."""
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def is_over(until: dt.date | str | None, today: dt.date) -> bool:
    """Tell whether the last day on which something silences is past; what names no day never ends."""
    last = day_of(until) if isinstance(until, str) else until
    return last is not None and last < today


@dataclass(frozen=True)
class Silenced:
    """What the suppressions of a run silenced, for the rules that judge them afterwards.

    `used` has, by path and place of a comment, those of its rules that it silenced something of. `ran` are the codes
    and names of the rules that could have found something; nothing is known of the files in `unjudged`, and of any
    file unless `complete`.
    """

    used: Mapping[tuple[str, Span], frozenset[str]]
    ran: frozenset[str]
    unjudged: frozenset[str] = frozenset()
    complete: bool = True
