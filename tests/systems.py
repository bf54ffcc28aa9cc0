"""Small systems with known answers, written as plainly as possible, that several tests compare with."""

from __future__ import annotations

import numpy as np


def published_loss(weights, strength, noise=0.0):
    """Σ_i ‖ReLU(W (W_i + ξ_i)) − e_i‖² + λ‖W‖₁, one input at a time (arXiv:2312.03096, §2 and §5)."""
    noise = np.broadcast_to(noise, weights.shape)
    total = strength * np.abs(weights).sum()
    for i, target in enumerate(np.eye(len(weights))):
        output = np.maximum(weights @ (weights.T @ target + noise[i]), 0)
        total += ((output - target) ** 2).sum()
    return total


def slope(function, at, step=1e-6):
    """The gradient of a scalar function by central differences."""
    gradient = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        shift = np.zeros_like(at)
        shift[index] = step
        gradient[index] = (function(at + shift) - function(at - shift)) / (2 * step)
    return gradient


def race_by_events(start, penalty, times):
    """dw/dt = (1 − ‖w‖²) w − λ sign w for all m weights at once, stopped at every drop-out: weights (T, m) at times.

    Nothing is reduced and nothing is shared with the library: an explicit integrator of order 8 on the plain system.
    """
    from scipy.integrate import solve_ivp

    weights, now = np.array(start, dtype=float), 0.0
    seen = np.zeros((len(times), len(start)))
    while np.any(weights) and now < times[-1]:
        alive = np.flatnonzero(weights)
        signs = np.sign(weights[alive])

        def flow(_, w):
            return (1 - w @ w) * w - penalty * np.sign(w)

        def drop_out(_, w, signs=signs):
            return (w * signs).min()

        drop_out.terminal, drop_out.direction = True, -1
        leg = solve_ivp(
            flow,
            (now, times[-1]),
            weights[alive],
            method="DOP853",
            rtol=1e-11,
            atol=1e-13,
            events=drop_out,
            dense_output=True,
            max_step=1.0,
        )
        inside = (times >= now) & (times <= leg.t[-1])
        if inside.any():
            seen[np.ix_(inside, alive)] = leg.sol(times[inside]).T
        now = leg.t[-1]
        weights[alive] = leg.y[:, -1]
        if leg.status == 1:
            weights[alive[np.abs(weights[alive]).argmin()]] = 0.0
    return seen
