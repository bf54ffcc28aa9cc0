"""The paper's headline figure by gradient flow: every width, every replicate certified, against AdamW in PyTorch."""

from __future__ import annotations

import time
from collections.abc import Sequence

from polygenesis.bench import baseline
from polygenesis.bench.base import PUBLISHED_STEPS, Goal, Row
from polygenesis.bench.timing import cores, median_seconds
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec

PUBLISHED_PENALTY = 1e-3
"""λ of the published figure, which the baseline trains with."""

SLOW_PENALTY = 0.016
"""λ in the slow regime: counts within 5 % or so of those at 0.004 (n = 256, m ≤ 1024); at 0.032 up to 12 % off."""

WIDTHS = tuple(range(256, 4097, 256))
"""Widths m of the figure."""

BASELINE_STEPS = 3
"""Steps of the baseline that are measured at each width, after two that are not: 1 s each at the widest."""


def headline(
    name: str,
    goal: Goal,
    *,
    strength: float,
    n: int = 256,
    widths: Sequence[int] = WIDTHS,
    replicates: int = 16,
    measured: int = 16,
    steps: int = BASELINE_STEPS,
    device: str = "cpu",
) -> Row:
    """Measure the figure's runs with λ = ``strength``; ``measured`` of the ``replicates`` are run, and scaled.

    ``device``: where the baseline runs; ours follows POLYGENESIS_DEVICE.
    """
    from polygenesis.sweeps import MemoryStore, run_all

    specs = [
        RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(strength), replicates=measured, precision="float32")
        for m in widths
    ]
    begun = time.perf_counter()
    runs = run_all(specs, store=MemoryStore(), workers=cores())
    seconds = time.perf_counter() - begun
    certified = sum(int(run.converged.sum()) for run in runs)
    ran = measured * len(widths)
    subset = "" if measured == replicates else f" ({measured} of {replicates} replicates a width, scaled)"
    return Row(
        name=name,
        what=f"headline figure by gradient flow, λ = {strength:g}: n = {n}, m = {widths[0]}…{widths[-1]}, "
        f"{replicates} replicates",
        goal=goal,
        how=f"{certified} of {ran} replicates certified{subset}; baseline: {steps} AdamW steps at every width, "
        f"scaled to {PUBLISHED_STEPS:,}",
        baseline=baseline_seconds(n, widths, replicates, steps, device),
        ours=seconds * replicates / measured,
        complete=certified == ran,
        skipped="" if baseline.torch_is_there() else baseline.NO_TORCH,
        details={
            "certified": certified,
            "measured": ran,
            "measured_seconds": seconds,
            "engines": " and ".join(dict.fromkeys(run.engine for run in runs)),
        },
    )


def baseline_seconds(n: int, widths: Sequence[int], replicates: int, steps: int, device: str) -> float | None:
    """Return the time of the published training at all widths by the baseline, None without PyTorch."""
    if not baseline.torch_is_there():
        return None
    each = [
        baseline.adamw_step_seconds(n, m, replicates, strength=PUBLISHED_PENALTY, steps=steps, device=device)
        for m in widths
    ]
    return PUBLISHED_STEPS * sum(each)


def notebook(name: str, goal: Goal, *, n: int = 256, m: int = 1024, replicates: int = 4, repeats: int = 3) -> Row:
    """Measure what one call in a notebook takes, ``pg.simulate`` of a few replicates, beside the plain loop."""
    from polygenesis.dynamics.simulate import simulate

    spec = RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(SLOW_PENALTY), replicates=replicates, precision="float32")
    found = []
    seconds = median_seconds(lambda: found.append(simulate(spec)), repeats=repeats)
    theirs = baseline_seconds(n, [m], replicates, 10, "cpu")
    return Row(
        name=name,
        what=f"pg.simulate of {replicates} replicates by gradient flow, λ = {SLOW_PENALTY:g}: n = {n}, m = {m}",
        goal=goal,
        how=f"one call on all cores, median of {repeats}; baseline: 10 AdamW steps, scaled to {PUBLISHED_STEPS:,}",
        baseline=theirs,
        ours=seconds,
        complete=bool(found[-1].converged.all()),
        skipped="" if baseline.torch_is_there() else baseline.NO_TORCH,
    )
