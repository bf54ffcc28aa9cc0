"""Replicates computed at the same time, one a core: the same bits as one after another.

A replicate is computed by one thread from first to last, with one BLAS thread, from random numbers of its own; compiled
loops and products let other threads run. So nothing that it computes depends on who computes what beside it. A large
one may use cores that are left over: ``team``.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from polygenesis.errors import InputError
from polygenesis.progress import Progress

Found = TypeVar("Found")

THREADS = "POLYGENESIS_THREADS"
"""The variable that says how many replicates a process may compute at the same time; by default one a core."""

AWAKE_SECONDS = 0.1
"""How often the waiting thread looks up: Ctrl-C is heard between two looks."""

_process = {"threads": 0}
_thread = threading.local()


class Halted(Exception):
    """Raised in a replicate's thread once the run is given up."""


def threads() -> int:
    """Return how many replicates are computed at the same time here.

    Raises :class:`polygenesis.InputError` where POLYGENESIS_THREADS is no number from 1 on.
    """
    if _process["threads"]:
        return _process["threads"]
    said = os.environ.get(THREADS, "")
    if not said:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= 1024:
        raise InputError(f"Variable {THREADS} must be a number from 1 to 1024, got {said!r}.")
    return int(said)


def told_one() -> bool:
    """Whether this process was told to compute one replicate at a time, as workers are: it starts no other process."""
    return os.environ.get(THREADS) == "1"


@contextlib.contextmanager
def at_most(count: int) -> Iterator[None]:
    """Compute at most so many replicates at the same time: 1 in a worker that shares the machine with others."""
    before, _process["threads"] = _process["threads"], count
    try:
        yield
    finally:
        _process["threads"] = before


def hands() -> int:
    """Return how many threads this replicate may use: more than one where fewer replicates are left than cores."""
    found: int = getattr(_thread, "hands", 1)
    return found


def heed() -> None:
    """End this thread's replicate if the run was given up; called between two pieces of work."""
    stop = getattr(_thread, "stop", None)
    if stop is not None and stop.is_set():
        raise Halted


def each(
    work: Callable[[int], Found], count: int, progress: Progress | None, *, most: int | None = None
) -> list[Found]:
    """Return ``work(k)`` of every replicate k < ``count``, in order; ``progress`` hears of each that ends.

    Whatever one of them raises ends all others at their next :func:`heed`, and so does Ctrl-C.
    """
    cores = threads() if most is None else most
    crew = min(cores, count)
    if crew <= 1:
        _thread.hands = cores
        try:
            return [found for k in range(count) for found in [work(k)] if _told(progress, k + 1, count)]
        finally:
            _thread.hands = 1
    stop = threading.Event()

    def one(k: int) -> Found:
        _thread.stop, _thread.hands = stop, cores // crew
        heed()
        return work(k)

    with ThreadPoolExecutor(crew, thread_name_prefix="replicate") as pool:
        waiting: list[Future[Found]] = [pool.submit(one, k) for k in range(count)]
        try:
            left, done = set(waiting), 0
            while left:
                ended, left = wait(left, timeout=AWAKE_SECONDS, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
                    done += 1
                    _told(progress, done, count)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in waiting]


def _told(progress: Progress | None, done: int, count: int) -> bool:
    if progress is not None:
        progress(done, count)
    return True
