"""Training in steps: what each optimizer does to stacked parameters, as PyTorch's own do to one network's.

Every update acts on each number alone, so replicates that share a tensor do not meet. Penalties with a kink act
through a proximal step under :class:`SGD` (zeros are exact) and through their subgradient, sign(0) = 0, otherwise.
"""

from __future__ import annotations

import math
from typing import Any

from polygenesis.dynamics.devices import torch
from polygenesis.penalties import GeneralPenalty, L1Schedule
from polygenesis.spec import RunSpec
from polygenesis.training import SGD, Adam, AdamW, GradientDescent, rate_at

Tensors = dict[str, Any]
"""Stacked parameters, or their slopes, by name."""


def proximal(spec: RunSpec) -> bool:
    """Whether a spec's training gives its penalty's zeros exactly, by proximal steps."""
    return isinstance(spec.training, SGD) and spec.penalty.proximal


class Descent:
    """Gradient descent with momentum: v ← μv + g, W ← W − lr·v, then the penalty's proximal step."""

    def __init__(self, spec: RunSpec) -> None:
        assert isinstance(spec.training, SGD | GradientDescent)
        self.spec, self.training = spec, spec.training
        self.momentum = getattr(spec.training, "momentum", 0.0)
        self.decay = getattr(spec.training, "weight_decay", 0.0)
        self.speed: Tensors = {}

    def update(self, parameters: Tensors, slopes: Tensors, step: int) -> None:
        """Take one step in place; ``step`` counts from 0."""
        clip(self.spec, slopes)
        lr = self.training.lr * rate_at(self.training, step)
        for name, value in trained(self.spec, parameters):
            slope = slopes[name]
            if self.decay:
                slope = slope + self.decay * value
            if self.momentum:
                old = self.speed.get(name)
                slope = self.speed[name] = slope if old is None else old.mul_(self.momentum).add_(slope)
            value.sub_(slope, alpha=lr)
        if proximal(self.spec):
            shrink(self.spec, parameters, lr, step * self.training.lr)


class Adaptive:
    """Adam and AdamW with bias correction: W ← W − lr · m̂ / (√v̂ + ε)."""

    def __init__(self, spec: RunSpec) -> None:
        assert isinstance(spec.training, Adam | AdamW)
        self.spec, self.training = spec, spec.training
        self.decoupled = isinstance(spec.training, AdamW) or spec.training.decoupled
        self.first: list[Any] = []
        self.second: list[Any] = []

    def update(self, parameters: Tensors, slopes: Tensors, step: int) -> None:
        """Take one step in place; ``step`` counts from 0."""
        how = self.training
        clip(self.spec, slopes)
        lr = how.lr * rate_at(how, step)
        size = lr / (1 - how.beta1 ** (step + 1))
        correction = math.sqrt(1 - how.beta2 ** (step + 1))
        moved = trained(self.spec, parameters)
        values, pushes = [value for _, value in moved], [slopes[name] for name, _ in moved]
        if not self.first:
            self.first, self.second = ([torch().zeros_like(each) for each in values] for _ in range(2))
        library = torch()  # all parameters in one call each: the calls take longer than the sums
        if how.weight_decay and self.decoupled:
            library._foreach_mul_(values, 1 - lr * how.weight_decay)
        elif how.weight_decay:
            pushes = library._foreach_add(pushes, values, alpha=how.weight_decay)
        library._foreach_mul_(self.first, how.beta1)
        library._foreach_add_(self.first, pushes, alpha=1 - how.beta1)
        library._foreach_mul_(self.second, how.beta2)
        library._foreach_addcmul_(self.second, pushes, pushes, value=1 - how.beta2)
        spread = library._foreach_sqrt(self.second)
        library._foreach_div_(spread, correction)
        library._foreach_add_(spread, how.epsilon)
        library._foreach_addcdiv_(values, self.first, spread, value=-size)


def optimizer(spec: RunSpec) -> Descent | Adaptive:
    """Return what takes the steps of a spec."""
    return Descent(spec) if isinstance(spec.training, SGD | GradientDescent) else Adaptive(spec)


def trained(spec: RunSpec, parameters: Tensors) -> list[tuple[str, Any]]:
    """Return the parameters that training moves, with their names."""
    fixed = getattr(spec.model, "untrained", ())
    return [(name, value) for name, value in parameters.items() if name not in fixed]


CLIP_STEADY = 1e-6
"""Added to a gradient's norm before it divides, as PyTorch does."""


def clip(spec: RunSpec, slopes: Tensors) -> None:
    """Scale down, in place, each replicate's gradient whose norm over all trained parameters is above the clip."""
    most = getattr(spec.training, "clip", None)
    if most is None:
        return
    own = [slope for _, slope in trained(spec, slopes)]
    norm = sum((slope * slope).flatten(1).sum(1) for slope in own).sqrt()
    share = (most / (norm + CLIP_STEADY)).clamp(max=1.0)
    for slope in own:
        slope.mul_(share.reshape(-1, *(1,) * (slope.ndim - 1)))


def shrink(spec: RunSpec, parameters: Tensors, step: float, time: float) -> None:
    """Take the proximal step of the spec's penalty at a time (loss's clock), in place, on every weight matrix."""
    penalty = penalty_at(spec, time)
    for _, each in trained(spec, spec.model.matrices(parameters)):
        each.copy_(penalty.shrink(each, step))


def penalty_at(spec: RunSpec, time: float) -> GeneralPenalty:
    """Return the penalty at a time in the loss's clock."""
    return spec.penalty.at(time) if isinstance(spec.penalty, L1Schedule) else spec.penalty
