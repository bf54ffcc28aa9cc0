"""Training: how weights move.

Times are in the loss's clock, t = learning rate × steps (the paper's theory uses 4t and λ/4).
"""

from __future__ import annotations

import math
from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from polygenesis.checks import NonNegativeFloat, NonNegativeInt, PositiveFloat, part
from polygenesis.errors import bad_argument


@part
class GradientFlow:
    """Gradient flow dW/dt = −∂L/∂W, with error control, until every replicate is certified converged.

    ``tolerance``: the local error of a step, relative to ‖W‖, by which its length is chosen; the documentation's
    page "Engines" has the share of it that is allotted to each kind of step. ``max_step``: longest step in the paper's
    clock; long steps are taken in several stages, so that they stay stable. ``max_time``: give up at this time (loss's
    clock); by default long after a race of strength λ is over. ``residual``: a replicate
    is at rest when no live weight moves faster than this (paper's clock).
    """

    tolerance: PositiveFloat = 1e-3
    max_step: PositiveFloat = 50.0
    max_time: PositiveFloat | None = None
    residual: PositiveFloat = 1e-5
    kind: Literal["gradient-flow"] = field(default="gradient-flow", kw_only=True, repr=False)


@part
class GradientDescent:
    """Full-batch gradient descent W ← W − lr ∂L/∂W, the same steps as PyTorch's SGD without momentum."""

    lr: PositiveFloat
    steps: NonNegativeInt
    kind: Literal["gradient-descent"] = field(default="gradient-descent", kw_only=True, repr=False)


@part
class AdamW:
    """Full-batch AdamW with decoupled weight decay and bias correction, the same steps as PyTorch (arXiv:1711.05101).

    ``lr``: learning rate. ``weight_decay``: of all parameters, biases too, as PyTorch's default has it. ``beta1``:
    decay rate of the mean gradient. ``beta2``: decay rate of the mean squared gradient. ``epsilon``: number added to
    the root of the mean squared gradient.
    """

    lr: PositiveFloat = 1e-3
    steps: NonNegativeInt = 7500
    weight_decay: NonNegativeFloat = 0.01
    beta1: Annotated[NonNegativeFloat, Field(lt=1)] = 0.9
    beta2: Annotated[NonNegativeFloat, Field(lt=1)] = 0.999
    epsilon: PositiveFloat = 1e-8
    kind: Literal["adamw"] = field(default="adamw", kw_only=True, repr=False)


Schedule = Literal["constant", "linear", "cosine"]
"""How the learning rate falls from ``lr``: not at all, along a line to 0, or along half a cosine to 0."""


def rate(schedule: Schedule, done: float) -> float:
    """Return the learning rate as a share of ``lr``, after a share ``done`` of the steps."""
    if schedule == "cosine":
        return 0.5 + 0.5 * math.cos(math.pi * done)
    return 1 - done if schedule == "linear" else 1.0


def rate_at(training: Any, step: int) -> float:
    """Return the learning rate of a step, counted from 0, as a share of ``lr``.

    It rises along a line to the whole over the warm-up, then follows the schedule over the other steps.
    """
    warmup = int(getattr(training, "warmup", 0))
    if step < warmup:
        return (step + 1) / warmup
    return rate(getattr(training, "schedule", "constant"), (step - warmup) / max(1, training.steps - warmup))


def _check_warmup(warmup: int, steps: int) -> None:
    if warmup > steps:
        raise bad_argument("training.warmup", f"be at most training.steps = {steps}", warmup)


@part
class SGD:
    """Stochastic gradient descent with momentum, as PyTorch does it; L1-like penalties take proximal steps.

    ``batch_size``: inputs a step; 0 is all of them, where they can be enumerated or are a data set. ``weight_decay``:
    of all parameters, biases too, coupled to the gradient. ``schedule``: how the learning rate falls. ``warmup``: steps
    over which it rises along a line to ``lr`` first. ``clip``: largest norm of a replicate's gradient over all trained
    parameters; a longer one is scaled down, as ``torch.nn.utils.clip_grad_norm_`` does it. A penalty with a kink acts
    after each step, as a soft threshold at lr × λ, so that its zeros are exact.
    """

    lr: PositiveFloat
    steps: NonNegativeInt
    momentum: Annotated[NonNegativeFloat, Field(lt=1)] = 0.0
    weight_decay: NonNegativeFloat = 0.0
    batch_size: NonNegativeInt = 0
    schedule: Schedule = "constant"
    warmup: NonNegativeInt = 0
    clip: PositiveFloat | None = None
    kind: Literal["sgd"] = field(default="sgd", kw_only=True, repr=False)
    added: ClassVar[tuple[str, ...]] = ("warmup", "clip")

    def __post_init__(self) -> None:
        """Refuse a warm-up that is longer than training."""
        _check_warmup(self.warmup, self.steps)


@part
class Adam:
    """Adam, or AdamW where weight decay is ``decoupled``, as PyTorch does it (arXiv:1412.6980, arXiv:1711.05101).

    ``batch_size``: inputs a step; 0 is all of them, where they can be enumerated or are a data set. ``weight_decay``:
    of all parameters, biases too. ``schedule``: how the learning rate falls. ``warmup``: steps over which it rises on a
    line to ``lr`` first. ``clip``: largest norm of a replicate's gradient over all trained parameters; a longer one is
    scaled down, as ``torch.nn.utils.clip_grad_norm_`` does it. ``beta1``: decay rate of the mean gradient. ``beta2``:
    decay rate of the mean squared gradient. ``epsilon``: number added to the root of the mean squared gradient.
    Penalties act through the gradient: zeros are not exact.
    """

    lr: PositiveFloat = 1e-3
    steps: NonNegativeInt = 5000
    beta1: Annotated[NonNegativeFloat, Field(lt=1)] = 0.9
    beta2: Annotated[NonNegativeFloat, Field(lt=1)] = 0.999
    epsilon: PositiveFloat = 1e-8
    weight_decay: NonNegativeFloat = 0.0
    decoupled: bool = True
    batch_size: NonNegativeInt = 0
    schedule: Schedule = "constant"
    warmup: NonNegativeInt = 0
    clip: PositiveFloat | None = None
    kind: Literal["adam"] = field(default="adam", kw_only=True, repr=False)
    added: ClassVar[tuple[str, ...]] = ("warmup", "clip")

    def __post_init__(self) -> None:
        """Refuse a warm-up that is longer than training."""
        _check_warmup(self.warmup, self.steps)


Training = Annotated[GradientFlow | GradientDescent | AdamW | SGD | Adam, Field(discriminator="kind")]
