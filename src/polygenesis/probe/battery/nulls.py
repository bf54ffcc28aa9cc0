"""Null distributions of sharing: matrices with fixed margins, and when permuting labels does as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.probe.battery.pairs import PairCounts, binary, listed, stacked

TRADES_PER_ROW = 10
"""Trades between two draws for every row: twice what Strona et al. (2014) found enough, doubled while it is not."""

MIXED = 3.0
"""Standard errors by which a draw may be more like its start than like another draw before the chain is run longer."""


@dataclass(frozen=True)
class Mixing:
    """How well the chain of trades forgets its start: shares of ones kept from the start and from another draw.

    ``trades_per_row`` is what was used in the end; ``mixed`` says whether the two shares agree. p-values are
    right in any case (Besag and Clifford 1989); a chain that does not mix has less power.
    """

    from_start: float
    from_another: float
    trades_per_row: int
    mixed: bool


FINEST = 2.0**-16
"""Means of draws are rounded to this, so that sums of them are exact and equal statistics are equal numbers."""


@dataclass(frozen=True, eq=False)
class Means:
    """Mean and variance of N_ij, neurons that features i and j share, in matrices with the margins of each run.

    Features with equal row sums are exchangeable there, so both depend on the pair's ``classes`` (R, n) alone:
    ``mean``, ``variance`` (R, K, K), symmetric.
    """

    classes: Integers
    mean: Floats
    variance: Floats

    def of(self, i: Integers, j: Integers) -> tuple[Floats, Floats]:
        """Return mean and variance for pairs of features, (R, pairs) each."""
        runs = np.arange(len(self.classes))[:, None]
        a, b = self.classes[:, i], self.classes[:, j]
        return self.mean[runs, a, b], self.variance[runs, a, b]


@dataclass(frozen=True, eq=False)
class NullDraws:
    """Statistics of matrices drawn with the margins of the observed ones, (draws,) each, and how the chain mixed."""

    across: Floats
    within: Floats
    means: Means
    mixing: Mixing


def curveball(
    matrix: Any, draws: int, *, seed: int | np.random.Generator, trades_per_row: int = TRADES_PER_ROW
) -> Booleans:
    """Draw 0/1 matrices with the row and column sums of ``matrix`` (n, m), uniformly: (draws, n, m).

    Curveball trades (Strona et al. 2014, doi:10.1038/ncomms5114), ``trades_per_row`` × rows from one draw to the
    next. Raises :class:`polygenesis.InputError` for what is not 0/1.
    """
    from polygenesis.probe.battery.curveball import trade

    start = binary("matrix", matrix)
    starts, columns = listed(start)
    state = random_state(seed)
    drawn = np.zeros((draws, *start.shape), dtype=bool)
    rows = np.repeat(np.arange(len(start)), np.diff(starts))
    for each in drawn:
        trade(starts, columns, start.shape[1], trades_per_row * len(start), state)
        each[rows, columns] = True
    return drawn


def margin_draws(matrices: Sequence[Booleans], draws: int, *, seed: int | np.random.Generator) -> NullDraws:
    """Draw all runs' matrices (n, m_r) with their margins; return Σ_{r<s} Σ_{i<j} N_ij^r N_ij^s and Σ N_ij².

    Runs are drawn independently. The trades from one draw to the next are doubled, up to three times, while a
    draw still resembles its start.
    """
    from polygenesis.probe.battery.curveball import recurrence_draws

    starts, columns, widths = stacked(matrices)
    classes, state = classes_of(matrices), random_state(seed)
    runs, rows = classes.shape
    ones_in_all = max(1, int(starts[:, -1].sum()))
    for doubling in range(4):
        per_row = TRADES_PER_ROW * 2**doubling
        trades = np.full(runs, per_row * rows, dtype=np.int64)
        across, within, kept, last, sums, squares = recurrence_draws(
            starts, columns, widths, trades, classes, draws, state
        )
        mixing = _mixing(kept / ones_in_all, last[1:] / ones_in_all, per_row)
        if mixing.mixed:
            break
    means = means_of(classes, sums, squares, draws)
    return NullDraws(across.astype(np.float64), within.astype(np.float64), means, mixing)


def classes_of(matrices: Sequence[Booleans]) -> Integers:
    """Number the features of each run by their row sums, (R, n): equal sums, equal numbers."""
    return np.stack([np.unique(each.sum(axis=1), return_inverse=True)[1] for each in matrices]).astype(np.int64)


def means_of(classes: Integers, sums: Integers, squares: Integers | None, draws: int) -> Means:
    """Turn sums over draws and pairs, (R, K, K) for classes a <= b, into means (to ``FINEST``) and variances."""
    kinds = sums.shape[1]
    sizes = np.stack([np.bincount(each, minlength=kinds) for each in classes]).astype(np.float64)
    pairs = sizes[:, :, None] * sizes[:, None, :]
    own = np.arange(kinds)
    pairs[:, own, own] = sizes * (sizes - 1) / 2
    counted = np.maximum(pairs, 1) * draws
    mean = np.round(_symmetric(sums) / counted / FINEST) * FINEST
    spread = np.zeros_like(mean) if squares is None else np.maximum(_symmetric(squares) / counted - mean**2, 0)
    return Means(classes, mean, spread)


def _symmetric(upper: Integers) -> Floats:
    own = np.arange(upper.shape[1])
    both = (upper + upper.transpose(0, 2, 1)).astype(np.float64)
    both[:, own, own] /= 2
    return both


def label_null(pairs: PairCounts, means: Means, draws: int, *, seed: int | np.random.Generator) -> tuple[float, Floats]:
    """Return Σ_{r≠s} Σ_{i<j} D_ij^r D_ij^s with D = N − E N, and the same with features permuted, (draws,)."""
    from polygenesis.probe.battery.curveball import label_draws

    starts, others, numbers = pairs.listed()
    found = label_draws(starts, others, numbers, means.classes, means.mean, draws, random_state(seed))
    return float(found[0]), found[1:]


def dense_label_null(a: Floats, b: Floats, draws: int, *, seed: int | np.random.Generator) -> tuple[float, Floats]:
    """Return Σ_{r≠s} Σ_{i<j} a_ij^r b_ij^s, and the same with the features of each run permuted, (draws,).

    ``a``, ``b``: two accounts of each run's pairs, (R, n, n) symmetric, permuted together.
    """
    from polygenesis.probe.battery.curveball import dense_label_draws

    i, j = np.triu_indices(a.shape[1], 1)
    one, other = a[:, i, j], b[:, i, j]
    seen = float((one.sum(axis=0) * other.sum(axis=0)).sum() - (one * other).sum())
    return seen, dense_label_draws(a, b, draws, random_state(seed))


def _mixing(from_start: Floats, from_another: Floats, per_row: int) -> Mixing:
    start, another = float(from_start.mean()), float(from_another.mean()) if len(from_another) else float("nan")
    error = float(np.sqrt(from_start.var() / len(from_start) + from_another.var() / max(1, len(from_another))))
    return Mixing(start, another, per_row, not start - another > MIXED * error + 1e-3)


def random_state(seed: int | np.random.Generator) -> Integers:
    """The state of the compiled loops' random numbers, (1,), from a seed."""
    return np.random.default_rng(seed).integers(0, 2**64, size=1, dtype=np.uint64)
