"""How long a step may be, and how a long one is divided into stages: what both flow engines share.

Times are in the paper's clock. A short step extrapolates the force (Adams–Bashforth, second order), a middling one is
Euler's, a long one is a first-order Runge–Kutta–Chebyshev or –Legendre step: s stages reach about s² as far as one
without losing stability (Verwer et al. 1990), which is what the slow phase of a race needs: its fast modes decay
at rates up to about 2 while everything that matters moves at the rate λ′.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

SAFETY, SHRINK, GROW = 0.9, 0.3, 1.3
"""Step control: aim below the tolerance, and bound how fast the step may fall and grow."""

FIRST_STEP = 0.02
"""Longest first step: a fiftieth of the time in which a feature grows."""

FIRST_MOVE = 0.01
"""The very first step moves no feature by more than this share of its norm: nothing is known of the error yet."""

SMALLEST_NORM = 0.1
"""Relative errors are measured against at least this norm, so that a dying feature does not stop the clock."""

SECOND_ORDER_BELOW = 0.35
"""Steps shorter than this extrapolate the force, which saves a third of them in the transient at equal accuracy."""

STIFFEST = 2.5
"""Rates that a step by active set must damp: a settled norm returns at the rate 2, and overlaps add a little."""

SINGLE = 0.74
"""Longest step of a single stage; a step of two stages must be twice as long to be worth it."""

ALONE = 1.95
"""Rate times length of the longest step of a single stage: it would lose its stability at 2."""

SHARED = 1.5
"""Changes of the force up to this many times the mean over features are what all of them share."""

LEAP = 4.0
"""How fast the step may grow from a single stage to several."""

DAMPING = 0.1
"""Damping of the Chebyshev stages: fast modes shrink by a tenth at least."""


@numba.njit(cache=True, inline="always")
def shrink(value: Any, threshold: Any) -> Any:
    """Soft threshold: the proximal map of the L1 penalty, with exact zeros."""
    if value > threshold:
        return value - threshold
    if value < -threshold:
        return value + threshold
    return value * 0


@numba.njit(cache=True)
def relative_speed(moved: Any, squared: Any) -> float:
    """The largest √moved_i / ‖W_i‖ over features."""
    worst = 0.0
    for i in range(len(moved)):
        ratio = moved[i] / max(squared[i], SMALLEST_NORM**2)
        if not ratio <= worst:  # a NaN must come through
            worst = ratio
    return float(np.sqrt(worst))


@numba.njit(cache=True)
def staged_speed(moved: Any, squared: Any, last: float) -> float:
    """Like :func:`relative_speed`, but what all features share counts 1/(1 + last step) only.

    In a step of stages the force of every feature changes as weights end and overlaps follow; such changes relax at
    rates near 2 within the step, whatever its length. What a feature does beyond that is a contest: it counts in full.
    """
    worst, total = 0.0, 0.0
    for i in range(len(moved)):
        ratio = np.sqrt(moved[i] / max(squared[i], SMALLEST_NORM**2))
        total += ratio
        if not ratio <= worst:
            worst = ratio
    shared = min(worst, SHARED * total / len(moved))
    return float(shared / (1 + last) + (worst - shared))


@numba.njit(cache=True)
def single(stiffest: float) -> float:
    """Return the longest step of a single stage where no mode is faster than a rate."""
    return float(min(SINGLE, ALONE / stiffest))


@numba.njit(cache=True)
def next_step(step: float, error: float, tolerance: float, longest: float, alone: float = SINGLE) -> float:
    """The local error grows as step²: choose the step whose error is just below the tolerance.

    Between the reach of one stage, ``alone``, and twice that, a single stage goes further an evaluation.
    """
    factor = SAFETY * np.sqrt(tolerance / max(error, 1e-300))
    wanted = min(step * min(max(factor, SHRINK), LEAP if step == alone else GROW), longest)
    return float(alone if alone < wanted < 2 * alone else wanted)


@numba.njit(cache=True)
def extrapolation(step: float, last: float) -> float:
    """Return what multiplies step² × (change of the force) in a step: 1/(2 × last step), or 0 for longer steps."""
    return float(0.5 / last if step < SECOND_ORDER_BELOW else 0.0)


@numba.njit(cache=True)
def stages(step: float) -> int:
    """The number of stages that keep a step stable: s stages damp rates up to about 1.9 s²/step."""
    return max(1, int(np.ceil(np.sqrt(step * STIFFEST / (2 - 4 * DAMPING / 3)))))


@numba.njit(cache=True)
def chebyshev(number: int) -> Any:
    """Coefficients (μ, ν, μ̃) of each stage of a first-order Chebyshev step, (number, 3).

    Y_1 = Y_0 + μ̃_1 h F_0 and Y_j = μ_j Y_{j−1} + ν_j Y_{j−2} + μ̃_j h F_{j−1}, with T_j at w0 = 1 + ε/s².
    """
    w0 = 1 + DAMPING / number**2
    value, slope = np.ones(number + 1), np.zeros(number + 1)
    value[1], slope[1] = w0, 1.0
    for j in range(2, number + 1):
        value[j] = 2 * w0 * value[j - 1] - value[j - 2]
        slope[j] = 2 * value[j - 1] + 2 * w0 * slope[j - 1] - slope[j - 2]
    w1 = value[number] / slope[number]
    table = np.zeros((number, 3))
    table[0] = np.array([1.0, 0.0, w1 / w0])
    for j in range(2, number + 1):
        table[j - 1, 0] = 2 * w0 * value[j - 1] / value[j]
        table[j - 1, 1] = -value[j - 2] / value[j]
        table[j - 1, 2] = 2 * w1 * value[j - 1] / value[j]
    return table


@numba.njit(cache=True)
def legendre_stages(step: float, stiffest: float) -> int:
    """The number of Legendre stages that keep a step stable: s stages damp rates up to (s² + s)/step."""
    if step <= single(stiffest):
        return 1
    return int(np.ceil(np.sqrt(0.25 + step * stiffest) - 0.5))


@numba.njit(cache=True)
def legendre(number: int) -> Any:
    """Coefficients (μ, ν, μ̃) of each stage of a first-order Legendre step, (number, 3), used like those above.

    A mode of rate ρ is multiplied by the Legendre polynomial P_s(1 − 2ρh/(s² + s)), about half or less once ρh > 2,
    where Chebyshev's hardly shrink: overlaps all relax at rates near 2, and would swing from step to step.
    """
    table = np.zeros((number, 3))
    reach = 2.0 / (number * number + number)
    for j in range(1, number + 1):
        table[j - 1, 0] = (2.0 * j - 1) / j
        table[j - 1, 1] = (1.0 - j) / j
        table[j - 1, 2] = reach * (2.0 * j - 1) / j
    return table
