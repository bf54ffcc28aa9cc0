"""Compiling in other processes while this one goes on: each compiles a piece of the package, and holds a lock."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from polygenesis import files
from polygenesis.kernels import LOCK, PATIENCE, SHARED, folder

this_process = {"compiles": False}
"""Whether this is one of those that compile, and must not wait for others."""

PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
from {module} import main
main({arguments!r})
"""
"""What such a process does; it never imports from the current folder (``-P``)."""

GLANCE_SECONDS = 0.05
"""How often to look whether a piece is ready, where that is waited for."""

_deciding = threading.Lock()


class Piece:
    """What one process compiles.

    Args:
        name: of its lock, in the folder of compiled code.
        module: its ``main`` is what the process calls, with ``arguments``; it says so in ``this_process`` and ends by
            :meth:`done`. The process ignores Ctrl-C, which a terminal sends to all: what it compiles is needed later.
        ready: whether the piece is compiled; asked until it is.
    """

    def __init__(self, name: str, module: str, arguments: Sequence[str], ready: Callable[[], bool]) -> None:
        self.name, self._ready = name, ready
        self.program = PROGRAM.format(module=module, arguments=list(arguments))
        self._settled, self._decided, self._until = False, False, 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def early(self, *, alone: bool) -> bool:
        """Whether the piece is not ready and another process compiles it; one is started where none does.

        False where it is ready, and where this process must compile it itself. ``alone``: this process may start none;
        where another compiles it, it waits for that. After :data:`polygenesis.kernels.PATIENCE` nobody is waited for.
        """
        if self._settled or this_process["compiles"]:
            return False
        if alone:
            until = time.monotonic() + PATIENCE
            while self.locked() and not self._ready() and time.monotonic() < until:
                time.sleep(GLANCE_SECONDS)
        if alone or self._ready():
            self._settled = True
            return False
        with _deciding:
            if not self._decided:
                self._decided, self._until = True, time.monotonic() + PATIENCE
                self._process = None if self.locked() else self._start()
        if time.monotonic() > self._until:  # it hangs
            return False
        return self.locked() if self._process is None else self._process.poll() is None

    def lock(self) -> Path | None:
        """The file that a process holds while it compiles the piece; none where nothing can be kept."""
        place = folder()
        return None if place is None else place / f"{self.name}{LOCK}"

    def locked(self) -> bool:
        """Whether another process compiles the piece."""
        lock = self.lock()
        if lock is None or not lock.exists():
            return False
        with files.locked(lock) as free:
            return not free

    def done(self) -> None:
        """Remove the lock: called by the process that compiled the piece."""
        lock = self.lock()
        if lock is not None:
            files.remove(lock)

    def _start(self) -> subprocess.Popen[bytes] | None:
        """Start the process and hand it the lock; none where that is refused, or nothing would outlive this one."""
        lock = self.lock()
        if lock is None or SHARED in os.environ or not sys.executable or getattr(sys, "frozen", False):
            return None
        try:
            held = files.hold(lock)
        except BlockingIOError:  # another process was faster
            return None
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", self.program],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=() if held is None else (held.fileno(),),
            )
            atexit.register(setattr, process, "returncode", 0)  # it may go on: no warning that it does
            return process
        except OSError:  # no room for another process
            return None
        finally:
            if held is not None:
                held.close()
