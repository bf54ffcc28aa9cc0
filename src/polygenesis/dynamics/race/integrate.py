"""The two equations of a race, integrated by a compiled stiff method until the runner-up drops out.

With g the leader's gap and s = 1/a (``race_solutions``), all m equations are, in the paper's clock,

    ġ = −λ s,        ṡ = S₂(g)/s − s,        S₂(g) = Σ (g − d_k)₊²:

s follows the slow manifold s = √S₂ at rate 2 while g needs times of the order of 1/λ. Radau IIA with three stages
(order 5; Hairer and Wanner 1996, IV.8) damps the fast rate at any step length; its error estimate is theirs.
Imported only by an engine at work, because compiled loops take time to load.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.kernels import compiled

ROOT6 = math.sqrt(6)
NODES = np.array([(4 - ROOT6) / 10, (4 + ROOT6) / 10, 1.0])
MATRIX = np.array(
    [
        [(88 - 7 * ROOT6) / 360, (296 - 169 * ROOT6) / 1800, (-2 + 3 * ROOT6) / 225],
        [(296 + 169 * ROOT6) / 1800, (88 + 7 * ROOT6) / 360, (-2 - 3 * ROOT6) / 225],
        [(16 - ROOT6) / 36, (16 + ROOT6) / 36, 1 / 9],
    ]
)
ERROR = np.array([-13 - 7 * ROOT6, -13 + 7 * ROOT6, -1.0]) / 3
REAL = 3 + 3 ** (2 / 3) - 3 ** (1 / 3)
"""The method: nodes, matrix, weights of the error estimate, and the real eigenvalue of the inverse matrix."""

TOLERANCE = 1e-9
"""Relative error of a step, estimated at order 3; that of the curves is far below it."""
NEWTON = 1e-13
"""Relative change at which the stages are solved."""
ITERATIONS = 10
"""Most Newton iterations of a step before it is tried at half its length."""
FIRST = 1e-3
"""First step in units of the fastest time of the start."""

BEGUN, LENGTH = 0, 1
GAP, SCALE = slice(2, 6), slice(6, 10)
"""Columns of a step: when it began, its length, and g and s at its beginning and its three nodes."""


@compiled
def _square(gap: float, high: int, gaps: Any, scale: float) -> Any:
    """Return S₁(g) and S₂(g)/scale, and how many coordinates have a smaller gap (at most ``high``)."""
    ordered, means, spreads = gaps
    low = 0
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] < gap:
            low = middle + 1
        else:
            high = middle
    if low == 0:
        return 0.0, 0.0, 0
    ahead = gap - means[low - 1]
    first = low * ahead
    return first, first * (ahead / scale) + spreads[low - 1] / scale, low


@compiled
def _solve(jacobian: Floats, right: Floats) -> None:
    """Solve three linear equations in place, with pivots."""
    for c in range(3):
        pivot = c
        for r in range(c + 1, 3):
            if abs(jacobian[r, c]) > abs(jacobian[pivot, c]):
                pivot = r
        for k in range(3):
            jacobian[c, k], jacobian[pivot, k] = jacobian[pivot, k], jacobian[c, k]
        right[c], right[pivot] = right[pivot], right[c]
        for r in range(c + 1, 3):
            share = jacobian[r, c] / jacobian[c, c]
            for k in range(c, 3):
                jacobian[r, k] -= share * jacobian[c, k]
            right[r] -= share * right[c]
    for c in range(2, -1, -1):
        for k in range(c + 1, 3):
            right[c] -= jacobian[c, k] * right[k]
        right[c] /= jacobian[c, c]


@compiled
def _stages(
    g0: float, s0: float, step: float, penalty: float, high: int, gaps: Any, s: Floats, g: Floats, work: Any
) -> bool:
    """Solve s_i = s₀ + h Σ_j A_ij ṡ(g_j, s_j), g_i = g₀ − λh Σ_j A_ij s_j by Newton's method, from a guess in ``s``."""
    jacobian, right, rate, by_scale, by_gap = work
    for _ in range(ITERATIONS):
        for i in range(3):
            g[i] = g0 - penalty * step * (MATRIX[i, 0] * s[0] + MATRIX[i, 1] * s[1] + MATRIX[i, 2] * s[2])
            if not s[i] > 0:
                return False
            first, second, _count = _square(g[i], high, gaps, s[i])
            rate[i] = second - s[i]
            by_scale[i] = -second / s[i] - 1
            by_gap[i] = 2 * first / s[i]
        for i in range(3):
            right[i] = s0 - s[i]
            for j in range(3):
                right[i] += step * MATRIX[i, j] * rate[j]
                jacobian[i, j] = -step * MATRIX[i, j] * by_scale[j]
                for k in range(3):
                    jacobian[i, j] += step * MATRIX[i, k] * by_gap[k] * penalty * step * MATRIX[k, j]
            jacobian[i, i] += 1
        _solve(jacobian, right)
        largest = 0.0
        for i in range(3):
            s[i] += right[i]
            largest = max(largest, abs(right[i]) / abs(s[i]))
        if largest < NEWTON:
            for i in range(3):
                g[i] = g0 - penalty * step * (MATRIX[i, 0] * s[0] + MATRIX[i, 1] * s[1] + MATRIX[i, 2] * s[2])
            return bool(s.min() > 0)
    return False


@compiled
def _error(g0: float, s0: float, step: float, penalty: float, high: int, gaps: Any, s: Floats, g: Floats) -> float:
    """The relative error of a step: (γ/h − J)⁻¹ (ẏ₀ + Σ e_i (y_i − y₀)/h), with J at its beginning."""
    first, second, _ = _square(g0, high, gaps, s0)
    left, right = -penalty * s0, second - s0
    for i in range(3):
        left += ERROR[i] * (g[i] - g0) / step
        right += ERROR[i] * (s[i] - s0) / step
    diagonal = REAL / step
    low, high_corner = -2 * first / s0, diagonal + second / s0 + 1
    determinant = diagonal * high_corner - penalty * low
    gap = (left * high_corner - penalty * right) / determinant
    scale = (diagonal * right - low * left) / determinant
    return float(max(abs(gap) / g0, abs(scale) / s0))


AT_ONCE = 4096
"""Steps tried between two returns to Python, so that Ctrl-C is heard: a few hundredths of a second."""
MOST = 1_000_000
"""Steps tried before a race is given up: a race takes some hundred, and a few more for each power of ten of λ."""

TIME, GAP0, SCALE0, STEP, SLOPE = 0, 1, 2, 3, 4
NUMBER, HIGH, FAILED = 0, 1, 2
"""What ``_advance`` keeps between two calls: numbers, and whole ones."""


def integrate(lead: float, runner_up: float, penalty: float, gaps: Any) -> Floats:
    """Return the steps (N, 10) from g = lead, s = 1 until one ends with g at most ``runner_up``; empty on failure."""
    steps = np.empty((1024, 10))
    _, second, _ = _square(lead, len(gaps[0]), gaps, 1.0)
    now = np.array([0.0, lead, 1.0, FIRST / (1 + second + penalty / lead), 0.0])
    tally = np.array([0, len(gaps[0]), 0], np.int64)
    for _ in range(MOST // AT_ONCE):
        if _advance(runner_up, penalty, gaps, steps, now, tally):
            break
        if len(steps) < 2 * tally[NUMBER]:
            steps = np.concatenate([steps, np.empty_like(steps)])
    else:
        tally[FAILED] = 1
    return steps[: 0 if tally[FAILED] else tally[NUMBER]]


@compiled
def _advance(runner_up: float, penalty: float, gaps: Any, steps: Floats, now: Floats, tally: Any) -> bool:
    """Try up to AT_ONCE steps, as far as there is room in ``steps``; return whether the race is over or has failed."""
    s, g = np.empty(3), np.empty(3)
    work = (np.empty((3, 3)), np.empty(3), np.empty(3), np.empty(3), np.empty(3))
    number, time, g0, s0, high = tally[NUMBER], now[TIME], now[GAP0], now[SCALE0], tally[HIGH]
    step, slope, tried = now[STEP], now[SLOPE], 0
    while g0 > runner_up and tried < AT_ONCE and number < len(steps):
        tried += 1
        for i in range(3):
            s[i] = max(s0 + slope * NODES[i] * step, 0.5 * s0)
        if not _stages(g0, s0, step, penalty, high, gaps, s, g, work):
            step *= 0.5
            slope = 0.0
            if not 1e-300 < step < np.inf:
                tally[FAILED] = 1
                return True
            continue
        error = _error(g0, s0, step, penalty, high, gaps, s, g)
        factor = 0.9 * (TOLERANCE / max(error, 1e-300)) ** 0.25
        if not error <= TOLERANCE:
            step *= max(0.2, factor) if factor == factor else 0.2
            continue
        steps[number, 0], steps[number, 1], steps[number, 2], steps[number, 6] = time, step, g0, s0
        for i in range(3):
            steps[number, 3 + i], steps[number, 7 + i] = g[i], s[i]
        slope = (s[2] - s[1]) / (step * (1 - NODES[1]))
        number, time, g0, s0 = number + 1, time + step, g[2], s[2]
        _, _, high = _square(g0, high, gaps, s0)
        step *= min(max(factor, 0.2), 5.0)
    tally[NUMBER], tally[HIGH] = number, high
    now[TIME], now[GAP0], now[SCALE0], now[STEP], now[SLOPE] = time, g0, s0, step, slope
    return not g0 > runner_up


def interpolate(steps: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Return g and s at times within the steps, (T,) each: the cubic through a step's beginning and its nodes."""
    which = np.clip(np.searchsorted(steps[:, BEGUN], times, side="right") - 1, 0, len(steps) - 1)
    chosen = steps[which]
    share = (times - chosen[:, BEGUN]) / chosen[:, LENGTH]
    nodes = np.concatenate([[0.0], NODES])
    basis = np.stack(
        [np.prod([(share - other) / (node - other) for other in nodes if other != node], axis=0) for node in nodes],
        axis=1,
    )
    return (basis * chosen[:, GAP]).sum(axis=1), (basis * chosen[:, SCALE]).sum(axis=1)


def crossing(steps: Floats, gap: float) -> float:
    """Return the time within the last step when g falls to ``gap``."""
    from scipy.optimize import brentq

    begun, length = steps[-1, BEGUN], steps[-1, LENGTH]
    if steps[-1, 5] == gap:
        return float(begun + length)

    def ahead(time: float) -> float:
        return float(interpolate(steps[-1:], np.array([time]))[0][0] - gap)

    return float(brentq(ahead, begun, begun + length, xtol=1e-15 * (begun + length), rtol=1e-15))
