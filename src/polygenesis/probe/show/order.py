"""In which order features and neurons stand on a map, so that sharing is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.arrays import Booleans
from polygenesis.probe.show.wording import kin

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis

FEATURES = 60
"""Features on a map: those whose sharing is most significant, then those that neurons carry most often."""

NEURONS, COLUMNS = 80, 240
"""Neurons on the map of one run, and on all maps together."""

LEAST_NEURONS = 20
"""Neurons that the map of every run has room for."""

RUNS = 12
"""Runs that are mapped."""


@dataclass(frozen=True)
class Placed:
    """What stands on the map of one run: neurons from left to right, the shared ones first.

    ``shared``: how many of the neurons are; ``marks``: their marks; ``kin`` (features, neurons): cells of pairs that
    share more than chance.
    """

    run: int
    neurons: tuple[int, ...]
    shared: int
    marks: tuple[str, ...]
    kin: Booleans


def feature_order(found: Diagnosis, most: int = FEATURES) -> list[int]:
    """Return the features that maps show, by index, in one order for all runs: features that share stand together.

    Pairs are taken in order of significance, and each joins the chains in which its two features stand, as in
    single-linkage clustering.
    """
    index = {name: i for i, name in enumerate(found.names)}
    pairs = [(index[each.first], index[each.second]) for each in found.pairs]
    often = np.argsort(-np.count_nonzero(found.carried, axis=(0, 2)), kind="stable")
    sharing = dict.fromkeys(i for pair in pairs for i in pair)
    chosen = list(dict.fromkeys([*sharing, *(int(i) for i in often)]))[:most]
    chains = {i: [i] for i in chosen}
    for i, j in pairs:
        if i in chains and j in chains and chains[i] is not chains[j]:
            joined = _joined(chains[i], chains[j], i, j)
            chains |= dict.fromkeys(joined, joined)
    return list(dict.fromkeys(i for each in chosen for i in chains[each]))


def _joined(a: list[int], b: list[int], i: int, j: int) -> list[int]:
    """Put two chains in one so that i and j come close: turned where they stand at the far ends."""
    if a.index(i) < len(a) // 2:
        a = a[::-1]
    if b.index(j) >= (len(b) + 1) // 2:
        b = b[::-1]
    return a + b


def placed(found: Diagnosis, features: Sequence[int]) -> list[Placed]:
    """Return what stands on the map of each run, for at most 12 runs."""
    runs = min(found.carried.shape[0], RUNS)
    room = max(LEAST_NEURONS, min(NEURONS, COLUMNS // runs))
    return [_placed(found, run, features, room) for run in range(runs)]


def _placed(found: Diagnosis, run: int, features: Sequence[int], room: int) -> Placed:
    carried = np.asarray(found.carried[run])[list(features)]
    marks = {each.neuron: each.mark for each in found.shared if each.run == run}
    seen = [k for k in marks if carried[:, k].any()][:room]
    shared = sorted(seen, key=lambda k: tuple(np.flatnonzero(carried[:, k])))
    strength = np.abs(np.nan_to_num(found.strength[run][list(features)])) * carried
    strongest = np.argsort(-strength.max(axis=0), kind="stable")
    alone = [int(k) for k in strongest if int(k) not in marks and carried[:, k].any()][: room - len(shared)]
    alone.sort(key=lambda k: tuple(np.flatnonzero(carried[:, k])))
    neurons = (*shared, *alone)
    names = [found.names[i] for i in features]
    return Placed(run, neurons, len(shared), tuple(marks[k] for k in shared), _kin(found, names, carried, neurons))


def _kin(found: Diagnosis, names: Sequence[str], carried: Booleans, neurons: Sequence[int]) -> Booleans:
    """The cells (features, neurons) of pairs that share more than chance."""
    close, marked = kin(found), np.zeros((len(names), len(neurons)), dtype=bool)
    if not close:
        return marked
    for column, k in enumerate(neurons):
        rows = [int(row) for row in np.flatnonzero(carried[:, k])]
        for row in rows:
            marked[row, column] = any((names[row], names[other]) in close for other in rows if other != row)
    return marked
