"""The formulas of the dense phase's passes, for numbers, arrays and registers: each is written here and nowhere else.

A formula takes what is read at a place, constants, and the ``where`` of what it is applied to: ``lanes.where`` in
compiled code (``elementwise``), NumPy's or PyTorch's for whole arrays (``elementwise_arrays``). It returns what is
written; ``compare`` and ``correct`` also what is gathered over neurons, for each feature. Additions and products stand
in one order, so that all round alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from polygenesis.kernels import compiled

Where: TypeAlias = Callable[[Any, Any, Any], Any]
Values: TypeAlias = Sequence[Any]

LENGTHWISE = 0.25
"""How much an error along a row counts."""

NOT_COUNTED = 1 - LENGTHWISE**2
"""The part of its square that does not."""

SQUARED, MISSED, ALONG, RESIDUAL = range(4)
"""What is gathered: ‖W_i‖², the squared error, Σ error × weight, and the fastest move of a live weight."""


def penalized(weight: Any, ahead: Any, drop: Any, where: Where) -> Any:
    """Where a weight ends that a constant force would bring to ``ahead``, while the penalty takes ``drop`` = h λ′ off.

    This is the exact solution of dw/dt = f − λ′ sign w after h, with h f = ahead − weight: the weight moves straight,
    stops at zero if the force is weaker than λ′, and else goes through, with the penalty on its other side.
    """
    side = where(weight != 0, weight, ahead)
    size = abs(weight)
    value = where(side >= 0, ahead, -ahead)
    end, back = value - drop, size - value - drop  # without reaching zero; h times the speed beyond it
    beyond = back + drop + drop
    inner = where(end >= 0, end, where(back > 0, -back * (beyond - size) / beyond, value - value))
    return where(side >= 0, inner, -inner)


penalized_number = compiled(inner=True)(penalized)
"""The same for single numbers in compiled code."""


def positive(reads: Values, factors: Values, where: Where) -> Values:
    """ReLU, in which NaN stays NaN."""
    (value,) = reads
    return (where(value < 0, value * 0, value),)


def times(reads: Values, factors: Values, where: Where) -> Values:
    """The product."""
    one, other = reads
    return (one * other,)


def extrapolate(reads: Values, factors: Values, where: Where) -> Values:
    """W + step · force + second · change, penalized."""
    weight, force, change = reads
    step, second, drop = factors
    return (penalized(weight, weight + step * force + second * change, drop, where),)


def first_stage(reads: Values, factors: Values, where: Where) -> Values:
    """Z₀, Z₁, and Z₁ penalized."""
    start, force = reads
    step, drop = factors
    first = start + step * force
    return start, first, penalized(start, first, drop, where)


def stage(reads: Values, factors: Values, where: Where) -> Values:
    """The next Z, μ Z + ν Z before + (1−μ−ν) Z₀ + μ̃ h F + γ̃ h F₀, and the same penalized."""
    start, force, before, now, ahead, pull = reads
    mu, nu, rest, later, early, drop = factors
    found = mu * now + nu * before + rest * start + (later * (ahead - pull) + early * force)
    return found, penalized(start, found, drop, where)


def compare(reads: Values, factors: Values, where: Where) -> tuple[Values, Values]:
    """The force where a staged step ended, and its change; the error is 0.8 (W − W′) + 0.4 h (F + F′ − 2 λ′ sign W)."""
    weight, force, ahead, pull = reads
    part, half, drop, strength = factors
    new = ahead - pull
    error = part * (weight - ahead) + half * (force + new) - where(ahead > 0, drop, -drop)
    return (new, new - force), _gathered(weight, ahead, new, error, strength, where)


def correct(reads: Values, factors: Values, where: Where) -> tuple[Values, Values]:
    """What the force at the extrapolated weights corrects them to, that force, and its change; the error is what moved.

    ``factors``: h, what multiplies the new change and the last one in the corrected step, what multiplied the last one
    in the extrapolated step, h λ′, λ′.
    """
    weight, force, change, ahead, pull = reads
    step, later, early, second, drop, strength = factors
    new = ahead - pull
    more = new - force
    found = penalized(weight, weight + step * force + later * more + early * change, drop, where)
    error = later * more + (early - second) * change
    return (found, new, more), _gathered(weight, found, new, error, strength, where)


def _gathered(start: Any, weight: Any, force: Any, error: Any, strength: Any, where: Where) -> Values:
    """A neuron's share of what is gathered; errors count where the sign was kept."""
    error = where(start * weight > 0, error, 0)
    speed = abs(force - where(weight > 0, strength, -strength))
    return weight * weight, error * error, error * weight, where(weight != 0, speed, 0)


def across(reads: Values, factors: Values, where: Where) -> Values:
    """What squared errors are but for what lies along the rows, of which a part counts; ``along`` is Σ error × weight.

    An error along a row changes its length, which returns at the rate 2 and leaves every weight's lead as it was.
    """
    missed, along, squared = reads
    (part,) = factors
    lengthwise = part * along * along / squared
    less = where(lengthwise < np.inf, missed - lengthwise, lengthwise)  # too large for a square
    return (where(squared > 0, less, missed),)
