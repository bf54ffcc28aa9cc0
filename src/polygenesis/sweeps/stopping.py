"""Stopping cleanly: what is running is finished, nothing new begins."""

from __future__ import annotations

import logging
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any

logger = logging.getLogger(__name__)

GENTLE = ("SIGTERM", "SIGUSR1")
"""Signals with which schedulers announce the end of a job's time."""


class Stop:
    """Notices Ctrl-C, SIGTERM, SIGUSR1 and the end of ``max_seconds`` while it is entered.

    The first of them asks to finish what runs; a second Ctrl-C raises KeyboardInterrupt at once. Time is measured by a
    clock that only runs forward, whatever happens to the date. Outside the main thread signals are left alone.
    """

    def __init__(self, max_seconds: float | None = None) -> None:
        self.reason: str | None = None
        self._deadline = None if max_seconds is None else time.monotonic() + max_seconds
        self._before: dict[int, Any] = {}

    @property
    def interrupted(self) -> bool:
        """Whether the user pressed Ctrl-C."""
        return self.reason == "Ctrl-C"

    @property
    def wanted(self) -> bool:
        """Whether nothing new should begin."""
        if self.reason is None and self._deadline is not None and time.monotonic() >= self._deadline:
            self.reason = "time limit"
        return self.reason is not None

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            self._catch("SIGINT", self._interrupt)
            for name in GENTLE:
                self._catch(name, self._finish)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _catch(self, name: str, handler: Any) -> None:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            self._before[number] = signal.signal(number, handler)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.reason = "Ctrl-C"
        logger.warning("Finishing the runs in flight; press Ctrl-C again to stop now.")

    def _finish(self, number: int, frame: FrameType | None) -> None:
        self.reason = self.reason or signal.Signals(number).name
        logger.warning("%s: finishing the runs in flight.", self.reason)
