"""Kinds of neurons: empty, single, or shared, and then benign or malign by the signs of its features.

The output's ReLU clips a negative overlap, so that two features of opposite signs on one neuron cost nothing; equal
signs cost loss, and both features are pushed until one leaves (arXiv:2312.03096, §3). This reading is the one-hot
model's; elsewhere the kinds say no more than which signs meet.
"""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.arrays import Booleans, Integers
from polygenesis.checks import check_weights, plain_array
from polygenesis.detect.census import Census
from polygenesis.detect.collisions import leads_of
from polygenesis.detect.inputs import replicated


class NeuronKind(enum.Enum):
    """The kind of a neuron, by the features on it. The value is the sentence shown to a reader."""

    EMPTY = "No feature is on it."
    SINGLE = "One feature is on it."
    BENIGN = "Two features of opposite signs share it."
    MALIGN = "Two or more features of one sign share it."
    UNDECIDED = "Features are on it that have not settled."


NEURON_KINDS = tuple(NeuronKind)
"""The kinds in the order of the codes in :func:`neuron_kinds` and :func:`kinds_by_lead`."""

SHARED_KINDS = (NeuronKind.MALIGN, NeuronKind.BENIGN, NeuronKind.UNDECIDED)
"""The kinds of a neuron that several features may share, worst first."""


def neuron_kinds(census: Census) -> NDArray[np.int8]:
    """Return the kind of each neuron by the settled features that it carries, (r, m): positions in ``NEURON_KINDS``.

    A neuron with features that have not settled is undecided, unless two settled ones share it already.

    Args:
        census: what :func:`polygenesis.census` found.

    >>> from polygenesis.detect import census
    >>> [NEURON_KINDS[code].name for code in neuron_kinds(census([[1.0, 0.0], [-1.0, 0.0]]))[0]]
    ['BENIGN', 'EMPTY']
    """
    settled = census.listed_settled
    positive = _per_neuron(census, settled & (census.listed_sign > 0))
    negative = _per_neuron(census, settled & (census.listed_sign < 0))
    kinds = _kinds(positive, negative)
    waiting = (census.features_per_neuron > positive + negative) & (positive + negative < 2)
    kinds[waiting] = NEURON_KINDS.index(NeuronKind.UNDECIDED)
    return kinds


def kinds_by_lead(weights: Any) -> NDArray[np.int8]:
    """Return the kind of each neuron by the features that have their largest weight there, (…, m).

    ``weights``: (n, m), (r, n, m) or a trajectory (r, T, n, m). Says at any time which collisions there are, whatever
    the size of the weights, and never UNDECIDED. Raises :class:`polygenesis.InputError`.

    Args:
        weights: (n, m), (r, n, m), or a trajectory (r, T, n, m).

    >>> [NEURON_KINDS[code].name for code in kinds_by_lead([[0.2, 0.1], [0.3, 0.1]])]
    ['MALIGN', 'EMPTY']
    """
    given = plain_array("weights", weights)
    dimensions = given.ndim
    array = check_weights("weights", given, dimensions=4) if dimensions == 4 else replicated("weights", given)
    led = leads_of(array)
    m = array.shape[-1]
    group = np.arange(led.neuron[..., 0].size).reshape(*led.neuron.shape[:-1], 1) * m + led.neuron
    counts = [
        np.bincount(group[(led.neuron >= 0) & (led.sign == sign)], minlength=group[..., 0].size * m) for sign in (1, -1)
    ]
    positive, negative = (each.reshape(*array.shape[:-2], m) for each in counts)
    kinds = _kinds(positive, negative)
    return kinds[0] if dimensions == 2 else kinds


def count_kinds(kinds: NDArray[np.int8], kind: NeuronKind) -> Integers:
    """Return how many neurons are of one kind, (…, m) → (…).

    Args:
        kinds: positions in ``NEURON_KINDS``, (…, m).
        kind: the one that is counted.
    """
    return np.asarray((kinds == NEURON_KINDS.index(kind)).sum(axis=-1))


def _kinds(positive: Integers, negative: Integers) -> NDArray[np.int8]:
    """Kinds by the numbers of positive and of negative features on each neuron."""
    kinds = np.full(positive.shape, NEURON_KINDS.index(NeuronKind.EMPTY), dtype=np.int8)
    kinds[positive + negative == 1] = NEURON_KINDS.index(NeuronKind.SINGLE)
    kinds[(positive == 1) & (negative == 1)] = NEURON_KINDS.index(NeuronKind.BENIGN)
    kinds[(positive >= 2) | (negative >= 2)] = NEURON_KINDS.index(NeuronKind.MALIGN)
    return kinds


def _per_neuron(census: Census, rows: Booleans) -> Integers:
    r, _, m = census.shape
    return np.bincount(census.neuron_group[rows], minlength=r * m).reshape(r, m)
