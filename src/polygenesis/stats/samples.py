"""What the estimates accept: checked, flattened samples, with one sentence where they cannot be used."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.arguments import number as number
from polygenesis.arguments import positive as positive
from polygenesis.arguments import share as share
from polygenesis.arguments import whole as whole
from polygenesis.arrays import Floats
from polygenesis.checks import floats, plain_array
from polygenesis.errors import bad_argument


def values(name: str, sample: object, least: int = 1) -> Floats:
    """A flat array of finite numbers, at least `least` of them."""
    array = floats(name, sample, "be an array of numbers").ravel()
    if array.size < least:
        raise bad_argument(name, f"hold at least {least} values", f"shape {array.shape}")
    if not np.all(np.isfinite(array)):
        raise bad_argument(name, "be finite everywhere", sample)
    return array


def counts(name: str, sample: object, least: int = 1) -> Floats:
    """A flat array of whole numbers that are not negative, as floats."""
    array = values(name, sample, least)
    if np.any(array < 0) or np.any(array != np.round(array)):
        raise bad_argument(name, "be whole numbers that are not negative", sample)
    return array


def above_zero(name: str, sample: object, size: int) -> Floats:
    """Finite numbers above zero, one for each of `size` observations or one for all."""
    array = values(name, sample)
    if array.size not in (1, size):
        raise bad_argument(name, f"hold 1 or {size} values", f"shape {array.shape}")
    if np.any(array <= 0):
        raise bad_argument(name, "be above 0 everywhere", sample)
    return np.broadcast_to(array, (size,)).copy()


def groups(name: str, labels: object, size: int, least: int = 2) -> NDArray[np.integer[Any]]:
    """Labels of clusters as 0, 1, …, one for each of `size` observations; at least `least` clusters."""
    array = plain_array(name, labels).ravel()
    if array.size != size:
        raise bad_argument(name, f"hold {size} labels", f"shape {array.shape}")
    unique, index = np.unique(array, return_inverse=True)
    if unique.size < least:
        raise bad_argument(name, f"name at least {least} groups", labels)
    return np.asarray(index)
