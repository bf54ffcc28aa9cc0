"""Element-wise passes over whole weight matrices (m, n), compiled.

A loop over more than a few arrays is not vectorised, because the compiler would have to check that no two of them
overlap. Each piece is therefore passed over several times, with few arrays at a time, while it lies in the nearest
cache: a quarter of the time of one loop that does everything. Constants come in the weights' own precision, since a
float64 literal would widen float32 arithmetic.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.kernels import compiled


@compiled(inline=True)
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


AT_ONCE = 512
"""Numbers of an array that are passed over at a time: six such pieces fit the nearest cache."""


LENGTHWISE = 0.25
"""How much an error along a row counts."""


@compiled
def count(weights: Floats) -> int:
    """Count the weights that are not zero."""
    row = weights.reshape(-1)
    number = 0
    for i in range(len(row)):
        number += row[i] != 0
    return number


@compiled
def extrapolate(
    weights: Floats, force: Floats, change: Floats, ahead: Floats, step: Any, second: Any, drop: Any
) -> None:
    """Write W + step · force + second · change, penalized, into ``ahead``."""
    old, push, more, new = weights.reshape(-1), force.reshape(-1), change.reshape(-1), ahead.reshape(-1)
    z = np.empty(AT_ONCE, weights.dtype)
    for begin in range(0, len(old), AT_ONCE):
        end = min(begin + AT_ONCE, len(old))
        w, f, c, a = old[begin:end], push[begin:end], more[begin:end], new[begin:end]
        for i in range(len(w)):
            z[i] = w[i] + step * f[i] + second * c[i]
        for i in range(len(w)):
            a[i] = penalized(w[i], z[i], drop)


@compiled
def first_stage(start: Floats, force: Floats, before: Floats, now: Floats, ahead: Floats, step: Any, drop: Any) -> None:
    """Begin a staged step: Z₀ into ``before``, Z₁ into ``now``, and Z₁ penalized into ``ahead``."""
    old, push, first, second, new = (
        start.reshape(-1),
        force.reshape(-1),
        before.reshape(-1),
        now.reshape(-1),
        ahead.reshape(-1),
    )
    for begin in range(0, len(old), AT_ONCE):
        end = min(begin + AT_ONCE, len(old))
        w, f, b, z, a = old[begin:end], push[begin:end], first[begin:end], second[begin:end], new[begin:end]
        for i in range(len(w)):
            b[i] = w[i]
            z[i] = w[i] + step * f[i]
        for i in range(len(w)):
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
    mu, nu, rest, later, early = coefficients[0], coefficients[1], coefficients[2], coefficients[3], coefficients[4]
    old, push, first, second, new, back = (
        start.reshape(-1),
        force.reshape(-1),
        before.reshape(-1),
        now.reshape(-1),
        ahead.reshape(-1),
        pull.reshape(-1),
    )
    for begin in range(0, len(old), AT_ONCE):
        end = min(begin + AT_ONCE, len(old))
        w, f, b, z = old[begin:end], push[begin:end], first[begin:end], second[begin:end]
        a, p = new[begin:end], back[begin:end]
        for i in range(len(w)):
            b[i] = mu * z[i] + nu * b[i] + rest * w[i]
        for i in range(len(w)):
            b[i] += later * (a[i] - p[i]) + early * f[i]
        for i in range(len(w)):
            a[i] = penalized(w[i], b[i], drop)


@compiled
def across(missed: Floats, along: Floats, squared: Floats) -> None:
    """Take from squared errors what lies along the rows, but for a part of it: ``along`` is Σ error × weight.

    An error along a row changes its length, which returns at the rate 2 and leaves every weight's lead as it was.
    """
    part = missed.dtype.type(1 - LENGTHWISE**2)
    for i in range(len(missed)):
        if squared[i] > 0:
            lengthwise = part * along[i] * along[i] / squared[i]
            missed[i] = missed[i] - lengthwise if lengthwise < np.inf else lengthwise  # too large for a square


@compiled(inline=True)
def tally(
    start: Floats,
    weights: Floats,
    force: Floats,
    lag: Floats,
    strength: Any,
    missed: Floats,
    along: Floats,
    squared: Floats,
    residual: Floats,
) -> None:
    """Add a neuron's share to the sums over each feature, (n,); ``lag``, its errors, count where the sign was kept."""
    zero = weights.dtype.type(0)
    n = len(weights)
    for i in range(n):
        squared[i] += weights[i] * weights[i]
    for i in range(n):
        lag[i] = lag[i] if start[i] * weights[i] > zero else zero
    for i in range(n):
        missed[i] += lag[i] * lag[i]
        along[i] += lag[i] * weights[i]
    for i in range(n):
        pull = strength if weights[i] > zero else -strength
        speed = abs(force[i] - pull) if weights[i] != zero else weights[i]
        residual[i] = residual[i] if residual[i] >= speed else speed


@compiled
def compare(
    weights: Floats,
    force: Floats,
    ahead: Floats,
    pull: Floats,
    new_force: Floats,
    change: Floats,
    factors: Floats,
    first: int,
    last: int,
) -> tuple[Floats, Floats, Floats]:
    """Write the force at ``ahead``, where a staged step ended, and its change; return three sums for each feature.

    For the features from ``first`` to ``last`` alone.

    They are the squared error of the step, 0.8 (W − W′) + 0.4 h (F + F′ − 2 λ′ sign W), over weights that kept their
    sign; ‖W_i‖²; and the fastest move of a live weight. ``factors``: 0.8, 0.4 h, 0.8 h λ′, λ′.
    """
    n = last - first
    missed, along = np.zeros(n, weights.dtype), np.zeros(n, weights.dtype)
    squared, residual = np.zeros(n, weights.dtype), np.zeros(n, weights.dtype)
    lag, zero = np.empty(n, weights.dtype), weights.dtype.type(0)
    part, half, drop, strength = factors[0], factors[1], factors[2], factors[3]
    for k in range(len(weights)):
        w, f, a = weights[k, first:last], force[k, first:last], ahead[k, first:last]
        p, g, c = pull[k, first:last], new_force[k, first:last], change[k, first:last]
        for i in range(n):
            g[i] = a[i] - p[i]
        for i in range(n):
            c[i] = g[i] - f[i]
        for i in range(n):
            lag[i] = part * (w[i] - a[i]) + half * (f[i] + g[i]) - (drop if a[i] > zero else -drop)
        tally(w, a, g, lag, strength, missed, along, squared, residual)
    across(missed, along, squared)
    return missed, squared, residual


@compiled
def correct(
    weights: Floats,
    force: Floats,
    change: Floats,
    ahead: Floats,
    pull: Floats,
    new_force: Floats,
    new_change: Floats,
    factors: Floats,
    first: int,
    last: int,
) -> tuple[Floats, Floats, Floats]:
    """Replace ``ahead``, which was extrapolated, by what the force there corrects it to; return sums as ``compare``.

    The force at the extrapolated weights and its change since ``weights`` are written; they serve the next step as
    well. The error is the correction, on weights that kept their sign. ``factors``: h, what multiplies the new change
    and the last one in the corrected step, what multiplied the last one in the extrapolated step, h λ′, λ′.
    """
    n = last - first
    missed, along = np.zeros(n, weights.dtype), np.zeros(n, weights.dtype)
    squared, residual = np.zeros(n, weights.dtype), np.zeros(n, weights.dtype)
    z = np.empty(n, weights.dtype)
    step, later, early, second, drop, strength = factors[0], factors[1], factors[2], factors[3], factors[4], factors[5]
    for k in range(len(weights)):
        w, f, b, a = weights[k, first:last], force[k, first:last], change[k, first:last], ahead[k, first:last]
        p, g, c = pull[k, first:last], new_force[k, first:last], new_change[k, first:last]
        for i in range(n):
            g[i] = a[i] - p[i]
        for i in range(n):
            c[i] = g[i] - f[i]
        for i in range(n):
            z[i] = w[i] + step * f[i] + later * c[i] + early * b[i]
        for i in range(n):
            a[i] = penalized(w[i], z[i], drop)
        for i in range(n):
            z[i] = later * c[i] + (early - second) * b[i]
        tally(w, a, g, z, strength, missed, along, squared, residual)
    across(missed, along, squared)
    return missed, squared, residual
