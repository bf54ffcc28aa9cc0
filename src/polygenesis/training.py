"""Training: how weights move.

Times are in the loss's clock, t = learning rate × steps (the paper's theory uses 4t and λ/4).
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field

from polygenesis.checks import NonNegativeFloat, NonNegativeInt, PositiveFloat, part


@part
class GradientFlow:
    """Gradient flow dW/dt = −∂L/∂W, with error control, until every replicate is certified converged.

    ``tolerance``: local error of one step relative to ‖W‖. ``max_step``: longest step in the paper's
    clock; steps above 0.74 are taken in several stages, so that they stay stable. ``max_time``: give up at
    this time (loss's clock); by default long after a race of strength λ is over. ``residual``: a replicate
    is at rest when no live weight moves faster than this (paper's clock).
    """

    tolerance: PositiveFloat = 1e-3
    max_step: PositiveFloat = 50.0
    max_time: PositiveFloat | None = None
    residual: PositiveFloat = 1e-5
    kind: Literal["gradient-flow"] = field(default="gradient-flow", kw_only=True, repr=False)


@part
class GradientDescent:
    """Full-batch gradient descent W ← W − lr ∂L/∂W, as PyTorch's SGD without momentum does it."""

    lr: PositiveFloat
    steps: NonNegativeInt
    kind: Literal["gradient-descent"] = field(default="gradient-descent", kw_only=True, repr=False)


@part
class AdamW:
    """Full-batch AdamW, decoupled weight decay and bias correction, as PyTorch does it (arXiv:1711.05101)."""

    lr: PositiveFloat = 1e-3
    steps: NonNegativeInt = 7500
    weight_decay: NonNegativeFloat = 0.01
    beta1: Annotated[NonNegativeFloat, Field(lt=1)] = 0.9
    beta2: Annotated[NonNegativeFloat, Field(lt=1)] = 0.999
    epsilon: PositiveFloat = 1e-8
    kind: Literal["adamw"] = field(default="adamw", kw_only=True, repr=False)


Training = Annotated[GradientFlow | GradientDescent | AdamW, Field(discriminator="kind")]
