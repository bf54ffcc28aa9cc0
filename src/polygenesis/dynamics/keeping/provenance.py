"""Provenance: which versions computed a run."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import platform
from types import MappingProxyType

PACKAGES = ("polygenesis", "numpy", "scipy", "numba")
"""What can change the bits of a run: our own code, and the libraries that do the arithmetic."""

OPTIONAL = ("torch",)
"""The same, where it is installed."""


@functools.cache
def versions() -> MappingProxyType[str, str]:
    """Return the versions of Python, of the libraries that compute, and the platform, by name."""
    found = {"python": platform.python_version(), "platform": platform.platform(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "unknown"
    for package in OPTIONAL:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return MappingProxyType(found)
