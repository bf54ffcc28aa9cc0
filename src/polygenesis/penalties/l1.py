"""The L1 penalty, which makes a race; and none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, Literal

from polygenesis.checks import NonNegativeFloat, part
from polygenesis.penalties.base import Activations, magnitude, shrunk


@part
class L1:
    """The L1 penalty λ Σ|W_ik|; ``strength`` is λ in the loss (the paper's clock sees λ/4)."""

    strength: NonNegativeFloat
    kind: Literal["l1"] = field(default="l1", kw_only=True, repr=False)
    proximal: ClassVar[bool] = True

    @property
    def breaks_rotations(self) -> bool:
        """Unless λ is 0."""
        return self.strength > 0

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return λ Σ|W| over all weight matrices, (r,)."""
        return self.strength * magnitude(matrices)

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return 0: all of it is kink."""
        return 0.0

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the soft threshold at step × λ."""
        return shrunk(weights, step * self.strength)


@part
class NoPenalty:
    """No penalty at all."""

    kind: Literal["none"] = field(default="none", kw_only=True, repr=False)
    breaks_rotations: ClassVar[bool] = False
    proximal: ClassVar[bool] = False

    @property
    def strength(self) -> float:
        """λ = 0."""
        return 0.0

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return 0."""
        return 0.0

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return 0."""
        return 0.0

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the weights as they are."""
        return weights
