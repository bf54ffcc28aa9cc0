"""Mixtures: selections in which a known part of the shared neurons carries pairs that come back with every seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.bench.origins.case import Case, Origin, Pairs, Truth, first_pairs
from polygenesis.bench.origins.structured_share import TrueShare, structured_share_truth
from polygenesis.errors import bad_argument

RUNS = 5


@dataclass(frozen=True)
class Mixture:
    """The law of a run's selections S (n, m): which neuron carries which feature.

    Of m neurons the first ``shared`` carry ``sizes`` features in turn, all others one. With chance ``structured`` a
    shared neuron carries a planted pair (2p, 2p + 1), p < ``pairs``, each equally likely, and its other features at
    random; else all at random. At random means: any set of its size, with weight ∏ w_i over its features (so that,
    given the margins, all matrices are equally likely and D = 0 without planted pairs). w falls geometrically from
    ``popularity`` to 1 over the features. ``clumps``: features are dealt into so many groups in each run anew, and a
    shared neuron that is not structured takes its features from one of them: ties of one run, which do not come back.
    """

    n: int = 20
    m: int = 64
    shared: int = 64
    structured: float = 0.2
    pairs: int = 5
    sizes: tuple[int, ...] = (2, 3, 4, 5)
    popularity: float = 1.0
    clumps: int = 0

    def __post_init__(self) -> None:
        if 2 * self.pairs > self.n:
            raise bad_argument("pairs", f"be at most half of n = {self.n}", self.pairs)
        if not 0 <= self.structured <= 1:
            raise bad_argument("structured", "be a share from 0 to 1", self.structured)
        if self.clumps and self.n // self.clumps < max(self.sizes):
            raise bad_argument("clumps", f"leave groups of at least {max(self.sizes)} features", self.clumps)

    @property
    def planted(self) -> Pairs:
        """The pairs that come back."""
        return first_pairs(self.pairs)

    @property
    def alike(self) -> Integers | None:
        """A number for every pair i < j, equal for pairs that the law does not tell apart; None where it tells all."""
        if self.popularity != 1:
            return None
        i, j = np.triu_indices(self.n, 1)
        first = (i < 2 * self.pairs).astype(np.int64) + (j < 2 * self.pairs)
        return np.where((i % 2 == 0) & (j == i + 1) & (j < 2 * self.pairs), 3, first)

    def draw(self, rng: np.random.Generator) -> Booleans:
        """Draw one run's selections (n, m), its neurons in random order."""
        found = np.zeros((self.n, self.m), dtype=bool)
        groups = rng.permutation(self.n) % self.clumps if self.clumps else np.zeros(self.n, dtype=np.int64)
        for k in range(self.m):
            size = self.sizes[k % len(self.sizes)] if k < self.shared else 1
            free = np.ones(self.n, dtype=bool)
            if k < self.shared and rng.random() < self.structured:
                pair = list(self.planted[rng.integers(self.pairs)])
                found[pair, k] = True
                free[pair], size = False, size - 2
            elif k < self.shared and self.clumps:
                free = groups == rng.integers(self.clumps)
            found[self._at_random(np.flatnonzero(free), size, rng), k] = True
        return found[:, rng.permutation(self.m)]

    def _at_random(self, free: Integers, size: int, rng: np.random.Generator) -> Integers:
        """Choose a set of features with weight ∏ w: independent choices until they are as many (Hájek's rejection)."""
        if self.popularity == 1 or not size:
            return np.asarray(rng.permutation(free)[:size])
        odds = self.weights[free]
        odds = odds * size / odds.sum()  # about as many expected as wanted; a common factor changes nothing
        while True:
            taken = rng.random(len(free)) * (1 + odds) < odds
            if taken.sum() == size:
                return np.asarray(free[taken])

    @property
    def weights(self) -> Floats:
        """Popularity of the features, (n,)."""
        return np.asarray(self.popularity ** (1 - np.arange(self.n) / max(1, self.n - 1)))


DENSE = Mixture()
"""Every neuron shared, by 2 to 5 of 20 features: a planted pair brings four other co-selections along."""

SPARSE = Mixture(n=64, m=128, shared=20, pairs=8, sizes=(2,))
"""A neuron in six shared, by two of 64 features."""

SEVEN = Mixture(n=64, m=128, shared=7, pairs=8, sizes=(2,))
"""Seven co-selections a run, as in a toy of that size."""

THREE = Mixture(n=32, m=64, shared=3, pairs=8, sizes=(2,))
"""Three co-selections a run, as in a toy of that size."""


NO_SHARE = TrueShare(0.0, 0.0, 0.0, 0.0, 0)
"""D without structured neurons, exactly: given the margins, all matrices are equally likely."""


@cache
def measured_share(law: Mixture) -> TrueShare:
    """Measure D of a law, once a process, in a second: its standard error is about .001 dense, .005–.015 sparse."""
    return structured_share_truth(law.draw, runs=400, alike=law.alike)


def mixture(seed: int, *, law: Mixture = DENSE, runs: int = RUNS, samples: int = 1500) -> Case:
    """Activations that follow a mixture's selections, fresh samples and selections for every seed.

    Features fire independently in one sample of ten; a neuron is the ReLU of its features' sum with noise of .2.
    Truth: the planted pairs, and D as :func:`measured_share` has it (0 without structured neurons).
    """
    kind = f"mixture-{law.n}x{law.m}-{law.shared}-shared-{law.structured:g}"
    kind += f"-popular-{law.popularity:g}" * (law.popularity != 1) + f"-clumps-{law.clumps}" * (law.clumps > 0)
    activations, labels, carried = [], [], []
    for r in range(runs):
        rng = seeds.generator(seed, f"bench/origins/{kind}", "run", r)
        carried.append(law.draw(rng))
        present = rng.random((samples, law.n)) < 0.1
        activations.append(follow(present, carried[-1], rng, noise=0.2))
        labels.append(present)
    share = measured_share(law) if law.structured else NO_SHARE
    planted = law.planted if law.structured else ()
    origin: Origin = "mixture" if law.structured else "chance"
    truth = Truth(origin, planted, share.value, np.stack(carried), share_error=share.error)
    return Case(kind, seed, {"activations": activations, "labels": labels}, truth)


def follow(present: Booleans, carried: Booleans, rng: np.random.Generator, *, noise: float) -> Floats:
    """Activations (samples, neurons) of neurons that carry features: the ReLU of their sum with Gaussian noise."""
    sums = present.astype(np.float32) @ carried.astype(np.float32)
    sums += np.float32(noise) * rng.standard_normal(sums.shape, dtype=np.float32)
    return np.maximum(sums, 0, out=sums)
