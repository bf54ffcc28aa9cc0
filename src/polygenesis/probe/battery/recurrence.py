"""Recurrence: do the same pairs of features share neurons in runs with other seeds?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.battery.nulls import Mixing, binary, label_null, margin_draws
from polygenesis.stats import p_value

LEAST_RUNS = 3
"""Fewer runs than this say too little on whether pairs recur."""

LEAST_RATIO = 1.25
"""Observed over expected recurrence that a finding needs besides its p-value: seeds of one finite data set share
the accidents of that data set, which is a little structure of its own."""

LEVEL = 0.05
"""Level at which single tests are read."""

DECISIVE = 0.01
"""Level at which recurrence decides the verdict: at 5 % a verdict on a network without structure could be right at
most 95 times in 100, while planted pairs give p-values far below either."""

FALSE_PAIRS = 0.05
"""Share of the pairs called related that may be so by chance (Benjamini and Hochberg)."""

MANY = 3.0
"""Shared neurons expected of a pair from which on the draws tell their variance."""


@dataclass(frozen=True)
class Recurrence:
    """How often pairs share neurons again, against matrices with the same margins.

    ``statistic``: T = Σ_{r<s} Σ_{i<j} N_ij^r N_ij^s across runs, or Σ_{i<j} N_ij² within one. ``expected``: its
    mean over matrices with the same margins; ``possible``: the largest it could be if the runs shared the very same
    pairs; ``powerless``: whether even that could not be told from chance. ``p_value``: the larger of ``by_margins``
    and ``by_labels``, each exact under its null (within one run the first alone). ``recurring``: the pairs (i, j) that
    share a neuron in at least two runs, most frequent first. ``related``: the pairs that share more neurons, over all
    runs, than chance gives them (false discoveries at most ``FALSE_PAIRS``); ``excess``: by how much, as a share
    of all sharing.
    """

    statistic: float
    expected: float
    possible: float
    by_margins: float
    by_labels: float | None
    runs: int
    draws: int
    powerless: bool
    mixing: Mixing
    recurring: tuple[tuple[int, int], ...]
    related: tuple[tuple[int, int], ...] = ()
    excess: float = 0.0

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
        """Whether the same pairs come back: p at most ``DECISIVE``, and at least ``LEAST_RATIO`` times as often."""
        return self.p_value <= DECISIVE and self.ratio >= LEAST_RATIO

    @property
    def structured_share(self) -> float:
        """Which part of the sharing is beyond chance, 0 to 1: of related pairs, or of the possible recurrence."""
        room = self.possible - self.expected
        part = (self.statistic - self.expected) / room if room > 0 else 0.0
        return float(np.clip(max(part, self.excess), 0, 1))

    def __repr__(self) -> str:
        times = f"{self.ratio:.2f} times what chance gives" if np.isfinite(self.ratio) else "nothing by chance"
        return f"Recurrence({self.statistic:g}, {self.expected:.3g} expected: {times}; p = {self.p_value:.2g})"


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
    """
    runs = [binary(f"matrices[{r}]", each) for r, each in enumerate(matrices)]
    if len(runs) < LEAST_RUNS:
        raise bad_argument("matrices", f"be at least {LEAST_RUNS} runs for recurrence", len(runs))
    _check_features(runs)
    rng = np.random.default_rng(seed)
    pairs = np.stack([pair_counts(each) for each in runs])
    null = margin_draws(runs, draws, seed=rng)
    beyond = pairs - null.pairs
    seen, labels = label_null(beyond, beyond, draws, seed=rng)
    return Recurrence(
        statistic=_across(pairs),
        expected=float(null.across.mean()),
        possible=_most(pairs),
        by_margins=p_value(_across(pairs), null.across),
        by_labels=p_value(seen, labels),
        runs=len(runs),
        draws=draws,
        powerless=bool(p_value(_most(pairs), null.across) > DECISIVE) or _common(labels),
        mixing=null.mixing,
        recurring=_recurring(pairs),
        **_related(pairs.sum(axis=0), null.pairs.sum(axis=0), null.spread.sum(axis=0)),
    )


def recurrence_within(matrix: Any, *, seed: int | np.random.Generator = 0, draws: int = 999) -> Recurrence:
    """Test whether the same pairs share many neurons of one wide network: Σ_{i<j} N_ij² against fixed margins.

    It can say something only where features have several neurons each. Raises
    :class:`polygenesis.InputError` where every feature has at most one.
    """
    run = binary("matrix", matrix)
    if run.sum(axis=1).max() < 2:
        raise InputError("Argument `matrix` must have features with several neurons for recurrence within one run.")
    pairs = pair_counts(run)
    null = margin_draws([run], draws, seed=seed)
    once = float((pairs**2).sum())
    top = np.argsort(-pairs, kind="stable")[: int((pairs >= 2).sum())]
    i, j = np.triu_indices(len(run), 1)
    recurring = tuple((int(i[at]), int(j[at])) for at in top)
    carried = run.sum(axis=1)
    possible = float((np.minimum(carried[i], carried[j]) ** 2).sum())
    return Recurrence(
        statistic=once,
        expected=float(null.within.mean()),
        possible=possible,
        by_margins=p_value(once, null.within),
        by_labels=None,
        runs=1,
        draws=draws,
        powerless=bool(p_value(possible, null.within) > DECISIVE),
        mixing=null.mixing,
        recurring=recurring,
        **_related(pairs, null.pairs[0], null.spread[0]),
    )


def pair_counts(matrix: Booleans) -> Integers:
    """Return how many neurons each pair i < j of features shares, (n(n−1)/2,), in the order of triu_indices."""
    counts = matrix.astype(np.float64)
    return np.asarray((counts @ counts.T)[np.triu_indices(len(matrix), 1)]).astype(np.int64)


def mixed(matrix: Booleans, related: Sequence[tuple[int, int]]) -> Booleans:
    """Say which neurons (m,) carry two features that are not related: 0/1 matrix (n, m), pairs (i, j)."""
    strangers = 1 - np.eye(len(matrix))
    for i, j in related:
        strangers[i, j] = strangers[j, i] = 0
    carried = matrix.astype(np.float64)
    return np.asarray(np.einsum("ik,ij,jk->k", carried, strangers, carried, optimize=True) > 0)


def _check_features(runs: Sequence[Booleans]) -> None:
    if len({len(each) for each in runs}) > 1:
        raise InputError(
            f"All runs must have the same features, but they have {', '.join(str(len(each)) for each in runs)}."
        )


def _across(pairs: Integers) -> float:
    return float((pairs.sum(axis=0) ** 2 - (pairs**2).sum(axis=0)).sum() / 2)


def _most(pairs: Integers) -> float:
    """The largest Σ_{r<s} Σ N^r N^s for R lists of counts (R, pairs), were their pairs matched up: sorted together."""
    return _across(np.sort(pairs, axis=1))


def _common(draws: Floats) -> bool:
    """Whether the most extreme draw is no rarity: so few features, or so alike, that permuting them tells nothing."""
    return bool((draws >= draws.max()).sum() > max(1, DECISIVE * len(draws)))


def _related(counts: Integers, expected: Floats, spread: Floats) -> dict[str, Any]:
    """The pairs that share more neurons than chance gives them, rarest first, and their excess as a share of all.

    The null of a count is the binomial law with the mean and variance of its draws; where fewer than ``MANY`` are
    expected the variance is not known well enough, and Poisson stands in, which varies more.
    """
    from scipy import special

    from polygenesis.stats import benjamini_hochberg

    chance = np.where(expected >= MANY, np.clip(1 - spread / np.maximum(expected, 1e-12), 1e-6, 1), 1e-6)
    size = expected / chance
    possible = np.maximum(size - counts + 1, 0)
    tail = special.betainc(np.maximum(counts, 1), np.maximum(possible, 1e-12), chance)
    p = np.where(counts > 0, np.where(possible > 0, tail, 0.0), 1.0)
    n = round((1 + np.sqrt(1 + 8 * counts.size)) / 2)
    i, j = np.triu_indices(n, 1)
    here = np.flatnonzero(benjamini_hochberg(p) <= FALSE_PAIRS)
    order = here[np.argsort(p[here], kind="stable")]
    excess = float((counts[here] - expected[here]).sum() / max(1, counts.sum()))
    return {"related": tuple((int(i[at]), int(j[at])) for at in order), "excess": excess}


def _recurring(pairs: Integers) -> tuple[tuple[int, int], ...]:
    times = (pairs > 0).sum(axis=0)
    n = round((1 + np.sqrt(1 + 8 * pairs.shape[1])) / 2)
    i, j = np.triu_indices(n, 1)
    order = np.argsort(-times, kind="stable")[: int((times >= 2).sum())]
    return tuple((int(i[at]), int(j[at])) for at in order)
