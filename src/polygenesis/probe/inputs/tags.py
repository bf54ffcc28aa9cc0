"""Tags: a list of texts for every sample, as 0/1 columns in compressed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polygenesis.errors import InputError
from polygenesis.probe.inputs.values import is_missing, missing_label

COLLECTIONS = (list, set, frozenset, np.ndarray)
"""What may hold one sample's tags; a tuple may not, as it may be meant for one class with several parts."""


def listed(column: Any) -> Any:
    """Return a column of lists of pandas, polars or pyarrow as a list of them; any other as it is."""
    kind = str(getattr(column, "dtype", getattr(column, "type", ""))).lower()
    if hasattr(column, "to_pylist") and kind.startswith(("list", "large_list", "fixed_size_list")):
        return column.to_pylist()
    if hasattr(column, "to_list") and kind.startswith(("object", "list")):
        return column.to_list()
    return column


def are_tags(values: Any) -> bool:
    """Whether these are lists of tags, one a sample: lists with a text among them, or sets."""
    if not isinstance(values, list | tuple) or not any(isinstance(each, COLLECTIONS) for each in values):
        return False
    return any(
        isinstance(each, set | frozenset) or (isinstance(each, COLLECTIONS) and _has_text(each)) for each in values
    )


def _has_text(one: Any) -> bool:
    return len(one) > 0 and isinstance(one[0], str)


def read_tags(values: Sequence[Any]) -> tuple[Any, tuple[str, ...]]:
    """Return the tags as a sparse 0/1 matrix of SciPy's, (samples, tags), and their names in order.

    Samples may have no tags. Raises :class:`polygenesis.InputError` for a sample that is no list, and for a tag that is
    missing or neither a text nor a whole number.
    """
    from scipy import sparse

    listed = [_of_sample(s, each) for s, each in enumerate(values)]
    known = sorted({tag for each in listed for tag in each}, key=lambda tag: (isinstance(tag, str), tag))
    if not known:
        raise InputError("Argument `labels` must have a tag somewhere, but every sample's list is empty.")
    place = {tag: at for at, tag in enumerate(known)}
    columns = [sorted({place[tag] for tag in each}) for each in listed]
    starts = np.concatenate([[0], np.cumsum([len(each) for each in columns])])
    indices = np.array([at for each in columns for at in each], dtype=np.int64)
    shape = len(listed), len(known)
    return sparse.csr_array((np.ones(len(indices), dtype=bool), indices, starts), shape), tuple(map(str, known))


def _of_sample(sample: int, tags: Any) -> list[Any]:
    if is_missing(tags):
        raise missing_label(tags, sample)
    if not isinstance(tags, COLLECTIONS):
        raise InputError(
            f"Argument `labels` must be a list of tags for every sample, but is {tags!r:.60} for sample {sample}; "
            "write no tags as []."
        )
    found = tags.tolist() if isinstance(tags, np.ndarray) else list(tags)
    for tag in found:
        if is_missing(tag):
            raise missing_label(tag, sample)
        if isinstance(tag, bool) or not isinstance(tag, str | int | np.integer):
            raise InputError(
                f"Argument `labels` must be lists of texts for tags, but has one of type {type(tag).__name__} for "
                f"sample {sample}."
            )
    return found
