"""AUROC of every neuron and feature: `selectivity` against one ROC curve at a time, as a plain loop would do it.

    python benchmarks/selectivity.py [samples neurons features]

The loop does what scikit-learn's roc_auc_score does for one pair (sort, cumulate, trapezoids), is timed on a few
pairs and extrapolated; `selectivity` is timed in full, with standardized differences, mutual information and p-values.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from polygenesis.probe import selectivity

PAIRS = 40


def one_curve(scores: np.ndarray, present: np.ndarray) -> float:
    """The area under one ROC curve."""
    order = np.argsort(-scores, kind="stable")
    scores, present = scores[order], present[order]
    ends = np.r_[np.flatnonzero(np.diff(scores)), scores.size - 1]
    hits = np.cumsum(present)[ends]
    misses = 1 + ends - hits
    return float(np.trapezoid(np.r_[0, hits] / hits[-1], np.r_[0, misses] / misses[-1]))


def main(samples: int = 50_000, neurons: int = 1536, features: int = 100) -> None:
    rng = np.random.default_rng(0)
    activations = np.maximum(rng.standard_normal((samples, neurons), dtype=np.float32), 0)
    labels = rng.integers(0, features, samples)
    selectivity(activations[:, :2], labels)  # compile
    start = time.perf_counter()
    found = selectivity(activations, labels, permutations=0)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    areas = [one_curve(activations[:, k % neurons], labels == k % features) for k in range(PAIRS)]
    plain = (time.perf_counter() - start) / PAIRS * neurons * features
    assert np.allclose(areas, [found.auroc[k % neurons, k % features] for k in range(PAIRS)], atol=1e-9)
    print(f"{samples} samples, {neurons} neurons, {features} features: {ours:.1f} s")
    print(f"one ROC curve at a time: {plain:.0f} s (from {PAIRS} pairs), {plain / ours:.0f} times as long")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
