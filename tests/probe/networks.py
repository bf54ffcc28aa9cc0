"""Networks whose origin of sharing is known, made on fresh seeds."""

from __future__ import annotations

import numpy as np

from polygenesis.dynamics import Run, simulate
from polygenesis.probe import Objective, relax
from polygenesis.studies.origin_tests import histories
from polygenesis.studies.origin_tests.histories import duplicates

__all__ = [
    "duplicates",
    "gaussian_classes",
    "hidden_activations",
    "planted",
    "toy",
    "toy_with_related_starts",
    "trained",
]

RUNS = 5


def toy(n: int, m: int, seed: int, runs: int = RUNS) -> Run:
    """The paper's model: chance at m ≥ n, need and chance below."""
    return simulate(histories.toy(n, m, replicates=runs, seed=seed))


def toy_with_related_starts(n: int, m: int, seed: int, *, pairs: int, correlation: float, runs: int = RUNS) -> Run:
    """The paper's model, with the initial rows of features 2p and 2p + 1 correlated: structure by input."""
    return simulate(histories.related_toy(n, m, pairs=pairs, correlation=correlation, replicates=runs, seed=seed))


def trained(objective: Objective, n: int, m: int, seed: int, runs: int = RUNS) -> tuple[np.ndarray, np.ndarray]:
    """Initial and final weights (runs, n, m) under an objective."""
    start = np.random.default_rng([seed, n, m]).standard_normal((runs, n, m)) / m**0.5
    return start, np.stack([relax(objective, each).weights for each in start])


def planted(
    samples: int, neurons: int, features: int, *, shared: int, noise: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Activations with labels and the true carriers (features, neurons): each feature has one neuron of its own,
    and the last ``shared`` neurons carry two features each; all others carry none."""
    rng = np.random.default_rng([seed, samples, neurons, features])
    carriers = np.zeros((features, neurons), dtype=bool)
    carriers[np.arange(features), np.arange(features)] = True
    for k in range(neurons - shared, neurons):
        carriers[rng.choice(features, 2, replace=False), k] = True
    present = rng.random((samples, features)) < 0.1
    activations = np.maximum(present @ carriers + noise * rng.standard_normal((samples, neurons)), 0)
    return activations, present, carriers


def gaussian_classes(
    samples: int, classes: int, dimensions: int, rng: np.random.Generator, *, paired: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and classes: spherical Gaussians around random means; ``paired``: those of 2p and 2p + 1 are close."""
    means = 2.5 * rng.standard_normal((classes, dimensions)) / dimensions**0.5
    if paired:
        means[1::2] = means[::2] + 0.4 * means[1::2]
    labels = rng.integers(0, classes, samples)
    return means[labels] + 0.35 * rng.standard_normal((samples, dimensions)), labels


def hidden_activations(
    inputs: np.ndarray, labels: np.ndarray, units: int, rng: np.random.Generator, *, steps: int = 250
) -> np.ndarray:
    """Train a classifier with one hidden layer of ReLU units by Adam; return its activations (samples, units)."""
    classes = int(labels.max()) + 1
    target = np.eye(classes)[labels]
    sizes = [(inputs.shape[1], units), (units,), (units, classes), (classes,)]
    weights = [rng.standard_normal(each) * (2 / each[0]) ** 0.5 * (len(each) == 2) for each in sizes]
    first, second = [np.zeros(each) for each in sizes], [np.zeros(each) for each in sizes]
    for step in range(1, steps + 1):
        hidden = np.maximum(inputs @ weights[0] + weights[1], 0)
        scores = hidden @ weights[2] + weights[3]
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        wrong = (chances / chances.sum(axis=1, keepdims=True) - target) / len(inputs)
        back = (wrong @ weights[2].T) * (hidden > 0)
        slopes = [inputs.T @ back, back.sum(0), hidden.T @ wrong, wrong.sum(0)]
        for k, slope in enumerate(slopes):
            first[k] = 0.9 * first[k] + 0.1 * slope
            second[k] = 0.999 * second[k] + 0.001 * slope**2
            weights[k] -= 0.01 * (first[k] / (1 - 0.9**step)) / (np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8)
    assert (scores.argmax(axis=1) == labels).mean() > 0.9, "the classifier has learned"
    return np.maximum(inputs @ weights[0] + weights[1], 0)
