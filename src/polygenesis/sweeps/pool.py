"""Worker processes: one loky executor a worker, so that a death names the very task that was running."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol, TypeVar

from polygenesis.sweeps.stopping import Stop

T = TypeVar("T")
R = TypeVar("R")

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMBA_NUM_THREADS",
        "POLYGENESIS_THREADS",
    ),
    "1",
)
"""Each worker computes with one thread: processes share the cores, and sums have one order."""

GLANCE_SECONDS = 0.2
"""How often the parent looks whether it should stop while workers compute."""


class Workers(Protocol):
    """Whatever does tasks: processes of this machine, or a cluster."""

    def run(self, queue: deque[Any], stop: Stop) -> Iterator[tuple[Any, Any]]:
        """Yield each task of the queue with its answer."""

    def close(self) -> None:
        """End the workers."""


Pools = Callable[[int, Callable[[Any], Any]], Workers]
"""Makes workers, at most so many, that do a task by calling a function."""


class Died:
    """A worker process ended without an answer: killed, out of memory, or crashed."""


class Pool:
    """Up to ``workers`` processes that each do one task at a time; a dead one is replaced."""

    def __init__(self, workers: int, do: Callable[[T], R]) -> None:
        self.workers, self.do = workers, do
        self._idle: list[Any] = []
        self._running: dict[Future[Any], tuple[Any, Any]] = {}

    def run(self, queue: deque[T], stop: Stop) -> Iterator[tuple[T, R | Died | BaseException]]:
        """Yield each task with its answer as soon as there is one; tasks may be added to the queue meanwhile.

        When a stop is wanted no task is begun any more and those in flight are awaited, unless it is urgent.
        An answer is a value, the error that was raised, or :class:`Died`.
        """
        while True:
            while queue and len(self._running) < self.workers and not stop.wanted:
                self._begin(queue.popleft())
            if not self._running or stop.urgent:  # `close` ends those that still compute
                return
            done, _ = wait(self._running, timeout=GLANCE_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                yield self._end(future)

    def close(self) -> None:
        """End the workers; those that compute are killed."""
        busy = [executor for executor, _ in self._running.values()]
        for executor in busy:
            executor.shutdown(wait=False, kill_workers=True)
        for executor in self._idle:
            executor.shutdown(wait=True, kill_workers=True)
        self._idle, self._running = [], {}

    def _begin(self, task: Any) -> None:
        executor = self._idle.pop() if self._idle else _executor()
        try:
            future = self._submit(executor, task)
        except BrokenProcessPool:  # it died while it was idle
            executor = _executor()
            future = self._submit(executor, task)
        self._running[future] = (executor, task)

    def _submit(self, executor: Any, task: Any) -> Future[Any]:
        """Hand over a task, which starts the worker's process if there is none."""
        with _signals_blocked():
            future: Future[Any] = executor.submit(self.do, task)
        return future

    def _end(self, future: Future[Any]) -> tuple[Any, Any]:
        executor, task = self._running.pop(future)
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            executor.shutdown(wait=False, kill_workers=True)
            return task, Died()
        self._idle.append(executor)
        return task, error if error is not None else future.result()


def _executor() -> Any:
    from joblib.externals.loky import ProcessPoolExecutor

    if hasattr(signal, "pthread_sigmask"):  # started later they would unblock signals just before a worker begins
        from multiprocessing import resource_tracker

        from joblib.externals.loky.backend import resource_tracker as of_loky

        of_loky.ensure_running()
        resource_tracker.ensure_running()
    return ProcessPoolExecutor(max_workers=1, env=dict(ONE_THREAD), initializer=_prepare, initargs=(os.getpid(),))


def _prepare(parent: int) -> None:
    """In a new worker: leave signals to the parent, and end when the parent is gone."""
    for name in ("SIGINT", "SIGTERM", "SIGUSR1"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


class _signals_blocked:
    """Workers that are being started inherit blocked signals, so that Ctrl-C never reaches them half-made."""

    def __enter__(self) -> None:
        self.before: Any = None
        if hasattr(signal, "pthread_sigmask"):
            names: Sequence[str] = ("SIGINT", "SIGTERM", "SIGUSR1")
            self.before = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in names])

    def __exit__(self, *error: object) -> None:
        if self.before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self.before)
