"""The same process by other means: gradient flow to rest by plain steps in NumPy, and by a general solver."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from polygenesis.bench.base import Goal, Row
from polygenesis.bench.baseline import Missing
from polygenesis.bench.timing import median_seconds
from polygenesis.dynamics.flow import reference
from polygenesis.dynamics.simulate import simulate
from polygenesis.dynamics.start import initial
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec

SLOWEST_RACE = 8.0
"""When the slowest races of a run end, in units of 1/λ (loss's clock): how long a plain loop must go to be sure."""

SMOOTH = 1e-3
"""Width of the smoothed sign that a solver needs in place of the penalty's kink."""


def euler_to_rest(name: str, goal: Goal, *, m: int, n: int = 256, strength: float = 0.016, steps: int = 200) -> Row:
    """Compare one replicate of gradient flow to its end with proximal Euler steps in NumPy, on one core each."""
    spec = RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(strength), precision="float32")
    start, whole = initial(spec)[0], round(4 * SLOWEST_RACE / strength / reference.STEP)
    theirs = median_seconds(lambda: reference.proximal_euler(start, strength, steps * reference.STEP), repeats=3)
    return Row(
        name=name,
        what=f"gradient flow to rest, λ = {strength:g}: n = {n}, m = {m}, one replicate",
        goal=goal,
        how=f"against proximal Euler steps of {reference.STEP} in NumPy up to {SLOWEST_RACE:g}/λ, when slow races "
        f"end: {steps} of {whole:,} steps, scaled; one core each, warmed up, medians of 3",
        baseline=theirs * whole / steps,
        ours=median_seconds(lambda: simulate(spec), repeats=3),
    )


def solver_to_rest(name: str, goal: Goal, *, m: int, n: int = 256, strength: float = 0.016, share: float = 0.02) -> Row:
    """Compare one replicate of gradient flow with diffrax on a smoothed sign, on all cores."""
    spec = RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(strength), precision="float32")
    end, skipped, theirs = 4 * SLOWEST_RACE / strength, "", None
    try:
        theirs = _diffrax_seconds(np.asarray(initial(spec)[0]), strength, share * end) / share
    except Missing as reason:
        skipped = str(reason)
    return Row(
        name=name,
        what=f"gradient flow to rest, λ = {strength:g}: n = {n}, m = {m}, one replicate",
        goal=goal,
        how=f"against diffrax (Tsit5, tolerance 1e-3) on sign(w) smoothed over {SMOOTH:g}: the first {share:.0%} of "
        f"the time up to {SLOWEST_RACE:g}/λ, scaled; compiled before the clock starts",
        baseline=theirs,
        ours=median_seconds(lambda: simulate(spec), repeats=3),
        skipped=skipped,
    )


def _diffrax_seconds(start: Any, strength: float, end: float) -> float:
    try:
        import diffrax
        import jax
        import jax.numpy as jnp
    except ImportError as missing:
        raise Missing(f"{missing.name} is not installed") from None

    def slope(_: Any, w: Any, __: Any) -> Any:
        return w - jnp.maximum(w @ w.T, 0) @ w - strength / 4 * jnp.tanh(w / SMOOTH)

    def solve(w: Any) -> Any:
        return diffrax.diffeqsolve(
            diffrax.ODETerm(slope),
            diffrax.Tsit5(),
            0.0,
            end,
            0.01,
            w,
            stepsize_controller=diffrax.PIDController(rtol=1e-3, atol=1e-3),
            max_steps=None,
        ).ys

    compiled = jax.jit(solve)
    jax.block_until_ready(compiled(jnp.asarray(start)))
    begun = time.perf_counter()
    jax.block_until_ready(compiled(jnp.asarray(start)))
    return time.perf_counter() - begun
