"""Moving features of a tied code from the neuron that they share to another, rows in and out at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import check_weights, plain_array
from polygenesis.errors import bad_argument


@dataclass(frozen=True)
class Move:
    """A feature that left a shared neuron: ``replicate``, ``feature``, and the neurons ``source`` and ``target``."""

    replicate: int
    feature: int
    source: int
    target: int


def move_features(weights: Any, features: Any, to: int) -> Floats:
    """Move the weights of some features from the neuron they share to another, exactly; returns new weights (n, m).

    ``weights``: (n, m). ``features``: rows that have their largest weight on one neuron. Where that neuron
    keeps features of the opposite sign only, the one-hot loss is exactly the same afterwards.
    """
    array = np.array(check_weights("weights", weights, dimensions=2))
    rows = np.atleast_1d(np.asarray(plain_array("features", features), dtype=np.intp))
    neurons = np.unique(np.abs(array[rows]).argmax(axis=1))
    if len(neurons) > 1:
        raise bad_argument("features", "share the neuron of their largest weights", rows.tolist())
    if not 0 <= to < array.shape[1] or to == neurons[0]:
        raise bad_argument("to", f"be another neuron below {array.shape[1]}", to)
    array[rows, to], array[rows, neurons[0]] = array[rows, neurons[0]], 0
    return array
