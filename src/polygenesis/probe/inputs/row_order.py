"""Order of rows: data frames know their rows by an index, which arrays do not have."""

from __future__ import annotations

from typing import Any

from polygenesis.errors import InputError, shortened


def check_row_order(activations: Any, labels: Any) -> None:
    """Refuse a data frame of activations and labels whose indices have the same entries in another order.

    Rows are paired as they stand, so that labels that were sorted or drawn anew would belong to other samples. Only
    pandas has an index; where either has none, or the two have different entries, nothing can be said.
    """
    rows, other = (_index(each) for each in (activations, labels))
    if rows is None or other is None or len(rows) != len(other) or rows.equals(other):
        return
    if not (rows.is_unique and other.is_unique and rows.isin(other).all()):
        return
    at = next(k for k, (one, two) in enumerate(zip(rows, other, strict=True)) if one != two)
    raise InputError(
        f"Argument `labels` must have its rows in the order of `activations`, but row {at} is {shortened(other[at])} "
        f"there and {shortened(rows[at])} here; write labels.loc[activations.index], or labels.to_numpy() where the "
        "rows belong together as they stand."
    )


def _index(value: Any) -> Any:
    """The index of a data frame or series of pandas; None of anything else."""
    return value.index if hasattr(value, "iloc") and hasattr(value, "index") else None
