"""Far larger than the paper: one replicate with 67 million weights, and a hundred thousand small replicates."""

from __future__ import annotations

import time

import numpy as np

from polygenesis.bench.base import Goal, Row
from polygenesis.bench.counting import operations
from polygenesis.bench.machine import peak_flops
from polygenesis.bench.timing import apart, cores, median_seconds
from polygenesis.dynamics.replicates import at_most
from polygenesis.dynamics.simulate import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec


def large(
    name: str, goal: Goal, *, n: int = 1024, m: int = 65_536, strength: float = 0.004, alone: bool = False
) -> Row:
    """Measure time and peak memory of one replicate by gradient flow to convergence, in a process of its own.

    λ√m must stay well below 4 (λ′√m below 1 in the paper's clock), or features die before they become sparse.
    ``alone``: measure it on one core too; "baseline" is then that.
    """
    spec = RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(strength), precision="float32")
    one = apart(_certified, spec, 1).seconds if alone else None
    (certified, evaluations), seconds, peak = apart(_certified, spec, cores())
    many = f"{cores()} cores" if cores() > 1 else "one core"
    return Row(
        name=name,
        what=f"scale: n = {n:,}, m = {m:,}, one replicate by gradient flow, λ = {strength:g}",
        goal=goal,
        how=f"in full on {many}, {evaluations:,} evaluations, {'certified' if certified else 'NOT certified'}"
        + ("; baseline: the same on one core" if alone else ""),
        baseline=one,
        ours=seconds,
        bytes=peak,
        complete=certified,
        details={"evaluations": evaluations},
    )


def _certified(spec: RunSpec, threads: int) -> tuple[bool, int]:
    with at_most(threads):
        run = simulate(spec)
    return bool(run.converged.all()), int(run.evaluations[0])


def many(name: str, goal: Goal, *, n: int = 32, m: int = 64, replicates: int = 100_000, measured: int = 200) -> Row:
    """Compare the throughput of one core with its peak arithmetic.

    "Baseline" is here what the peak allows: as many evaluations of the gradient in closed form, 3n²m operations
    each because W Wᵀ is symmetric, without any overhead. ``operations`` are those that the engine really carries out,
    on live weights alone.
    """
    spec = RunSpec(TiedAutoencoder(n=n, m=m), replicates=measured)
    runs = [simulate(spec)]
    with at_most(1):
        seconds = median_seconds(lambda: simulate(spec), repeats=3, clock=time.process_time)
    dense = 3.0 * n * n * m * float(runs[0].evaluations.sum())
    peak = peak_flops("float64")
    scale = replicates / measured
    done = operations(spec.replace(replicates=min(measured, 10))) * measured / min(measured, 10)
    certified = int(runs[0].converged.sum())
    return Row(
        name=name,
        what=f"many small runs on one core: n = {n}, m = {m}, {replicates:,} replicates by gradient flow",
        goal=goal,
        how=f"{measured} replicates, {certified} certified, scaled; baseline: the gradients' closed form "
        f"(3n²m operations) at the measured peak of {peak / 1e9:.0f} Gflop/s",
        baseline=scale * dense / peak,
        ours=scale * seconds,
        complete=certified == measured,
        details={
            "replicates_a_second": measured / seconds,
            "operations_carried_out": scale * done,
            "share_of_peak": done / seconds / peak,
            "evaluations_a_replicate": float(np.mean(runs[0].evaluations)),
        },
    )
