"""Biases at rest (docs/theory.md, Signs 2)."""

from __future__ import annotations

from polygenesis.theory import arguments
from polygenesis.theory.prediction import Prediction


def bias_at_rest(n: int, penalty: float) -> Prediction:
    """Return the output bias at rest of a feature that is alone on its neuron: λ/4(n − 1), λ of the loss.

    The bias c adds to its own output, which lacks λ/4w of 1 at rest, and lights the output a little for the n − 1 other
    inputs (eq. bias-at-rest, to first order in λ). Raises InputError for n < 2.

    Args:
        n: number of features.
        penalty: λ, the coefficient of ‖W‖₁ in the loss.
    """
    arguments.whole("n", n, 2)
    return Prediction(
        arguments.positive("penalty", penalty) / (4 * (n - 1)),
        regime="Tied weights, one-hot features, no overlap with another feature, λ small beside 1.",
        source="theory.md, eq. bias-at-rest",
    )
