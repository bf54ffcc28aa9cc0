"""Pairs that share: how many neurons each pair of features has in common, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Integers
from polygenesis.checks import plain_array
from polygenesis.errors import InputError, bad_argument


@dataclass(frozen=True, eq=False)
class PairCounts:
    """The pairs of n ``features`` that share a neuron in some run: ``first`` < ``second`` (P,), ``counts`` (R, P)."""

    features: int
    first: Integers
    second: Integers
    counts: Integers

    @property
    def possible(self) -> int:
        """Number of all pairs of features, n(n − 1)/2."""
        return self.features * (self.features - 1) // 2

    @property
    def sharings(self) -> Integers:
        """Co-selections of each run, Σ_{i<j} N_ij, (R,)."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def across(self) -> float:
        """Σ_{r<s} Σ_{i<j} N_ij^r N_ij^s."""
        return float((self.counts.sum(axis=0) ** 2 - (self.counts**2).sum(axis=0)).sum() / 2)

    def listed(self) -> tuple[Integers, Integers, Integers]:
        """Return what each feature shares with whom: starts (R, n + 1), others and numbers (R, most)."""
        runs, n = len(self.counts), self.features
        both = np.concatenate([self.first, self.second]), np.concatenate([self.second, self.first])
        order = np.lexsort(both[::-1])
        own, other, counts = both[0][order], both[1][order], np.tile(self.counts, 2)[:, order]
        starts = np.zeros((runs, n + 1), dtype=np.int64)
        most = max(1, int((counts > 0).sum(axis=1).max()))
        others, numbers = np.zeros((runs, most), dtype=np.int64), np.zeros((runs, most), dtype=np.int64)
        for r in range(runs):
            here = counts[r] > 0
            starts[r, 1:] = np.cumsum(np.bincount(own[here], minlength=n))
            others[r, : here.sum()], numbers[r, : here.sum()] = other[here], counts[r][here]
        return starts, others, numbers


def pair_counts(matrices: Sequence[Booleans]) -> PairCounts:
    """Count the neurons that each pair of features shares: one 0/1 matrix (n, m_r) a run, features the same."""
    from polygenesis.probe.battery.curveball import observed_pairs

    starts, columns, widths = stacked(matrices)
    n = len(matrices[0])
    carried = [each.sum(axis=0) for each in matrices]
    most = min(n * (n - 1) // 2, sum(int((each * (each - 1) // 2).sum()) for each in carried))
    i, j, counts = observed_pairs(starts, columns, widths, most)
    return PairCounts(n, i, j, np.ascontiguousarray(counts.T))


def opposed(pairs: PairCounts, signs: Sequence[Integers]) -> Integers:
    """Count the neurons, of all runs, that one feature of a pair raises and the other lowers, (P,).

    ``signs``: one matrix (n, m_r) a run, +1 or −1 where a feature is carried, 0 elsewhere. All that a pair shares, less
    what it shares with one sign.
    """
    found, keys = np.array(pairs.counts.sum(axis=0)), pairs.first * pairs.features + pairs.second
    order = np.argsort(keys)
    for each in signs:
        for sign in (1, -1):  # one by one, as thousands of features have millions of pairs
            alike = pair_counts([each == sign])
            places = order[np.searchsorted(keys[order], alike.first * pairs.features + alike.second)]
            found[places] -= alike.counts[0]
    return found


def binary(name: str, matrix: Any) -> Booleans:
    """Return a 0/1 matrix (n, m) as booleans, or say what is wrong with it."""
    array = plain_array(name, matrix)
    if array.ndim != 2 or 0 in array.shape:
        raise bad_argument(name, "have shape (features, neurons)", f"shape {array.shape}")
    if array.dtype.kind not in "fiub" or not np.isin(array, (0, 1)).all():
        raise InputError(f"Argument `{name}` must be 0 or 1 everywhere.")
    return array.astype(bool)


def same_features(runs: Sequence[Booleans]) -> None:
    """Say so if runs have different features."""
    if len({len(each) for each in runs}) > 1:
        raise InputError(
            f"All runs must have the same features, but they have {', '.join(str(len(each)) for each in runs)}."
        )


def listed(matrix: Booleans) -> tuple[Integers, Integers]:
    """Return the ones of each row: row i holds columns[starts[i]:starts[i + 1]]."""
    rows, columns = np.nonzero(matrix)
    starts = np.searchsorted(rows, np.arange(len(matrix) + 1))
    return starts.astype(np.int64), columns.astype(np.int64)


def stacked(matrices: Sequence[Booleans]) -> tuple[Integers, Integers, Integers]:
    """Return the ones of R matrices as the compiled loops take them: starts (R, n + 1), columns, widths (R,)."""
    lists = [listed(each) for each in matrices]
    starts = np.stack([each[0] for each in lists])
    columns = np.zeros((len(lists), max(1, int(starts[:, -1].max()))), dtype=np.int64)
    for row, (_, ones) in zip(columns, lists, strict=True):
        row[: len(ones)] = ones
    return starts, columns, np.array([each.shape[1] for each in matrices], dtype=np.int64)
