"""The Lp penalty: between a race (p ≤ 1) and none (p = 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from polygenesis.checks import NonNegativeFloat, PositiveFloat, part
from polygenesis.penalties.base import Activations, total

SMOOTHING = 1e-2
"""Weights below this hardly feel the penalty: for p < 1 the slope at 0 would be infinite, and λpε^(p−2) is how stiff a
flow gets."""


@part
class Lp:
    """The penalty λ Σ (W_ik² + ε²)^(p/2), smoothed at ε = 0.01: |W|^p; zeros are not exact.

    ``strength`` is λ; ``p`` the power: below 2 it favours few large weights, above 2 many small ones.
    """

    strength: NonNegativeFloat
    p: Annotated[PositiveFloat, Field(le=8)]
    kind: Literal["lp"] = field(default="lp", kw_only=True, repr=False)
    proximal: ClassVar[bool] = False

    @property
    def breaks_rotations(self) -> bool:
        """Unless p is 2 or λ is 0."""
        return self.p != 2 and self.strength > 0

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return λ Σ (W² + ε²)^(p/2) over all weight matrices, (r,)."""
        return self.strength * total(matrices, lambda w: (w * w + SMOOTHING**2) ** (self.p / 2))

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return the whole."""
        return self.value(matrices, activations)

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the weights as they are."""
        return weights
