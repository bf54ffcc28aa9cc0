"""The flow in plain NumPy with one fixed small step: everything else in this folder is this, faster.

Paper's clock (arXiv:2312.03096, §3): dW/dt = F(W) − λ′ sign W with F(W) = W − ReLU(W Wᵀ) W and λ′ = λ/4; sign 0 is
whatever within [−1, 1] keeps a weight at zero. Nothing here is tuned, compiled or skipped: tests compare the engines
with it, and a reader who trusts these lines can trust the rest as far as the comparisons go.
"""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats, Weights

STEP = 0.02
"""Length of a step in the paper's clock: a fiftieth of the time in which a lone feature grows."""


def force(w: Floats) -> Floats:
    """Return F(W) = W − ReLU(W Wᵀ) W of weights (n, m): benefit less interference, without the penalty."""
    return np.asarray(w - np.maximum(w @ w.T, 0) @ w)


def penalized(w: Floats, f: Floats, step: float, strength: float) -> Floats:
    """Move every weight for ``step`` under a constant force ``f`` and the penalty λ′ = ``strength``: exact.

    A weight that reaches zero stays there unless |f| > λ′, and then goes on with what is left of the step. (A soft
    threshold of w + h f is right only where no weight crosses zero; it costs .8 % of the winners at n = m = 256.)
    """
    drop = step * strength
    side = np.where(w != 0, np.sign(w), np.sign(f))
    push = step * f * side
    rest = np.abs(w) + push - drop
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = np.where(push < -drop, (1 - np.abs(w) / (drop - push)) * (push + drop), 0)
    return np.asarray(side * np.where(rest >= 0, rest, beyond))


def proximal_euler(start: Weights, penalty: float, end: float, *, step: float = STEP) -> Weights:
    """Integrate weights (n, m) up to ``end`` (paper's clock) by proximal Euler steps, first order; ``penalty`` is λ."""
    w: Floats = np.array(start, dtype=np.float64)
    threshold = step * penalty / 4
    for _ in range(round(end / step)):
        w += step * force(w)
        w = np.sign(w) * np.maximum(np.abs(w) - threshold, 0)
    return w


def second_order(start: Weights, penalty: float, end: float, *, step: float = STEP) -> Weights:
    """Integrate weights (n, m) up to ``end`` (paper's clock) by Heun's method with the exact penalty; as above."""
    w: Floats = np.array(start, dtype=np.float64)
    strength = penalty / 4
    for _ in range(round(end / step)):
        now = force(w)
        ahead = penalized(w, now, step, strength)
        w = penalized(w, (now + force(ahead)) / 2, step, strength)
    return w
