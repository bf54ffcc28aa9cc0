"""Penalties without a race: L2, and its mixture with L1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, Literal

from polygenesis.checks import NonNegativeFloat, part
from polygenesis.penalties.base import Activations, magnitude, shrunk, squares


@part
class L2:
    """The L2 penalty λ Σ W_ik²: it is invariant under rotation, so it makes no race.

    ``strength``: λ, in the loss.
    """

    strength: NonNegativeFloat
    kind: Literal["l2"] = field(default="l2", kw_only=True, repr=False)
    proximal: ClassVar[bool] = False
    breaks_rotations: ClassVar[bool] = False

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return λ Σ W² over all weight matrices, (r,)."""
        return self.strength * squares(matrices)

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return the whole."""
        return self.value(matrices, activations)

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the weights as they are."""
        return weights


@part
class ElasticNet:
    """The elastic net λ Σ|W_ik| + μ Σ W_ik² (Zou and Hastie 2005); ``strength`` is λ, ``square`` is μ."""

    strength: NonNegativeFloat
    square: NonNegativeFloat
    kind: Literal["elastic-net"] = field(default="elastic-net", kw_only=True, repr=False)
    proximal: ClassVar[bool] = True

    @property
    def breaks_rotations(self) -> bool:
        """Unless λ is 0."""
        return self.strength > 0

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return λ Σ|W| + μ Σ W² over all weight matrices, (r,)."""
        return self.strength * magnitude(matrices) + self.square * squares(matrices)

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return μ Σ W²."""
        return self.square * squares(matrices)

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the soft threshold at step × λ."""
        return shrunk(weights, step * self.strength)
