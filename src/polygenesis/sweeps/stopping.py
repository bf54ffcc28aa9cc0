"""Stopping cleanly: nothing new begins, and what runs is finished, or given up where there is no time for that."""

from __future__ import annotations

import _thread
import contextlib
import logging
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

logger = logging.getLogger(__name__)

GENTLE = ("SIGTERM", "SIGUSR1")
"""Signals with which schedulers announce the end of a job's time."""


GRACE_SECONDS = 0.5
"""What runs when SIGTERM comes, or when the time is up, has so long to finish; then it is given up."""

TIME_LIMIT = "time limit"
"""The reason where ``max_seconds`` have passed."""

URGENT = ("SIGTERM", TIME_LIMIT)
"""Reasons that do not wait for long runs. SIGUSR1 does: a scheduler sends it minutes ahead."""


class GivenUp(BaseException):
    """The run in flight was given up, because a stop could not wait for it."""


class Stop:
    """Notices Ctrl-C, SIGTERM, SIGUSR1 and the end of ``max_seconds`` while it is entered.

    The first of them asks to finish what runs; a second Ctrl-C raises KeyboardInterrupt at once, and after SIGTERM or
    ``max_seconds`` what still runs half a second later is given up (:meth:`computing`). Time is measured by a clock
    that only runs forward, whatever happens to the date. Outside the main thread signals are left alone.
    """

    def __init__(self, max_seconds: float | None = None) -> None:
        self.reason: str | None = None
        self._since = 0.0
        self._deadline = None if max_seconds is None else time.monotonic() + max_seconds
        self._before: dict[int, Any] = {}
        self._timers: list[threading.Timer] = []
        self._computing = self._rings = False
        self._lock = threading.Lock()

    @property
    def interrupted(self) -> bool:
        """Whether the user pressed Ctrl-C."""
        return self.reason == "Ctrl-C"

    @property
    def wanted(self) -> bool:
        """Whether nothing new should begin."""
        if self.reason is None and self._deadline is not None and time.monotonic() >= self._deadline:
            self.reason, self._since = TIME_LIMIT, self._deadline
        return self.reason is not None

    @property
    def urgent(self) -> bool:
        """Whether what runs should be given up."""
        return self.wanted and self.reason in URGENT and time.monotonic() >= self._since + GRACE_SECONDS

    @contextlib.contextmanager
    def computing(self) -> Iterator[None]:
        """Raise :class:`GivenUp` inside this context once the stop is urgent, in the main thread."""
        self._computing = True
        try:
            if self.urgent:
                raise GivenUp
            yield
        finally:
            self._computing = False

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            self._catch("SIGINT", self._interrupt)
            for name in GENTLE:
                self._catch(name, self._finish)
            if self._deadline is not None:
                self._ring_in(self._deadline - time.monotonic() + GRACE_SECONDS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for timer in self._timers:
            timer.cancel()
        with self._lock:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            self._before, self._timers = {}, []

    def _catch(self, name: str, handler: Any) -> None:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            self._before[number] = signal.signal(number, handler)

    def _ring_in(self, seconds: float) -> None:
        """Wake the main thread after some seconds, as a SIGTERM would, to see whether it should give up."""
        if seconds < threading.TIMEOUT_MAX and signal.SIGTERM in self._before:
            timer = threading.Timer(max(seconds, 0.0) + 0.01, self._ring)
            timer.daemon = True
            self._timers.append(timer)
            timer.start()

    def _ring(self) -> None:
        with self._lock:  # not after the handlers are gone: the signal would end the process
            if signal.SIGTERM not in self._before:
                return
            self._rings = True
            if hasattr(signal, "pthread_kill"):  # ends a sleep, too
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
            else:
                _thread.interrupt_main(signal.SIGTERM)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.reason = "Ctrl-C"
        logger.warning("Finishing the runs in flight; press Ctrl-C again to stop now.")

    def _finish(self, number: int, frame: FrameType | None) -> None:
        rang, self._rings = self._rings and number == signal.SIGTERM, False
        name = signal.Signals(number).name
        if not rang and (self.reason is None or (name in URGENT and self.reason not in URGENT)):
            self.reason, self._since = name, time.monotonic()
            logger.warning("%s: finishing the runs in flight.", name)
            if name in URGENT:
                self._ring_in(GRACE_SECONDS)
        if self._computing and self.urgent:
            raise GivenUp
