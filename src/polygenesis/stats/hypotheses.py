"""Plain tests of counts and signs, and corrections for asking several questions at once."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.stats import samples
from polygenesis.stats.resampling import PermutationTest, permutation_test

LOW_MEAN = 1.0
"""Below this mean count the χ² law of the dispersion index is rough."""


@dataclasses.dataclass(frozen=True)
class DispersionTest:
    """The dispersion of counts compared with Poisson: `index` = variance/mean, with one-sided p-values either way.

    `p_under`: against less variance than Poisson's, `p_over`: against more. `freedom`: degrees of freedom of χ².
    `size`: number of counts. `caution`: why to distrust it, or empty.
    """

    index: float
    freedom: int
    p_under: float
    p_over: float
    size: int
    caution: str = ""

    def __repr__(self) -> str:
        p = f"p = {self.p_under:.2g} for under-, {self.p_over:.2g} for over-dispersion"
        note = f"; {self.caution}" if self.caution else ""
        return f"dispersion {self.index:.3g} ({p}, {self.size} counts){note}"

    __str__ = __repr__


@dataclasses.dataclass(frozen=True)
class SignTest:
    """How often differences are positive: exact binomial p-values against probability 1/2; ties are left out.

    `positive`, `negative` and `ties` count the differences. `p_value` is two-sided; `p_positive` is small where
    positive ones are too many.
    """

    positive: int
    negative: int
    ties: int
    p_value: float
    p_positive: float

    def __repr__(self) -> str:
        total = self.positive + self.negative
        return f"{self.positive} of {total} positive, {self.ties} ties (two-sided p = {self.p_value:.2g})"

    __str__ = __repr__


def dispersion_test(counts: object, *, cells: object = None) -> DispersionTest:
    """Fisher's index of dispersion against Poisson: Σ(x - x̄)²/x̄ ~ χ² with size - 1 degrees of freedom.

    `cells` labels counts of one mean each (one spec's replicates); squares and degrees of freedom are added
    over them. `p_under` is small for under-dispersed counts. Cells in which every count is zero say nothing
    and are skipped.

    Args:
        counts: whole numbers ≥ 0, flat.
        cells: a label for each count; counts of one cell have one mean. One cell by default.
    """
    from scipy import special

    x = samples.counts("counts", counts, least=2)
    labels = np.zeros(x.size, dtype=int) if cells is None else samples.groups("cells", cells, x.size, least=1)
    parts = [x[labels == cell] for cell in range(int(labels.max()) + 1)]
    used = [part for part in parts if part.size > 1 and part.any()]
    if not used:
        return DispersionTest(math.nan, 0, 1.0, 1.0, x.size, "No cell has two counts that are not all zero.")
    statistic = sum(float(np.sum((part - part.mean()) ** 2) / part.mean()) for part in used)
    freedom = sum(part.size - 1 for part in used)
    rough = min(float(part.mean()) for part in used) < LOW_MEAN
    caution = f"Some cells have a mean below {LOW_MEAN:g}, where p-values are rough." if rough else ""
    under, over = float(special.chdtr(freedom, statistic)), float(special.chdtrc(freedom, statistic))
    return DispersionTest(statistic / freedom, freedom, under, over, x.size, caution)


def sign_test(differences: object) -> SignTest:
    """Test whether paired differences are positive as often as negative (exact binomial).

    Args:
        differences: paired differences, flat; zeros are counted apart.
    """
    from scipy import special

    d = samples.values("differences", differences)
    positive, negative = int((d > 0).sum()), int((d < 0).sum())
    total = positive + negative
    more = float(special.bdtrc(positive - 1, total, 0.5)) if positive else 1.0
    fewer = float(special.bdtr(positive, total, 0.5)) if total else 1.0
    return SignTest(positive, negative, d.size - total, min(1.0, 2 * min(more, fewer)), more)


def same_counts(a: object, b: object, *, seed: int | np.random.Generator, resamples: int = 9999) -> PermutationTest:
    """Test whether two samples of counts come from one distribution: largest gap of their ECDFs, by permutation.

    Kolmogorov and Smirnov's statistic; the permutation p-value is right for ties, which the tabulated one
    is not.

    Args:
        a: one sample, flat.
        b: the other sample, flat.
        seed: a number or a NumPy generator.
        resamples: how many are drawn.
    """
    x, y = samples.counts("a", a), samples.counts("b", b)
    grid = np.unique(np.concatenate([x, y]))

    def gap(p: Floats, q: Floats) -> float:
        below = [np.searchsorted(np.sort(s), grid, side="right") / s.size for s in (p, q)]
        return float(np.max(np.abs(below[0] - below[1])))

    return permutation_test(x, y, gap, seed=seed, resamples=resamples, tail="high")


def holm(p_values: object) -> Floats:
    """Holm's adjusted p-values: rejecting those below α makes any false rejection with probability α at most.

    Args:
        p_values: flat, from 0 to 1.
    """
    p = _chances(p_values)
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def benjamini_hochberg(p_values: object, *, tests: int | None = None) -> Floats:
    """Benjamini and Hochberg's adjusted p-values: of those below q, an expected share of at most q is false.

    ``tests``: how many tests there were in all, where those left out have p = 1; by default as many as p-values.

    Args:
        p_values: flat, from 0 to 1.
        tests: how many tests there were in all, those left out with p = 1; by default as many as p-values.
    """
    from scipy import stats

    p = floats("p_values", p_values)
    if p.size == 0 and tests is not None:
        return np.zeros(0)
    found = _chances(p_values)
    if tests is None:
        return np.asarray(stats.false_discovery_control(found))
    if tests < found.size:
        raise bad_argument("tests", f"be at least the {found.size} p-values", tests)
    return np.asarray(np.minimum(stats.false_discovery_control(found) * (tests / found.size), 1.0))


def _chances(p_values: object) -> Floats:
    p = samples.values("p_values", p_values)
    if np.any((p < 0) | (p > 1)):
        raise bad_argument("p_values", "lie from 0 to 1", p_values)
    return p
