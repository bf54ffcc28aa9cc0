"""PyTorch as engines use it: where tensors live, and one thread so that bits repeat."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from polygenesis.errors import InputError
from polygenesis.extras import missing

DEVICE = "POLYGENESIS_DEVICE"
"""Environment variable that names the device ("cpu", "cuda", "cuda:1"); a setting, for it is no part of a spec."""


def torch() -> Any:
    """Return PyTorch; raise :class:`polygenesis.InputError` where it is not installed."""
    try:
        import torch as found
    except ImportError:
        raise missing("torch", "This spec or engine") from None
    return found


def named() -> str:
    """Return the device that POLYGENESIS_DEVICE names, by default "cpu"."""
    return os.environ.get(DEVICE) or "cpu"


def device() -> Any:
    """Return the device to compute on: the one that POLYGENESIS_DEVICE names, by default the CPU."""
    name = named()
    try:
        found = torch().device(name)
    except RuntimeError:
        raise InputError(f"{DEVICE} must be a PyTorch device such as cpu or cuda, but is {name!r}.") from None
    if found.type == "cuda" and not torch().cuda.is_available():
        raise InputError(f"{DEVICE} is {name!r}, but PyTorch finds no CUDA device.")
    return found


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """Compute with one thread, with denormal numbers as zeros, and leave PyTorch as it was.

    Sums over several threads depend on their number; arithmetic on denormal numbers is a hundred times slower.
    """
    library = torch()
    threads = library.get_num_threads()
    library.set_num_threads(1)
    library.set_flush_denormal(True)
    try:
        yield
    finally:
        library.set_flush_denormal(False)
        library.set_num_threads(threads)
