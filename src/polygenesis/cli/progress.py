"""Progress: a bar with the time left on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

Advance = Callable[[float, float], None]
"""Called with (done, in all), in predicted seconds of work."""

Note = Callable[[], str]
"""Says what should stand between the share that is done and the time left."""

PLAIN_SECONDS = 5.0
"""Shortest time between two plain lines; it grows to a twentieth of the time spent, so that long logs stay short."""


@contextlib.contextmanager
def progress(label: str, note: Note = str) -> Iterator[Advance]:
    """Show progress on stderr inside this context."""
    with _bar(label, note) if sys.stderr.isatty() else _lines(label, note=note) as advance:
        yield advance


@contextlib.contextmanager
def steps(label: str, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[str], None]]:
    """Show on stderr which step of a job is under way: call the value with the name of each step as it begins."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status(f"{label} …") as status:
            yield lambda name: status.update(f"{label}: {name} …")
        return
    last = clock()

    def say(name: str) -> None:
        nonlocal last
        if clock() - last >= PLAIN_SECONDS:
            last = clock()
            print(f"{label}: {name}", file=sys.stderr, flush=True)

    yield say


@contextlib.contextmanager
def _bar(label: str, note: Note = str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn(label), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}"))
    started = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, left="")

        def advance(done: float, total: float) -> None:
            left = _joined(note(), time_left(time.monotonic() - started, done, total))
            bar.update(task, completed=done, total=total, left=left)

        yield advance


@contextlib.contextmanager
def _lines(label: str, clock: Callable[[], float] = time.monotonic, note: Note = str) -> Iterator[Advance]:
    started = last = clock()

    def advance(done: float, total: float) -> None:
        nonlocal last
        now = clock()
        spent = now - started
        if now - last < max(PLAIN_SECONDS, spent / 20) or not total:
            return
        last = now
        said = _joined(f"{done / total:.0%}", note(), time_left(spent, done, total))
        print(f"{label}: {said}", file=sys.stderr, flush=True)

    yield advance


def _joined(*texts: str) -> str:
    return ", ".join(text for text in texts if text)


def time_left(spent: float, done: float, total: float) -> str:
    """Say how long the rest takes if it goes on as before; nothing while nothing is done."""
    return f"{duration(spent * (total - done) / done)} left" if done else ""


def duration(seconds: float) -> str:
    """Write a time as a reader would say it.

    >>> [duration(seconds) for seconds in (0.2, 42, 95, 3600 * 2.6)]
    ['1 s', '42 s', '1 min 35 s', '2 h 36 min']
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
