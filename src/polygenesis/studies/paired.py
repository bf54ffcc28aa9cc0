"""Estimates from networks that may start from the same weights: compared start by start where they do.

An estimate is linear in means of cells, or its logarithm is to first order. Every network then contributes its
deviation from its cell's mean, and contributions of networks with one start are added before they are squared: where
both cells go up with a start, their difference does not vary with it. Cells with other starts are independent, and
the interval is Welch's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from polygenesis import stats
from polygenesis.stats.estimate import pivotal
from polygenesis.studies.margin import ALPHA, LEVEL
from polygenesis.studies.starts import Sample, Start

Scale = Literal["linear", "log"]

NO_SPREAD = "All values are equal, so the interval says nothing about their spread."


@dataclass(frozen=True, eq=False)
class Drawn:
    """An estimate whose interval allows for common starts.

    ``parts``: what each start contributed to its error, on the scale of the error: their squares sum to its square, and
    products with another estimate's to their covariance. Empty where it is not known (a bootstrap over starts).
    """

    estimate: stats.Estimate
    parts: Mapping[Start, float] = field(default_factory=dict)

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Test the number."""
        return stats.agrees(self.estimate, lower, upper, alpha=ALPHA)

    def at(self, level: float) -> stats.Estimate:
        """Return the number with its interval at another level."""
        return self.estimate.at(level)


def mean(a: Sample) -> Drawn:
    """Estimate a mean, by Student's t."""
    return _joined(a.mean, [(a, 1.0)], "linear", "t")


def mean_of(cells: Sequence[Sample]) -> Drawn:
    """Estimate the mean over all networks of several cells, whose sizes are given."""
    size = sum(len(each) for each in cells)
    value = sum(each.total for each in cells) / size
    return _joined(value, [(each, len(each) / size) for each in cells], "linear", "t")


def difference(a: Sample, b: Sample) -> Drawn:
    """Estimate the mean of ``a`` less that of ``b``."""
    return _joined(a.mean - b.mean, [(a, 1.0), (b, -1.0)], "linear", "Welch")


def ratio(a: Sample, b: Sample, *, counted: bool = False) -> Drawn:
    """Estimate the mean of ``a`` over that of ``b``, both above 0, on the log scale (delta method).

    ``counted``: whether they are counts; see :func:`quotient`.
    """
    return ratio_of_sums([(a, b, 1.0)], counted=counted)


def ratio_of_sums(cells: Sequence[tuple[Sample, Sample, float]], *, counted: bool = False) -> Drawn:
    """Estimate Σ weight · mean of ``a`` over Σ weight · mean of ``b``; ``cells``: a, b and weight of each."""
    tops, bottoms = [(a, weight) for a, _, weight in cells], [(b, weight) for _, b, weight in cells]
    return quotient(tops, bottoms, counted=counted)


def quotient(
    tops: Sequence[tuple[Sample, float]], bottoms: Sequence[tuple[Sample, float]], *, counted: bool = False
) -> Drawn:
    """Estimate one sum of weight · mean over another, both above 0, on the log scale (delta method).

    Counts that are paired may be equal in nearly all pairs, where the spread of their differences tells little: with
    ``counted`` one more pair that differs by one is added to the variance.
    """
    top, bottom = (sum(weight * each.mean for each, weight in terms) for terms in (tops, bottoms))
    if not (top > 0 and bottom > 0):
        raise ValueError(f"A ratio needs means above 0, but they are {top:g} and {bottom:g}.")
    terms = [(each, weight / top) for each, weight in tops] + [(each, -weight / bottom) for each, weight in bottoms]
    many, bare = (sum(each.total for each, _ in part) for part in (tops, bottoms))
    more = 1 / max(1.0, many * bare) if counted else 0.0
    return _joined(top / bottom, terms, "log", "log-scale Welch", more)


def linear(value: float, terms: Sequence[tuple[Sample, float]]) -> Drawn:
    """Estimate any number that changes by Σ factor · change of a cell's mean: ``terms`` are cells and factors."""
    return _joined(value, terms, "linear", "Welch")


def _joined(value: float, terms: Sequence[tuple[Sample, float]], scale: Scale, method: str, more: float = 0.0) -> Drawn:
    """Add contributions by start; degrees of freedom by Satterthwaite over the sets of cells that starts are in.

    ``more`` is added to the variance where starts are shared.
    """
    parts: dict[Start, float] = {}
    places: dict[Start, tuple[int, ...]] = {}
    for at, (sample, factor) in enumerate(terms):
        if len(sample) < 2:
            raise ValueError(f"A cell needs at least two networks to say how they vary, but has {len(sample)}.")
        gaps = factor * (sample.values - sample.mean) / math.sqrt(len(sample) * (len(sample) - 1))
        for start, gap in zip(sample.starts, gaps.tolist(), strict=True):
            parts[start] = parts.get(start, 0.0) + gap
            places[start] = (*places.get(start, ()), at)
    sets: dict[tuple[int, ...], list[float]] = {}
    for start, part in parts.items():
        sets.setdefault(places[start], []).append(part**2)
    variances = {at: (math.fsum(each), max(len(each) - 1, 1)) for at, each in sets.items()}
    shared = any(len(at) > 1 for at in sets)
    total, spread = (sum(v for v, _ in variances.values()), sum(v**2 / f for v, f in variances.values()))
    freedom = total**2 / spread if spread else math.inf
    if shared and more:
        freedom = freedom if spread else float(max(len(each) for each in sets.values()) - 1)
        total += more
    name = f"{'log scale, ' if scale == 'log' else ''}paired by start" if shared else method
    size, error = sum(len(sample) for sample, _ in terms), math.sqrt(total)
    caution = "" if error > 0 else NO_SPREAD
    return Drawn(pivotal(value, error, freedom, LEVEL, name, size, scale, caution), parts)


def covariance(a: Drawn, b: Drawn) -> float:
    """Return the covariance of two estimates, on the scales of their errors."""
    return math.fsum(part * b.parts[start] for start, part in a.parts.items() if start in b.parts)


def heterogeneity(cells: Sequence[Drawn]) -> float | None:
    """Return the p-value of "all cells have one value" for cells that share starts; None where none of them varies.

    Welch's weighted sum of squares Σ w_i (x_i − x̄)², w_i = 1/error_i², over its expectation under the covariance V that
    the starts give: F with f = tr(AV)²/tr(AVAV) and f · ν degrees of freedom (Box, Ann. Math. Stat. 25, 1954), A the
    matrix of the sum and ν the fewest degrees of freedom of a cell. For two cells it is the paired t test.
    """
    from scipy import special

    estimates = [each.estimate for each in cells]
    x = np.array([math.log(e.value) if e.scale == "log" else e.value for e in estimates])
    v = np.array([[covariance(a, b) for b in cells] for a in cells])
    v[np.diag_indices(len(cells))] = [float(e.error or 0) ** 2 for e in estimates]
    w = 1 / np.diagonal(v)
    a = np.diag(w) - np.outer(w, w) / w.sum()
    expected, squared = float(np.trace(a @ v)), float(np.trace(a @ v @ a @ v))
    if expected <= 1e-12 * len(cells) or squared <= 0:
        return None
    f = expected**2 / squared
    freedom = f * min(e.freedom for e in estimates)
    if math.isinf(freedom):
        return float(special.gammaincc(f / 2, f * float(x @ a @ x) / expected / 2))
    return float(special.fdtrc(f, freedom, float(x @ a @ x) / expected))
