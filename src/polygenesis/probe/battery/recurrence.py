"""Recurrence: do the same pairs of features share neurons in runs with other seeds?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.battery.nulls import FINEST, Means, Mixing, label_null, margin_draws
from polygenesis.probe.battery.pairs import PairCounts, binary, pair_counts, same_features
from polygenesis.probe.evidence import p_text
from polygenesis.stats import p_value

LEAST_RUNS = 3
"""Fewer runs than this say too little on whether pairs recur."""

LEVEL = 0.05
"""Level at which single tests are read."""

DECISIVE = 0.01
"""Level at which recurrence decides the verdict: at 5 % a verdict on a network without structure could be right at
most 95 times in 100, while planted pairs give p-values far below either."""

FALSE_PAIRS = 0.05
"""Share of the pairs called kin that may be so by chance (Benjamini and Hochberg)."""

MOST_ARRANGED = 512
"""Features up to which it is asked what the largest statistic of all permutations could be."""

MANY = 3.0
"""Shared neurons expected of a pair from which on the binomial law with the draws' variance is its null."""


@dataclass(frozen=True, eq=False, repr=False)
class Recurrence:
    """How often the same pairs share neurons in several runs, against matrices with the same margins.

    ``statistic``: T = Σ_{r<s} Σ_{i<j} N_ij^r N_ij^s across runs, or Σ_{i<j} N_ij² within one. ``expected``: its
    mean over matrices with the same margins. ``p_value``: the larger of ``by_margins`` and ``by_labels``, each exact
    under its null (within one run the first alone). ``draws``: matrices drawn for the null of margins; ``mixing``: how
    well they forget where they start. ``pairs``: those that share, with the ``chance`` of each
    (its expected count over all runs, (P,)), the p-value ``p`` of its count, and ``q``, adjusted for false
    discoveries among all n(n − 1)/2 pairs. ``means``: the null's means and variances by run; ``label_spread``: standard
    deviation of Σ_{r≠s} Σ D^r D^s under permuted labels; ``coarse``: whether so few permutations differ that p ≤ .01
    is out of reach.
    """

    statistic: float
    expected: float
    by_margins: float
    by_labels: float | None
    runs: int
    draws: int
    mixing: Mixing
    pairs: PairCounts
    means: Means
    chance: Floats
    p: Floats
    q: Floats
    label_spread: float = 0.0
    coarse: bool = False

    @property
    def open_runs(self) -> int:
        """Number of runs in which matrices with the same margins differ in who shares with whom.

        The others could not have come out in another way, so that they say nothing about recurrence.
        """
        room = self.means.variance > (2 * self.means.mean + 1) * FINEST  # more than the rounding of means
        return int(room.any(axis=(1, 2)).sum())

    @property
    def p_value(self) -> float:
        """The larger of the two: below a level only where neither null explains what is seen."""
        return self.by_margins if self.by_labels is None else max(self.by_margins, self.by_labels)

    @property
    def ratio(self) -> float:
        """Observed over expected; infinite when nothing was expected, NaN when nothing was observed either."""
        if self.expected > 0:
            return self.statistic / self.expected
        return float("inf") if self.statistic > 0 else float("nan")

    @property
    def found(self) -> bool:
        """Whether pairs come back more than by chance: p at most ``DECISIVE``."""
        return self.p_value <= DECISIVE

    @property
    def standing_out(self) -> tuple[tuple[int, int], ...]:
        """Pairs (i, j) that share more neurons, over all runs, than chance gives them, rarest by chance first."""
        here = np.flatnonzero(self.q <= FALSE_PAIRS)
        return self._named(here[np.argsort(self.p[here], kind="stable")])

    @property
    def recurring(self) -> tuple[tuple[int, int], ...]:
        """Pairs (i, j) that share a neuron in at least two runs (within one run: two neurons), most frequent first."""
        counts = self.pairs.counts
        times = (counts > 0).sum(axis=0) if self.runs > 1 else counts.sum(axis=0)
        return self._named(np.argsort(-times, kind="stable")[: int((times >= 2).sum())])

    def _named(self, places: Integers) -> tuple[tuple[int, int], ...]:
        return tuple((int(self.pairs.first[at]), int(self.pairs.second[at])) for at in places)

    def __repr__(self) -> str:
        times = f"{self.ratio:.2f} times what chance gives" if np.isfinite(self.ratio) else "nothing by chance"
        return f"Recurrence({self.statistic:g}, {self.expected:.3g} expected: {times}; {p_text(self.p_value)})"


def recurrence(matrices: Sequence[Any], *, seed: int | np.random.Generator = 0, draws: int = 999) -> Recurrence:
    """Test whether the same pairs of features share neurons in R >= 3 runs with different seeds.

    ``matrices``: one 0/1 matrix (n, m_r) a run, features by neurons; neurons of different runs need not
    correspond, features must. Two nulls, each exact where the other is not:

    Margins: every run's matrix is any of those with its row and column sums, as in a code whose features choose
    neurons at random. It allows for popular features, which meet in every run, but not for ties within a run:
    where features are related by an accident of that run its pairs share in clumps, and T varies more than in random
    matrices.

    Labels: the features of a run are exchangeable, whatever the ties among them, so that permuting those of each run
    leaves the law as it is. It allows for any ties within a run, but not for features that differ in every run; so it
    is asked of D = N − E N instead of N, E N the mean over matrices with the run's margins, which takes out popularity.

    p is the larger of the two, so that it holds under either null. The features of real data can break both: popular
    ones whose runs have ties of their own. There p is an approximation.

    The same seed gives the same p. Raises :class:`polygenesis.InputError` for fewer than three runs.

    >>> same = [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    >>> recurrence([same, same, same], draws=199).statistic
    12.0
    """
    runs = [binary(f"matrices[{r}]", each) for r, each in enumerate(matrices)]
    if len(runs) < LEAST_RUNS:
        raise bad_argument("matrices", f"be at least {LEAST_RUNS} runs for recurrence", len(runs))
    same_features(runs)
    rng = np.random.default_rng(seed)
    pairs = pair_counts(runs)
    null = margin_draws(runs, draws, seed=rng)
    seen, labels = label_null(pairs, null.means, draws, seed=rng)
    chance, p, q = _by_pair(pairs, null.means)
    return Recurrence(
        statistic=pairs.across,
        expected=float(null.across.mean()),
        by_margins=p_value(pairs.across, null.across),
        by_labels=p_value(seen, labels),
        runs=len(runs),
        draws=draws,
        mixing=null.mixing,
        pairs=pairs,
        means=null.means,
        chance=chance,
        p=p,
        q=q,
        label_spread=float(labels.std()),
        coarse=_is_coarse(labels, pairs, null.means),
    )


def recurrence_within(matrix: Any, *, seed: int | np.random.Generator = 0, draws: int = 999) -> Recurrence:
    """Test whether the same pairs share many neurons of one wide network: Σ_{i<j} N_ij² against fixed margins.

    It can say something only where features have several neurons each. Raises
    :class:`polygenesis.InputError` where every feature has at most one.
    """
    run = binary("matrix", matrix)
    if run.sum(axis=1).max() < 2:
        raise InputError("Argument `matrix` must have features with several neurons for recurrence within one run.")
    pairs = pair_counts([run])
    null = margin_draws([run], draws, seed=seed)
    once = float((pairs.counts**2).sum())
    chance, p, q = _by_pair(pairs, null.means)
    return Recurrence(
        statistic=once,
        expected=float(null.within.mean()),
        by_margins=p_value(once, null.within),
        by_labels=None,
        runs=1,
        draws=draws,
        mixing=null.mixing,
        pairs=pairs,
        means=null.means,
        chance=chance,
        p=p,
        q=q,
    )


def _is_coarse(draws: Floats, pairs: PairCounts, means: Means) -> bool:
    """Whether the permutation null is too coarse to reach p ≤ .01: features so few or so alike that many draws tie.

    They must tie at the largest value that there is: one that is only the largest of few draws can be exceeded.
    """
    most = float(draws.max())
    common = bool((draws >= most).sum() > max(1, DECISIVE * len(draws)))
    if not common or pairs.features > MOST_ARRANGED:
        return common
    largest = _largest(pairs, means)
    return most >= largest - 1e-6 * max(1.0, abs(largest))


def _largest(pairs: PairCounts, means: Means) -> float:
    """The largest Σ_{r≠s} Σ_{i<j} D_ij^r D_ij^s of any permutations, if there is one that orders all runs' D alike."""
    i, j = np.triu_indices(pairs.features, 1)
    beyond = -means.of(i, j)[0]
    at = np.searchsorted(i * pairs.features + j, pairs.first * pairs.features + pairs.second)
    beyond[:, at] += pairs.counts
    ordered = np.sort(beyond, axis=1)
    return float((ordered.sum(axis=0) ** 2).sum() - (ordered**2).sum())


def _by_pair(pairs: PairCounts, means: Means) -> tuple[Floats, Floats, Floats]:
    """What chance gives each pair over all runs, the p-value of its count, and the same adjusted for all pairs.

    The null of a count is the binomial law with the mean and variance of its draws; where fewer than ``MANY`` are
    expected, or where the count is beyond that law, Poisson stands in, which varies more.
    """
    from scipy import special

    from polygenesis.stats import benjamini_hochberg

    counts = pairs.counts.sum(axis=0)
    mean, variance = (each.sum(axis=0) for each in means.of(pairs.first, pairs.second))
    share = np.where(mean >= MANY, np.clip(1 - variance / np.maximum(mean, 1e-12), 1e-6, 1), 1e-6)
    possible = mean / share - counts + 1
    binomial = special.betainc(np.maximum(counts, 1), np.maximum(possible, 1e-12), share)
    p = np.where(possible > 0, binomial, special.pdtrc(counts - 1, mean))
    return mean, p, benjamini_hochberg(p, tests=pairs.possible)
