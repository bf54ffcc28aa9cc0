"""A penalty on activations instead of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, Literal

from polygenesis.checks import NonNegativeFloat, part
from polygenesis.penalties.base import Activations


@part
class ActivationL1:
    """L1 on activations, λ Σ_s share_s Σ_k |h_sk| over all hidden layers, with the loss's own share of each input.

    ``strength`` is λ. For one-hot features and a linear hidden layer h(e_i) is row i of the encoder, so that this is
    the L1 penalty on the encoder; it goes through the gradient, so that its zeros are not exact.
    """

    strength: NonNegativeFloat
    kind: Literal["activation-l1"] = field(default="activation-l1", kw_only=True, repr=False)
    proximal: ClassVar[bool] = False

    @property
    def breaks_rotations(self) -> bool:
        """Unless λ is 0."""
        return self.strength > 0

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return λ Σ_s share_s Σ_k |h_sk|, (r,)."""
        return self.strength * sum((activations.shares * abs(h)).sum((-2, -1)) for h in activations.layers)

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return the whole."""
        return self.value(matrices, activations)

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the weights as they are."""
        return weights
