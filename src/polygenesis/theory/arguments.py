"""What the formulas accept: each check answers with one sentence that names the argument and its value."""

from __future__ import annotations

import numbers
from typing import Literal

import numpy as np

from polygenesis.arguments import positive as positive
from polygenesis.arguments import share as share
from polygenesis.arguments import whole as whole
from polygenesis.arrays import Floats
from polygenesis.checks import floats, plain_array
from polygenesis.errors import bad_argument, unknown_name

Clock = Literal["paper", "loss"]
"""Which time and which λ a number is in: those of the paper's equation, or of the loss that is trained."""


def wholes(name: str, value: object, least: int = 1) -> Floats:
    """Whole numbers that are at least `least`, as floats, whose squares do not overflow; any shape or scalar."""
    if isinstance(value, numbers.Integral):
        return np.asarray(float(whole(name, value, least)))
    must = f"be a whole number of at least {least}, or an array of such"
    array = plain_array(name, value, must)
    if array.dtype.kind not in "iu" or array.size == 0:
        raise bad_argument(name, must, value)
    if (array < least).any():
        raise bad_argument(name, must, int(array[array < least][0]))
    return array.astype(np.float64)


def sizes(n: object, m: object) -> tuple[Floats, Floats]:
    """Numbers of features and of neurons, each one or an array, broadcast to one shape."""
    features, neurons = wholes("n", n), wholes("m", m)
    try:
        np.broadcast_shapes(features.shape, neurons.shape)
    except ValueError:
        must = f"have a shape that broadcasts with that of n, {features.shape}"
        raise bad_argument("m", must, f"shape {neurons.shape}") from None
    one, other = np.broadcast_arrays(features, neurons)
    return one, other


def moments(name: str, value: object) -> Floats:
    """Times or other finite numbers that are not negative; any shape, a scalar included."""
    array = floats(name, value, "be a number or an array of numbers")
    if not np.all(np.isfinite(array)) or np.any(array < 0):
        raise bad_argument(name, "be finite and not negative everywhere", value)
    return array


def one_of(what: str, value: object, known: tuple[str, ...]) -> str:
    """One of the known names."""
    if not isinstance(value, str) or value not in known:
        raise unknown_name(what, value, known)
    return value
