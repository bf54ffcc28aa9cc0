"""Values of labels: of which kind they are, and whether any is missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.checks import plain_array
from polygenesis.errors import InputError

Array = np.ndarray[Any, Any]

KNOWN_KINDS = "biufUSOmM"
"""NumPy's kinds of arrays that can hold labels; complex numbers and records cannot."""


def plain(name: str, value: Any) -> Array:
    """Return an array of NumPy's, a data frame or a tensor as a NumPy array; missing labels stay missing."""
    if hasattr(value, "combine_chunks") or hasattr(value, "dictionary_decode"):  # categories of pyarrow
        value = value.to_pylist() if str(getattr(value, "type", "")).startswith("dictionary") else value
    array = plain_array(name, value)
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind == "U" and isinstance(value, list | tuple) and any(not isinstance(v, str) for v in value):
        return np.asarray(value, dtype=object)  # NumPy would write a missing label as the text "nan"
    return array


def of_one_kind(array: Array) -> Array:
    """Return labels of one kind: objects that are all numbers as numbers, those that are all texts as they are."""
    if array.dtype.kind not in KNOWN_KINDS:
        raise InputError(f"Argument `labels` must be numbers, texts or truth values, but is an array of {array.dtype}.")
    if array.dtype.kind != "O":
        return array
    kinds = {_kind(each) for each in array.flat if not is_missing(each)}
    if other := sorted(kinds - {"text", "number"}):
        raise InputError(f"Argument `labels` must be numbers, texts or truth values, but has one of type {other[0]}.")
    if len(kinds) > 1:
        raise InputError("Argument `labels` must be all texts or all numbers, but has both.")
    if kinds != {"number"} or any(map(is_missing, array.flat)):
        return array
    numbers = np.array(array.tolist())
    return numbers if numbers.dtype.kind in "biuf" and numbers.shape == array.shape else array


def _kind(label: object) -> str:
    """Name what a label is, for this module."""
    if isinstance(label, str | bytes):
        return "text"
    if isinstance(label, bool | int | float | np.bool_ | np.integer | np.floating):
        return "number"
    return type(label).__name__


def check_known(array: Array, column: str = "") -> None:
    """Refuse a missing label, and say where the first one is; ``column``: the name of the only one."""
    if array.dtype.kind == "f":
        missing = ~np.isfinite(array)
    elif array.dtype.kind == "O":
        missing = np.fromiter(map(is_missing, array.flat), dtype=bool, count=array.size).reshape(array.shape)
    elif array.dtype.kind in "mM":
        missing = np.isnat(array)
    else:
        return
    if missing.any():
        first = tuple(int(i) for i in np.argwhere(missing)[0])
        feature = repr(column) if column else str(first[1]) if len(first) > 1 else ""
        raise missing_label(array[first], first[0], feature, number=array.dtype.kind == "f")


def missing_label(value: object, sample: int, feature: str = "", *, number: bool = False) -> InputError:
    """Say that a label is missing, and where."""
    where = f"sample {sample}" + (f", feature {feature}" if feature else "")
    must = "finite" if number else "known for every sample"
    return InputError(f"Argument `labels` must be {must}, but is {value} for {where}.")


def is_missing(label: object) -> bool:
    """Whether a label is None, NaN, or NA or NaT of pandas, which need not be there."""
    if label is None or type(label).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(label, float | np.floating) and not np.isfinite(label)


def is_binary(array: Array) -> bool:
    """Whether all is 0 or 1; NumPy's isin would take ten times the memory of a large array of whole numbers."""
    return array.dtype.kind == "b" or (
        array.dtype.kind in "iuf" and array.size > 0 and bool(((array == 0) | (array == 1)).all())
    )
