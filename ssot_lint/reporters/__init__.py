"""The reporters: pure functions from a report to text, in one registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssot_lint.reporters.concise import concise
from ssot_lint.reporters.json import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssot_lint.model.report import Report

PLAIN: Final[dict[str, Callable[[Report], str]]] = {"concise": concise, "json": as_json}
"""The formats that are the same on every medium; `text` also depends on the terminal, see `reporters.text`."""

FORMATS: Final = ("text", *PLAIN)
