"""AUROC of every neuron and feature: `selectivity` against scikit-learn's roc_auc_score, one pair at a time.

    python benchmarks/selectivity.py [samples neurons features]
    python benchmarks/selectivity.py latents

CPU time, so that other work on the machine does not count. The loop is timed on a few pairs and extrapolated;
`selectivity` is timed in full, and gives standardized differences, mutual information and p-values besides.
Needs scikit-learn: pip install 'polygenesis[data]'. With `latents`: conditional selection at six thresholds where
labels are the latents of a dictionary, 20,000 samples × 512 neurons × 4,096 sparse features, some of which occur
together or only within another; time, memory, and how many of the planted features of each neuron are found.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from polygenesis.probe import selectivity
from polygenesis.probe.selection.select import select

PAIRS = 40
"""Pairs of a neuron and a feature on which the loop is timed."""

GOAL = 20
"""Times that `selectivity` must be faster."""


def main(samples: int = 50_000, neurons: int = 1536, features: int = 100) -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    activations = np.maximum(rng.standard_normal((samples, neurons), dtype=np.float32), 0)
    labels = rng.integers(0, features, samples)
    selectivity(activations[:, :2], labels)  # compile
    roc_auc_score(labels == 0, activations[:, 0])  # import
    start, wall = time.process_time(), time.perf_counter()
    found = selectivity(activations, labels, permutations=0)
    ours, wall = time.process_time() - start, time.perf_counter() - wall
    start = time.process_time()
    areas = [roc_auc_score(labels == k % features, activations[:, k % neurons]) for k in range(PAIRS)]
    plain = (time.process_time() - start) / PAIRS * neurons * features
    one = selectivity(activations[:, :1], (labels == 0)[:, None], kind="multi-label", permutations=0)
    assert np.isclose(areas[0], one.auroc[0, 0], atol=1e-9)  # with classes it is balanced, which is close to the plain
    assert np.allclose(areas, [found.auroc[k % neurons, k % features] for k in range(PAIRS)], atol=0.02)
    print(f"{samples:,} samples × {neurons:,} neurons × {features} features: {ours:.1f} s of CPU ({wall:.1f} s)")
    print(
        f"scikit-learn, one pair at a time: {plain:.0f} s of CPU (from {PAIRS} pairs), {plain / ours:.0f} times as long"
    )
    assert plain > GOAL * ours, f"only {plain / ours:.1f} times as fast"


THRESHOLDS = (0.65, 0.7, 0.75, 0.8, 0.85, 0.9)

SECONDS, GIGABYTES = 30, 2
"""CPU time and peak memory of the process within which latents must be selected."""


def planted_latents(rng: np.random.Generator, samples: int, neurons: int, features: int) -> tuple[np.ndarray, ...]:
    """ReLU units of 12 features each; of 4,096 features 512 follow another one at .7, 256 occur only within one."""
    rates = 0.005 * np.exp(0.8 * rng.standard_normal(features) - 0.32)
    present = np.stack([rng.random(samples) < rate for rate in rates], axis=1)
    order = rng.permutation(features)
    for first, second in order[: features // 4].reshape(-1, 2):
        present[:, second] = np.where(rng.random(samples) < 0.7, present[:, first], present[:, second])
    for parent, child in order[features // 4 : features * 3 // 8].reshape(-1, 2):
        present[:, child] = present[:, parent] & (rng.random(samples) < 0.5)
    present[:30, ~present.any(axis=0)] = True
    activations = 0.5 * rng.standard_normal((samples, neurons), dtype=np.float32)
    carriers = np.zeros((features, neurons), dtype=bool)
    for k in range(neurons):
        chosen = rng.choice(features, 12, replace=False)
        carriers[chosen, k] = True
        for feature in chosen:
            activations[present[:, feature], k] += rng.uniform(1, 3)
    return np.maximum(activations, 0), present, carriers


def latents(samples: int = 20_000, neurons: int = 512, features: int = 4096) -> None:
    rng = np.random.default_rng(0)
    activations, present, carriers = planted_latents(rng, samples, neurons, features)
    select(activations[:, :4], present[:, :64], thresholds=THRESHOLDS)  # compile
    start = time.process_time()
    found = select(activations, present, thresholds=THRESHOLDS)
    took, peak = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{samples:,} samples × {neurons:,} neurons × {features:,} features: {took:.1f} s of CPU, {peak:.2f} GB")
    for name, chosen in (("on its own", found.marginal), ("beside the rest", found.carried)):
        right, false = (chosen & carriers).sum() / carriers.sum(), (chosen & ~carriers).sum() / chosen.sum()
        print(f"{name}: {right:.1%} of the planted features are selected, {false:.1%} of the selections are false")
    assert took <= SECONDS, f"more than {SECONDS} s"
    assert peak <= GIGABYTES, f"more than {GIGABYTES} GB"


if __name__ == "__main__":
    if sys.argv[1:] == ["latents"]:
        latents()
    else:
        main(*map(int, sys.argv[1:]))
