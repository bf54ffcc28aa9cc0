"""Split the shared neurons of a tied signed code, exactly and without training (docs/theory.md, Mitigation 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Weights
from polygenesis.detect import HALF, Thresholds, census
from polygenesis.detect.inputs import replicated
from polygenesis.probe.surgery.moving import Move, move_features


@dataclass(frozen=True, eq=False)
class SplitCode:
    """``weights`` (r, n, m) after splitting shared neurons, the ``moves``, and the shared neurons ``left``, (r,)."""

    weights: Weights
    moves: tuple[Move, ...]
    left: np.ndarray[Any, Any]


def split_code(weights: Any, thresholds: Thresholds = HALF) -> SplitCode:
    """Move one feature of every shared neuron of a tied signed code to an unused neuron, while there are any.

    ``weights``: (r, n, m), or (n, m) for one network. Of each shared neuron the features of the sign with fewer move
    together. For converged one-hot networks the loss is exactly the same afterwards, and there is always room where
    m ≥ n. Raises :class:`polygenesis.InputError` for other shapes, NaN and infinity.

    Args:
        weights: (r, n, m), or (n, m) for one network.
        thresholds: from which weight on a neuron carries a feature.

    >>> split_code([[1.0, 0.0], [-1.0, 0.0]]).weights[0].tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    array = np.array(replicated("weights", weights))
    before = census(array, thresholds)
    moves: list[Move] = []
    for a in range(len(array)):
        unused = [int(k) for k in np.flatnonzero(~array[a].any(axis=0))]
        for neuron, carried in before.polysemantic_neurons(a):
            leaving = _fewer(carried, array[a], neuron)
            if not unused or not leaving:
                continue
            target = unused.pop(0)
            array[a] = move_features(array[a], leaving, target)
            moves += [Move(a, feature, neuron, target) for feature in leaving]
    return SplitCode(array, tuple(moves), np.asarray(census(array, thresholds).polysemantic))


def _fewer(carried: list[tuple[int, int]], weights: Floats, neuron: int) -> list[int]:
    """The features of the rarer sign on a neuron, those whose largest weight is there."""
    home = np.abs(weights).argmax(axis=1)
    by_sign = [[i for i, sign in carried if sign == each and home[i] == neuron] for each in (1, -1)]
    fewer = min(by_sign, key=len)
    return fewer if fewer else max(by_sign, key=len)[1:]
