"""Labels: which features are present in which sample, from classes, 0/1 columns or continuous concepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from polygenesis.arrays import Booleans
from polygenesis.checks import unmasked
from polygenesis.errors import InputError, bad_argument, unknown_name

LabelKind = Literal["classes", "multi-label", "continuous"]
KINDS: tuple[LabelKind, ...] = ("classes", "multi-label", "continuous")


@dataclass(frozen=True, eq=False)
class Labels:
    """Which features are present in which sample: ``present`` (samples, features), ``names``, and their kind.

    A continuous concept counts as present above its median, so that every feature is present or absent.
    """

    kind: LabelKind
    present: Booleans
    names: tuple[str, ...]

    def __repr__(self) -> str:
        samples, features = self.present.shape
        return f"Labels({self.kind}: {samples} samples, {features} features)"


def read_labels(labels: Any, kind: LabelKind | None = None) -> Labels:
    """Read labels: (samples,) classes, (samples, features) of 0 and 1, or (samples[, features]) concepts.

    Without ``kind``: whole numbers, texts and truth values in one column are classes, columns of 0 and 1 are
    multi-label, other real columns are continuous. One column of floats could be either and is refused until
    ``kind`` says which. Raises :class:`polygenesis.InputError` for a label that is missing (NaN, None, NA), for a
    single class, and for a feature that is present everywhere or nowhere.
    """
    if isinstance(labels, Labels):
        return labels
    if kind is not None and kind not in KINDS:
        raise unknown_name("kind of labels", kind, KINDS)
    names = [str(each) for each in getattr(labels, "columns", ())]
    if isinstance(labels, list | tuple) and any(isinstance(each, tuple) for each in labels):
        raise InputError(
            "Argument `labels` must be one label a sample, or an array (samples, features), but has tuples; "
            "write each class as one text or number."
        )
    array = _of_one_kind(plain("labels", labels))
    if array.ndim == 2 and array.shape[1] == 1 and kind != "multi-label":
        array = array[:, 0]
    if array.ndim not in (1, 2) or 0 in array.shape:
        raise bad_argument("labels", "have shape (samples,) or (samples, features)", f"shape {array.shape}")
    _check_known(array)
    chosen = kind or _guess(array)
    found = {"classes": _classes, "multi-label": _columns, "continuous": _concepts}[chosen](array, names)
    _check_varied(found, chosen)
    return Labels(chosen, *found)


def plain(name: str, value: Any) -> np.ndarray[Any, Any]:
    """Return an array of NumPy's, a data frame or a tensor as a NumPy array."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    unmasked(name, value)
    try:
        array = np.asarray(value)
        if array.dtype.kind == "U" and isinstance(value, list | tuple) and any(not isinstance(v, str) for v in value):
            array = np.asarray(value, dtype=object)  # NumPy would write a missing label as the text "nan"
        return cast("np.ndarray[Any, Any]", array)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"Argument `{name}` must be an array, but NumPy says: {error}") from None


KNOWN_KINDS = "biufUSOmM"
"""NumPy's kinds of arrays that can hold labels; complex numbers and records cannot."""

IGNORED = -100
"""PyTorch's label of what a loss should not look at."""


def _of_one_kind(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return labels of one kind: objects that are all numbers as numbers, those that are all texts as they are."""
    if array.dtype.kind not in KNOWN_KINDS:
        raise InputError(f"Argument `labels` must be numbers, texts or truth values, but is an array of {array.dtype}.")
    if array.dtype.kind != "O":
        return array
    kinds = {_kind(each) for each in array.flat if not _is_missing(each)}
    if other := sorted(kinds - {"text", "number"}):
        raise InputError(f"Argument `labels` must be numbers, texts or truth values, but has one of type {other[0]}.")
    if len(kinds) > 1:
        raise InputError("Argument `labels` must be all texts or all numbers, but has both.")
    if kinds != {"number"} or any(map(_is_missing, array.flat)):
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


def _check_known(array: np.ndarray[Any, Any]) -> None:
    """Refuse a missing label, and say where the first one is."""
    if array.dtype.kind == "f":
        missing = ~np.isfinite(array)
    elif array.dtype.kind == "O":
        missing = np.fromiter(map(_is_missing, array.flat), dtype=bool, count=array.size).reshape(array.shape)
    elif array.dtype.kind in "mM":
        missing = np.isnat(array)
    else:
        return
    if missing.any():
        first = tuple(int(i) for i in np.argwhere(missing)[0])
        where = f"sample {first[0]}" + (f", feature {first[1]}" if len(first) > 1 else "")
        must = "finite" if array.dtype.kind == "f" else "known for every sample"
        raise InputError(f"Argument `labels` must be {must}, but is {array[first]} for {where}.")


def _is_missing(label: object) -> bool:
    """Whether a label is None, NaN, or NA or NaT of pandas, which need not be there."""
    if label is None or type(label).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(label, float | np.floating) and not np.isfinite(label)


def _guess(array: np.ndarray[Any, Any]) -> LabelKind:
    if array.ndim == 1:
        if array.dtype.kind == "f":
            raise InputError(
                "Argument `labels` must be whole numbers or texts for classes, but is one column of floats; "
                "pass `labels.astype(int)`, or kind='continuous' for a concept."
            )
        return "classes"
    if array.dtype.kind not in "fiub":
        raise bad_argument("labels", "be 0 and 1 or real numbers in its columns", f"shape {array.shape} of text")
    return "multi-label" if _binary(array) else "continuous"


def _binary(array: np.ndarray[Any, Any]) -> bool:
    """Whether all is 0 or 1; NumPy's isin would take ten times the memory of a large array of whole numbers."""
    return array.dtype.kind == "b" or bool(((array == 0) | (array == 1)).all())


Read = tuple[Booleans, tuple[str, ...]]


def _classes(array: np.ndarray[Any, Any], names: list[str]) -> Read:
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


def _columns(array: np.ndarray[Any, Any], names: list[str]) -> Read:
    array = array[:, None] if array.ndim == 1 else array
    if not _binary(array):
        raise InputError("Argument `labels` must be 0 or 1 everywhere for multi-label features.")
    return array.astype(bool), _named(names, array.shape[1])


def _concepts(array: np.ndarray[Any, Any], names: list[str]) -> Read:
    array = array[:, None] if array.ndim == 1 else array
    middle = np.median(array, axis=0)
    return np.asarray(array > middle), _named(names, array.shape[1])


def _named(names: list[str], features: int) -> tuple[str, ...]:
    return tuple(names) if len(names) == features else tuple(str(each) for each in range(features))


def _check_varied(found: Read, kind: LabelKind) -> None:
    present, names = found
    counts = present.sum(axis=0)
    for name, count in zip(names, counts, strict=True):
        if count in (0, len(present)):
            where = "nowhere" if count == 0 else "in every sample"
            raise InputError(f"Feature {name!r} must be present in some samples and absent in others, but is {where}.")
