"""Finished networks trained on: what existing pairs do when features start to occur together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import detect, stats, theory
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.dynamics.run import Run
from polygenesis.features import Bernoulli
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

MODERATE: Floats = np.array([0.01, 0.05, 0.1, 0.2])
"""Probabilities at which existing pairs should last."""

TOGETHER = 0.2
"""A feature is still on its neuron with at least this |weight| there."""


@dataclass(frozen=True, eq=False)
class Sharers:
    """Networks of one run that have a pair, and one pair of each: ``weights`` (k, n, m), the rest (k,)."""

    run: Run
    weights: Floats
    neuron: Integers
    first: Integers
    second: Integers

    @property
    def spec(self) -> RunSpec:
        """The spec of the run."""
        return self.run.spec

    @property
    def strength(self) -> float:
        """λ."""
        return self.run.spec.penalty.strength


@dataclass(frozen=True, eq=False)
class Series:
    """Shares of networks in which something happened, by p: ``happened`` of ``cases``, where theory expects a step.

    ``ratio``: the kick relative to the main weight, 0 for none.
    """

    networks: Sharers
    ratio: float
    probabilities: Floats
    happened: Floats
    cases: int
    expected: float

    @property
    def strength(self) -> float:
        """λ."""
        return self.networks.strength

    @property
    def threshold(self) -> stats.Estimate:
        """The measured step over the expected one: between the last p without and the first p with all of it."""
        none = self.probabilities[self.happened == 0]
        every = self.probabilities[self.happened == self.cases]
        low = none.max() if len(none) else 0.0
        high = every[every > low].min() if (every > low).any() else np.inf
        middle = float(np.sqrt(low * high)) if np.isfinite(high) else float(low)
        bracket = (float(low / self.expected), float(high / self.expected))
        return stats.Estimate(middle / self.expected, *bracket, 0.9, "bracket", self.cases)


def sharers(run: Run, most: int) -> Sharers:
    """Take the first networks of a run that have a pair, and the first pair of each."""
    pairs = detect.shared_pairs(detect.census(run.final))
    replicates, index = np.unique(pairs.replicate, return_index=True)
    replicates, index = replicates[:most], index[:most]
    weights = run.final[replicates].astype(np.float64)
    return Sharers(run, weights, pairs.neuron[index], pairs.first[index], pairs.second[index])


def lasting(networks: Sharers, probabilities: Floats) -> tuple[Floats, Floats]:
    """Return, by p, how many pairs are still together and in how many networks a feature has a second weight."""
    finals = _train_on(networks, networks.weights, probabilities)
    kept = [_together(networks, final).sum() for final in finals]
    leaked = [((final != 0).sum(axis=2) > 1).any(axis=1).sum() for final in finals]
    return np.array(kept, dtype=float), np.array(leaked, dtype=float)


def kicked(networks: Sharers, ratio: float, multiples: Floats) -> Series:
    """Give one feature of each pair a weight on an unused neuron, and see at which p they part."""
    weights = networks.weights.copy()
    for k, (first, second) in enumerate(zip(networks.first, networks.second, strict=True)):
        unused = np.flatnonzero((weights[k] == 0).all(axis=0))[0]
        feature = (first, second)[k % 2]
        weights[k, feature, unused] = ratio * np.abs(weights[k, feature]).max()
    expected = float(theory.separation_threshold(ratio, networks.strength))
    finals = _train_on(networks, weights, multiples * expected)
    parted = [(~_together(networks, final)).sum() for final in finals]
    cases = len(weights)
    return Series(networks, ratio, multiples * expected, np.array(parted, dtype=float), cases, expected)


def _train_on(networks: Sharers, weights: Floats, probabilities: Floats) -> Floats:
    """Return the final weights at every p, (p, k, n, m): all at once, since one network costs little beside a step."""
    from polygenesis.dynamics.autograd.together import flow_together

    if not len(weights) or not len(probabilities):
        return np.zeros((len(probabilities), *weights.shape))
    features = [Bernoulli(float(p)) for p in probabilities for _ in weights]
    spec = networks.run.spec.replace(training=GradientFlow(), features=features[0])
    final = flow_together(spec, features, np.concatenate([weights] * len(probabilities)))
    return final.reshape(len(probabilities), *weights.shape)


def _together(networks: Sharers, final: Floats) -> Booleans:
    k = np.arange(len(final))
    one, other = (final[k, each, networks.neuron] for each in (networks.first, networks.second))
    return np.asarray((one * other < 0) & (np.minimum(np.abs(one), np.abs(other)) > TOGETHER))
