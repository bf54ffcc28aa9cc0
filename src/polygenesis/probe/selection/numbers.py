"""Numbers of one neuron: the effective number of its features, the purity of its top samples, and a p-value.

The p-value is that of the null "besides one feature, the activation does not depend on the labels". For a feature i
this says that among the samples without i, and among those with it, activations are exchangeable. So for every other
feature j the mean of the samples' mid-ranks g in (0, 1) is a mean of n_j numbers drawn without replacement from the g
of all samples of that group, and for t > 0

    P(mean g of j >= a) <= exp(n_j (K(t) − t a)),   K(t) = log mean exp(t g),

exactly, whatever the ties and however few the samples (Chernoff's bound; Hoeffding 1963, theorem 4, for draws without
replacement). The smallest over j is multiplied by the number of tests (Bonferroni). The neuron may carry either of its
two strongest features alone, so p is the larger of the two.
"""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.probe.selection.occurrence import Occurrence

MOST_SAMPLES = 8_192
"""Samples of each group, evenly spaced, that are ranked: enough for a p-value far below any level."""

TRIED = 3
"""Features whose bound is computed: those that stand out most."""


def effective_number(effects: Floats) -> float:
    """Return over how many features a neuron's effects spread: the inverse participation ratio (Σ e²)² / Σ e⁴.

    1 where one feature dominates, the number of features where all count alike, NaN where all effects are 0.

    >>> effective_number(np.array([0.9, 0.9])), round(effective_number(np.array([0.9, 0.1])), 2)
    (2.0, 1.02)
    """
    sizes = np.abs(np.asarray(effects, dtype=np.float64))
    if np.isinf(sizes).any():
        return float(np.isinf(sizes).sum())
    if not sizes.any():
        return float("nan")
    squares = (sizes / sizes.max()) ** 2
    return float(squares.sum() ** 2 / (squares**2).sum())


def purity(present: Booleans) -> float:
    """Return the largest share of some samples (samples, features) that have one and the same feature.

    0 where there are no features. The purity of a cluster: Manning et al. 2008, Introduction to Information
    Retrieval, 16.3.
    """
    return float(present.mean(axis=0).max()) if present.size else 0.0


def several_p_value(values: Floats, known: Occurrence, candidates: Integers, *, signed: bool) -> float:
    """Return the p-value that a neuron carries more than one feature.

    Args:
        values: its activations, (samples,).
        known: which samples have which feature.
        candidates: its two strongest features; under the null it carries at most one of them.
        signed: whether going down with a feature counts as carrying it.

    It is 1 where no other feature can be compared.
    """
    return max(_beside(values, known, int(each), signed) for each in candidates[:2])


def _beside(values: Floats, known: Occurrence, feature: int, signed: bool) -> float:
    """The p-value that the activation depends on labels other than ``feature``."""
    has = np.zeros(known.size, dtype=bool)
    has[known.samples[known.firsts[feature] : known.firsts[feature + 1]]] = True
    groups = (~has,) if known.exclusive else (~has, has)  # no sample of an exclusive feature has another
    found = [_in_group(values, known, np.flatnonzero(group), feature, signed) for group in groups]
    tests = sum(count for _, count in found)
    return float(min(1.0, tests * (1 + signed) * min(p for p, _ in found)))


def _in_group(values: Floats, known: Occurrence, group: Integers, feature: int, signed: bool) -> tuple[float, int]:
    """The smallest bound over the other features in a group of samples, and how many could be compared."""
    from polygenesis.probe.selection.bounds import chernoff_bound, rank_sums

    if len(group) > MOST_SAMPLES:
        group = group[np.arange(MOST_SAMPLES) * len(group) // MOST_SAMPLES]
    if len(group) < 2:
        return 1.0, 0
    ranks = _ranks(values[group])
    counts, sums = rank_sums(ranks, group, known.starts, known.features, len(known.counts))
    counts[feature] = 0
    open_ = np.flatnonzero((counts > 0) & (counts < len(group)))
    if not len(open_) or ranks[0] == ranks[-1] == ranks.mean():
        return 1.0, len(open_)
    means = sums[open_] / counts[open_]
    distance = (means - 0.5) * np.sqrt(counts[open_])
    if not signed:
        distance = np.maximum(distance, 0)
    far = np.argpartition(-np.abs(distance), min(TRIED, len(open_)) - 1)[:TRIED]
    bounds = [chernoff_bound(ranks, means[k], int(counts[open_[k]]), distance[k] < 0) for k in far if distance[k] != 0]
    return min(bounds, default=1.0), len(open_)


def _ranks(values: Floats) -> Floats:
    """Mid-ranks, from 0 to 1, whose mean is ½."""
    order = np.argsort(values)
    rising = values[order]
    first = np.flatnonzero(np.r_[True, rising[1:] != rising[:-1]])
    counts = np.diff(np.append(first, len(values)))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((first + 0.5 * counts) / len(values), counts)
    return ranks
