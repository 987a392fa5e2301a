"""What a run is asked for, and how long its stages take."""

from __future__ import annotations

import datetime as dt
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lint.engine.reading import Progress
    from ssot_lint.workspace.baseline import Baseline


@dataclass(frozen=True)
class Options:
    """What a run is asked for; None leaves it to the policy. Without a `baseline` every finding counts.

    `since` and `staged` show what a change touches or brings only. `cached`: files need not be read again that an
    earlier run has read.
    """

    start: Path
    root: Path | None = None
    config_file: Path | None = None
    overrides: tuple[str, ...] = ()
    isolated: bool = False
    paths: tuple[Path, ...] = ()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    zone: Literal["production", "tests", "all"] = "all"
    jobs: int = 0
    cache_dir: Path | None = None
    cached: bool = False
    progress: Progress | None = None
    baseline: Baseline | None = None
    since: str | None = None
    staged: bool = False
    tracked_only: bool = False
    today: dt.date | None = None

    @property
    def day(self) -> dt.date:
        """The day of the run: the one asked for, else that of SOURCE_DATE_EPOCH, else today in UTC."""
        if self.today is not None:
            return self.today
        stated = os.environ.get("SOURCE_DATE_EPOCH")
        try:
            return dt.datetime.fromtimestamp(int(stated) if stated else time.time(), dt.timezone.utc).date()
        except (ValueError, OverflowError, OSError):
            raise UsageError(f'SOURCE_DATE_EPOCH is no number of seconds: "{stated}"') from None


class UsageError(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


class Clock:
    """Wall time, stage by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """End a stage: its time counts from the end of the one before."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now
