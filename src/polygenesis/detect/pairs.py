"""All pairs within groups, and the top neuron of every feature: what census, collisions and origins share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.arrays import Floats

Indices = NDArray[np.intp]
"""Positions: of replicates, features, neurons or rows of a table."""

NOWHERE = -1
"""Stands for a neuron where there is none: for a row of zeros, or a feature that has not settled."""


def pairs_within(groups: NDArray[np.integer[Any]]) -> tuple[Indices, Indices]:
    """Return positions (a, b), a < b, of all pairs of equal entries of a sorted array of groups.

    Looks at one distance b − a after the other and stops at the size of the largest group, so that many
    small groups (the usual case: two or three features a neuron) cost a few passes.
    """
    earlier, later = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    for distance in range(1, len(groups)):
        at = np.flatnonzero(groups[distance:] == groups[:-distance])
        if not len(at):
            break
        earlier.append(at)
        later.append(at + distance)
    a, b = np.concatenate(earlier), np.concatenate(later)
    order = np.lexsort((b, a))
    return a[order], b[order]


def top_neurons(magnitudes: Floats) -> Indices:
    """Return where each row's largest magnitude is, (…, m) → (…): the first of equals, NOWHERE for zeros."""
    top = magnitudes.argmax(axis=-1)
    highest = np.take_along_axis(magnitudes, top[..., None], axis=-1)[..., 0]
    return np.where(highest > 0, top, NOWHERE).astype(np.intp)
