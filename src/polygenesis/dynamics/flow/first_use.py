"""The first flow on a machine does not wait for the compiler: other processes compile, and Python goes on till then.

A flow's loops are compiled in three pieces, each by a process of its own (``compile_here``). What is done meanwhile is
the same, with the same bits (``plain``): no result shows when the compiler was ready.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from polygenesis.ahead import GLANCE_SECONDS, Piece
from polygenesis.dynamics.flow import active_set, dense_compiled, elementwise
from polygenesis.dynamics.limits import COMPILED_BELOW
from polygenesis.dynamics.replicates import told_one
from polygenesis.kernels import there
from polygenesis.spec import RunSpec

MODULE = "polygenesis.dynamics.flow.compile_here"
"""What the other processes run."""

DENSE, LARGE, ACTIVE = "dense", "dense-large", "active-set"
"""The pieces: dense steps in one loop, those of networks for which that is too slow, and steps of few live weights."""

ACTIVE_PRECISION = "float64"
"""The active set's own, whatever the weights are kept in."""


def piece_of(n: int, m: int) -> str:
    """Name the piece that the dense phase of n features on m neurons needs."""
    return DENSE if n * n * m <= COMPILED_BELOW else LARGE


def early(name: str, precision: str) -> bool:
    """Whether a piece is not ready and another process compiles it: see :meth:`polygenesis.ahead.Piece.early`."""
    return piece(name, precision).early(alone=told_one())


def early_for(specs: Iterable[RunSpec]) -> bool:
    """Whether other processes still compile what some flows need; they are started where none does."""
    needed: dict[tuple[str, str], None] = dict.fromkeys(
        (piece_of(spec.model.n, spec.model.m), spec.precision) for spec in specs
    )
    if needed:
        needed[ACTIVE, ACTIVE_PRECISION] = None
    found = [early(*each) for each in needed]  # of all, before any answer counts
    return any(found)


def finish(precision: str = "float32") -> None:
    """Compile all that flows in a precision need, and wait for it: for who measures time."""
    for name, kind in ((DENSE, precision), (LARGE, precision), (ACTIVE, ACTIVE_PRECISION)):
        while early(name, kind):
            time.sleep(GLANCE_SECONDS)


@functools.cache
def piece(name: str, precision: str) -> Piece:
    """A piece by name, in a precision."""
    function, arguments = example(name, precision)
    return Piece(f"{name}-{precision}", MODULE, (name, precision), lambda: there(function, arguments))


def example(name: str, precision: str) -> tuple[Any, tuple[Any, ...]]:
    """By which function one sees that a piece is ready, and what that is called with."""
    matrix, number = np.zeros((2, 2), precision), np.dtype(precision).type
    if name == ACTIVE:
        return active_set.advance, (active_set.gather(matrix, matrix, 0.0, 0.0, 0), *[0.0] * 6, 0)
    if name == LARGE:
        return elementwise.compare, (*[matrix] * 6, np.zeros(4, precision), 0, 2)
    rest = (np.zeros(2, precision), np.zeros((0, 0), precision), np.zeros(4), np.zeros(2, np.int64))
    state, bounds = dense_compiled.State._make([*[matrix] * 7, *rest]), (number(0), 0.0, 0.0, 0.0, 0.0, 0.0)
    return dense_compiled.advance, (state, dense_compiled.Bounds(*bounds), 0.0, 0)
