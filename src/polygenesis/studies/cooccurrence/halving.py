"""The p* at which half of the polysemantic neurons are gone: measured with an interval, and predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import seeds, stats, theory
from polygenesis.arrays import Floats
from polygenesis.studies.network_counts import Counted

FITTED = 0.25
"""Counts up to p/λ of this are fitted: above it hardly any are left."""

RESAMPLES = 999


@dataclass(frozen=True, eq=False)
class Halving:
    """Counts of one network size and λ against p/λ, and where they are half: ``draws`` of p*/λ are its bootstrap.

    ``ratios``: p/λ, first 0 (one-hot features). ``cells``: the runs. ``value`` and ``draws`` are NaN where the fitted
    curve has no half.
    """

    n: int
    m: int
    strength: float
    way: str
    ratios: Floats
    cells: tuple[Counted, ...]
    value: float
    draws: Floats

    @property
    def estimate(self) -> stats.Estimate:
        """p*/λ with its 90 % interval."""
        return percentiles(self.value, self.draws, sum(len(each.counts) for each in self.cells))


def percentiles(value: float, draws: Floats, size: int) -> stats.Estimate:
    """Return a number with its bootstrap interval at 90 %; draws without a number make it unbounded."""
    method = "bootstrap over starts"
    if np.isnan(value) or np.isnan(draws).mean() > 0.02:
        said = "The counts do not cross one half within the range of p."
        return stats.Estimate(value, -np.inf, np.inf, 0.9, method, size, caution=said)
    return stats.percentile(value, draws, 0.9, method, size)


def halve(way: str, ratios: Sequence[float], cells: Sequence[Counted], strength: float) -> Halving:
    """Fit log E K = b₀ + b₁ x + b₂ x², x = p/λ, by Poisson likelihood, and find where K is half of e^b₀."""
    x = np.array([ratio for ratio in ratios if ratio <= FITTED])
    drawn = [resampled(cell) for cell in cells[: len(x)]]
    totals, sizes = (np.stack([each[k] for each in drawn], axis=1) for k in (0, 1))
    found = half_point(x, totals, sizes)
    model = cells[0].spec.model
    return Halving(
        model.n, model.m, strength, way, np.asarray(ratios, dtype=float), tuple(cells), float(found[0]), found[1:]
    )


def resampled(cell: Counted) -> tuple[Floats, Floats]:
    """Return the total count and the number of networks of a cell, (1 + draws,): as they are, then resampled by start.

    A start is drawn Poisson(1) times, for all cells that share it alike, so that they go up and down together.
    """
    stream = cell.spec.streams.start
    generator = seeds.generator(cell.spec.seed, f"cooccurrence/{stream}", "bootstrap")
    times = generator.poisson(1.0, (len(cell.usable), RESAMPLES)).T[:, cell.usable].astype(np.float64)
    times = np.vstack([np.ones(times.shape[1]), times])
    return times @ cell.counts, times.sum(axis=1)


def half_point(x: Floats, totals: Floats, sizes: Floats) -> Floats:
    """Return where the fitted curve is half of its value at 0, one a row of totals and sizes (k, cells), or NaN."""
    scale = x.max()
    design = np.stack([np.ones_like(x), x / scale, (x / scale) ** 2], axis=1)
    beta = np.zeros((len(totals), 3))
    beta[:, 0] = np.log(np.maximum(totals[:, 0], 0.5) / np.maximum(sizes[..., 0], 0.5))
    for _ in range(60):  # Newton, damped
        mean = sizes * np.exp(np.clip(beta @ design.T, -30, 30))
        slope = (totals - mean) @ design
        curvature = np.einsum("kc,ci,cj->kij", mean, design, design) + 1e-9 * np.eye(3)
        beta += np.clip(np.linalg.solve(curvature, slope[..., None])[..., 0], -2, 2)
    _, b, c = beta.T
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(b * b - 4 * c * np.log(2))
        at = 2 * np.log(2) / (-b + root)  # the root that tends to −log 2 / b for c → 0
    return np.asarray(np.where((at > 0) & (at <= 1.5), at, np.nan) * scale)


def predicted_curve(n: int, m: int, ratios: Floats, pairs: int) -> Floats:
    """Return K(p)/K(0) at p/λ = ratios by the race of two features, from ``pairs`` Gaussian starts."""
    generator = seeds.generator(0, f"cooccurrence/{m}", "starts")
    first, second = (np.sort(np.abs(generator.standard_normal((pairs, m))), axis=1)[:, ::-1] for _ in range(2))
    scale = m**-0.5
    survival = [theory.pairs_survive(first * scale, second * scale, float(each)).mean() for each in ratios]
    return theory.surviving_share(survival, n, m)


def predicted_half(n: int, m: int, pairs: int) -> float:
    """Return p*/λ by the race of two features."""
    grid = np.linspace(0, 0.16, 9)
    curve = predicted_curve(n, m, grid, pairs)
    return float(np.interp(-0.5, -curve, grid))
