"""The first flow on a machine waits for the compiler: two processes compile at once where a second core is free."""

from __future__ import annotations

import functools
import subprocess
import sys

from polygenesis.dynamics.replicates import threads
from polygenesis.kernels import cold, folder

COMMAND = """
from polygenesis import RunSpec, TiedAutoencoder, simulate
simulate(RunSpec(TiedAutoencoder(n=2, m=2), precision={precision!r}), engine="flow-active-set")
"""
"""What the other process does: the smallest flow that begins by active set."""

_others: list[subprocess.Popen[bytes]] = []


@functools.cache
def compile_ahead(precision: str) -> None:
    """Begin to compile the active set for a precision in another process, while this one compiles the dense phase.

    Nothing waits for it: when the flow reaches the active set, it takes what is compiled by then, and waits for the
    rest (``kernels.alone``). It does nothing where something is compiled already, nothing can be kept, or no core is
    free, as in a worker of a sweep.
    """
    if threads() < 2 or not sys.executable or folder() is None or not cold():
        return
    try:
        _others.append(
            subprocess.Popen(
                [sys.executable, "-c", COMMAND.format(precision=precision)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
    except OSError:  # no room for another process
        return
