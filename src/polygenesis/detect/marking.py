"""Marks: the kind of each neuron at one moment as a word, for pictures of networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.checks import plain_array
from polygenesis.detect.census import census
from polygenesis.detect.collisions import leads_of
from polygenesis.detect.inputs import replicated
from polygenesis.detect.kinds import NEURON_KINDS, NeuronKind, kinds_by_lead

WORDS = np.array(["" if kind is NeuronKind.EMPTY else kind.name.lower() for kind in NEURON_KINDS])
"""The word for each kind, in the order of its codes."""


def marks(weights: Any) -> NDArray[np.str_]:
    """Return the kind of each neuron as a word, by the features whose largest weights are on it.

    ``weights``: (n, m), or (k, n, m) for k networks or moments; returns (m,) or (k, m). "benign" and "malign" are the
    collisions of :func:`kinds_by_lead`, by the signs that the weights have now, settled or not: malign pairs part
    before they settle. A lone feature makes "single" if it has settled (:data:`HALF`: exactly one weight of at least
    one half), "undecided" if it may still move; "" is a neuron without any. Raises
    :class:`polygenesis.InputError`.

    Args:
        weights: (n, m), or (k, n, m) for k networks or moments.

    >>> marks([[0.9, 0.0, 0.0], [-0.9, 0.0, 0.0], [0.0, 0.4, 0.3]]).tolist()
    ['benign', 'undecided', '']
    """
    array = replicated("weights", weights)
    kinds, led, settled = kinds_by_lead(array), leads_of(array), census(array).settled
    which, feature = np.nonzero((led.neuron >= 0) & ~settled)
    neuron = led.neuron[which, feature]
    alone = kinds[which, neuron] == NEURON_KINDS.index(NeuronKind.SINGLE)
    kinds[which[alone], neuron[alone]] = NEURON_KINDS.index(NeuronKind.UNDECIDED)
    named: NDArray[np.str_] = WORDS[kinds]
    return named[0] if plain_array("weights", weights).ndim == 2 else named
