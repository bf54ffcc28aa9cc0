"""The group lasso: whole neurons, or whole features, are switched off together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, Literal

from polygenesis.checks import NonNegativeFloat, part
from polygenesis.penalties.base import Activations

TINY = 1e-12
"""Added to squared norms, so that the slope of a norm at 0 is 0 and not undefined."""


@part
class GroupLasso:
    """The group lasso λ Σ_g ‖W_g‖₂ (Yuan and Lin 2006), whose groups are the neurons of each matrix or its features.

    ``strength`` is λ. ``groups``: "neurons" (columns: a neuron is empty or not, and prefers to be shared) or "features"
    (rows: no coordinate is special to it). Zeros of whole groups are exact under proximal training.
    """

    strength: NonNegativeFloat
    groups: Literal["neurons", "features"] = "neurons"
    kind: Literal["group-lasso"] = field(default="group-lasso", kw_only=True, repr=False)
    proximal: ClassVar[bool] = True

    @property
    def breaks_rotations(self) -> bool:
        """Only groups of neurons do."""
        return self.strength > 0 and self.groups == "neurons"

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return λ Σ_g ‖W_g‖ over all weight matrices, (r,)."""
        return self.strength * sum(self._norms(each).sum((-2, -1)) for each in matrices.values())

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return 0: all of it is kink."""
        return 0.0

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the block soft threshold: each group's norm falls by step × λ, to 0 at least."""
        norms = self._norms(weights)
        return weights * (1 - step * self.strength / norms).clip(0, None)

    def _norms(self, weights: Any) -> Any:
        axis = -2 if self.groups == "neurons" else -1
        squares = (weights * weights).sum(axis)
        return ((squares[..., None, :] if axis == -2 else squares[..., None]) + TINY) ** 0.5
