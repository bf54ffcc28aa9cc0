"""What the formulas accept: each check answers with one sentence that names the argument and its value."""

from __future__ import annotations

import math
import numbers
from typing import Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import real_array
from polygenesis.errors import bad_argument, unknown_name

Clock = Literal["paper", "loss"]
"""Which time and which λ a number is in: those of the paper's equation, or of the loss that is trained."""


def whole(name: str, value: object, least: int = 1) -> int:
    """A whole number that is at least `least`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise bad_argument(name, f"be a whole number of at least {least}", value)
    return int(value)


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
    try:
        array = real_array(name, value)
    except (TypeError, ValueError):
        raise bad_argument(name, "be a number or an array of numbers", value) from None
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
