"""Objectives: the full loss of a network as a function of its one matrix of weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Weights
from polygenesis.checks import check_weights, floats
from polygenesis.errors import bad_argument
from polygenesis.probe.surgery.relaxing import Stack

Smooth = Callable[[Floats], tuple[float, Floats]]
"""Weights (n, m) in; the loss without its L1 term, and its gradient (n, m), out."""

Retrain = Callable[[Weights], Weights]
"""Initial weights (r, n, m) in, final weights (r, n, m) out."""


@dataclass(frozen=True)
class Objective:
    """The objective of training, J(W) = smooth(W) + penalty · ‖W‖₁, for weights (n, m) with any number of neurons m.

    ``smooth`` returns the loss and its gradient; ``penalty`` is λ, kept apart because its zeros are exact.
    ``name`` is shown to readers.
    """

    smooth: Smooth
    penalty: float = 0.0
    name: str = "the given loss"

    def __call__(self, weights: Floats) -> float:
        """Return J(W)."""
        return float(self.smooth(weights)[0]) + self.penalty * float(np.abs(weights).sum())

    def slope(self, stack: Stack) -> tuple[Floats, Stack]:
        """Return the loss without L1 of stacked networks, (r,), and its gradient (r, n, m) as "weights".

        Args:
            stack: the networks' "weights", (r, n, m).
        """
        found = [self.smooth(each) for each in stack["weights"]]
        slopes = np.stack([np.asarray(slope, dtype=np.float64) for _, slope in found])
        return np.array([float(loss) for loss, _ in found]), {"weights": slopes}

    def kink(self, stack: Stack) -> Floats:
        """Return λ‖W‖₁ of stacked networks, (r,).

        Args:
            stack: the networks' "weights", (r, n, m).
        """
        return np.asarray(self.penalty * np.abs(stack["weights"]).sum(axis=(1, 2)))

    def shrink(self, stack: Stack, step: float) -> Stack:
        """Return the soft threshold at step × λ.

        Args:
            stack: the networks' "weights", (r, n, m).
            step: length of the step, in the time of dW/dt = −∇J.
        """
        values = stack["weights"]
        return {"weights": np.sign(values) * np.maximum(np.abs(values) - step * self.penalty, 0)}


def one_hot_objective(penalty: float) -> Objective:
    """The paper's loss: Σ_i (1 − ‖W_i‖²)² + Σ_{j≠i} ReLU(W_i·W_j)², plus λ‖W‖₁ (arXiv:2312.03096, §2).

    Args:
        penalty: λ, the coefficient of ‖W‖₁.
    """

    def smooth(weights: Floats) -> tuple[float, Floats]:
        overlap = np.maximum(weights @ weights.T, 0)
        squared = np.einsum("ii->i", overlap)
        loss = float((overlap**2).sum() - (squared**2).sum() + ((1 - squared) ** 2).sum())
        return loss, -4 * (weights - overlap @ weights)

    return Objective(smooth, _strength(penalty), "the one-hot loss")


def input_objective(inputs: Any, shares: Any = None, *, penalty: float = 0.0) -> Objective:
    """The tied autoencoder's loss on any inputs: Σ_s p_s ‖ReLU(x_s W Wᵀ) − x_s‖² + λ‖W‖₁.

    ``inputs`` (S, n): features that are present together; ``shares`` (S,): their weights p, all 1 by default.

    Args:
        inputs: (S, n), the values of features that are present together.
        shares: (S,), their weights p, all 1 by default.
        penalty: λ.
    """
    x = np.asarray(check_weights("inputs", inputs, dimensions=2), dtype=np.float64)
    p = np.ones(len(x)) if shares is None else floats("shares", shares)
    if p.shape != (len(x),) or not (np.isfinite(p).all() and (p >= 0).all()):
        raise bad_argument("shares", f"be {len(x)} weights of at least 0, one an input", f"shape {p.shape}")

    def smooth(weights: Floats) -> tuple[float, Floats]:
        output = np.maximum(x @ weights @ weights.T, 0)
        error = p[:, None] * (output - x)
        pull = 2 * error * (output > 0)
        return float((error * (output - x)).sum()), (x.T @ pull + pull.T @ x) @ weights

    return Objective(smooth, _strength(penalty), "the loss on the given inputs")


def _strength(penalty: float) -> float:
    value = float(penalty)
    if not (np.isfinite(value) and value >= 0):
        raise bad_argument("penalty", "be a finite number of at least 0", penalty)
    return value
