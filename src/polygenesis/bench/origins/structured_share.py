"""The true structured share D of a law of selections, by many draws: the number that estimates are held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.errors import bad_argument
from polygenesis.probe.battery.nulls import curveball

BLOCKS = 20
"""Groups of runs whose spread gives the Monte Carlo error."""

HALVINGS = 20
"""Random halves of the runs over which both bounds are averaged."""


@dataclass(frozen=True)
class TrueShare:
    """D = ½ Σ_{i<j} |μ_ij − e_ij| / Σ_{i<j} μ_ij, with its Monte Carlo error.

    μ = E N over runs; e = mean over runs of E[N | margins of the run]. ``upper``: D of the means as they are, too large
    in the mean, because noise has no sign; ``lower``: signs from one half of the runs and differences from the
    other, too small in the mean. ``value`` lies between: ``upper`` less its bias, extrapolated as 1/√runs; with tens
    of trained networks it is still low by a tenth. ``error``: standard error of ``value`` by the jackknife over blocks
    of runs.
    """

    value: float
    lower: float
    upper: float
    error: float
    runs: int


def structured_share_truth(
    draw: Callable[[np.random.Generator], Booleans], *, runs: int = 400, draws: int = 20, alike: Integers | None = None,
    seed: int = 0,
) -> TrueShare:  # fmt: skip
    """Measure D of a law from ``runs`` draws of it, e.g. ``structured_share_truth(law.draw, alike=law.alike)``.

    ``draws``: matrices with each run's margins. ``alike``: see :func:`structured_share_of`.
    """
    rng = np.random.default_rng([seed, 13])
    return structured_share_of([draw(rng) for _ in range(runs)], draws=draws, alike=alike, seed=seed)


def structured_share_of(
    matrices: Sequence[Booleans], *, draws: int = 20, alike: Integers | None = None, seed: int = 0
) -> TrueShare:
    """Measure D from the selections (n, m) of many seeds, e.g. 60 networks trained on one data set.

    ``alike``: a number for each pair i < j, in the order of triu_indices; over pairs of one number μ and e are
    averaged first, which all but removes the bias. Raises :class:`polygenesis.InputError` for fewer than 8 runs.
    """
    if len(matrices) < 8:
        raise bad_argument("matrices", "be at least 8 runs", len(matrices))
    rng = np.random.default_rng([seed, 14])
    counts = np.stack([pair_counts(each) for each in matrices])
    beyond = counts - np.stack([expected_counts(each, draws, rng) for each in matrices])
    if alike is not None:
        beyond = _averaged(beyond, alike)
    total = counts.mean(axis=0).sum()
    if not total:
        return TrueShare(0.0, 0.0, 0.0, 0.0, len(matrices))
    upper, lower, value = _bounds(beyond / total, rng)
    parts = np.array_split(rng.permutation(len(beyond)), min(BLOCKS, len(beyond) // 4))
    left = [_bounds(np.delete(beyond, part, axis=0) / total, rng)[2] for part in parts]
    error = float(np.sqrt((len(left) - 1) * np.var(left)))
    return TrueShare(value, lower, upper, error, len(matrices))


def pair_counts(matrix: Booleans) -> Floats:
    """Return how many neurons each pair i < j shares, in the order of triu_indices."""
    ones = matrix.astype(np.float32)
    return np.asarray((ones @ ones.T)[np.triu_indices(len(ones), 1)], dtype=np.float64)


def expected_counts(matrix: Booleans, draws: int, rng: np.random.Generator) -> Floats:
    """Return the mean of those counts over matrices with the same margins; the chain's first draws are left out."""
    drawn = curveball(matrix, draws + 2, seed=rng)[2:].astype(np.float32)
    return np.asarray((drawn @ drawn.transpose(0, 2, 1)).mean(axis=0)[np.triu_indices(len(matrix), 1)], dtype=float)


def _bounds(beyond: Floats, rng: np.random.Generator) -> tuple[float, float, float]:
    """Upper and lower bound and extrapolated value from differences N − E[N | margins], (runs, pairs), scaled."""
    upper = _share(beyond.mean(axis=0))
    lower, halves = [], []
    for _ in range(HALVINGS):
        order = rng.permutation(len(beyond))
        a, b = (beyond[part].mean(axis=0) for part in np.array_split(order, 2))
        lower += [float((np.sign(a) * b).sum() / 2), float((np.sign(b) * a).sum() / 2)]
        halves += [_share(a), _share(b)]
    least = max(0.0, float(np.mean(lower)))
    value = upper - (float(np.mean(halves)) - upper) / (2**0.5 - 1)
    return upper, min(least, upper), float(np.clip(value, min(least, upper), upper))


def _share(mean: Floats) -> float:
    return float(np.abs(mean).sum() / 2)


def _averaged(beyond: Floats, alike: Integers) -> Floats:
    """Each pair's differences replaced by their mean over the pairs alike."""
    found = np.empty_like(beyond)
    for each in np.unique(alike):
        found[:, alike == each] = beyond[:, alike == each].mean(axis=1, keepdims=True)
    return found
