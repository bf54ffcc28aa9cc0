"""The structured share: how much of who-shares-with-whom comes back with every seed.

With μ = E N over seeds and e = E N if features chose neurons at random with the margins of each run,

    D = ½ Σ_{i<j} |μ_ij − e_ij| / Σ_{i<j} μ_ij.

Margins fix Σ N, so that excess and deficit are equal: D is the share of co-selections that chance would have put
elsewhere, a total-variation distance: 0 for chance, 1 at most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.probe.battery.nulls import Means
from polygenesis.probe.battery.pairs import PairCounts
from polygenesis.probe.battery.recurrence import LEVEL, Recurrence
from polygenesis.stats import Estimate

NORMAL = 1.96
"""Of a normal law, the quantile of 97.5 %."""

CONFIDENCE = 0.95
"""Of the interval; each end on its own is wrong at most 2.5 times in 100."""

MOST_RUNS = 30
"""Seeds up to which it is asked how many would settle the question."""

WEIGHT_FROM, WEIGHT_TO = 0.5, 2.0
"""Standard deviations beyond chance, in the other runs, from which on a pair counts in the run left out, and counts
fully. Any weights taken from the other runs keep the mean at most D; these lose little of it."""


FEW = 10
"""Coincidences over all runs below which their sum has no normal law, so that its spread is taken from Poisson's."""


@dataclass(frozen=True)
class StructuredShare:
    """D with a lower bound by leaving runs out, or by Hölder, and an upper bound by Cauchy and Schwarz.

    ``estimate``: mean over runs of what the pairs that stand out in the *other* runs have beyond chance in the run left
    out, at least 0; its ``lower`` end is 0 unless recurrence has p ≤ .05. ``squares``: unbiased estimate of Σ (μ − e)²,
    with its standard error ``squares_error``. All three are of the same runs.
    """

    estimate: Estimate
    squares: float
    squares_error: float

    @property
    def upper(self) -> float:
        """Largest D that the runs allow, 1 at most."""
        return self.estimate.upper


def structured_share(found: Recurrence) -> StructuredShare:
    """Estimate D from the runs of a recurrence test (three or more).

    The lower end is the larger of two, each wrong 2.5 times in 100. By Student's t over the R values left out, with the
    standard error times √(2(R − 1)/(R − 2)), because they share terms. And by Hölder, with L the lower bound of
    Σ (μ − e)²: D ≥ ½ L/(Σ μ · max |μ − e|), no count seen being below the largest difference; it needs few runs, and
    says little where much is structured. The upper end is ½ √(pairs · U)/Σ μ (Cauchy and Schwarz) with U the upper
    bound of Σ (μ − e)².
    """
    left_out = excess_left_out(found.pairs, found.means, recurring_weights(found.pairs, found.means))
    squares, error = _squares(found)
    sharings = max(float(found.pairs.sharings.mean()), 1e-12)
    most = squares + max(_student(found.runs) * error, _few(found))
    upper = min(1.0, 0.5 * float(np.sqrt(_live_pairs(found) * max(0.0, most))) / sharings)
    by_runs = interval(left_out, found.p_value, upper, "runs left out in turn")
    largest = max(float(found.pairs.counts.max(initial=0)), float(found.means.mean.max()), 1e-12)
    least = 0.5 * max(0.0, squares - NORMAL * error) / (largest * sharings) if found.p_value <= LEVEL else 0.0
    estimate = capped(raised(by_runs, least, "squared excesses"), int(found.pairs.sharings.sum()))
    return StructuredShare(estimate, squares, float(error))


def capped(estimate: Estimate, sharings: int) -> Estimate:
    """Return the estimate with a lower end no higher than that of the same share of as many independent co-selections.

    Where few pairs share and all of them come back, the values left out are equal and their spread says nothing: that
    1 pair came back in each of 3 runs shows a share of 29 % and no more (Clopper and Pearson). ``sharings``: of all
    runs together.
    """
    from scipy import special

    returned = estimate.value * sharings
    if estimate.lower <= 0 or returned <= 0:
        return estimate
    least = float(special.betaincinv(returned, sharings - returned + 1, (1 - CONFIDENCE) / 2))
    return replace(estimate, lower=min(estimate.lower, least))


def raised(estimate: Estimate, lower: float, method: str) -> Estimate:
    """Return the estimate with its lower end raised, and itself if need be, where another bound is higher."""
    lower = min(lower, estimate.upper)
    if lower <= estimate.lower:
        return estimate
    return replace(estimate, lower=lower, value=max(estimate.value, lower), method=method)


def seeds_for(found: Recurrence, share: float) -> int | None:
    """How many seeds would bring the upper end down to ``share``, were there no structure; None beyond ``MOST_RUNS``.

    Under chance the standard error of Σ (μ − e)² falls as 1/√(R(R − 1)).
    """
    pairs, sharings = _live_pairs(found), float(found.pairs.sharings.mean())
    one = found.label_spread / np.sqrt(found.runs * (found.runs - 1))
    for runs in range(found.runs, MOST_RUNS + 1):
        reach = _student(runs) * one / np.sqrt(runs * (runs - 1))
        if 0.5 * np.sqrt(pairs * reach) <= share * sharings:
            return runs
    return None


def recurring_weights(pairs: PairCounts, means: Means) -> Floats:
    """Weights (R, P) of the pairs for each run left out: how far they stand out in the other runs, 0 to 1."""
    mean, variance = means.of(pairs.first, pairs.second)
    beyond, spread = pairs.counts - mean, variance
    others = beyond.sum(axis=0) - beyond
    deviation = np.sqrt(np.maximum(spread.sum(axis=0) - spread, 1e-12))
    return np.asarray(np.clip((others / deviation - WEIGHT_FROM) / (WEIGHT_TO - WEIGHT_FROM), 0, 1))


def excess_left_out(pairs: PairCounts, means: Means, weights: Floats) -> Floats:
    """Return Σ w (N − E N) / Σ N of each run, (R,), with weights (R, P) that do not know the run."""
    mean, _ = means.of(pairs.first, pairs.second)
    excess = (weights * (pairs.counts - mean)).sum(axis=1)
    return np.asarray(excess / np.maximum(pairs.sharings, 1))


def interval(left_out: Floats, p_value: float, upper: float, method: str, *, shared: bool = True) -> Estimate:
    """The estimate of D from values left out, (R,): its lower end is 0 unless the pairs' test has p ≤ .05.

    ``shared``: whether the values share terms, as where weights are taken from the others' co-selections.
    """
    runs = len(left_out)
    widened = np.sqrt(2 * (runs - 1) / (runs - 2)) if shared else 1.0
    error = float(left_out.std(ddof=1) / np.sqrt(runs) * widened)
    value = float(np.clip(left_out.mean(), 0, 1))
    lower = float(np.clip(value - _student(runs) * error, 0, 1)) if p_value <= LEVEL else 0.0
    return Estimate(min(value, upper), min(lower, upper), upper, CONFIDENCE, method, runs)


def _squares(found: Recurrence) -> tuple[float, float]:
    """Σ_{r≠s} Σ D^r D^s / R(R − 1) and its standard error: the larger of the jackknife's and the permutations'."""
    products = run_products(found.pairs, found.means)
    runs = found.runs
    own = products.sum(axis=1) / (runs - 1)
    value = float(own.mean())
    jackknife = np.sqrt((runs - 1) / runs * 4 / (runs - 2) ** 2 * ((own - value) ** 2).sum())
    return value, float(max(jackknife, found.label_spread / (runs * (runs - 1))))


def run_products(pairs: PairCounts, means: Means) -> Floats:
    """Return Σ_{i<j} D_ij^r D_ij^s of every two runs, (R, R), zeros on the diagonal; D = N − E N over all pairs."""
    mean, _ = means.of(pairs.first, pairs.second)
    sharing = (pairs.counts - mean) @ (pairs.counts - mean).T - mean @ mean.T
    runs = len(mean)
    for r in range(runs):
        for s in range(r):
            sharing[r, s] += _mean_product(means, r, s)
            sharing[s, r] = sharing[r, s]
    np.fill_diagonal(sharing, 0)
    return sharing


def _mean_product(means: Means, r: int, s: int) -> float:
    """Σ_{i<j} e_ij^r e_ij^s over all pairs, by pairs of classes."""
    kinds = means.mean.shape[1]
    both = np.zeros((kinds, kinds))
    np.add.at(both, (means.classes[r], means.classes[s]), 1.0)
    ordered = (means.mean[r] * (both @ means.mean[s] @ both.T)).sum()
    same = (both * np.outer(np.diagonal(means.mean[r]), np.diagonal(means.mean[s]))).sum()
    return float((ordered - same) / 2)


def _few(found: Recurrence) -> float:
    """How far Σ_{r≠s} Σ N^r N^s / R(R − 1) may lie above what is seen, by Poisson's law; 0 from ``FEW`` on.

    With no coincidence at all the values of all runs are equal, and their spread of 0 would exclude everything.
    """
    from scipy import special

    if found.statistic >= FEW:
        return 0.0
    most = float(special.gammaincinv(found.statistic + 1, (1 + CONFIDENCE) / 2))
    return 2 * (most - found.statistic) / (found.runs * (found.runs - 1))


def _live_pairs(found: Recurrence) -> float:
    """Pairs of features that can share: both have a neuron in some run."""
    live = len(np.unique(np.concatenate([found.pairs.first, found.pairs.second])))
    expected = _features_that_can_share(found.means)
    n = max(live, expected)
    return n * (n - 1) / 2


def _features_that_can_share(means: Means) -> int:
    """Features whose class shares with some class in the mean of draws."""
    some = np.asarray((means.mean > 0).any(axis=2))
    runs = np.arange(len(means.classes))[:, None]
    return int(some[runs, means.classes].any(axis=0).sum())


def _student(runs: int) -> float:
    from scipy import special

    return float(special.stdtrit(runs - 1, (1 + CONFIDENCE) / 2))
