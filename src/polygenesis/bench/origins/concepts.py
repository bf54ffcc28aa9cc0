"""Planted networks whose neurons are all known: concepts that occur together, signed codes, weak features, copies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Booleans, Floats
from polygenesis.bench.origins.case import Case, Origin, Truth

RUNS = 5

NOISE = 0.3
"""Standard deviation of the noise of a neuron whose features move it by 1."""

SAMPLES, FEATURES, NEURONS = 3000, 12, 48

Drawn = tuple[Floats, Booleans, Booleans]
"""Activations (samples, neurons), labels (samples, features), carriers (features, neurons)."""


def planted(
    samples: int, neurons: int, features: int, *, shared: int, noise: float, seed: int
) -> tuple[Floats, Booleans, Booleans]:
    """Activations with labels and the true carriers (features, neurons): each feature has one neuron of its own,
    and the last ``shared`` neurons carry two features each; all others carry none.
    """
    rng = seeds.generator(seed, f"bench/origins/planted/{samples}x{neurons}x{features}", "network")
    carriers = np.zeros((features, neurons), dtype=bool)
    carriers[np.arange(features), np.arange(features)] = True
    for k in range(neurons - shared, neurons):
        carriers[rng.choice(features, 2, replace=False), k] = True
    present = rng.random((samples, features)) < 0.1
    return _rectified(present, carriers, rng, noise), present, carriers


def co_occurring(seed: int, *, together: float = 0.6, shared: int = 0, runs: int = RUNS) -> Case:
    """Concepts 2p and 2p + 1 occur together: with chance ``together`` the second is a copy of the first.

    48 neurons carry one of 12 concepts each, but the last ``shared``, which carry two that were chosen at random.
    Truth: the former carry one concept, whatever else occurs with it.
    """

    def draw(rng: np.random.Generator) -> Drawn:
        present = np.zeros((SAMPLES, FEATURES), dtype=bool)
        present[:, ::2] = rng.random((SAMPLES, FEATURES // 2)) < 0.1
        own = rng.random((SAMPLES, FEATURES // 2)) < 0.1
        present[:, 1::2] = np.where(rng.random(own.shape) < together, present[:, ::2], own)
        return _with_carriers(present, _single(FEATURES, NEURONS, shared, rng), rng)

    return _case(f"co-occurring-{together:g}-{shared}-shared", seed, draw, runs, shared)


def hierarchical(seed: int, *, shared: int = 0, runs: int = RUNS) -> Case:
    """Eight exclusive leaves under four kinds and two kingdoms: 14 labels, of which three are present at a time.

    56 neurons carry one label each, but the last ``shared``, which carry two leaves of different kingdoms. Truth: the
    former carry one concept. A leaf never occurs without its kind.
    """

    def draw(rng: np.random.Generator) -> Drawn:
        leaf = rng.integers(0, 8, SAMPLES)[:, None]
        present = np.concatenate([leaf == np.arange(8), leaf // 4 == np.arange(2), leaf // 2 == np.arange(4)], axis=1)
        carriers = _single(14, 56, 0, rng)
        carriers[:, 56 - shared :] = False
        for k in range(56 - shared, 56):
            carriers[[rng.integers(4), 4 + rng.integers(4)], k] = True
        return _with_carriers(present, carriers[:, rng.permutation(56)], rng)

    return _case(f"hierarchical-{shared}-shared", seed, draw, runs, shared)


def signed(seed: int, *, runs: int = RUNS) -> Case:
    """Neurons without a ReLU that go up with one feature and down with another, +A −B. Truth: all 48 are shared."""

    def draw(rng: np.random.Generator) -> Drawn:
        present = rng.random((SAMPLES, FEATURES)) < 0.3
        up, down = _partners(rng)
        values = present @ (up.astype(float) - down) + NOISE * rng.standard_normal((SAMPLES, NEURONS))
        return values, present, up | down

    return _case("signed", seed, draw, runs, NEURONS)


def weak(seed: int, *, second: float = 0.5, runs: int = RUNS) -> Case:
    """Neurons that carry one feature at 1 and another at ``second``, with noise of .3. Truth: all 48 are shared."""

    def draw(rng: np.random.Generator) -> Drawn:
        present = rng.random((SAMPLES, FEATURES)) < 0.1
        first, other = _partners(rng)
        return _rectified(present, first + second * other, rng, NOISE), present, first | other

    return _case(f"weak-{second:g}", seed, draw, runs, NEURONS)


def dominant(seed: int, *, runs: int = RUNS) -> Case:
    """One feature is present in 95 % of samples and moves every neuron by .6; each carries one other feature by 1.

    Truth: a neuron of another feature is shared with the dominant one; a neuron that has it alone is not.
    """

    def draw(rng: np.random.Generator) -> Drawn:
        present = rng.random((SAMPLES, FEATURES)) < 0.05
        present[:, 0] = rng.random(SAMPLES) < 0.95
        carriers = _single(FEATURES, NEURONS, 0, rng).astype(float)
        carriers[0] = 0.6
        return _rectified(present, carriers, rng, NOISE), present, carriers > 0

    return _case("dominant", seed, draw, runs, NEURONS)


def at_random(seed: int, *, neurons: int = 24, runs: int = RUNS) -> Case:
    """Neurons that carry two of 12 features each, at random, fresh in every seed. Truth: chance, D = 0."""

    def draw(rng: np.random.Generator) -> Drawn:
        present = rng.random((SAMPLES, FEATURES)) < 0.1
        carriers = np.zeros((FEATURES, neurons), dtype=bool)
        for k in range(neurons):
            carriers[rng.choice(FEATURES, 2, replace=False), k] = True
        return _with_carriers(present, carriers, rng)

    return _case("pairs-at-random", seed, draw, runs, neurons, "chance", share=0.0)


def _case(
    kind: str, seed: int, draw: Callable[[np.random.Generator], Drawn], runs: int, shared: int,
    origin: Origin | None = None, share: float | None = None,
) -> Case:  # fmt: skip
    found = [draw(seeds.generator(seed, f"bench/origins/{kind}", "run", r)) for r in range(runs)]
    activations, labels, carried = (list(each) for each in zip(*found, strict=True))
    truth = Truth(origin or ("shared by design" if shared else "single concepts"), (), share, np.stack(carried))
    return Case(kind, seed, {"activations": activations, "labels": labels}, truth)


def _single(features: int, neurons: int, shared: int, rng: np.random.Generator) -> Booleans:
    """Carriers (features, neurons): one feature a neuron in turn, two at random on the last ``shared``; shuffled."""
    carriers = np.zeros((features, neurons), dtype=bool)
    carriers[np.arange(neurons) % features, np.arange(neurons)] = True
    for k in range(neurons - shared, neurons):
        carriers[:, k] = False
        carriers[rng.choice(features, 2, replace=False), k] = True
    return np.asarray(carriers[:, rng.permutation(neurons)])


def _partners(rng: np.random.Generator) -> tuple[Booleans, Booleans]:
    """Two carriers matrices (features, neurons): each neuron's first feature, and another one."""
    order = rng.permutation(NEURONS)
    first, other = (np.zeros((FEATURES, NEURONS), dtype=bool) for _ in range(2))
    first[np.arange(NEURONS) % FEATURES, order] = True
    other[(np.arange(NEURONS) + rng.integers(1, FEATURES, NEURONS)) % FEATURES, order] = True
    return first, other


def _with_carriers(present: Booleans, carriers: Booleans, rng: np.random.Generator) -> Drawn:
    return _rectified(present, carriers, rng, NOISE), present, carriers


def _rectified(present: Booleans, carriers: Floats | Booleans, rng: np.random.Generator, noise: float) -> Floats:
    sums = present.astype(np.float32) @ np.asarray(carriers, dtype=np.float32)
    sums += np.float32(noise) * rng.standard_normal(sums.shape, dtype=np.float32)
    return np.maximum(sums, 0, out=sums)
