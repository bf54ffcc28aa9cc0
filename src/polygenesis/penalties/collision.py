"""A penalty on sharing: what two features on one neuron cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, Literal

from polygenesis.checks import NonNegativeFloat, part
from polygenesis.penalties.base import Activations, magnitude, shrunk


@part
class CollisionPenalty:
    """L1 with a penalty on sharing: λ Σ|W_ik| + κ Σ_k Σ_{i<j} |W_ik| |W_jk|, over the columns of each matrix.

    ``strength`` is λ; ``sharing`` is κ. A second feature of size w on a neuron that holds a feature of size 1 pays κw
    more than on an empty one, whatever its sign: for it the L1 penalty there is λ + κ.
    """

    strength: NonNegativeFloat
    sharing: NonNegativeFloat
    kind: Literal["collision"] = field(default="collision", kw_only=True, repr=False)
    proximal: ClassVar[bool] = True

    @property
    def breaks_rotations(self) -> bool:
        """Unless both strengths are 0."""
        return self.strength > 0 or self.sharing > 0

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return λ Σ|W| + κ Σ_k [(Σ_i |W_ik|)² − Σ_i W_ik²] / 2, (r,)."""
        shared = sum(_shared(each) for each in matrices.values())
        return self.strength * magnitude(matrices) + self.sharing * shared

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return 0: all of it is kink."""
        return 0.0

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the soft threshold at step × (λ + κ Σ_{j≠i} |W_jk|): each weight's own slope of the penalty."""
        sizes = abs(weights)
        others = sizes.sum(-2)[..., None, :] - sizes
        return shrunk(weights, step * (self.strength + self.sharing * others))


def _shared(weights: Any) -> Any:
    columns = abs(weights).sum(-2)
    return ((columns * columns) - (weights * weights).sum(-2)).sum(-1) / 2
