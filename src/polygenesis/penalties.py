"""Penalties: the pressure on the weights."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field

from polygenesis.checks import NonNegativeFloat, part


@part
class L1:
    """The L1 penalty λ Σ|W_ik|; ``strength`` is λ in the loss (the paper's clock sees λ/4)."""

    strength: NonNegativeFloat
    kind: Literal["l1"] = field(default="l1", kw_only=True, repr=False)


@part
class NoPenalty:
    """No penalty at all."""

    kind: Literal["none"] = field(default="none", kw_only=True, repr=False)

    @property
    def strength(self) -> float:
        """λ = 0."""
        return 0.0


Penalty = Annotated[L1 | NoPenalty, Field(discriminator="kind")]
