"""Nested columns: vectors kept as one list a sample, as Parquet files and data frames do, turned into an array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from polygenesis.checks import plain_array
from polygenesis.errors import InputError, shortened
from polygenesis.probe.inputs.columns import is_table, named_columns

LISTS = (list, tuple, np.ndarray)


def unnested(name: str, value: Any, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return objects that are numbers, or one column of equally long lists of them, as an array of numbers.

    ``array``: what NumPy makes of ``value``, the argument ``name``. Raises :class:`polygenesis.InputError` for texts
    and for lists of several lengths, and names the column of a table that holds them.
    """
    if not is_table(value) or isinstance(value, Mapping):
        return _numbers(name, array, "")
    columns = [(str(each), plain_array(name, held)) for each, held in named_columns(value)]
    if len(columns) == 1:
        return _numbers(name, columns[0][1], f"column {shortened(columns[0][0])}")
    for column, held in columns:
        if held.dtype.kind not in "OUS" and held.ndim == 1:
            continue
        if held.ndim > 1 or (held.dtype.kind == "O" and held.size and isinstance(held[0], LISTS)):
            raise InputError(
                f"Argument `{name}` must be numbers or one column of lists, but column {shortened(column)} of lists "
                f"stands beside others; pass that column, table[{column!r}] or FILE:{column}."
            )
        _numbers(name, held, f"column {shortened(column)}")
    return np.column_stack([np.asarray(held, dtype=np.float64) for _, held in columns])


def _numbers(name: str, array: np.ndarray[Any, Any], where: str) -> np.ndarray[Any, Any]:
    """Objects as numbers: themselves, or lists of one length."""
    said = f"{where} holds" if where else "holds"
    if array.dtype.kind in "US":
        raise InputError(f"Argument `{name}` must be real numbers, but {said} texts, such as {_first(array)}.")
    if not array.ndim:
        raise InputError(f"Argument `{name}` must be real numbers, but is {shortened(array.item(), 40)}.")
    flat = array.ravel()
    lengths = {len(each) for each in flat if isinstance(each, LISTS)}
    if len(lengths) > 1:
        raise InputError(
            f"Argument `{name}` must have as many numbers for every sample, but {said} lists of {min(lengths)} to "
            f"{max(lengths)}."
        )
    try:
        found = np.asarray(np.stack(list(flat)) if lengths else array, dtype=np.float64)
    except (TypeError, ValueError):
        wrong = next((each for each in flat if not isinstance(each, (int, float, np.number))), None)
        kind = "lists of lists" if lengths else f"values of type {type(wrong).__name__}, such as {shortened(wrong, 40)}"
        raise InputError(f"Argument `{name}` must be real numbers, but {said} {kind}.") from None
    return found


def _first(array: np.ndarray[Any, Any]) -> str:
    return shortened(str(array.ravel()[0]), 40) if array.size else "none"
