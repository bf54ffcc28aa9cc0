"""Dense labels: one column of classes, columns of 0 and 1, or concepts."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Booleans
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.inputs.sparse_labels import above
from polygenesis.probe.inputs.values import Array, check_known, is_binary, of_one_kind

LabelKind = Literal["classes", "multi-label", "continuous"]
KINDS: tuple[LabelKind, ...] = ("classes", "multi-label", "continuous")

IGNORED = -100
"""PyTorch's label of what a loss should not look at."""


def read_dense(array: Array, names: list[str], kind: LabelKind | None) -> tuple[LabelKind, Any, tuple[str, ...]]:
    """Read an array (samples,) or (samples, features); ``names`` of its columns, or none."""
    array = of_one_kind(array)
    if array.ndim == 2 and array.shape[1] == 1 and kind != "multi-label":
        array = array[:, 0]
    if array.ndim in (1, 2) and not len(array):
        raise InputError(f"Argument `labels` must have samples, but has none: its shape is {array.shape}.")
    if array.ndim not in (1, 2) or 0 in array.shape:
        raise bad_argument("labels", "have shape (samples,) or (samples, features)", f"shape {array.shape}")
    check_known(array)
    chosen = kind or _guess(array)
    read = {"classes": _classes, "multi-label": _columns, "continuous": _concepts}[chosen]
    return (chosen, *read(array, names))


def _guess(array: Array) -> LabelKind:
    if array.ndim == 1:
        if array.dtype.kind == "f":
            raise InputError(
                "Argument `labels` must be whole numbers or texts for classes, but is one column of floats; "
                "pass `labels.astype(int)`, or kind='continuous' for a concept."
            )
        return "classes"
    if array.dtype.kind not in "fiub":
        raise InputError(
            "Argument `labels` must be 0 and 1 or real numbers in its columns, but has "
            f"shape {array.shape} of text; pass a dictionary of columns, {{name: texts, ...}}, or lists of tags."
        )
    return "multi-label" if is_binary(array) else "continuous"


def _classes(array: Array, names: list[str]) -> tuple[Booleans, tuple[str, ...]]:
    if array.ndim != 1:
        raise bad_argument("labels", "be one column for classes", f"shape {array.shape}")
    if array.dtype.kind == "O":
        array = array.astype(str)
    if array.dtype.kind == "f" and (array % 1 != 0).any():
        raise bad_argument("labels", "be whole numbers for classes", float(array[array % 1 != 0][0]))
    known = np.unique(array)
    if known.dtype.kind == "i" and known[0] == IGNORED and (len(known) == 1 or known[1] >= 0):
        raise InputError(
            f"Argument `labels` must name a class for every sample, but is {IGNORED}, PyTorch's word for none, "
            f"for {int((array == IGNORED).sum())} of {len(array)}; leave those samples out."
        )
    if len(known) < 2:
        raise InputError(f"Argument `labels` must have at least two classes, but all samples are {known[0]!s}.")
    if len(known) > max(2, len(array) // 2):
        raise InputError(
            f"Argument `labels` must repeat its classes, but {len(array)} samples have {len(known)} different labels."
        )
    return np.asarray(array[:, None] == known), tuple(str(each) for each in known)


def _columns(array: Array, names: list[str]) -> tuple[Booleans, tuple[str, ...]]:
    array = array[:, None] if array.ndim == 1 else array
    if not is_binary(array):
        raise InputError("Argument `labels` must be 0 or 1 everywhere for multi-label features.")
    return array.astype(bool), named(names, array.shape[1])


def _concepts(array: Array, names: list[str]) -> tuple[Booleans, tuple[str, ...]]:
    if array.dtype.kind not in "fiub":
        raise bad_argument("labels", "be real numbers for concepts", f"shape {array.shape} of {array.dtype}")
    array = array[:, None] if array.ndim == 1 else array
    return above(array), named(names, array.shape[1])


def named(names: list[str], features: int) -> tuple[str, ...]:
    """Return the columns' names, or their numbers where not each has one."""
    return tuple(names) if len(names) == features else tuple(str(each) for each in range(features))
