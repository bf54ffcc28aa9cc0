"""Pressures other than L1: which make a race, and how strong each is at one reconstruction loss."""

from __future__ import annotations

import math
from typing import Literal

from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import Prediction

THEORY = "docs/theory.md, Regularization"

Weighted = Literal["l1", "l2", "lp", "elastic-net"]
"""Penalties of weights one by one."""


def strength_at_loss(penalty: str, loss: float, p: float = 1.0) -> Prediction:
    """The λ at which a single feature at rest has reconstruction loss R = (1 − a²)²: φ'(a) = 4a√R (loss's clock).

    `penalty`: l1, l2, lp (with power `p`), or elastic-net (λ Σ|W| + λ Σ W²). Source: docs/theory.md, Regularization 2.

    Args:
        penalty: "l1", "l2", "lp" or "elastic-net".
        loss: R, the reconstruction loss at which the feature rests, below 4/9.
        p: the power of "lp".
    """
    arguments.one_of("penalty", penalty, ("l1", "l2", "lp", "elastic-net"))
    root, power = math.sqrt(arguments.positive("loss", loss)), arguments.positive("p", p)
    if root >= 2 / 3:
        raise bad_argument("loss", "be below 4/9, where a row can still be at rest", loss)
    a = math.sqrt(1 - root)
    slope = {"l1": 1.0, "l2": 2 * a, "elastic-net": 1 + 2 * a, "lp": power * a ** (power - 1)}[penalty]
    return Prediction(4 * a * root / slope, regime="Rows with one weight each.", source=f"{THEORY} 2")


def relative_decay(p: float, weight: float, strength: float = 1.0) -> Prediction:
    """The rate −d log|w|/dt that λ|w|^p adds to a weight: λ p |w|^(p−2) (loss's clock).

    It falls with |w| for p < 2, so that larger weights gain on smaller ones. Source: docs/theory.md, Regularization 1.

    Args:
        p: the power of the penalty λ|w|^p.
        weight: |w|, above zero.
        strength: λ, the coefficient of ‖W‖₁ in the loss.
    """
    power, size = arguments.positive("p", p), arguments.positive("weight", weight)
    rate = arguments.positive("strength", strength) * power * math.pow(size, power - 2)
    return Prediction(rate, regime="Any weight but 0.", source=f"{THEORY} 1")


def dropout_loss(squared_norm: float, fourth_norm: float, rate: float) -> Prediction:
    """The expected loss of a feature's own output under dropout: (1 − s)² + ρ Σ_k w_k⁴, ρ = rate/(1 − rate).

    `squared_norm` is s = Σ_k w_k², `fourth_norm` is Σ_k w_k⁴ of the row as it is. Source: docs/theory.md,
    Regularization 5.

    Args:
        squared_norm: s = Σ_k w_k² of the row.
        fourth_norm: Σ_k w_k⁴ of the row.
        rate: the chance that a neuron is dropped, from 0 to 1.
    """
    s, f = arguments.positive("squared_norm", squared_norm), arguments.positive("fourth_norm", fourth_norm)
    r = arguments.share("rate", rate)
    return Prediction((1 - s) ** 2 + r / (1 - r) * f, regime="One-hot inputs; exact.", source=f"{THEORY} 5")
