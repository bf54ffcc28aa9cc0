"""Unrelated dictionaries: how near the rows of two dictionaries come that know nothing of each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.probe.dictionaries.assignment import nearest, nearest_other

ROWS_A_DRAW = 2_500
"""Most rows of the reference that are compared with one unrelated dictionary; a sample of them where it has more."""

CHANCE_ROWS = 10_000
"""Chance cosines drawn for the quantile of a dictionary: the level of its 99 % quantile is then known to ±.1 %."""


SAME = 0.95
"""Cosine from which two rows are one direction whatever the null: nine tenths of their squared weights agree."""


def chance_cut(reference: Floats, others: Sequence[Floats], level: float, seed: int) -> tuple[float, float]:
    """Return the cut, and the share of the reference's rows that unrelated dictionaries would match in all others.

    ``reference`` (n, d) and ``others`` (n_r, d): unit rows. The cut is exceeded by a share ``level`` of the rows if
    any one of the others is unrelated; see :func:`polygenesis.probe.dictionaries.matching.match` for the nulls.
    """
    nulls = mixed, permuted = chance_cosines(reference, others, seed)
    by_mixing, by_permuting, by_neighbours = (
        float(np.quantile(each, 1 - level, axis=0, method="higher").max())
        for each in (mixed, permuted, own_cosines(reference, seed))
    )
    cut = max(by_mixing, min(max(by_permuting, by_neighbours), SAME))
    return cut, max(float((each.min(axis=1) >= cut).mean()) for each in nulls)


def unit_rows(rows: Floats) -> Floats:
    """Return rows (n, d) at length one, in single precision."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def mixed_rows(rows: Floats, random: np.random.Generator) -> Floats:
    """Return an unrelated dictionary (n, d) with the rows' mean and covariance.

    The centred rows are multiplied from the left by a random orthogonal matrix (random signs, then an orthonormal
    cosine transform: n log n operations a neuron). That leaves their scatter matrix exactly as it is, while each new
    row mixes all old ones and is close to Gaussian: of a row's own direction nothing is left. Rows that share a mean
    direction or crowd in few dimensions are therefore as near to the new ones as such rows are by chance.
    """
    from scipy.fft import dct

    mean = rows.mean(axis=0)
    signs = random.choice(np.array([-1.0, 1.0], dtype=rows.dtype), size=(len(rows), 1))
    return np.asarray(mean + dct((rows - mean) * signs, axis=0, norm="ortho"))


def permuted_neurons(rows: Floats, random: np.random.Generator) -> Floats:
    """Return an unrelated dictionary (n, d) with the rows' sparsity: its neurons change places.

    Rows with few large entries are near each other as soon as they share one neuron, which Gaussian rows never show.
    """
    return rows[:, random.permutation(rows.shape[1])]


def chance_cosines(reference: Floats, others: Sequence[Floats], seed: int) -> tuple[Floats, Floats]:
    """Return nearest cosines (draws × rows, others) of the reference's rows with unrelated dictionaries.

    First with :func:`mixed_rows`, second with :func:`permuted_neurons` of the others, unit rows (n_r, d) each. The
    nearest row is taken where :func:`polygenesis.probe.dictionaries.assignment.assign` may have to take a farther
    one, so that chance is overstated rather than understated.
    """
    random = np.random.default_rng(np.random.SeedSequence([seed, len(reference), len(others)]))
    rows = min(len(reference), ROWS_A_DRAW)
    mixed, permuted = [], []
    for _ in range(-(-CHANCE_ROWS // rows)):
        sample = reference[random.permutation(len(reference))[:rows]]
        mixed.append(np.stack([nearest(sample, unit_rows(mixed_rows(each, random))) for each in others], axis=1))
        permuted.append(np.stack([nearest(sample, permuted_neurons(each, random)) for each in others], axis=1))
    return np.concatenate(mixed), np.concatenate(permuted)


def own_cosines(reference: Floats, seed: int) -> Floats:
    """Return the cosine of the reference's rows (at most :data:`ROWS_A_DRAW`) with their nearest other row, (rows,).

    If two dictionaries are unrelated draws from one distribution, whatever its clusters, a row is no nearer to the
    other dictionary than to the rest of its own.
    """
    random = np.random.default_rng(np.random.SeedSequence([seed, len(reference)]))
    return nearest_other(reference, random.permutation(len(reference))[:ROWS_A_DRAW])
