"""Step for step the same training as the baseline's: AdamW, and SGD with hidden noise."""

from __future__ import annotations

import statistics

from polygenesis.bench import baseline
from polygenesis.bench.base import PUBLISHED_STEPS, Goal, Row
from polygenesis.bench.headline import BASELINE_STEPS, PUBLISHED_PENALTY
from polygenesis.bench.machine import peak_flops
from polygenesis.bench.timing import cores, median_seconds, seconds_on_all_cores
from polygenesis.dynamics.replicates import at_most
from polygenesis.dynamics.simulate import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar
from polygenesis.penalties import L1, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent


def adamw(
    name: str,
    goal: Goal,
    *,
    m: int,
    n: int = 256,
    replicates: int = 16,
    steps: int = 100,
    theirs: int = BASELINE_STEPS,
    kind: str = "plain",
    rounds: int = 3,
) -> Row:
    """Compare the time of AdamW steps of all replicates, on all cores; both sides are scaled to the published run.

    ``kind``: one of ``baseline.KINDS``. Both sides are warmed up and measured in turns, ``rounds`` times; the row holds
    the medians.
    """
    spec = RunSpec(
        TiedAutoencoder(n=n, m=m), penalty=L1(PUBLISHED_PENALTY), training=AdamW(steps=steps), precision="float32"
    )
    skipped, step = "", None
    try:
        if kind != "jax" and not baseline.torch_is_there():
            raise baseline.Missing(baseline.NO_TORCH)
        step = baseline.adamw_step(n, m, replicates, strength=PUBLISHED_PENALTY, kind=kind)
    except baseline.Missing as reason:
        skipped = f"{reason}"
    ours, other = [], []
    for _ in range(rounds):
        ours.append(seconds_on_all_cores([spec.replace(seed=seed) for seed in range(replicates)]) / steps)
        if step is not None:
            other.append(baseline.median_step(step.take, theirs))
    seconds = statistics.median(ours)
    share = _share_of_peak(spec, seconds * steps, replicates, steps)
    ratios = sorted(there / here for here, there in zip(ours, other, strict=False))
    spread = f", {ratios[0]:.3g}–{ratios[-1]:.3g}× in {rounds} turns" if ratios else ""
    return Row(
        name=name,
        what=f"AdamW step for step: n = {n}, m = {m}, {replicates} replicates, {PUBLISHED_STEPS:,} steps",
        goal=goal,
        how=f"against {baseline.KINDS[kind]}; {steps} steps of ours and {theirs} of theirs{spread}, warmed up, scaled; "
        f"ours at {share:.0%} of all cores' measured peak",
        baseline=PUBLISHED_STEPS * statistics.median(other) if other else None,
        ours=PUBLISHED_STEPS * seconds,
        skipped=skipped,
        details={"our_step_seconds": ours, "their_step_seconds": other, "share_of_peak": share, "kind": kind},
    )


def _share_of_peak(spec: RunSpec, seconds: float, replicates: int, steps: int) -> float:
    """Operations of the two products, 3n²m a step (one is symmetric), over what all cores could do at their peak."""
    operations = 3.0 * spec.model.n**2 * spec.model.m * steps * replicates
    return operations / (seconds * min(cores(), replicates) * peak_flops(spec.precision))


def noisy_descent(
    name: str,
    goal: Goal,
    *,
    n: int = 8,
    m: int = 16,
    replicates: int = 5,
    steps: int = 100_000,
    theirs: int = 3000,
    repeats: int = 3,
) -> Row:
    """Compare SGD with bipolar hidden noise (E2 of the paper): ours in full on one core, the baseline scaled."""
    std, lr = 0.1, 0.02
    spec = RunSpec(
        TiedAutoencoder(n=n, m=m),
        penalty=NoPenalty(),
        noise=Bipolar(std),
        training=GradientDescent(lr=lr, steps=steps),
        replicates=replicates,
        precision="float32",
    )
    there = baseline.torch_is_there()
    with at_most(1):
        ours = median_seconds(lambda: simulate(spec), repeats=repeats)
    return Row(
        name=name,
        what=f"SGD with hidden noise: n = {n}, m = {m}, {replicates} replicates, {steps:,} steps",
        goal=goal,
        how=f"ours in full on one core, median of {repeats}; baseline: {theirs:,} steps, scaled",
        baseline=steps * baseline.noisy_step_seconds(n, m, replicates, std=std, lr=lr, steps=theirs) if there else None,
        ours=ours,
        skipped="" if there else baseline.NO_TORCH,
    )
