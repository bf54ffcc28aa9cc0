"""AUROC of every neuron and feature: `selectivity` against scikit-learn's roc_auc_score, one pair at a time.

    python benchmarks/selectivity.py [samples neurons features]

CPU time, so that other work on the machine does not count. The loop is timed on a few pairs and extrapolated;
`selectivity` is timed in full, and gives standardized differences, mutual information and p-values besides.
Needs scikit-learn: pip install 'polygenesis[data]'.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from polygenesis.probe import selectivity

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
    assert np.allclose(areas, [found.auroc[k % neurons, k % features] for k in range(PAIRS)], atol=1e-9)
    print(f"{samples:,} samples × {neurons:,} neurons × {features} features: {ours:.1f} s of CPU ({wall:.1f} s)")
    print(
        f"scikit-learn, one pair at a time: {plain:.0f} s of CPU (from {PAIRS} pairs), {plain / ours:.0f} times as long"
    )
    assert plain > GOAL * ours, f"only {plain / ours:.1f} times as fast"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
