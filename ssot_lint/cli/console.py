"""What a person at a terminal sees while a run is long: a progress bar, on stderr only."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE_SECONDS: Final = 1.5


class ProgressBar:
    """Shows how far a run is, once it has taken longer than a person likes to wait without a sign."""

    def __init__(self) -> None:
        self._wanted = sys.stderr.isatty()
        self._start = time.monotonic()
        self._bar: Progress | None = None

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note of how many files of a stage are done."""
        if not self._wanted or (self._bar is None and time.monotonic() - self._start < _PATIENCE_SECONDS):
            return
        if self._bar is None:
            self._bar = self._shown()
        for task in self._bar.tasks:
            if task.description == stage:
                self._bar.update(task.id, completed=done)
                return
        self._bar.add_task(stage, completed=done, total=total)

    def _shown(self) -> Progress:
        from rich.console import Console  # noqa: PLC0415 - rich takes a sixth of a second to import
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - the same

        columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
        bar = Progress(*columns, console=Console(stderr=True), transient=True)
        bar.start()
        return bar
