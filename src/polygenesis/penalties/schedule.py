"""An L1 penalty that changes while the network trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, Literal

from polygenesis.checks import NonNegativeFloat, PositiveFloat, part
from polygenesis.penalties.base import Activations, magnitude, shrunk
from polygenesis.penalties.l1 import L1


@part
class L1Schedule:
    """The L1 penalty λ(t) Σ|W_ik| with λ changing linearly from ``first`` to ``last`` until ``duration``.

    ``first``: λ at the start. ``last``: λ from ``duration`` on, which is what a run is judged by. ``duration``: in the
    loss's clock, learning rate × steps.
    """

    first: NonNegativeFloat
    last: NonNegativeFloat
    duration: PositiveFloat
    kind: Literal["l1-schedule"] = field(default="l1-schedule", kw_only=True, repr=False)
    proximal: ClassVar[bool] = True

    @property
    def strength(self) -> float:
        """λ at the end."""
        return self.last

    @property
    def breaks_rotations(self) -> bool:
        """Unless λ is always 0."""
        return max(self.first, self.last) > 0

    def strength_at(self, time: Any) -> Any:
        """Return λ at one time or several.

        Args:
            time: in the loss's clock, at least 0: a number, or an array of any shape.
        """
        done = (time / self.duration).clip(0, 1) if hasattr(time, "clip") else min(time / self.duration, 1.0)
        return self.first + (self.last - self.first) * done

    def at(self, time: float) -> L1:
        """Return the penalty at a time.

        Args:
            time: in the loss's clock, at least 0.
        """
        return L1(self.strength_at(float(time)))

    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return λ Σ|W| with the last λ, (r,)."""
        return self.last * magnitude(matrices)

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return 0: all of it is kink."""
        return 0.0

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the soft threshold at step × the last λ."""
        return shrunk(weights, step * self.last)
