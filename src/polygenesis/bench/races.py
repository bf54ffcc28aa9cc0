"""One feature's race: the exact solution against a plain Euler loop, and a race of as many weights as memory holds."""

from __future__ import annotations

import time

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.bench.base import Goal, Row
from polygenesis.bench.baseline import euler_loop
from polygenesis.bench.timing import apart, median_seconds
from polygenesis.dynamics.race.single_feature import single_feature

END = 1e5
"""The baseline's last time in the paper's clock, 1/λ: the published figure's."""


def race(name: str, goal: Goal, *, m: int = 100_000, penalty: float = 1e-5, end: float = END, theirs: int = 500) -> Row:
    """Compare the exact race, followed to its very end, with Euler steps of 0.5 until ``end``."""
    start, step = starts(m), 0.5
    begun = time.perf_counter()
    euler_loop(start, penalty, theirs, step)
    each = (time.perf_counter() - begun) / theirs
    return Row(
        name=name,
        what=f"one feature: m = {m:,}, λ = {penalty:g} (paper's clock)",
        goal=goal,
        how=f"ours exact and to the end, median of 5; baseline: {theirs} Euler steps of {step}, "
        f"scaled to {end / step:,.0f}",
        baseline=each * end / step,
        ours=median_seconds(lambda: single_feature(start, penalty=penalty), repeats=5),
        details={
            "slow_manifold_seconds": median_seconds(
                lambda: single_feature(start, penalty=penalty, method="slow-manifold"), repeats=5
            )
        },
    )


def wide_race(name: str, goal: Goal, *, m: int = 100_000_000, penalty: float = 1e-7) -> Row:
    """Measure time and peak memory of a race of very many weights, in a process of its own."""
    outcome, seconds, peak = apart(_wide_race, m, penalty)
    return Row(
        name=name,
        what=f"one feature: m = {m:,}, λ = {penalty:g} (paper's clock)",
        goal=goal,
        how=f"exact, in full: {outcome}",
        ours=seconds,
        bytes=peak,
        complete=outcome == "won",
    )


def _wide_race(m: int, penalty: float) -> str:
    return single_feature(starts(m), penalty=penalty).outcome.name.lower()


def starts(m: int) -> Floats:
    """The paper's start: |N(0, 0.9/√m)|, (m,)."""
    weights: Floats = np.random.default_rng(0).standard_normal(m)
    weights *= 0.9 / np.sqrt(m)
    return np.abs(weights, out=weights)
