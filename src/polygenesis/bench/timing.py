"""Clocks: repeated calls, processes on every core, and the peak memory of a process of its own."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from polygenesis.dynamics.simulate import simulate
from polygenesis.spec import RunSpec

T = TypeVar("T")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def median_seconds(
    call: Callable[[], object], *, repeats: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return the median time of some calls after one that does not count: it compiles, loads and fills caches."""
    call()
    taken = []
    for _ in range(repeats):
        begun = clock()
        call()
        taken.append(clock() - begun)
    return statistics.median(taken)


def seconds_on_all_cores(specs: Sequence[RunSpec], warm: RunSpec | None = None) -> float:
    """Simulate specs, one a task, with one process a core that is already awake; return the wall-clock seconds.

    ``warm``: what each process simulates before, so that its libraries, data and compiled code are loaded.
    """
    from polygenesis.sweeps.pool import Pool
    from polygenesis.sweeps.stopping import Stop

    pool = Pool(min(cores(), len(specs)), _simulate)
    try:
        _consume(pool, [warm] * pool.workers, Stop())
        begun = time.perf_counter()
        _consume(pool, specs, Stop())
        return time.perf_counter() - begun
    finally:
        pool.close()


def _consume(pool: Any, tasks: Sequence[RunSpec | None], stop: Any) -> None:
    for _, answer in pool.run(deque(tasks), stop):
        if answer is not True:
            raise answer if isinstance(answer, BaseException) else RuntimeError("a worker of the benchmark died")


def _simulate(spec: RunSpec | None) -> bool:
    """Simulate a spec; without one load and compile what every simulation needs."""
    from polygenesis.models import TiedAutoencoder
    from polygenesis.training import AdamW

    if spec is None:
        for side in (2, 256):  # steps that are compiled as a whole, and large ones
            simulate(RunSpec(TiedAutoencoder(n=side, m=side), precision="float32", training=AdamW(steps=2)))
        time.sleep(0.2)  # so that every worker gets one of these
    else:
        simulate(spec)
    return True


class Apart(NamedTuple):
    """What a call in a process of its own returned, its seconds and that process's peak memory in bytes."""

    value: Any
    seconds: float
    bytes: float


def apart(call: Callable[..., T], *arguments: Any) -> Apart:
    """Call in a fresh process, so that its peak memory is the call's (and that of the libraries it needs)."""
    from joblib.externals.loky import ProcessPoolExecutor

    with ProcessPoolExecutor(1) as pool:
        found: Apart = pool.submit(_measured, call, arguments).result()
    return found


def _measured(call: Callable[..., Any], arguments: tuple[Any, ...]) -> Apart:
    begun = time.perf_counter()
    value = call(*arguments)
    return Apart(value, time.perf_counter() - begun, peak_bytes())


def peak_bytes() -> float:
    """Return the peak resident memory of this process.

    Linux's own count (VmHWM) begins with the process; that of getrusage may begin with its parent's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return 1024.0 * int(line.split()[1])
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
