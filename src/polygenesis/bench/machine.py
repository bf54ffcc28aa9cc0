"""What the machine is, and what it can do at most: arithmetic of one core and bandwidth of its memory, measured."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.bench.timing import cores, median_seconds

LIBRARIES = ("polygenesis", "numpy", "scipy", "numba", "torch")
"""Whose versions matter to the times."""

PRODUCT = 1024
"""Side of the matrices whose product measures the peak: large enough for BLAS to be at its best, 0.02 s a product."""

STREAM = 2**25
"""Numbers copied to measure the bandwidth: 128 MB, far beyond the caches."""


def describe() -> dict[str, Any]:
    """Return the processor, cores, memory, load, measured peaks of one core, and versions, by name."""
    return {
        "processor": processor(),
        "cores": cores(),
        "memory_bytes": memory_bytes(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "peak_flops_float32": peak_flops("float32"),
        "peak_flops_float64": peak_flops("float64"),
        "bandwidth_bytes": bandwidth(),
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in LIBRARIES},
    }


def processor() -> str:
    """Name the processor."""
    place = Path("/proc/cpuinfo")
    if place.exists():
        fields = [line.partition(":") for line in place.read_text(encoding="utf-8").splitlines()]
        found = {name.strip(): value.strip() for name, _, value in reversed(fields)}
        if "model name" in found:
            family, model = found.get("cpu family"), found.get("model")
            return f"{found['model name']} (family {family}, model {model})" if family else found["model name"]
    return platform.processor() or platform.machine()


def memory_bytes() -> int | None:
    """Return the size of the main memory."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


@functools.cache
def peak_flops(precision: str) -> float:
    """Return additions and multiplications a second of one core in its best case, a product of square matrices."""
    from threadpoolctl import threadpool_limits

    left = np.random.default_rng(0).random((PRODUCT, PRODUCT)).astype(precision)
    right, out = left.T.copy(), np.empty_like(left)
    with threadpool_limits(1, "blas"):
        seconds = median_seconds(lambda: np.matmul(left, right, out=out), repeats=9, clock=time.process_time)
    return 2 * PRODUCT**3 / seconds


@functools.cache
def bandwidth() -> float:
    """Return bytes a second that one core reads and writes when it copies a large array."""
    source = np.ones(STREAM, np.float32)
    target = np.empty_like(source)
    return 2 * source.nbytes / median_seconds(lambda: np.copyto(target, source), repeats=5, clock=time.process_time)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
