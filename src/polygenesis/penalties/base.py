"""What every penalty says of itself, in operators that NumPy and PyTorch share.

A penalty sees the weight matrices of a model, each (r, features, neurons), and the activations of its hidden layers.
``value`` is the whole penalty, one number a replicate (r,). Where ``proximal`` is true, ``shrink`` is the proximal map
of its kink (exact zeros) and ``smooth`` is the rest; otherwise ``smooth`` is the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol


class Activations(NamedTuple):
    """Hidden layers, each (r, b, m), and the share (b,) of each input in the loss, or one number for all."""

    layers: tuple[Any, ...]
    shares: Any


class GeneralPenalty(Protocol):
    """What a penalty must have to be used by the general engine."""

    @property
    def kind(self) -> str:
        """Its name in spec files."""

    @property
    def strength(self) -> float:
        """λ, of the part that makes a race."""

    @property
    def proximal(self) -> bool:
        """Whether it has a kink that a proximal step handles exactly."""

    @property
    def breaks_rotations(self) -> bool:
        """Whether it singles out neurons among the directions of the hidden space."""

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return the whole penalty, (r,)."""

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return the part that `shrink` leaves, (r,)."""

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the proximal map of step × the kink."""


def total(matrices: Mapping[str, Any], measure: Any) -> Any:
    """Sum a measure of each matrix, (r, features, neurons), over all its entries and over the matrices, (r,)."""
    return sum(measure(each).sum((-2, -1)) for each in matrices.values())


def magnitude(matrices: Mapping[str, Any]) -> Any:
    """Return Σ|W|, (r,)."""
    return total(matrices, abs)


def squares(matrices: Mapping[str, Any]) -> Any:
    """Return Σ W², (r,)."""
    return total(matrices, lambda w: w * w)


def shrunk(weights: Any, by: Any) -> Any:
    """Return the soft threshold of weights, with exact zeros."""
    return weights - weights.clip(-by, by)
