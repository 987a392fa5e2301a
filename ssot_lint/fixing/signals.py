"""Signals that end the process, noted first and raised when it is safe."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Noted:
    """The signals that came: true once there is one."""

    def __init__(self) -> None:
        self._numbers: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def note(self, number: int, _: FrameType | None = None) -> None:
        """Take note of a signal; this is its handler."""
        self._numbers.append(number)

    def raise_first(self) -> None:
        """Raise what the first signal means, if one came: KeyboardInterrupt, or SystemExit."""
        if self._numbers:
            number = self._numbers.pop(0)
            raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)


@contextmanager
def signals_noted() -> Iterator[Noted]:
    """Let SIGINT, SIGTERM and SIGHUP wait until `raise_first` is called; one that nobody raised is raised at the end.

    Handlers of others stay. In another thread than the main one no signal arrives, and this does nothing.
    """
    noted = Noted()
    former: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                former[number] = signal.signal(number, noted.note)
    try:
        yield noted
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    noted.raise_first()
