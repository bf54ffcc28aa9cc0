"""The passes of ``elementwise`` for tensors of PyTorch, wherever they live; each writes into what it is given."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.devices import torch
from polygenesis.dynamics.flow.elementwise import LENGTHWISE


def penalized(weights: Any, ahead: Any, drop: float) -> Any:
    """Return where weights end that a constant force would bring to ``ahead``: see ``elementwise.penalized``."""
    where = torch().where
    negative = where(weights != 0, weights, ahead) < 0
    value, size = where(negative, -ahead, ahead), weights.abs()
    end, back = value - drop, size - value - drop
    beyond = back + 2 * drop
    stopped = where(back > 0, -back * (beyond - size) / beyond, value - value)
    inner = where(end >= 0, end, stopped)
    return where(negative, -inner, inner)


def count(weights: Any) -> int:
    """Count the weights that are not zero."""
    return int((weights != 0).sum())


def extrapolate(weights: Any, force: Any, change: Any, ahead: Any, step: float, second: float, drop: float) -> None:
    """Write W + step · force + second · change, penalized, into ``ahead``."""
    ahead.copy_(penalized(weights, weights + float(step) * force + float(second) * change, float(drop)))


def first_stage(start: Any, force: Any, before: Any, now: Any, ahead: Any, step: float, drop: float) -> None:
    """Begin a staged step: Z₀ into ``before``, Z₁ into ``now``, and Z₁ penalized into ``ahead``."""
    before.copy_(start)
    now.copy_(start + float(step) * force)
    ahead.copy_(penalized(start, now, float(drop)))


def stage(
    start: Any, force: Any, before: Any, now: Any, ahead: Any, pull: Any, coefficients: Floats, drop: float
) -> None:
    """Replace Z before the last by the next, and penalize it: see ``elementwise.stage``."""
    mu, nu, rest, later, early = (float(each) for each in coefficients)
    before.copy_(mu * now + nu * before + rest * start + (later * (ahead - pull) + early * force))
    ahead.copy_(penalized(start, before, float(drop)))


def compare(
    weights: Any, force: Any, ahead: Any, pull: Any, new_force: Any, change: Any, factors: Floats, *_: int
) -> tuple[Floats, Floats, Floats]:
    """Write the force at ``ahead``, where a staged step ended, and its change; return three sums for each feature."""
    part, half, drop, strength = (float(each) for each in factors)
    new_force.copy_(ahead - pull)
    change.copy_(new_force - force)
    return _sums(weights, ahead, new_force, part * (weights - ahead) + half * (force + new_force), drop, strength)


def correct(
    weights: Any,
    force: Any,
    change: Any,
    ahead: Any,
    pull: Any,
    new_force: Any,
    new_change: Any,
    factors: Floats,
    *_: int,
) -> tuple[Floats, Floats, Floats]:
    """Replace ``ahead``, which was extrapolated, by what the force there corrects it to; return sums as ``compare``."""
    step, later, early, second, drop, strength = (float(each) for each in factors)
    new_force.copy_(ahead - pull)
    new_change.copy_(new_force - force)
    ahead.copy_(penalized(weights, weights + step * force + later * new_change + early * change, drop))
    return _sums(weights, ahead, new_force, later * new_change + (early - second) * change, 0.0, strength)


def _sums(
    weights: Any, ahead: Any, force: Any, lag: Any, drop: float, strength: float
) -> tuple[Floats, Floats, Floats]:
    """Return squared errors on weights that kept their sign, ‖W_i‖² and the fastest move of a live weight."""
    sign = torch().where(ahead > 0, 1.0, -1.0).to(ahead.dtype)
    lag = torch().where(weights * ahead > 0, lag - drop * sign, 0.0)
    squared, along = (ahead * ahead).sum(dim=0), (lag * ahead).sum(dim=0)
    lengthwise = torch().where(squared > 0, (1 - LENGTHWISE**2) * along * along / squared, 0.0)
    missed = torch().where(lengthwise < np.inf, (lag * lag).sum(dim=0) - lengthwise, lengthwise)
    residual = ((force - strength * sign).abs() * (ahead != 0)).amax(dim=0)
    found: Floats = torch().stack([missed, squared, residual]).cpu().numpy()
    return tuple(np.maximum(each, 0) for each in found)  # a NaN comes through
