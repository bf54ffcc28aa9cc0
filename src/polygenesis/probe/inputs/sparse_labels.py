"""Sparse labels: SciPy's matrices and PyTorch's sparse tensors, read without making them dense."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Booleans
from polygenesis.errors import InputError, bad_argument

DENSE = 2**26
"""Bytes of columns that are made dense at once, where a median needs it."""

NEGLIGIBLE, LEAST_SHARE = 1e-3, 0.1
"""Share of a column's standard deviation below which a difference from its median is negligible, if at least this share
of the samples have such differences; activations are read alike (``probe/selection/resting.py``)."""


def is_sparse(value: Any) -> bool:
    """Whether a value is a sparse matrix of SciPy's (in any format) or a sparse tensor of PyTorch's."""
    if hasattr(value, "detach"):
        return str(getattr(value, "layout", "torch.strided")).startswith("torch.sparse")
    return hasattr(value, "tocsr")


def compressed(name: str, value: Any) -> Any:
    """Return a sparse matrix or tensor by its rows (``scipy.sparse.csr_array``), without stored zeros.

    Raises :class:`polygenesis.InputError` for what has no rows and columns, and for what is no finite real number.
    """
    from scipy import sparse

    if getattr(value, "ndim", 2) != 2:
        raise bad_argument(name, "have shape (samples, features) where it is sparse", f"shape {tuple(value.shape)}")
    try:
        found = sparse.csr_array(_of_tensor(value) if hasattr(value, "detach") else value.tocsr(), copy=True)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"Argument `{name}` must be a sparse matrix, but SciPy says: {error}.") from None
    if found.dtype.kind not in "biuf":
        raise InputError(f"Argument `{name}` must be real numbers, but is a sparse array of {found.dtype}.")
    found.sum_duplicates()
    found.eliminate_zeros()
    if found.dtype.kind == "f" and not np.isfinite(found.data).all():
        at = int(np.flatnonzero(~np.isfinite(found.data))[0])
        row = int(np.searchsorted(found.indptr, at, side="right")) - 1
        raise InputError(
            f"Argument `{name}` must be finite, but is {found.data[at]} for sample {row}, feature {found.indices[at]}."
        )
    return found


def _of_tensor(tensor: Any) -> Any:
    """A tensor's stored values and their places; entries that are stored twice count as their sum."""
    from scipy import sparse

    tensor = tensor.detach().cpu()
    if str(tensor.layout) != "torch.sparse_coo":
        tensor = tensor.to_sparse_coo()
    places, values = tensor._indices().numpy(), tensor._values()
    if values.ndim != 1:
        raise InputError("Argument `labels` must have one number at each place where it is sparse, but has several.")
    if str(values.dtype) in ("torch.bfloat16", "torch.float16"):
        values = values.float()
    return sparse.coo_array((values.numpy(), (places[0], places[1])), tuple(tensor.shape))


def all_binary(matrix: Any) -> bool:
    """Whether all entries are 0 or 1."""
    return matrix.dtype.kind == "b" or bool((matrix.data == 1).all())


def above_middle(matrix: Any) -> Any:
    """Return where each column is above its median, or, where nothing is above it, at it; sparse, truth values.

    A column most of whose entries are 0 has the median 0, which needs no look at it; others are made dense, a block of
    columns at a time.
    """
    from scipy import sparse

    columns = sparse.csc_array(matrix)
    samples, features = columns.shape
    owner = np.repeat(np.arange(features), np.diff(columns.indptr))
    low, high = (np.bincount(owner[each], minlength=features) for each in (columns.data < 0, columns.data > 0))
    zero = (low <= (samples - 1) // 2) & (high <= (samples - 1) // 2) & (high > 0) & ~_noisy_zeros(columns, owner)
    kept = zero[owner] & (columns.data > 0)
    parts = [sparse.csc_array((np.ones(kept.sum(), bool), columns.indices[kept], _starts(owner[kept], features)),
                              shape=columns.shape)]  # fmt: skip
    others, width = np.flatnonzero(~zero), max(1, DENSE // (8 * samples))
    for first in range(0, len(others), width):
        chosen = others[first : first + width]
        rows, at = np.nonzero(above(columns[:, chosen].toarray()))
        parts.append(sparse.csc_array((np.ones(len(rows), bool), (rows, chosen[at])), shape=columns.shape))
    return sparse.csr_array(sum(parts[1:], parts[0]))


def _noisy_zeros(columns: Any, owner: np.ndarray[Any, Any]) -> Booleans:
    """Which columns have negligible entries in place of zeros, (features,)."""
    samples, features = columns.shape
    data = columns.data.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # squares beyond 1e308: nothing is negligible there
        sums, squares = (np.bincount(owner, weights=each, minlength=features) for each in (data, data**2))
        spread = np.sqrt(np.maximum(squares / samples - (sums / samples) ** 2, 0))
    near = np.bincount(
        owner[(abs(data) <= NEGLIGIBLE * spread[owner]) & np.isfinite(spread[owner])], minlength=features
    )
    return np.asarray(near >= LEAST_SHARE * samples)


def above(values: np.ndarray[Any, Any]) -> Booleans:
    """Return where concepts (samples, features) are above their median; where nothing is, where they are at it.

    Noise around the median is none: a latent that is 1e-6 where it does not fire is present only where it fires.
    """
    found = np.empty(values.shape, dtype=bool)
    width = max(1, DENSE // (8 * max(1, len(values))))
    for first in range(0, values.shape[1], width):
        part = slice(first, first + width)
        found[:, part] = _above(np.asarray(values[:, part], dtype=np.float64))
    return found


def _above(values: np.ndarray[Any, Any]) -> Booleans:
    off = values - np.median(values, axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        negligible = NEGLIGIBLE * off.std(axis=0)
    noisy = ((off != 0) & (abs(off) <= negligible)).mean(axis=0) >= LEAST_SHARE
    noisy &= np.isfinite(negligible)
    negligible = np.where(noisy, negligible, 0.0)
    found = off > negligible
    topped = ~found.any(axis=0) & (off != 0).any(axis=0)  # what never changes is above its median nowhere
    found[:, topped] = off[:, topped] >= -negligible[topped]
    return np.asarray(found)


def _starts(owner: np.ndarray[Any, Any], features: int) -> np.ndarray[Any, Any]:
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=features))])
