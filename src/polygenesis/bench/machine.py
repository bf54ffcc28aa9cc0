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

from polygenesis.bench.fused import peak_fused
from polygenesis.bench.timing import cores, median_seconds
from polygenesis.kernels import fingerprint

LIBRARIES = ("polygenesis", "numpy", "scipy", "numba", "torch")
"""Whose versions matter to the times."""

CAPS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Variables that make OpenBLAS compute as on another processor: NumPy is slower then, PyTorch is not."""

PRODUCT = 1024
"""Side of the matrices whose product measures the peak: large enough for BLAS to be at its best, 0.02 s a product."""

BLAS = ("internal_api", "version", "architecture")
"""What is said of a BLAS library."""

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
        "peak_fused_float32": peak_fused("float32"),
        "peak_fused_float64": peak_fused("float64"),
        "blas": blas(),
        "variables": {name: os.environ[name] for name in CAPS if name in os.environ},
        "bandwidth_bytes": bandwidth(),
        "kernels": fingerprint(),
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in LIBRARIES},
    }


def blas() -> list[str]:
    """Name the BLAS libraries in use, each with the kernel that it chose."""
    from threadpoolctl import threadpool_info

    found = [each for each in threadpool_info() if each.get("user_api") == "blas"]
    return sorted({" ".join(str(each.get(name) or "") for name in BLAS).strip() for each in found})


def capped() -> str:
    """Say in one sentence that variables hold NumPy's BLAS back; empty where none is set."""
    names = [name for name in CAPS if name in os.environ]
    if not names:
        return ""
    share = peak_flops("float32") / peak_fused("float32")
    unset = " ".join(f"-u {name}" for name in names)
    return (
        f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} set: NumPy's products reach {share:.0%} of this "
        f"core's arithmetic, and PyTorch's do not heed them; for figures to publish: env {unset} polygenesis bench."
    )


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
