"""Arrays and numbers as a record holds them: the same bits back, in as few bytes as that takes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Integers, Weights

Arrays = dict[str, np.ndarray[Any, Any]]
"""Packed arrays by name; a sparse one is two, ``name.indices`` and ``name.values``."""


def pack_array(name: str, array: np.ndarray[Any, Any]) -> Arrays:
    """Keep an array as it is, or as flat indices and values of what is not +0.0 where that takes fewer bytes."""
    array = np.ascontiguousarray(array)
    flat = array.reshape(-1)
    if array.dtype.kind == "f" and array.size:
        indices: Integers = np.flatnonzero(flat.view(f"u{array.dtype.itemsize}"))
        width = np.int32 if array.size < 2**31 else np.int64
        if len(indices) * (np.dtype(width).itemsize + array.dtype.itemsize) < array.nbytes:
            return {f"{name}.indices": indices.astype(width), f"{name}.values": flat[indices]}
    return {name: array}


def unpack_array(name: str, shape: Sequence[int], arrays: Arrays) -> np.ndarray[Any, Any]:
    """Undo :func:`pack_array`: the same bits in the same shape."""
    if name in arrays:
        return arrays[name].reshape(tuple(shape))
    values = arrays[f"{name}.values"]
    flat = np.zeros(math.prod(shape), dtype=values.dtype)
    flat[arrays[f"{name}.indices"]] = values
    return flat.reshape(tuple(shape))


def start_bits(start: Weights | Arrays) -> str:
    """What stands for all bits of given initial weights, or of parameters by name, in a key."""
    if isinstance(start, dict):
        return "/".join(f"{name}:{digest(values)}" for name, values in sorted(start.items()))
    return digest(start)


def digest(array: np.ndarray[Any, Any]) -> str:
    """SHA-256 of an array's type, shape and bytes."""
    found = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    found.update(np.ascontiguousarray(array).data if array.size else b"")
    return found.hexdigest()


def same_bits(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays are equal in type, shape and every bit (NaN equals itself, −0.0 is not 0.0)."""
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def numbers(values: Floats | Integers) -> list[Any]:
    """Numbers as JSON can hold them; what is not finite becomes the text that :class:`float` reads."""
    return [value if math.isfinite(value) else str(value) for value in np.asarray(values).tolist()]


def vector(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Undo :func:`numbers`: int64 where all are whole numbers by type, float64 otherwise."""
    if values and all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array([float(value) for value in values], dtype=np.float64)
