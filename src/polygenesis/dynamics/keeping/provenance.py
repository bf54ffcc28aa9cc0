"""Provenance: what computed a run: versions, BLAS libraries and their kernels, the processor, the number of threads."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any

from polygenesis import own
from polygenesis.kernels import fingerprint
from polygenesis.spec import RunSpec, own_parts

PACKAGES = ("polygenesis", "numpy", "scipy", "numba")
"""What can change the bits of a run: our own code, and the libraries that do the arithmetic."""

OPTIONAL = ("torch",)
"""The same, where it is installed."""


def versions() -> MappingProxyType[str, str]:
    """Return what computes in this process, by name.

    Versions of Python and of the libraries that do arithmetic; the platform and the ``processor``; of each BLAS library
    that is loaded the version and the kernels that it has chosen (``numpy_blas``, ``scipy_blas``, ``torch_blas``); the
    processor that Numba compiles for (``numba_target``); the ``threads`` of BLAS; and the hash of the sources of all
    compiled code (``kernels``).
    """
    loaded = tuple(name for name in ("scipy.linalg", "torch", "numba") if name in sys.modules)
    libraries, target = _libraries(loaded), _numba_target() if "numba" in loaded else {}
    blas = {f"{package}_blas": text for package, (text, _) in libraries.items()}
    threads = sorted({library.num_threads for _, library in libraries.values()})
    return MappingProxyType({**_fixed(), **blas, **target, "threads": " and ".join(map(str, threads)) or "unknown"})


def sources(spec: RunSpec) -> dict[str, str]:
    """Return the SHA-256 of the file that defines each part of a spec that is no built-in one, by name.

    They stand in a record beside :func:`versions`, for such a file decides the numbers as a version does.
    """
    return own.sources(own_parts(spec))


def in_words() -> str:
    """Say what made a page: the libraries that can change the bits of a run, and the hash of the compiled code."""
    found = versions()
    return ", ".join(f"{name} {found[name]}" for name in PACKAGES) + f"; compiled code {found['kernels']}"


@functools.cache
def _fixed() -> dict[str, str]:
    """What cannot change while a process lives."""
    found = {"python": platform.python_version(), "platform": platform.platform(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "unknown"
    for package in OPTIONAL:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return {**found, "processor": _processor(), "kernels": fingerprint()}


@functools.cache
def _libraries(loaded: tuple[str, ...]) -> dict[str, tuple[str, Any]]:
    """Of each package that brought a BLAS, by its name: the library in words, and threadpoolctl's handle of it.

    ``loaded`` names the packages that may have brought one; it is looked for again when there are more.
    """
    import numpy  # noqa: F401 (brings its own)
    from threadpoolctl import ThreadpoolController

    found: dict[str, tuple[str, Any]] = {}
    for library in ThreadpoolController().lib_controllers:
        if library.user_api == "blas":
            parts = {part.split(".")[0].lower() for part in Path(library.filepath).parts}
            package = next((name for name in ("scipy", "torch", "numpy") if name in parts), "numpy")
            kernels = getattr(library, "architecture", None)
            text = f"{library.internal_api} {library.version}" + (f" with {kernels} kernels" if kernels else "")
            found[package] = (text, library)
    return found


@functools.cache
def _numba_target() -> dict[str, str]:
    """The processor, and features where they are chosen by hand, that Numba compiles for."""
    from llvmlite.binding import get_host_cpu_name

    name, features = os.environ.get("NUMBA_CPU_NAME"), os.environ.get("NUMBA_CPU_FEATURES")
    target = name or get_host_cpu_name()
    return {"numba_target": target if features is None else f"{target} with {features}"}


def _processor() -> str:
    """The processor's name."""
    with contextlib.suppress(OSError, UnicodeDecodeError), Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "Model"):
                return value.strip()
    return platform.processor() or platform.machine()
