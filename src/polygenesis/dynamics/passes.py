"""Element-wise passes over whole weight matrices (m, n), compiled.

A loop over more than a few arrays is not vectorised, because the compiler would have to check that no two of them
overlap. Each row is therefore passed over several times, with few arrays at a time, while it lies in the nearest cache:
a quarter of the time of one loop that does everything. Constants come in the weights' own precision, since a float64
literal would widen float32 arithmetic.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from polygenesis.arrays import Floats

compiled = njit(cache=True, error_model="numpy", nogil=True)


@njit(inline="always", error_model="numpy")
def penalized(weight: Any, ahead: Any, drop: Any) -> Any:
    """Where a weight ends that a constant force would bring to ``ahead``, while the penalty takes ``drop`` = h λ′ off.

    This is the exact solution of dw/dt = f − λ′ sign w after h, with h f = ahead − weight: the weight moves straight,
    stops at zero if the force is weaker than λ′, and else goes through, with the penalty on its other side.
    """
    side = weight if weight != 0 else ahead
    size = abs(weight)
    value = ahead if side >= 0 else -ahead
    end, back = value - drop, size - value - drop  # without reaching zero; h times the speed beyond it
    beyond = back + drop + drop
    inner = end if end >= 0 else (-back * (beyond - size) / beyond if back > 0 else value - value)
    return inner if side >= 0 else -inner


@compiled
def count(weights: Floats) -> int:
    """Count the weights that are not zero."""
    m, n = weights.shape
    number = 0
    for k in range(m):
        row = weights[k]
        for i in range(n):
            number += row[i] != 0
    return number


@compiled
def extrapolate(
    weights: Floats, force: Floats, change: Floats, ahead: Floats, step: Any, second: Any, drop: Any
) -> None:
    """Write W + step · force + second · change, penalized, into ``ahead``."""
    m, n = weights.shape
    z = np.empty(n, weights.dtype)
    for k in range(m):
        w, f, c, a = weights[k], force[k], change[k], ahead[k]
        for i in range(n):
            z[i] = w[i] + step * f[i] + second * c[i]
        for i in range(n):
            a[i] = penalized(w[i], z[i], drop)


@compiled
def first_stage(start: Floats, force: Floats, before: Floats, now: Floats, ahead: Floats, step: Any, drop: Any) -> None:
    """Begin a staged step: Z₀ into ``before``, Z₁ into ``now``, and Z₁ penalized into ``ahead``."""
    m, n = start.shape
    for k in range(m):
        w, f, b, z, a = start[k], force[k], before[k], now[k], ahead[k]
        for i in range(n):
            b[i] = w[i]
            z[i] = w[i] + step * f[i]
        for i in range(n):
            a[i] = penalized(w[i], z[i], drop)


@compiled
def stage(
    start: Floats,
    force: Floats,
    before: Floats,
    now: Floats,
    ahead: Floats,
    pull: Floats,
    coefficients: Floats,
    drop: Any,
) -> None:
    """Replace Z before the last by the next: μ Z + ν Z before + (1−μ−ν) Z₀ + μ̃ h F + γ̃ h F₀, and penalize it."""
    m, n = start.shape
    mu, nu, rest, new, old = coefficients[0], coefficients[1], coefficients[2], coefficients[3], coefficients[4]
    for k in range(m):
        w, f, b, z, a, p = start[k], force[k], before[k], now[k], ahead[k], pull[k]
        for i in range(n):
            b[i] = mu * z[i] + nu * b[i] + rest * w[i]
        for i in range(n):
            b[i] += new * (a[i] - p[i]) + old * f[i]
        for i in range(n):
            a[i] = penalized(w[i], b[i], drop)


@compiled
def compare(
    weights: Floats,
    force: Floats,
    ahead: Floats,
    pull: Floats,
    new_force: Floats,
    change: Floats,
    factors: Floats,
    strength: Any,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Write the force at ``ahead`` and its change since ``weights``; return four sums over each feature's weights.

    They are the squared change of the force on live weights; ‖W_i‖²; the squared error of a staged step,
    0.8 (W − W′) + 0.4 h (F + F′ − 2 λ′ sign W), where a weight kept its sign; and the fastest move of a live weight.
    ``factors``: 0.8, 0.4 h, 0.8 h λ′.
    """
    m, n = weights.shape
    moved, squared = np.zeros(n, weights.dtype), np.zeros(n, weights.dtype)
    missed, residual = np.zeros(n, weights.dtype), np.zeros(n, weights.dtype)
    zero = weights.dtype.type(0)
    part, half, drop = factors[0], factors[1], factors[2]
    for k in range(m):
        w, f, a, p, g, c = weights[k], force[k], ahead[k], pull[k], new_force[k], change[k]
        for i in range(n):
            g[i] = a[i] - p[i]
        for i in range(n):
            c[i] = g[i] - f[i]
        for i in range(n):
            squared[i] += a[i] * a[i]
        for i in range(n):
            moved[i] += c[i] * c[i] if a[i] != zero else zero
        for i in range(n):
            lag = part * (w[i] - a[i]) + half * (f[i] + g[i]) - (drop if a[i] > zero else -drop)
            missed[i] += lag * lag if w[i] * a[i] > zero else zero
        for i in range(n):
            speed = abs(g[i] - (strength if a[i] > zero else -strength)) if a[i] != zero else a[i]
            residual[i] = residual[i] if residual[i] >= speed else speed
    return moved, squared, missed, residual
