"""Sweeps *run* many specs: in parallel, kept as they finish, resumed after anything."""

from __future__ import annotations

from polygenesis.sweeps.base import Damage, Failure, Runs, RunStore
from polygenesis.sweeps.cluster import dask_pools, k8s_manifest, slurm_script
from polygenesis.sweeps.cost import estimate_bytes, estimate_memory, estimate_seconds
from polygenesis.sweeps.events import Event, Status
from polygenesis.sweeps.grid import Grid, read_grid
from polygenesis.sweeps.memory import MemoryStore
from polygenesis.sweeps.replay import Replay, replay
from polygenesis.sweeps.runner import RunsFailed, Stopped, Sweep, run_all
from polygenesis.sweeps.shard import Shard, read_shard
from polygenesis.sweeps.status import Report, read_reports, total
from polygenesis.sweeps.store import Store
from polygenesis.sweeps.sweep import Plan, plan, run_sweep, sweep
from polygenesis.sweeps.table import collect, to_xarray, write_table

__all__ = [
    "Damage",
    "Event",
    "Failure",
    "Grid",
    "MemoryStore",
    "Plan",
    "Replay",
    "Report",
    "RunStore",
    "Runs",
    "RunsFailed",
    "Shard",
    "Status",
    "Stopped",
    "Store",
    "Sweep",
    "collect",
    "dask_pools",
    "estimate_bytes",
    "estimate_memory",
    "estimate_seconds",
    "k8s_manifest",
    "plan",
    "read_grid",
    "read_reports",
    "read_shard",
    "replay",
    "run_all",
    "run_sweep",
    "slurm_script",
    "sweep",
    "to_xarray",
    "total",
    "write_table",
]
