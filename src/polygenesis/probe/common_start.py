"""Common start: do neurons of the same number respond alike in two runs, as after fine-tuning one network twice?

Networks of other seeds have no common order of neurons: that neuron k of one is as close to neuron k of another as to
any other is the null, and permuting the numbers gives its distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats
from polygenesis.probe.inputs.activations import Activations

PERMUTATIONS = 199
"""Permutations of the neurons' numbers."""

DEVIATIONS = 5.0
"""Standard deviations of the permuted means from which on neurons count as being in one order: chance has no part in
it, however many runs are compared."""

LEAST = 0.2
"""Mean correlation of neurons of one number, beyond that of others, below which a common order says little."""

MOST_RUNS, MOST_SAMPLES = 12, 1024
"""Runs, and samples, evenly spaced, that are compared."""

GROUPS, GROUP = 4, 64
"""Groups of neighbouring neurons, evenly spaced, that are compared: few blocks of a large layer are read for them."""


@dataclass(frozen=True)
class CommonStart:
    """The runs (first, second) whose neurons agree most by number: mean correlations of the same and of any number.

    ``pairs``: how many pairs of runs agree.
    """

    first: int
    second: int
    same: float
    others: float
    pairs: int


def common_start(sources: Sequence[Activations]) -> CommonStart | None:
    """Return the two runs whose neurons are most plainly in one order, None where no runs are.

    ``sources``: activations of the same samples by the same number of neurons.
    """
    chosen = sources[:MOST_RUNS]
    if len(chosen) < 2 or len({(each.samples, each.neurons) for each in chosen}) > 1:
        return None
    rng, units = seeds.generator(0, "diagnose", "common start"), [_units(each) for each in chosen]
    found = [(*_agreement(units[r], units[s], rng), r, s) for r, s in combinations(range(len(units)), 2)]
    alike = [each for each in found if each[0] - each[1] >= max(LEAST, DEVIATIONS * each[2])]
    if not alike:
        return None
    same, others, _, first, second = max(alike, key=lambda each: each[0] - each[1])
    return CommonStart(first, second, same, others, len(alike))


def _units(source: Activations) -> Floats:
    """Standardized activations of length 1 of some neurons on some samples, (neurons, samples); zeros if constant."""
    count, m = min(source.samples, MOST_SAMPLES), source.neurons
    at = np.arange(count) * source.samples // count
    starts = np.arange(GROUPS) * (m - GROUP) // (GROUPS - 1)
    rows = np.arange(m) if m <= GROUPS * GROUP else np.concatenate([np.arange(each, each + GROUP) for each in starts])
    found = np.zeros((len(rows), count))
    for first, block in source.blocks(rows.tolist()):
        here = np.flatnonzero((rows >= first) & (rows < first + len(block)))
        found[here] = block[rows[here] - first][:, at]
    found -= found.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(np.divide(found, norms, out=np.zeros_like(found), where=norms > 0))


def _agreement(first: Floats, second: Floats, rng: np.random.Generator) -> tuple[float, float, float]:
    """Mean correlation of neurons of the same number, and its mean and standard deviation over permutations."""
    correlations = np.asarray(first @ second.T)
    places = np.arange(len(correlations))
    seen = float(correlations[places, places].mean())
    null = np.array([correlations[places, rng.permutation(places)].mean() for _ in range(PERMUTATIONS)])
    return seen, float(null.mean()), float(null.std())
