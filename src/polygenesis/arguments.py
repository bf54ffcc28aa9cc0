"""Single numbers that a caller passes: each check returns the number, or says in one sentence what it must be.

Values of any numeric type are numbers, those of NumPy too; truth values are not. Wrong ones raise
:class:`polygenesis.InputError`. Fields of a spec, which may also be texts, are read by ``checks``.
"""

from __future__ import annotations

import math
import numbers

from polygenesis.errors import bad_argument


def whole(name: str, value: object, least: int = 1, most: int | None = None) -> int:
    """A whole number from `least` to `most`, if there is a most.

    >>> whole("places", 3, least=0, most=9)
    3
    """
    found = int(value) if isinstance(value, numbers.Integral) and not isinstance(value, bool) else None
    if found is None or found < least or (most is not None and found > most):
        limits = f"of at least {least:,}" if most is None else f"from {least:,} to {most:,}"
        raise bad_argument(name, f"be a whole number {limits}", value)
    return found


def number(name: str, value: object) -> float:
    """A finite number."""
    if not is_finite(value):
        raise bad_argument(name, "be a finite number", value)
    return float(value)  # type: ignore[arg-type]


def positive(name: str, value: object) -> float:
    """A finite number above zero."""
    if not is_finite(value) or float(value) <= 0:  # type: ignore[arg-type]
        raise bad_argument(name, "be a finite number above 0", value)
    return float(value)  # type: ignore[arg-type]


def not_negative(name: str, value: object) -> float:
    """A finite number that is zero or above."""
    if not is_finite(value) or float(value) < 0:  # type: ignore[arg-type]
        raise bad_argument(name, "be a finite number of at least 0", value)
    return float(value)  # type: ignore[arg-type]


def share(name: str, value: object) -> float:
    """A number strictly between 0 and 1: a level, a probability of failure."""
    if not is_finite(value) or not 0 < float(value) < 1:  # type: ignore[arg-type]
        raise bad_argument(name, "lie strictly between 0 and 1", value)
    return float(value)  # type: ignore[arg-type]


def is_finite(value: object) -> bool:
    """Whether a value is a finite number.

    >>> is_finite(2), is_finite(True), is_finite(float("nan")), is_finite("2")
    (True, False, False, False)
    """
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
