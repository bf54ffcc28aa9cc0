"""The first flow on a machine does not wait for the compiler: other processes compile, and Python goes on till then.

A flow's loops are compiled in ``PIECES``, each by a process of its own. What is done meanwhile is the same, with the
same bits (``plain``): no result shows when the compiler was ready.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis import files
from polygenesis.dynamics.flow import active_set, dense_compiled, elementwise
from polygenesis.dynamics.limits import COMPILED_BELOW
from polygenesis.dynamics.replicates import told_one
from polygenesis.kernels import LOCK, folder, there
from polygenesis.spec import RunSpec

COMMAND = ("-m", "polygenesis.dynamics.flow.compile_here")
"""What another process does, for a piece and a precision."""

DENSE, LARGE, ACTIVE = "dense", "dense-large", "active-set"
"""What is compiled by itself: dense steps in one loop, those of networks for which that is too slow, few live weights.
"""


def _dense(precision: str) -> tuple[Any, ...]:
    matrix, number = np.zeros((2, 2), precision), np.dtype(precision).type
    rest = (np.zeros(2, precision), np.zeros((0, 0), precision), np.zeros(4), np.zeros(2, np.int64))
    state, bounds = dense_compiled.State._make([*[matrix] * 7, *rest]), (number(0), 0.0, 0.0, 0.0, 0.0, 0.0)
    return state, dense_compiled.Bounds(*bounds), 0.0, 0


def _large(precision: str) -> tuple[Any, ...]:
    return *[np.zeros((2, 2), precision)] * 6, np.zeros(4, precision), 0, 2


def _active(precision: str) -> tuple[Any, ...]:
    matrix = np.zeros((2, 2), precision)
    return active_set.gather(matrix, matrix, 0.0, 0.0, 0), *[0.0] * 6, 0


PIECES: dict[str, tuple[Any, Callable[[str], tuple[Any, ...]]]] = {
    DENSE: (dense_compiled.advance, _dense),
    LARGE: (elementwise.compare, _large),
    ACTIVE: (active_set.advance, _active),
}
"""By which function one sees that a piece is ready, and what that is called with."""

ACTIVE_PRECISION = "float64"
"""The active set's own, whatever the weights are kept in."""

GLANCE_SECONDS = 0.05
"""How often to look whether others are ready, where that is waited for."""

_ready: set[tuple[str, str]] = set()
_others: dict[tuple[str, str], subprocess.Popen[bytes] | None] = {}
_deciding = threading.Lock()

this_process = {"compiles": False}
"""Whether it is one of those that compile, and must not wait for others."""


def piece_of(n: int, m: int) -> str:
    """Name the piece that the dense phase of n features on m neurons needs."""
    return DENSE if n * n * m <= COMPILED_BELOW else LARGE


def early(piece: str, precision: str) -> bool:
    """Whether a piece is not ready and another process compiles it; one is started where none does.

    False where it is ready, and where this process must compile it itself: told to compute on one core, or where
    nothing can be kept.
    """
    key = (piece, precision)
    if key in _ready or this_process["compiles"]:
        return False
    if there(*_example(*key)):
        _ready.add(key)
        return False
    with _deciding:
        if key not in _others:
            _others[key] = None if _locked(*key) else _start(*key)
    other = _others[key]
    return _locked(*key) if other is None else other.poll() is None


def early_for(spec: RunSpec) -> bool:
    """Whether other processes still compile what a flow needs; they are started where none does."""
    pieces = [early(piece_of(spec.model.n, spec.model.m), spec.precision), early(ACTIVE, ACTIVE_PRECISION)]
    return any(pieces)


def _start(piece: str, precision: str) -> subprocess.Popen[bytes] | None:
    """Start a process that compiles a piece, if this one may; it holds a lock that tells others."""
    lock = lock_of(piece, precision)
    if lock is None or told_one() or not sys.executable:
        return None
    held = files.hold(lock)
    try:
        return subprocess.Popen(
            [sys.executable, *COMMAND, piece, precision],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=() if held is None else (held.fileno(),),
        )
    except OSError:  # no room for another process
        return None
    finally:
        if held is not None:
            held.close()


def finish(precision: str = "float32") -> None:
    """Compile all that flows in a precision need, and wait for it: for who measures time."""
    for piece, kind in ((DENSE, precision), (LARGE, precision), (ACTIVE, ACTIVE_PRECISION)):
        while early(piece, kind):
            time.sleep(GLANCE_SECONDS)


@functools.cache
def _example(piece: str, precision: str) -> tuple[Any, tuple[Any, ...]]:
    function, arguments = PIECES[piece]
    return function, arguments(precision)


def lock_of(piece: str, precision: str) -> Path | None:
    """The file that a process holds while it compiles a piece."""
    place = folder()
    return None if place is None else place / f"{piece}-{precision}{LOCK}"


def _locked(piece: str, precision: str) -> bool:
    """Whether another process compiles a piece."""
    lock = lock_of(piece, precision)
    if lock is None or not lock.exists():
        return False
    with files.locked(lock) as free:
        return not free
