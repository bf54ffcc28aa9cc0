"""Objectives: the full loss of a network as a function of its weights, and training on by gradient flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Weights
from polygenesis.checks import check_weights
from polygenesis.errors import InputError, bad_argument

Smooth = Callable[[Floats], tuple[float, Floats]]
"""Weights (n, m) in; the loss without its L1 term, and its gradient (n, m), out."""

Retrain = Callable[[Weights], Weights]
"""Initial weights (r, n, m) in, final weights (r, n, m) out."""


@dataclass(frozen=True)
class Objective:
    """What training minimizes, J(W) = smooth(W) + penalty · ‖W‖₁, for weights (n, m) with any number of neurons m.

    ``smooth`` returns the loss and its gradient; ``penalty`` is λ, kept apart because its zeros are exact.
    ``name`` is shown to readers.
    """

    smooth: Smooth
    penalty: float = 0.0
    name: str = "the given loss"

    def __call__(self, weights: Floats) -> float:
        """Return J(W)."""
        return float(self.smooth(weights)[0]) + self.penalty * float(np.abs(weights).sum())


def one_hot_objective(penalty: float) -> Objective:
    """The paper's loss: Σ_i (1 − ‖W_i‖²)² + Σ_{j≠i} ReLU(W_i·W_j)², plus λ‖W‖₁ (arXiv:2312.03096, §2)."""

    def smooth(weights: Floats) -> tuple[float, Floats]:
        overlap = np.maximum(weights @ weights.T, 0)
        squared = np.einsum("ii->i", overlap)
        loss = float((overlap**2).sum() - (squared**2).sum() + ((1 - squared) ** 2).sum())
        return loss, -4 * (weights - overlap @ weights)

    return Objective(smooth, _strength(penalty), "the one-hot loss")


def input_objective(inputs: Any, shares: Any = None, *, penalty: float = 0.0) -> Objective:
    """The tied autoencoder's loss on any inputs: Σ_s p_s ‖ReLU(x_s W Wᵀ) − x_s‖² + λ‖W‖₁.

    ``inputs`` (S, n): features that are present together; ``shares`` (S,): their weights p, all 1 by default.
    """
    x = np.asarray(check_weights("inputs", inputs, dimensions=2), dtype=np.float64)
    p = np.ones(len(x)) if shares is None else np.asarray(shares, dtype=np.float64)
    if p.shape != (len(x),) or not (np.isfinite(p).all() and (p >= 0).all()):
        raise bad_argument("shares", f"be {len(x)} weights of at least 0, one an input", f"shape {p.shape}")

    def smooth(weights: Floats) -> tuple[float, Floats]:
        output = np.maximum(x @ weights @ weights.T, 0)
        error = p[:, None] * (output - x)
        pull = 2 * error * (output > 0)
        return float((error * (output - x)).sum()), (x.T @ pull + pull.T @ x) @ weights

    return Objective(smooth, _strength(penalty), "the loss on the given inputs")


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Weights (n, m) after training on: their objective, the fastest move left, and whether that is at rest."""

    weights: Floats
    value: float
    residual: float
    settled: bool


def relax(
    objective: Objective, weights: Any, *, residual: float = 1e-5, steps: int = 20_000, first_step: float = 0.02
) -> Relaxed:
    """Train on by gradient flow, in proximal steps that never raise the objective, until nothing moves.

    ``weights``: (n, m). ``residual``: at rest when no weight moves faster than this, in the objective's clock.
    Raises :class:`polygenesis.InputError` for an objective that is not finite or whose gradient is misshapen.
    """
    now: Floats = np.array(check_weights("weights", weights, dimensions=2), dtype=np.float64)
    loss, slope = _evaluate(objective, now)
    step, speed = first_step, float("inf")
    for _ in range(steps):
        ahead = _shrink(now - step * slope, step * objective.penalty)
        move = ahead - now
        new_loss, new_slope = _evaluate(objective, ahead)
        bound = loss + float((slope * move).sum()) + float((move**2).sum()) / (2 * step)
        if new_loss > bound + 1e-12 * max(1.0, abs(loss)):
            step /= 2
            if step < 1e-12:
                break
            continue
        speed = float(np.abs(move).max()) / step
        now, loss, slope = ahead, new_loss, new_slope
        if speed <= residual:
            break
        step = min(step * 1.05, first_step * 10)
    value = loss + objective.penalty * float(np.abs(now).sum())
    return Relaxed(now, value, speed, speed <= residual)


def _evaluate(objective: Objective, weights: Floats) -> tuple[float, Floats]:
    loss, slope = objective.smooth(weights)
    array = np.asarray(slope, dtype=np.float64)
    if array.shape != weights.shape:
        raise bad_argument("objective", f"return a gradient of shape {weights.shape}", f"shape {array.shape}")
    if not np.isfinite(loss) or not np.isfinite(array).all():
        raise InputError("Argument `objective` must be finite with its gradient at the given weights, but is not.")
    return float(loss), array


def _shrink(values: Floats, by: float) -> Floats:
    return np.asarray(np.sign(values) * np.maximum(np.abs(values) - by, 0))


def _strength(penalty: float) -> float:
    value = float(penalty)
    if not (np.isfinite(value) and value >= 0):
        raise bad_argument("penalty", "be a finite number of at least 0", penalty)
    return value
