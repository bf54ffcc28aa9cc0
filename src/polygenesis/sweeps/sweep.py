"""Sweeps: a grid planned, run and collected into one table."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polygenesis import arguments
from polygenesis.dynamics.autograd.layered import is_layered
from polygenesis.dynamics.keeping.record import Keep
from polygenesis.dynamics.memory import size
from polygenesis.errors import InputError, bad_argument
from polygenesis.html import escaped, fragment
from polygenesis.numerals import counted
from polygenesis.progress import duration
from polygenesis.spec import RunSpec, flat_fields
from polygenesis.sweeps.base import RunStore
from polygenesis.sweeps.cost import estimate_bytes, estimate_seconds, is_predicted, predicted_within
from polygenesis.sweeps.events import Event, Status
from polygenesis.sweeps.grid import Grid, axes_from, conditions, distinct, with_kinds
from polygenesis.sweeps.memory import MemoryStore
from polygenesis.sweeps.pool import Pools
from polygenesis.sweeps.runner import Progress, Sweep
from polygenesis.sweeps.schedule import check_fits
from polygenesis.sweeps.shard import Shard
from polygenesis.sweeps.status import StatusFile
from polygenesis.sweeps.store import Store
from polygenesis.sweeps.table import collect
from polygenesis.sweeps.worker import Compute, compute_replicates, enough

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Plan:
    """What a sweep will cost: points of the grid, distinct runs, those finished, and predictions for the rest.

    ``seconds``: time that all would take on one core. ``longest``: that of the longest replicate. ``bytes``: on disk.
    ``unknown``: of how many of those left the time is not known (``sweeps/cost.py``);
    ``seconds`` and ``longest`` are of the others. ``factor``: within which factor they are good. ``together``: axes
    that change numbers only, so that one compiled program trains all their runs.
    """

    points: int
    runs: int
    finished: int
    seconds: float
    longest: float
    bytes: int
    unknown: int = 0
    factor: int = 3
    together: tuple[str, ...] = ()

    def wall_seconds(self, workers: int) -> float:
        """Predicted seconds on some workers: no less than the longest replicate takes.

        Args:
            workers: how many processes, at least 1.
        """
        return max(self.seconds / arguments.whole("workers", workers), self.longest)

    def _repr_html_(self) -> str:
        return fragment(f"<p>{escaped(self)}</p>", "Plan of a sweep")

    def __str__(self) -> str:
        """The plan as a reader wants it."""
        workers = os.cpu_count() or 1
        left = self.runs - self.finished
        known = left - self.unknown
        wall = f"{duration(self.wall_seconds(workers))} on {workers} (within a factor of {self.factor})"
        time = f"about {duration(self.seconds)} on one core, {wall}, " if known or not left else ""
        ahead = f"{left:,} to compute: {time}{size(self.bytes)} on disk."
        if self.unknown:
            which = f"{self.unknown:,} of them, which this leaves out" if known else "them"
            ahead += (
                f" The time of {which}, by the general engine's gradient flow, is not known: seconds to many minutes "
                "a replicate, as stiff as each gets; try one."
            )
        if self.together:
            several, names = len(self.together) > 1, " and ".join(self.together)
            ahead += (
                f" {names} {'change' if several else 'changes'} numbers only: one compiled program trains all their "
                "runs, each with the bits that it has alone."
            )
        return f"{self.points:,} points, {self.runs:,} distinct runs, {self.finished:,} finished; {ahead}"


def plan(grid: Grid, store: RunStore | None = None) -> Plan:
    """Count a grid's runs and predict the cost of those that are not in the store.

    Raises :class:`polygenesis.InputError` where no point meets the conditions, and where a run does not fit into this
    machine's memory.

    Args:
        grid: what :func:`read_grid` read.
        store: whose runs are counted as finished; by default the folder that the grid names.
    """
    store = Store(grid.store) if store is None else store
    points = list(grid.points())
    wanted = distinct(points)
    kept, _ = store.look(wanted)
    left = [spec for key, spec in wanted.items() if not enough(kept.get(key), grid.keep)]
    check_fits(left)
    known = [spec for spec in left if is_predicted(spec)]
    seconds = [estimate_seconds(spec) for spec in known]
    return Plan(
        points=len(points),
        runs=len(wanted),
        finished=len(wanted) - len(left),
        seconds=sum(seconds),
        longest=max((each / spec.replicates for each, spec in zip(seconds, known, strict=True)), default=0.0),
        bytes=sum(estimate_bytes(spec, keep=grid.keep) for spec in left),
        unknown=len(left) - len(known),
        factor=max(map(predicted_within, known), default=3),
        together=one_program(grid, list(wanted.values())),
    )


def one_program(grid: Grid, specs: Sequence[RunSpec]) -> tuple[str, ...]:
    """Return the axes of a grid that change numbers only where hand-written layers train all its runs.

    The compiled program takes such numbers (probabilities, λ, learning rates, …) as arguments and trains one
    replicate after the other, so a run in a grid has the bits that its spec has alone. The seed is such an axis too.
    """
    if not specs or not all(map(is_layered, specs)):
        return ()
    fields = [dict(flat_fields(spec.to_dict())) for spec in specs]
    return tuple(
        name for name in grid.names if name == "seed" or all(isinstance(each.get(name), float) for each in fields)
    )


def run_sweep(
    grid: Grid,
    *,
    store: RunStore | None = None,
    shard: Shard | None = None,
    workers: int | None = None,
    pools: Pools | None = None,
    retry_failed: bool = False,
    max_seconds: float | None = None,
    max_memory: int | str | None = None,
    progress: Progress | None = None,
    on_event: Callable[[Event], None] | None = None,
    compute: Compute = compute_replicates,
) -> Status:
    """Compute the missing runs of a grid, or of one shard of it, and return the progress.

    ``store``: by default the folder that the grid names. ``pools``: where to compute instead of on this machine (see
    :func:`dask_pools`). Runs that failed before stay failed unless ``retry_failed``.
    ``max_memory``: what all workers together may take, such as "4G" (see ``polygenesis.sweeps.runner``). A
    SIGUSR1 finishes what runs and returns with runs left; a SIGTERM or ``max_seconds`` does the same, but gives up what
    takes half a second longer; Ctrl-C finishes what runs and raises KeyboardInterrupt.
    The status is kept in the store's folder for others to read meanwhile.

    Args:
        grid: what :func:`read_grid` read.
        store: by default the folder that the grid names.
        shard: computes this part only.
        workers: how many processes; by default one a core, and 1 computes in this process.
        pools: where to compute instead of on this machine (:func:`dask_pools`).
        retry_failed: whether runs that failed before are tried again.
        max_seconds: after which the sweep stops, with runs left.
        max_memory: what all workers together may take, in bytes or as "4G".
        progress: True for a bar, or a function of (done, in all).
        on_event: called with what happens, one sentence each.
        compute: what computes one run; for tests.
    """
    store = Store(grid.store) if store is None else store
    specs = grid.specs()
    file = StatusFile(store, f"shard {shard}" if shard else "sweep") if isinstance(store, Store) else None

    def hear(event: Event) -> None:
        for listener in (file, on_event):
            if listener is not None:
                listener(event)

    sweep = Sweep(
        shard.of(specs) if shard else specs,
        store,
        workers=workers,
        pools=pools,
        keep=grid.keep,
        retry_failed=retry_failed,
        max_seconds=max_seconds,
        max_memory=max_memory,
        compute=compute,
        progress=progress,
        on_event=hear,
    )
    try:
        status = sweep.run()
    except BaseException:
        if file is not None:  # what went wrong is to be read, not that this cannot be written either
            file.write(sweep.status, sweep.stop.reason or "error", quiet=True)
        raise
    if file is not None:
        reason = "folder removed" if sweep.lost else sweep.stop.reason
        file.write(status, reason if sweep.left else None, quiet=not status.done)
    return status


def sweep(
    base: RunSpec | Mapping[str, Any],
    axes: Mapping[str, Any],
    *,
    zipped: Sequence[Mapping[str, Any]] = (),
    where: str | Sequence[str] = (),
    store: RunStore | str | Path | None = None,
    keep: Keep = "scalars",
    workers: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Run every combination of some fields' values and return a table with one row per replicate.

    Args:
        base: the spec that all runs share, or its fields.
        axes: values by dotted field name, such as ``{"model.m": [8, 16, 32], "penalty.strength": [0.01, 0.1]}``.
        zipped: axes that go together, step by step.
        where: conditions such as ``"m >= n"``; only points that meet all are run.
        store: a folder (or store) that keeps the runs, so that the same call again computes nothing.
        keep: what the store keeps: "scalars" (outcomes, counts, times) or "weights" as well, which needs a ``store``.
        workers: how many processes; by default one a core.
        progress: True for a bar, or a function of (done, in all).

    Returns:
        A data frame: the axes (whole parts as their text), ``replicate``, ``outcome`` and the census's counts. Failed
        runs have no rows: a warning says how many and why, and ``attrs["failed"]`` counts them.
        :func:`polygenesis.plots.counts` draws it.

    Raises:
        polygenesis.InputError: for a field, value or condition that cannot be.

    >>> import polygenesis as pg
    >>> table = sweep(pg.RunSpec(pg.TiedAutoencoder(n=4, m=4)), {"model.m": [4, 8]}, workers=1)
    >>> table["model.m"].tolist()
    [4, 8]
    """
    if not isinstance(base, RunSpec | Mapping):
        raise bad_argument("base", "be a RunSpec, or the fields of one", base)
    fields = with_kinds(base.to_dict() if isinstance(base, RunSpec) else base)
    grid = Grid(fields, axes_from(axes, zipped), conditions(where), keep)
    if store is None and keep == "weights":
        raise InputError("Argument `keep` is 'weights', but without `store` nothing is kept: name a folder, store=….")
    kept: RunStore = MemoryStore() if store is None else store if isinstance(store, RunStore) else Store(store)
    specs = grid.specs()
    run = Sweep(specs, kept, workers=workers, keep=keep, progress=progress)
    run.run()
    if run.failures:
        first = next(iter(run.failures.values()))
        warnings.warn(f"{len(run.failures)} of {counted(len(specs), 'run')} failed; the first: {first}", stacklevel=2)
    return collect(kept, grid)
