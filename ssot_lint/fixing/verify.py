"""Keep the fixes under which the user's own command (`--verify`) passes: run it, and find those that break it.

The search goes from the front: between a set of fixes that passes and a larger one that fails it halves what lies
between, until one fix makes the difference. That one is dropped, and the rest tried again as a whole. Why a fix
breaks need not be known: of two that break only together, the later one is dropped. So a fix that rests on others
must come after them.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from ssot_lint.fixing.signals import Noted, signals_noted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

FEWEST_RUNS: Final = 2
"""With all fixes, and with none."""

_MOST_LINES: Final = 20
_MOST_BYTES: Final = 1 << 16
_LONGEST_LINE: Final = 500
_STEP_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 1.0  # for the rest of the output, where something else still holds it open


class Trial(NamedTuple):
    """One run of the command: whether it ended with 0, and the last lines that it printed."""

    passed: bool
    lines: tuple[str, ...]


class Dropped(NamedTuple):
    """A fix (by its number, from 0) that is not kept.

    `tried`: the command passed without it and failed with it, and printed these last `lines`. Else it could not be
    judged: the lines are of the command that failed where it should pass, or there are none, and runs were too few.
    """

    fix: int
    lines: tuple[str, ...]
    tried: bool = True


class Verified(NamedTuple):
    """The fixes that are kept, and the others; `complete` if the command has judged every one of them."""

    kept: tuple[int, ...]
    dropped: tuple[Dropped, ...]
    runs: int
    complete: bool


def verified(
    fixes: int, trial: Callable[[Sequence[int]], Trial], *, most_runs: int, said: Callable[[str], None]
) -> Verified:
    """Find out which fixes to keep. `trial` applies exactly the fixes that it is given, and runs the command.

    The last trial was with the fixes that are kept, and passed, unless none is kept; if there were no fixes there was
    no trial. One that breaks takes about log2(fixes) + 1 runs. ValueError if `most_runs` is under FEWEST_RUNS.
    """
    if most_runs < FEWEST_RUNS:
        raise ValueError(f"it takes {FEWEST_RUNS} runs at least")
    return _Search(fixes, trial, most_runs, said).result() if fixes else Verified((), (), 0, complete=True)


class _Search:
    def __init__(
        self, fixes: int, trial: Callable[[Sequence[int]], Trial], most_runs: int, said: Callable[[str], None]
    ) -> None:
        self._all = tuple(range(fixes))
        self._trial = trial
        self._most_runs = most_runs
        self._said = said
        self._runs = 0
        self._state: tuple[int, ...] = ()
        self._lines: tuple[str, ...] = ()
        self._dropped: dict[int, Dropped] = {}

    def result(self) -> Verified:
        """Try all, then none, then search."""
        if self._passes(self._all):
            return self._kept(self._all, complete=True)
        failed = self._lines
        if not self._passes(()):
            self._said("the command fails without any fix, too: it cannot judge them, and none is kept")
            return self._kept((), complete=False, lines=self._lines)
        kept, untried = self._searched(failed)
        if untried:
            self._said(f"{self._most_runs} runs are too few to judge every fix: {untried} are dropped untried")
        if self._state == kept or self._passes(kept):
            return self._kept(kept, complete=not untried)
        self._said("the command failed where it had passed before: it cannot judge the fixes, and none is kept")
        failed = self._lines
        if kept:
            self._passes(())
        self._dropped.clear()
        return self._kept((), complete=False, lines=failed)

    def _searched(self, failed: tuple[str, ...]) -> tuple[tuple[int, ...], int]:
        """Return fixes that passed together, and how many are left to try. All of them `failed`, none passed."""
        good: tuple[int, ...] = ()
        rest = self._all
        while rest:
            low, high = 0, len(rest)
            while high - low > 1 and self._may_try(good + rest[:low]):
                middle = (low + high) // 2
                if self._passes(good + rest[:middle]):
                    low = middle
                else:
                    high, failed = middle, self._lines
            good += rest[:low]
            if high - low > 1:
                return good, len(rest) - low
            self._dropped[rest[low]] = Dropped(rest[low], failed)
            rest = rest[high:]
            if rest and not self._may_try(good):
                return good, len(rest)
            if rest and self._passes(good + rest):
                return good + rest, 0
            failed = self._lines
        return good, 0

    def _may_try(self, good: tuple[int, ...]) -> bool:
        """Say whether a run is left beside those that lead back, if it fails: to `good`, and from there to none."""
        return self._runs + 1 + (2 if good else 1) <= self._most_runs

    def _passes(self, kept: tuple[int, ...]) -> bool:
        self._runs += 1
        most = len(self._all)
        every = f"all {most} fixes" if most > 1 else "the fix"
        which = f"{len(kept)} of {most} fixes" if 0 < len(kept) < most else every if kept else "no fix"
        self._said(f"run {self._runs}: the command with {which}")
        self._state = kept
        passed, self._lines = self._trial(kept)
        self._said(f"run {self._runs}: {'it passes' if passed else 'it fails'}")
        return passed

    def _kept(self, kept: tuple[int, ...], *, complete: bool, lines: tuple[str, ...] = ()) -> Verified:
        others = sorted(set(self._all) - set(kept))
        dropped = (self._dropped.get(fix) or Dropped(fix, lines, tried=False) for fix in others)
        return Verified(kept, tuple(dropped), self._runs, complete)


def run_command(command: str, root: Path, timeout: float | None = None) -> Trial:
    """Run a command of the user's in a shell, in the root; what it leaves running is ended with it.

    It reads nothing, and keeps no compiled Python: files change faster here than such a cache can tell. When the time
    is over, and on SIGINT, SIGTERM and SIGHUP (raised as KeyboardInterrupt and SystemExit), it is ended with all that
    it has started, on Windows it alone. OSError if no shell can be started.
    """
    reading, writing = os.pipe()
    output = _Tail(reading)
    with signals_noted() as noted:
        try:
            process = subprocess.Popen(  # noqa: S602 - that is what the user asks for
                command,
                shell=True,
                cwd=root,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            os.close(writing)
            output.start()
        try:
            late = _is_late(process, timeout, noted)
        finally:
            _end(process)
    output.join(_PATIENCE_SECONDS)
    lines = (*output.lines(), f"(ended after {timeout:g} seconds)") if late else output.lines()
    return Trial(process.returncode == 0 and not late, lines[-_MOST_LINES:])


def _is_late(process: subprocess.Popen[bytes], timeout: float | None, noted: Noted) -> bool:
    """Wait until the process ends, or a signal is noted; or say that the time is over."""
    end = time.monotonic() + (math.inf if timeout is None else timeout)
    while not noted and time.monotonic() < end:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0, min(_STEP_SECONDS, end - time.monotonic())))
            return False
    return not noted


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # nothing is left
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Tail(threading.Thread):
    """Reads an output to its end, and keeps the last of it."""

    def __init__(self, fd: int) -> None:
        super().__init__(daemon=True)
        self._fd = fd
        self._kept = b""

    def run(self) -> None:
        """Read; nobody else uses or closes the descriptor."""
        while piece := os.read(self._fd, _MOST_BYTES):
            self._kept = (self._kept + piece)[-_MOST_BYTES:]
        os.close(self._fd)

    def lines(self) -> tuple[str, ...]:
        """Return the last lines so far."""
        text = self._kept.decode(errors="replace").rstrip()
        return tuple(line.rstrip()[:_LONGEST_LINE] for line in text.splitlines()[-_MOST_LINES:])
