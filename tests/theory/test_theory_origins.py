"""docs/theory.md, Origins 3 to 10: derivations of the structured share, checked by enumeration and simulation."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest
from scipy import special

from polygenesis.probe.battery.accounting import account
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.structured_share import WEIGHT_FROM, WEIGHT_TO
from polygenesis.probe.selection.effects import chance_variance


def matrices(rows: tuple[int, ...], columns: tuple[int, ...]) -> np.ndarray:
    """All 0/1 matrices with these margins, (count, n, m)."""
    choices = [[np.isin(range(len(columns)), c) for c in combinations(range(len(columns)), r)] for r in rows]
    every = np.array(list(product(*choices)), dtype=int)
    return every[(every.sum(axis=1) == columns).all(axis=1)]


def counts(every: np.ndarray) -> np.ndarray:
    """N_ij of each matrix, (count, n, n)."""
    return every @ every.transpose(0, 2, 1)


MARGINS = ((1, 1, 2, 2), (3, 2, 1))
"""Row and column sums of a few dozen matrices."""


def test_chance_depends_on_row_sums_only():
    """Origins 10, over all matrices with given margins: mean and variance."""
    rows, _ = MARGINS
    found = counts(matrices(*MARGINS))
    mean, variance = found.mean(axis=0), found.var(axis=0)
    for (i, j), (k, o) in combinations(combinations(range(4), 2), 2):
        if sorted((rows[i], rows[j])) == sorted((rows[k], rows[o])):
            assert mean[i, j] == pytest.approx(mean[k, o])
            assert variance[i, j] == pytest.approx(variance[k, o])
    assert mean[0, 1] != pytest.approx(mean[2, 3])


def test_the_structured_share_is_a_distance_and_weights_from_other_runs_do_not_exceed_it():
    """Origins 3, 4, 6 and 7 of a law whose runs mix matrices with unequal chances, all exactly."""
    every = counts(matrices(*MARGINS))
    i, j = np.triu_indices(4, 1)
    seen, chance = every[:, i, j], every[:, i, j].mean(axis=0)
    law = np.random.default_rng(0).dirichlet(np.full(len(seen), 0.3))
    mean = law @ seen
    assert np.ptp(seen.sum(axis=1)) == 0
    share = 0.5 * np.abs(mean - chance).sum() / mean.sum()
    assert share == pytest.approx(0.5 * np.abs(mean / mean.sum() - chance / chance.sum()).sum())
    assert share > 0.05
    rng = np.random.default_rng(1)
    weights = np.vstack([rng.random((200, len(i))), mean > chance])
    bounds = weights @ (mean - chance) / mean.sum()
    assert bounds.max() == pytest.approx(share)
    squares = ((mean - chance) ** 2).sum()
    products = (seen - chance) @ (seen - chance).T
    assert law @ products @ law == pytest.approx(squares)  # two independent runs
    assert squares / (2 * np.abs(mean - chance).max() * mean.sum()) <= share
    assert share <= np.sqrt(len(i) * squares) / (2 * mean.sum())


@pytest.mark.parametrize("runs", [3, 5, 12])
def test_values_left_out_scatter_less_than_their_mean_errs(runs: int):
    """Origins 5 by 40,000 draws of independent Gaussian D: the ratio is known to 2 %."""
    draws = np.random.default_rng(runs).standard_normal((40_000, runs, 30))
    kernel = draws @ draws.transpose(0, 2, 1)
    kernel[:, range(runs), range(runs)] = 0
    left_out = kernel.sum(axis=2) / (runs - 1)
    naive = (left_out.var(axis=1, ddof=1) / runs).mean()
    assert left_out.mean(axis=1).var() / naive == pytest.approx(2 * (runs - 1) / (runs - 2), rel=0.06)


@pytest.mark.parametrize(("runs", "planted"), [(3, 0.0), (5, 0.0), (5, 0.2), (5, 0.5), (5, 2.0), (12, 0.2)])
def test_the_lower_end_seldom_exceeds_the_share(runs: int, planted: float):
    """Origins 5: in 6,000 sets of Gaussian D with 20 of 45 pairs planted; 2.5 % and five standard errors are 3.5 %."""
    mean = np.full(45, -20 * planted / 25)
    mean[:20] = planted
    beyond = mean + np.random.default_rng(runs).standard_normal((6_000, runs, 45))
    deviations = (beyond.sum(axis=1, keepdims=True) - beyond) / (runs - 1) ** 0.5
    left_out = (np.clip((deviations - WEIGHT_FROM) / (WEIGHT_TO - WEIGHT_FROM), 0, 1) * beyond).sum(axis=2)
    error = left_out.std(axis=1, ddof=1) / runs**0.5 * (2 * (runs - 1) / (runs - 2)) ** 0.5
    lower = left_out.mean(axis=1) - special.stdtrit(runs - 1, 0.975) * error
    assert (lower > 20 * planted).mean() < 0.035


@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5, 6], [0, 0, 1, 1, 2, 5]])
def test_the_variance_of_the_balanced_auroc_is_exact(values: list[float]):
    """Origins 8 over all 720 permutations, with and without ties; the weights are those of three features."""
    own, others, weights = [0, 1], [2, 3, 4, 5], np.array([0.5, 0.5, 1.0, 1 / 3, 1 / 3, 1 / 3])
    greater = np.subtract.outer(values, values)
    kernel = (greater > 0) + 0.5 * (greater == 0)
    found, ranked = [], []
    for order in permutations(range(6)):
        turned = kernel[np.ix_(order, order)]
        scale = len(own) * weights[others].sum()
        found.append((turned[np.ix_(own, others)] * weights[others]).sum() / scale)
        within = (turned[np.ix_(own, own)] * weights[own]).sum()
        ranked.append(((turned[own] * weights).sum() - within) / scale)
    np.testing.assert_allclose(found, ranked)
    centred = kernel.sum(axis=1) - 0.5 - 2.5
    ties = float((greater == 0).sum() - 6)
    spread = (weights[others] ** 2).sum() / weights[others].sum() ** 2
    told = chance_variance((centred**2).sum(), ties, 6, np.array([2.0]), spread)
    assert np.var(found) == pytest.approx(float(told[0]))


def test_more_features_than_neurons_leave_some_without_a_neuron_of_their_own():
    """Origins 9 over all matrices of four features and three neurons, and where it is attained."""
    least = []
    for bits in range(2**12):
        matrix = np.array([bits >> k & 1 for k in range(12)], dtype=bool).reshape(4, 3)
        if matrix.any(axis=0).all() and matrix.any(axis=1).all():
            alone = matrix.sum(axis=0) == 1
            least.append((4 - int(matrix[:, alone].any(axis=1).sum()), int(matrix.sum() - 3)))
    homeless, excess = np.array(least).min(axis=0)
    assert (homeless, excess) == (2, 1)
    base = Base("activations", tuple("abcd"), (np.eye(4, 3, dtype=bool) | [[0], [0], [0], [1]],), (3,), None, 0, 99)
    found = account(base)
    assert (found.homeless, found.forced) == (2, 1)
