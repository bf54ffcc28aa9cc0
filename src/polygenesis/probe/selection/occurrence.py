"""Occurrence: which samples have which feature, as lists both ways, and the weight of a sample in a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers

CROWDED = 0.05
"""Share of the samples that a feature has, on average, above which co-occurrences are counted by dense products."""


@dataclass(frozen=True, eq=False)
class Occurrence:
    """Which of N samples have which of n features, in compressed lists.

    The features of sample s are ``features[starts[s]:starts[s + 1]]``; the samples of feature i, in order,
    ``samples[firsts[i]:firsts[i + 1]]``. ``counts`` (n,): samples with each feature. ``weights`` (N,), see
    :func:`sample_weights`.
    """

    starts: Integers
    features: Integers
    firsts: Integers
    samples: Integers
    counts: Floats
    weights: Floats

    @property
    def size(self) -> int:
        """Number of samples, N."""
        return len(self.weights)

    @cached_property
    def exclusive(self) -> bool:
        """Whether no sample has two features, as with classes."""
        return bool(np.diff(self.starts).max(initial=0) <= 1)

    @cached_property
    def outside(self) -> tuple[Floats, Floats]:
        """Σ w and Σ w² over the samples without each feature, (n,) both."""
        found = []
        for each in (self.weights, self.weights**2):
            inside = np.bincount(self.features, np.repeat(each, np.diff(self.starts)), len(self.counts))
            found.append(np.maximum(each.sum() - inside, 0.0))
        return found[0], found[1]

    @cached_property
    def together(self) -> Any:
        """Samples that each two features have in common, (n, n): a sparse matrix of SciPy's, or an array if crowded."""
        from scipy import sparse

        shape = (self.size, len(self.counts))
        matrix = sparse.csr_matrix((np.ones(len(self.features), np.float32), self.features, self.starts), shape)
        if len(self.features) <= CROWDED * shape[0] * shape[1]:
            return (matrix.T @ matrix).tocsr()
        total, rows = np.zeros((shape[1], shape[1])), max(1, 2**23 // shape[1])
        for first in range(0, shape[0], rows):
            part = matrix[first : first + rows].toarray()
            total += part.T @ part
        return total

    def in_common(self, chosen: Integers) -> Floats:
        """Return how many samples the chosen features have in common, (c, c)."""
        if isinstance(self.together, np.ndarray):
            return np.asarray(self.together[np.ix_(chosen, chosen)])
        return np.asarray(self.together[chosen][:, chosen].toarray(), dtype=np.float64)


def occurrence(present: Booleans | Any, *, balanced: bool = True) -> Occurrence:
    """List a 0/1 matrix (samples, features), dense or sparse, both ways; ``balanced``: weigh samples."""
    samples, features = _listed(present)
    order = np.argsort(features, kind="stable")
    counts = np.bincount(features, minlength=present.shape[1])
    starts = np.searchsorted(samples, np.arange(present.shape[0] + 1))
    weights = sample_weights(starts, features, counts) if balanced else np.ones(present.shape[0])
    return Occurrence(
        starts, features, np.concatenate([[0], np.cumsum(counts)]), samples[order], counts.astype(np.float64), weights
    )


def _listed(present: Booleans | Any) -> tuple[Integers, Integers]:
    """The places of the ones, sample by sample."""
    if isinstance(present, np.ndarray):
        samples, features = np.nonzero(present)
        return samples, features
    present.sort_indices()
    samples = np.repeat(np.arange(present.shape[0]), np.diff(present.indptr))
    return samples, present.indices.astype(np.int64)


def sample_weights(starts: Integers, features: Integers, counts: Integers) -> Floats:
    """Weigh samples (N,) so that the samples of every feature, and those without any, weigh 1 together.

    w(s) = Σ over the features g of s of 1/n_g, and 1/n_0 where it has none. Against samples so weighted a feature
    is compared with every *other* one alike, however rare: for exclusive classes the AUROC becomes the mean over
    j ≠ i of P(a_i > a_j).
    """
    lengths = np.diff(starts)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    weights = np.bincount(owner, 1.0 / counts[features], len(lengths))
    none = lengths == 0
    weights[none] = 1.0 / max(1, int(none.sum()))
    return np.asarray(weights, dtype=np.float64)
