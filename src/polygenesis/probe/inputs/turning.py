"""Compiled: arrays turned from samples to neurons, and half-precision numbers checked, at the speed of memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Integers
from polygenesis.kernels import compiled

TILE = 64
"""Rows and columns that are turned at once, so that reads and writes stay in a processor's cache."""

EXPONENT = 0x7C00
"""Bits of the exponent of a half-precision number: all set where it is infinite or NaN."""


def turned(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a contiguous copy of a matrix's transpose; NumPy takes ten times as long for numbers of two bytes."""
    if array.dtype.itemsize not in (2, 4, 8):
        return np.ascontiguousarray(array.T)
    whole = np.dtype(f"u{array.dtype.itemsize}")
    found = np.empty(array.shape[::-1], dtype=whole)
    _turn(np.ascontiguousarray(array).view(whole), found)
    return found.view(array.dtype)


@compiled
def _turn(array: Integers, found: Integers) -> None:
    rows, columns = array.shape
    for top in range(0, rows, TILE):
        bottom = min(top + TILE, rows)
        for left in range(0, columns, TILE):
            for j in range(left, min(left + TILE, columns)):
                for i in range(top, bottom):
                    found[j, i] = array[i, j]


@compiled
def halves_finite(bits: Integers) -> bool:
    """Whether half-precision numbers (rows, columns), given by their bits, are all finite."""
    for row in range(bits.shape[0]):
        wrong = 0
        for i in range(bits.shape[1]):
            wrong += (bits[row, i] & EXPONENT) == EXPONENT
        if wrong:
            return False
    return True


@compiled
def highest(values: np.ndarray[Any, Any], count: int) -> Integers:
    """Return the places of the highest numbers, highest first, of equal ones the first: (count,)."""
    best, at = np.empty(count), np.empty(count, np.int64)
    held = 0
    for i in range(len(values)):
        value = values[i]
        if held == count and value <= best[held - 1]:
            continue
        place = held if held < count else count - 1
        while place > 0 and best[place - 1] < value:
            if place < count:
                best[place], at[place] = best[place - 1], at[place - 1]
            place -= 1
        best[place], at[place] = value, i
        held = min(held + 1, count)
    return at
