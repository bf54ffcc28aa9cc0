"""Assigning the rows of one dictionary to those of another by their signed cosines."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from polygenesis.arrays import Floats, Integers

EXACT_UP_TO = 4096
"""Most rows for the Hungarian method, whose time grows with their cube; larger ones take mutual nearest neighbours."""

BLOCK = 2**26
"""Bytes of cosines that are held at once."""

NONE = -1
"""What stands for "no row" among the assigned rows."""


def assign(first: Floats, second: Floats) -> tuple[Integers, Floats]:
    """Assign to each row of ``first`` (n, d) at most one of ``second`` (n′, d); return rows (n,) and cosines (n,).

    Rows must be unit vectors. Up to :data:`EXACT_UP_TO` rows the sum of cosines is maximised exactly (Hungarian
    method: ``scipy.optimize.linear_sum_assignment``). Beyond, two rows are assigned to each other if each is the
    other's nearest: n n′ cosines are then computed, but only a block of them is ever held, and rows whose nearest
    neighbour prefers another row stay without one. Rows without one have row −1 and cosine −1.
    """
    if max(len(first), len(second)) > EXACT_UP_TO:
        return _mutual(first, second)
    from scipy.optimize import linear_sum_assignment

    cosines = first @ second.T
    rows, columns = linear_sum_assignment(cosines, maximize=True)
    found = np.full(len(first), NONE)
    found[rows] = columns
    nearness = np.full(len(first), -1.0)
    nearness[rows] = cosines[rows, columns]
    return found, nearness


def method(*sizes: int) -> str:
    """Name the method by which :func:`assign` assigns dictionaries of these sizes."""
    return "mutual nearest neighbours" if max(sizes) > EXACT_UP_TO else "the Hungarian method"


def nearest(first: Floats, second: Floats) -> Floats:
    """Return the cosine of each row of ``first`` (n, d) with its nearest row of ``second`` (n′, d), (n,)."""
    return np.concatenate([cosines.max(axis=1) for _, cosines in _blocks(first, second)])


def nearest_other(rows: Floats, wanted: Integers) -> Floats:
    """Return the cosine of some rows of ``rows`` (n, d) with the nearest of its others, (wanted,); −1 if n is 1."""
    found = []
    for start, cosines in _blocks(rows[wanted], rows):
        here = wanted[start : start + len(cosines)]
        cosines[np.arange(len(here)), here] = -1.0
        found.append(cosines.max(axis=1))
    return np.concatenate(found)


def _mutual(first: Floats, second: Floats) -> tuple[Integers, Floats]:
    """Rows that are each other's nearest; of equally near ones the first."""
    ahead = np.empty(len(first), dtype=np.int64)
    nearness = np.empty(len(first))
    back = np.zeros(len(second), dtype=np.int64)
    best = np.full(len(second), -np.inf, dtype=first.dtype)
    for start, cosines in _blocks(first, second):
        stop = start + len(cosines)
        ahead[start:stop] = cosines.argmax(axis=1)
        nearness[start:stop] = cosines[np.arange(len(cosines)), ahead[start:stop]]
        top = cosines.argmax(axis=0)
        reached = cosines[top, np.arange(len(second))]
        closer = reached > best
        best[closer], back[closer] = reached[closer], top[closer] + start
    lonely = back[ahead] != np.arange(len(first))
    ahead[lonely], nearness[lonely] = NONE, -1.0
    return ahead, nearness


def _blocks(first: Floats, second: Floats) -> Iterator[tuple[int, Floats]]:
    """Yield (first row, cosines (some rows, n′))."""
    height = max(1, BLOCK // (first.dtype.itemsize * len(second)))
    for start in range(0, len(first), height):
        yield start, first[start : start + height] @ second.T
