"""Sweeps *run* many specs: in parallel, kept as they finish, resumed after anything."""

from __future__ import annotations

from polygenesis.sweeps.base import Damage, Failure, Runs, RunStore
from polygenesis.sweeps.cost import estimate_bytes, estimate_seconds
from polygenesis.sweeps.memory import MemoryStore
from polygenesis.sweeps.runner import Event, RunsFailed, Status, Stopped, Sweep, run_all
from polygenesis.sweeps.store import Store

__all__ = [
    "Damage",
    "Event",
    "Failure",
    "MemoryStore",
    "RunStore",
    "Runs",
    "RunsFailed",
    "Status",
    "Stopped",
    "Store",
    "Sweep",
    "estimate_bytes",
    "estimate_seconds",
    "run_all",
]
