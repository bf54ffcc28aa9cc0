"""Null distributions of sharing: matrices with fixed margins, and when permuting labels does as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.inputs.labels import plain

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
class NullDraws:
    """Statistics of matrices drawn with the margins of the observed ones, (draws,) each, and how the chain mixed.

    ``pairs``, ``spread``: mean and variance of the neurons that each pair i < j shares in each run, (R, n(n−1)/2), in
    the order of triu_indices.
    """

    across: Floats
    within: Floats
    pairs: Floats
    spread: Floats
    mixing: Mixing


def binary(name: str, matrix: Any) -> Booleans:
    """Return a 0/1 matrix (n, m) as booleans, or say what is wrong with it."""
    array = plain(name, matrix)
    if array.ndim != 2 or 0 in array.shape:
        raise bad_argument(name, "have shape (features, neurons)", f"shape {array.shape}")
    if array.dtype.kind not in "fiub" or not np.isin(array, (0, 1)).all():
        raise InputError(f"Argument `{name}` must be 0 or 1 everywhere.")
    return array.astype(bool)


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
    runs, rows, state = len(matrices), starts.shape[1] - 1, random_state(seed)
    ones_in_all = max(1, int(starts[:, -1].sum()))
    for doubling in range(4):
        per_row = TRADES_PER_ROW * 2**doubling
        trades = np.full(runs, per_row * rows, dtype=np.int64)
        across, within, kept, last, every, squares = recurrence_draws(starts, columns, widths, trades, draws, state)
        mixing = _mixing(kept / ones_in_all, last[1:] / ones_in_all, per_row)
        if mixing.mixed:
            break
    i, j = np.triu_indices(rows, 1)
    pairs = mean_of(every, draws)[:, i, j]
    spread = np.maximum(squares[:, i, j] / draws - pairs**2, 0)
    return NullDraws(across.astype(np.float64), within.astype(np.float64), pairs, spread, mixing)


def mean_of(every: Integers, draws: int) -> Floats:
    """Return the mean of counts that were summed over draws, to ``FINEST``."""
    return np.asarray(np.round(every / draws / FINEST) * FINEST)


def label_null(a: Floats, b: Floats, draws: int, *, seed: int | np.random.Generator) -> tuple[float, Floats]:
    """Return Σ_{r≠s} Σ_{i<j} a_ij^r b_ij^s, and the same with the features of each run permuted, (draws,).

    ``a``, ``b``: two accounts of each run's pairs i < j, (R, n(n−1)/2) in the order of triu_indices, permuted together.
    """
    from polygenesis.probe.battery.curveball import label_draws

    seen = float((a.sum(axis=0) * b.sum(axis=0)).sum() - (a * b).sum())
    return seen, label_draws(_square(a), _square(b), draws, random_state(seed))


def _square(pairs: Floats) -> Floats:
    """Turn values of pairs i < j, (R, n(n−1)/2), into symmetric matrices (R, n, n)."""
    n = round((1 + np.sqrt(1 + 8 * pairs.shape[1])) / 2)
    i, j = np.triu_indices(n, 1)
    square = np.zeros((len(pairs), n, n))
    square[:, i, j] = square[:, j, i] = pairs
    return square


def _mixing(from_start: Floats, from_another: Floats, per_row: int) -> Mixing:
    start, another = float(from_start.mean()), float(from_another.mean()) if len(from_another) else float("nan")
    error = float(np.sqrt(from_start.var() / len(from_start) + from_another.var() / max(1, len(from_another))))
    return Mixing(start, another, per_row, not start - another > MIXED * error + 1e-3)


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


def random_state(seed: int | np.random.Generator) -> Integers:
    """The state of the compiled loops' random numbers, (1,), from a seed."""
    return np.random.default_rng(seed).integers(0, 2**64, size=1, dtype=np.uint64)


def labels_may_be_permuted(matrix: Any) -> bool:
    """Whether permuting features is a right null for this matrix (n, m): only if all features have as many neurons."""
    counts = binary("matrix", matrix).sum(axis=1)
    return bool((counts == counts[0]).all())
