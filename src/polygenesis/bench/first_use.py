"""What a new user waits for: the first result of a small run where nothing is compiled yet."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from polygenesis.bench.base import Goal, Row
from polygenesis.dynamics.replicates import THREADS

PROGRAM = """
from polygenesis import RunSpec, TiedAutoencoder, simulate
print(simulate(RunSpec(TiedAutoencoder(n={n}, m={m}))).evaluations.sum(), flush=True)
"""


def first_use(name: str, goal: Goal, *, n: int = 32, m: int = 64, repeats: int = 3) -> Row:
    """Measure a process from its start to the first result, with an empty folder for compiled code.

    "Baseline" is the same where the process may not start others (POLYGENESIS_THREADS=1), and compiles by itself first.
    """
    alone, evaluations = _seconds(n, m, threads="1")
    found = [_seconds(n, m, threads=None) for _ in range(repeats)]
    return Row(
        name=name,
        what=f"the first result on a new machine: n = {n}, m = {m}, with the start of Python and all imports",
        goal=goal,
        how=f"median of {repeats} processes, each with an empty folder; baseline: one that compiles before it begins",
        baseline=alone,
        ours=statistics.median(seconds for seconds, _ in found),
        complete=all(each == evaluations for _, each in found),
        details={"evaluations": evaluations},
    )


def _seconds(n: int, m: int, *, threads: str | None) -> tuple[float, int]:
    """Return the seconds to the first result, and its evaluations; nothing that was started lives on."""
    variables = {key: value for key, value in os.environ.items() if key != THREADS}
    if threads is not None:
        variables[THREADS] = threads
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as empty:
        variables["NUMBA_CACHE_DIR"] = empty
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(n=n, m=m)],
            env=variables,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            seconds = time.perf_counter() - begun
        finally:
            _end(process)
    return seconds, int(line)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()
