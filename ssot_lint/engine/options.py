"""What a run is asked for, and how long its stages take."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lint.engine.reading import Progress
    from ssot_lint.workspace.baseline import Baseline


@dataclass(frozen=True)
class Options:
    """What a run is asked for; None leaves it to the policy. Without a `baseline` every finding counts."""

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
    progress: Progress | None = None
    baseline: Baseline | None = None


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
