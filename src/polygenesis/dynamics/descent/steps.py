"""Training steps as compiled loops: gradients, SGD's and AdamW's update, and whole runs of steps.

Imported only by an engine at work, because loading and compiling these loops takes time. No loop reassociates
sums or contracts products, so a replicate's bits depend on its own numbers alone. Constants come in the weights'
own precision: a float64 literal would silently widen float32 arithmetic.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  numba's np.dot calls this BLAS: load it before its threads are limited
from numpy.typing import NDArray

from polygenesis.kernels import compiled

Array = NDArray[Any]

FACTORS = ("strength", "lr", "decay", "keep1", "take1", "keep2", "take2", "epsilon")
"""The order of an update's constants: λ, learning rate, 1 − lr × weight decay, β₁, 1 − β₁, β₂, 1 − β₂, ε."""

AT_ONCE = 512
"""Weights that are passed over at a time."""


@compiled
def attract(overlaps: Array) -> None:
    """Turn overlaps G (n, n) into 4 (ReLU(G) − I) in place; times W that is the smooth loss's gradient."""
    zero, four = overlaps.dtype.type(0), overlaps.dtype.type(4)
    for i in range(overlaps.shape[0]):
        for j in range(overlaps.shape[1]):
            overlaps[i, j] = four * max(overlaps[i, j], zero)
        overlaps[i, i] -= four


@compiled
def descend_once(old: Array, new: Array, gradient: Array, factors: Array) -> Any:
    """Write W − lr (gradient + λ sign W) into ``new`` (all flat); return whether every new weight is finite."""
    strength, lr, zero, largest = factors[0], factors[1], old.dtype.type(0), np.finfo(old.dtype).max
    broken = 0
    for i in range(old.size):
        weight = old[i]
        push = strength if weight > zero else (-strength if weight < zero else zero)
        moved = weight - lr * (gradient[i] + push)
        new[i] = moved
        broken += not abs(moved) <= largest
    return broken == 0


@compiled
def adamw_once(
    old: Array,
    new: Array,
    gradient: Array,
    first: Array,
    second: Array,
    factors: Array,
    size: Any,
    correction: Any,
) -> Any:
    """Write one AdamW step into ``new`` (all flat) and return whether every new weight is finite.

    ``size`` is lr / (1 − β₁ᵗ), ``correction`` is 1 / √(1 − β₂ᵗ). Moments below the smallest normal number become
    zero: they cannot move a weight, and arithmetic on denormal numbers is a hundred times slower.
    """
    strength, decay, epsilon = factors[0], factors[2], factors[7]
    keep1, take1, keep2, take2 = factors[3], factors[4], factors[5], factors[6]
    zero, largest, tiny = old.dtype.type(0), np.finfo(old.dtype).max, np.finfo(old.dtype).tiny
    slope, broken = np.empty(AT_ONCE, old.dtype), 0
    for begin in range(0, old.size, AT_ONCE):  # few arrays a loop, in the nearest cache: see ``flow.elementwise``
        end = min(begin + AT_ONCE, old.size)
        w, n, g, f, s = old[begin:end], new[begin:end], gradient[begin:end], first[begin:end], second[begin:end]
        for i in range(len(w)):
            slope[i] = g[i] + (strength if w[i] > zero else (-strength if w[i] < zero else zero))
        for i in range(len(w)):
            mean = keep1 * f[i] + take1 * slope[i]
            f[i] = mean if abs(mean) >= tiny else zero
        for i in range(len(w)):
            square = keep2 * s[i] + take2 * (slope[i] * slope[i])
            s[i] = square if square >= tiny else zero
        for i in range(len(w)):
            n[i] = w[i] * decay - size * f[i] / (np.sqrt(s[i]) * correction + epsilon)
        for i in range(len(w)):
            broken += not abs(n[i]) <= largest
    return broken == 0


@compiled
def clean_gradient(weights: Array, overlaps: Array, gradient: Array) -> None:
    """Write the gradient of the smooth loss, 4 (ReLU(G) − I) W, into ``gradient`` (n, m)."""
    np.dot(weights, weights.T, overlaps)
    attract(overlaps)
    np.dot(overlaps, weights, gradient)


@compiled
def noisy_gradient(weights: Array, noise: Array, hidden: Array, overlaps: Array, part: Array, gradient: Array) -> None:
    """Write the gradient of Σ_i ‖ReLU(W (W_i + ξ_i)) − e_i‖² through both uses of W into ``gradient`` (n, m).

    ``noise`` is ξ, (n, m), or (1, m) when all inputs share one vector. With hidden vectors H = W + ξ, outputs
    Y = ReLU(H Wᵀ) and D = 2 (Y − I) where the ReLU is open, else 0, the gradient is Dᵀ H + D W.
    """
    n, m = weights.shape
    zero, two = weights.dtype.type(0), weights.dtype.type(2)
    for i in range(n):
        row = noise[i] if noise.shape[0] > 1 else noise[0]
        for k in range(m):
            hidden[i, k] = weights[i, k] + row[k]
    np.dot(hidden, weights.T, overlaps)
    for i in range(n):
        opened = overlaps[i, i] > zero
        for j in range(n):
            overlaps[i, j] = two * max(overlaps[i, j], zero)
        overlaps[i, i] -= two if opened else zero
    np.dot(overlaps.T, hidden, gradient)
    np.dot(overlaps, weights, part)
    for i in range(n):
        for k in range(m):
            gradient[i, k] += part[i, k]


@compiled
def take_steps(
    weights: Array,
    spare: Array,
    noise: Array,
    first: Array,
    second: Array,
    factors: Array,
    sizes: Array,
    corrections: Array,
    adaptive: bool,
) -> Any:
    """Take ``len(sizes)`` steps; return how many left every weight finite, and whether ``spare`` has the last ones.

    ``noise`` (steps, n or 1, m) is empty for training without noise. ``adaptive`` says AdamW, else descent.
    """
    n, m = weights.shape
    overlaps, gradient = np.empty((n, n), weights.dtype), np.empty((n, m), weights.dtype)
    hidden, part = np.empty_like(weights), np.empty_like(weights)
    old, new = weights, spare
    for step in range(len(sizes)):
        if len(noise):
            noisy_gradient(old, noise[step], hidden, overlaps, part, gradient)
        else:
            clean_gradient(old, overlaps, gradient)
        if adaptive:
            finite = adamw_once(
                old.reshape(-1),
                new.reshape(-1),
                gradient.reshape(-1),
                first,
                second,
                factors,
                sizes[step],
                corrections[step],
            )
        else:
            finite = descend_once(old.reshape(-1), new.reshape(-1), gradient.reshape(-1), factors)
        if not finite:
            return step, step % 2 == 1
        old, new = new, old
    return len(sizes), len(sizes) % 2 == 1
