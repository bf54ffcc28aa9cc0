"""Progress: a bar with the time left on a terminal and in a notebook, a plain line every few seconds elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from polygenesis.errors import bad_argument
from polygenesis.html import escaped, visible

Progress = Callable[[int, int], None]
"""Called with (replicates done, replicates in all)."""

Advance = Callable[[float, float], None]
"""Called with (done, in all), in any unit of work, such as predicted seconds."""

Say = Callable[[str], None]
"""Called with the name of each step as it begins."""

Note = Callable[[], str]
"""Says what should stand between the share that is done and the time left."""

Wanted = bool | Callable[..., None] | None
"""What ``progress`` can be: True for a bar, a function that is called instead, False or None for neither."""

PLAIN_SECONDS = 5.0
"""Shortest time between two plain lines; it grows to a twentieth of the time spent, so that long logs stay short."""

NOTEBOOK_SECONDS = 0.2
"""Shortest time between two updates of a notebook's bar: each is a message to the browser."""


def advancing(wanted: Wanted, label: str) -> AbstractContextManager[Advance | None]:
    """Give what to call with (done, in all): a bar's, the user's own function, or None where nothing is wanted.

    >>> with advancing(lambda done, total: print(done, "of", total), "Simulating") as advance:
    ...     advance(1, 2)
    1 of 2
    """
    check_wanted(wanted)
    if callable(wanted):
        return nullcontext(wanted)
    return progress(label) if wanted else nullcontext()


def stepping(wanted: Wanted, label: str) -> AbstractContextManager[Say | None]:
    """Give what to call with the name of each step: a line's, the user's own function, or None."""
    check_wanted(wanted)
    if callable(wanted):
        return nullcontext(wanted)
    return steps(label) if wanted else nullcontext()


_SILENT: ContextVar[bool] = ContextVar("silent", default=False)


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Show no progress inside this context, whatever is asked for there."""
    token = _SILENT.set(True)
    try:
        yield
    finally:
        _SILENT.reset(token)


@contextlib.contextmanager
def progress(label: str, note: Note = str) -> Iterator[Advance]:
    """Show progress inside this context: in the notebook, or on stderr."""
    if _SILENT.get():
        yield lambda done, total: None
        return
    with _shown()(label, note) as advance:
        yield advance


@contextlib.contextmanager
def steps(label: str, clock: Callable[[], float] = time.monotonic) -> Iterator[Say]:
    """Show which step of a job is under way: call the value with the name of each step as it begins."""
    if _SILENT.get():
        yield lambda name: None
        return
    if (cell := _notebook()) is not None:
        with _area(cell, _html(label, "", None)) as show:
            yield lambda name: show(_html(label, name, None), True)
        return
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.text import Text  # rich would read brackets in a name as markup

        with Console(stderr=True).status(Text(f"{visible(label)} …")) as status:
            yield lambda name: status.update(Text(f"{visible(label)}: {visible(name)} …"))
        return
    last = clock()

    def say(name: str, at_once: bool = False) -> None:
        nonlocal last
        if at_once or clock() - last >= PLAIN_SECONDS:
            last = clock()
            print(f"{visible(label)}: {visible(name)}", file=sys.stderr, flush=True)

    _AT_ONCE.add(say)
    yield say


_AT_ONCE: weakref.WeakSet[Any] = weakref.WeakSet()
"""Functions that hold steps back where they follow in quick succession."""


def announce(say: Say, name: str) -> None:
    """Say a step at once, however little time has passed: what a reader should know before a long one."""
    if say in _AT_ONCE:
        say(name, at_once=True)  # type: ignore[call-arg]
    else:
        say(name)


def check_wanted(wanted: Any) -> None:
    """Refuse what is neither True, False, None nor a function, before anything is computed."""
    if not (wanted is None or isinstance(wanted, bool) or callable(wanted)):
        raise bad_argument("progress", "be True, False or a function", wanted)


def _shown() -> Callable[[str, Note], AbstractContextManager[Advance]]:
    if _notebook() is not None:
        return _cell
    return _bar if sys.stderr.isatty() else lambda label, note: _lines(label, note=note)


@contextlib.contextmanager
def _bar(label: str, note: Note = str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    said = TextColumn("{task.description}", markup=False)  # a name may hold brackets and braces
    columns = (said, BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}", markup=False))
    started = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(visible(label), total=None, left="")

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
        print(f"{visible(label)}: {said}", file=sys.stderr, flush=True)

    yield advance


@contextlib.contextmanager
def _cell(label: str, note: Note = str, clock: Callable[[], float] = time.monotonic) -> Iterator[Advance]:
    """A bar in the output of a notebook's cell, in plain HTML: it needs no widgets, and goes when the work is done."""
    started = clock()
    with _area(_notebook(), _html(label, "", None), clock) as show:

        def advance(done: float, total: float) -> None:
            share = done / total if total else None
            said = "" if share is None else f"{share:.0%}"
            show(_html(label, _joined(said, note(), time_left(clock() - started, done, total)), share), share == 1)

        yield advance


@contextlib.contextmanager
def _area(shell: Any, first: str, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[str, bool], None]]:
    """A place in a cell's output that is written anew at each call, but for calls in quick succession; empty after."""
    display, html = shell.display, shell.HTML
    handle = display(html(first), display_id=True)
    last = clock()

    def show(text: str, at_once: bool) -> None:
        nonlocal last
        if at_once or clock() - last >= NOTEBOOK_SECONDS:
            last = clock()
            handle.update(html(text))

    try:
        yield show
    finally:
        handle.update(html(""))


def _html(label: str, said: str, share: float | None) -> str:
    value = "" if share is None else f' value="{share:.4f}"'
    text = f"{label}: {said}" if said and share is None else f"{label} {said}".strip()
    return f'<div><progress max="1"{value} aria-label="{escaped(label)}"></progress> {escaped(text)}</div>'


def _notebook() -> Any:
    """``IPython.display`` where this runs in a notebook's kernel, else None; nothing is imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return import_module("IPython.display") if hasattr(shell, "kernel") else None


def _joined(*texts: str) -> str:
    return ", ".join(text for text in texts if text)


def time_left(spent: float, done: float, total: float) -> str:
    """Say how long the rest takes if it goes on as before; nothing while nothing is done, and when all is."""
    return f"{duration(spent * (total - done) / done)} left" if 0 < done < total else ""


LONGEST = 100 * 365.25 * 24 * 3600
"""Seconds beyond which it does not matter how many."""


def duration(seconds: float) -> str:
    """Write a time as a reader would say it.

    >>> [duration(seconds) for seconds in (0.2, 42, 95, 3600 * 2.6)]
    ['1 s', '42 s', '1 min 35 s', '2 h 36 min']
    """
    if seconds > LONGEST:
        return "more than 100 years"
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
