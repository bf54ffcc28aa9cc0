"""Split the shared neurons of a tied signed code, exactly and without training (docs/theory.md, Mitigation 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Weights
from polygenesis.detect import HALF, Census, NeuronState, Thresholds, census
from polygenesis.detect.inputs import replicated
from polygenesis.detect.states import NEURON_STATES
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
    together. Unused are the neurons that the census calls dead, those with the smallest weights first. For converged
    one-hot networks the loss is the same afterwards, exactly where weights of unused neurons are 0 and else but for
    terms of their size, and there is always room where m ≥ n. Raises :class:`polygenesis.InputError` for other shapes,
    NaN and infinity.

    Args:
        weights: (r, n, m), or (n, m) for one network.
        thresholds: from which weight on a neuron carries a feature; below it for all features, it is unused.

    >>> split_code([[1.0, 0.0], [-1.0, 0.0]]).weights[0].tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    array = np.array(replicated("weights", weights))
    before = census(array, thresholds)
    moves: list[Move] = []
    for a in range(len(array)):
        unused = _unused(before, a, array[a])
        for neuron, carried in before.polysemantic_neurons(a):
            leaving = _fewer(carried, array[a], neuron)
            if not unused or not leaving:
                continue
            target = unused.pop(0)
            array[a] = _moved(array[a], leaving, neuron, target)
            moves += [Move(a, feature, neuron, target) for feature in leaving]
    return SplitCode(array, tuple(moves), np.asarray(census(array, thresholds).polysemantic))


def _unused(found: Census, replicate: int, weights: Floats) -> list[int]:
    """The neurons of one network that carry no feature, those with the smallest weights first."""
    dead = np.flatnonzero(found.neuron_state[replicate] == NEURON_STATES.index(NeuronState.DEAD))
    return [int(k) for k in dead[np.argsort(np.abs(weights[:, dead]).max(axis=0, initial=0), kind="stable")]]


def _moved(weights: Floats, features: list[int], neuron: int, target: int) -> Floats:
    """Exchange the weights of some features on two neurons: rows keep their norms, whatever was left on the second."""
    found = move_features(weights, features, target)
    found[features, neuron] = weights[features, target]
    return found


def _fewer(carried: list[tuple[int, int]], weights: Floats, neuron: int) -> list[int]:
    """The features of the rarer sign on a neuron, those whose largest weight is there."""
    home = np.abs(weights).argmax(axis=1)
    by_sign = [[i for i, sign in carried if sign == each and home[i] == neuron] for each in (1, -1)]
    fewer = min(by_sign, key=len)
    return fewer if fewer else max(by_sign, key=len)[1:]
