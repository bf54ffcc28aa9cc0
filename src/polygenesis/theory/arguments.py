"""What the formulas accept: each check answers with one sentence that names the argument and its value."""

from __future__ import annotations

import math
import numbers
from typing import Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import floats, plain_array
from polygenesis.errors import bad_argument, unknown_name

Clock = Literal["paper", "loss"]
"""Which time and which λ a number is in: those of the paper's equation, or of the loss that is trained."""


def whole(name: str, value: object, least: int = 1) -> int:
    """A whole number that is at least `least`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise bad_argument(name, f"be a whole number of at least {least}", value)
    return int(value)


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


def positive(name: str, value: object) -> float:
    """A finite number above zero."""
    if not _is_finite(value) or float(value) <= 0:  # type: ignore[arg-type]
        raise bad_argument(name, "be a finite number above 0", value)
    return float(value)  # type: ignore[arg-type]


def share(name: str, value: object) -> float:
    """A number strictly between 0 and 1: a level, a probability of failure."""
    if not _is_finite(value) or not 0 < float(value) < 1:  # type: ignore[arg-type]
        raise bad_argument(name, "lie strictly between 0 and 1", value)
    return float(value)  # type: ignore[arg-type]


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


def _is_finite(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
