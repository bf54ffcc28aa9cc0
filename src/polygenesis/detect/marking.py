"""Marks: what each neuron is at one moment, by the features that lead on it, for pictures of networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.detect.census import census
from polygenesis.detect.collisions import collisions, leads_of
from polygenesis.detect.inputs import replicated
from polygenesis.detect.pairs import NOWHERE


def marks(weights: Any) -> NDArray[np.str_]:
    """Say of every neuron what it is now, by the features whose largest weights are on it.

    ``weights``: (n, m), or (k, n, m) for k networks or moments; returns (m,) or (k, m). Two features or more make a
    collision: "malign" if two of them have weights of the same sign, else "benign". One is "single" if it has settled
    (:data:`HALF`: exactly one weight of at least one half), "undecided" if it may still move. "" without any. A pair
    is named by its signs now, whether its features have settled or not: malign pairs part before they do. Source:
    arXiv:2312.03096, §2 (W_i·W_j < 0 is clipped by the output's ReLU). Raises :class:`polygenesis.InputError`.

    >>> marks([[0.9, 0.0, 0.0], [-0.9, 0.0, 0.0], [0.0, 0.4, 0.3]]).tolist()
    ['benign', 'undecided', '']
    """
    array = replicated("weights", weights)
    leads, settled, pairs = leads_of(array), census(array).settled, collisions(array)
    named = np.full((len(array), array.shape[2]), "", dtype="<U9")
    which, feature = np.nonzero(leads.neuron != NOWHERE)
    named[which, leads.neuron[which, feature]] = np.where(settled[which, feature], "single", "undecided")
    named[pairs.replicate, pairs.neuron] = "benign"
    same = ~pairs.opposite
    named[pairs.replicate[same], pairs.neuron[same]] = "malign"
    return named[0] if np.ndim(weights) == 2 else named
