"""Sweeps *run* many specs: in parallel, kept as they finish, resumed after anything."""

from __future__ import annotations

from polygenesis.former import moved
from polygenesis.sweeps.base import Damage, Failure, Runs, RunStore
from polygenesis.sweeps.cluster import dask_pools, k8s_manifest, slurm_script
from polygenesis.sweeps.events import Status
from polygenesis.sweeps.grid import Grid, read_grid
from polygenesis.sweeps.memory import MemoryStore
from polygenesis.sweeps.replay import Replay, replay
from polygenesis.sweeps.runner import RunsFailed, Stopped, run_all
from polygenesis.sweeps.shard import Shard
from polygenesis.sweeps.store import Store
from polygenesis.sweeps.sweep import Plan, plan, run_sweep, sweep
from polygenesis.sweeps.table import collect, to_xarray, write_table

__all__ = [
    "Damage",
    "Failure",
    "Grid",
    "MemoryStore",
    "Plan",
    "Replay",
    "RunStore",
    "Runs",
    "RunsFailed",
    "Shard",
    "Status",
    "Stopped",
    "Store",
    "collect",
    "dask_pools",
    "k8s_manifest",
    "plan",
    "read_grid",
    "replay",
    "run_all",
    "run_sweep",
    "slurm_script",
    "sweep",
    "to_xarray",
    "write_table",
]

_FORMER = {
    "Event": "polygenesis.sweeps.events",
    "Report": "polygenesis.sweeps.status",
    "Sweep": "polygenesis.sweeps.runner",
    "estimate_bytes": "polygenesis.sweeps.cost",
    "estimate_memory": "polygenesis.sweeps.cost",
    "estimate_seconds": "polygenesis.sweeps.cost",
    "read_reports": "polygenesis.sweeps.status",
    "read_shard": "polygenesis.sweeps.shard",
    "total": "polygenesis.sweeps.status",
}
"""Names that were public before, and where each lives."""

__getattr__ = moved(__name__, _FORMER)
