"""What each claim on distributions of features estimates: counts, and who shares with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import seeds, stats, theory
from polygenesis.arrays import Floats
from polygenesis.numerals import percent
from polygenesis.studies import paired
from polygenesis.studies.claim import Reading, Words, read, too_little
from polygenesis.studies.counts import Poisson
from polygenesis.studies.evidence import Tails
from polygenesis.studies.feature_complexity.cases import Case
from polygenesis.studies.network_counts import Counted
from polygenesis.studies.paired import Drawn

PERMUTATIONS = 1999


@dataclass(frozen=True, eq=False)
class Cell:
    """One distribution as measured, the one-hot counts beside it, and the predicted ratio."""

    case: Case
    counted: Counted
    base: Counted
    predicted: float

    @property
    def n(self) -> int:
        """Features."""
        return self.counted.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.counted.spec.model.m

    @property
    def ratio(self) -> Drawn | None:
        """Mean count over that of one-hot features from the same starts; None where there is too little."""
        a, b = self.counted.counts, self.base.counts
        if min(len(a), len(b)) < 2 or not b.any():
            return None
        if not a.any():
            return Drawn(stats.poisson(0, exposure=float(len(a) * b.mean()), level=0.9))
        return paired.ratio(self.counted.sample, self.base.sample, counted=True)


def survival_curve(m: int, magnitude: theory.Magnitude, pairs: int) -> tuple[Floats, Floats]:
    """Return p/λ on a grid and the share of pairs that survive there, from Gaussian starts."""
    generator = seeds.generator(0, f"cooccurrence/{m}", "starts")
    first, second = (np.sort(np.abs(generator.standard_normal((pairs, m))), axis=1)[:, ::-1] for _ in range(2))
    grid = np.array([0.0, 0.02, 0.04, 0.07, 0.1, 0.15, 0.25, 0.4, 0.7])
    scale = m**-0.5
    share = [theory.pairs_survive(first * scale, second * scale, k, magnitude=magnitude).mean() for k in grid]
    return grid, np.array(share)


def predict(case: Case, n: int, m: int, curve: tuple[Floats, Floats]) -> float:
    """Return the count relative to one-hot features (eq. displaced with the mean survival of all pairs)."""
    rates = case.rates[np.triu_indices(n, 1)]
    mean = float(np.interp(rates, *curve, right=0.0).mean())
    return float(theory.surviving_share(mean, n, m))


def rates(cells: Sequence[Cell]) -> list[Reading]:
    """Counts over those of one-hot features, whose margin is a multiple of the prediction, by distribution."""
    return [_rate(cell) for cell in cells]


def _rate(cell: Cell) -> Reading:
    words: Words = {"name": cell.case.name, "predicted": cell.predicted, "theory": cell.case.theory}
    ratio, judged = cell.ratio, [cell.counted, cell.base]
    if ratio is None:
        return too_little(f"{cell.case.name}: there are too few usable replicates.", judged, **words)
    counts, base = cell.counted.counts, cell.base.counts
    nothing = Poisson(0, float(len(counts) * base.mean()), 1.0)  # one cell, over a known mean
    return read(ratio if counts.any() else nothing, judged, unit=cell.predicted, **words)


def preference(cell: Cell) -> tuple[float, float, float, float]:
    """Return the mean score of pairs that share, that of permuted features, and p-values for higher and lower.

    Null: within every network the features are dealt anew, so that how often and in what groups they share is kept.
    """
    pairs, score = cell.counted.pairs, cell.case.special
    assert score is not None
    kept = cell.counted.usable[pairs.replicate]
    replicate, first, second = pairs.replicate[kept], pairs.first[kept], pairs.second[kept]
    if not len(first):
        return np.nan, np.nan, 1.0, 1.0
    generator = seeds.generator(0, f"feature-complexity/{cell.case.name}", "permutations")
    null = np.empty(PERMUTATIONS)
    for draw in range(PERMUTATIONS):
        dealt = generator.permuted(np.tile(np.arange(cell.n), (len(cell.counted.usable), 1)), axis=1)
        null[draw] = score[dealt[replicate, first], dealt[replicate, second]].mean()
    seen = float(score[first, second].mean())
    higher, lower = stats.p_value(seen, null, tail="high"), stats.p_value(seen, null, tail="low")
    return seen, float(null.mean()), higher, lower


WORDS = {
    "partners": "partners share a neuron {} often than chance",
    "parent and child": "a parent and its child share a neuron {} often than chance",
    "features by rarity": "rare features share {} often than frequent ones",
    "features by unimportance": "unimportant features share {} often than important ones",
}
"""What a preference is, by the name of the pairs or features."""


ALIKE = {
    "features by rarity": "rare and frequent features share alike",
    "features by unimportance": "important and unimportant features share alike",
}
"""What no preference is, by the name of the features."""


def preferences(cells: Sequence[Cell]) -> list[Reading]:
    """Permutation tests of who shares with whom, where theory names a direction, by distribution."""
    return [_preference(cell) for cell in cells if cell.case.higher is not None]


def _preference(cell: Cell) -> Reading:
    name, pairs, higher = cell.case.name, cell.case.pairs, bool(cell.case.higher)
    words: Words = {"name": name, "said": WORDS[pairs].format("more" if higher else "less")}
    seen, chance, high, low = preference(cell)
    if np.isnan(seen):
        return too_little(f"{name}: no pair shares a neuron.", [cell.counted], **words)
    what = (
        f"of the pairs that share a neuron {percent(seen)} are such pairs, by chance {percent(chance)}"
        if pairs in ("partners", "parent and child")
        else f"pairs that share a neuron have a mean sum of ranks of {seen:.3g}, by chance {chance:.3g}"
    )
    yes, no = (high, low) if higher else (low, high)
    return read(Tails(yes, no, len(cell.counted.usable)), [cell.counted], what=what, **words)


def alikes(cells: Sequence[Cell]) -> list[Reading]:
    """Mean rank of the features that share over that of all, where theory names no direction, by distribution."""
    return [_alike(cell) for cell in cells if cell.case.special is not None and cell.case.higher is None]


def _alike(cell: Cell) -> Reading:
    words: Words = {"name": cell.case.name, "alike": ALIKE[cell.case.pairs]}
    estimate = mean_rank(cell)
    if estimate is None:
        return too_little(f"{cell.case.name}: hardly any pair shares a neuron.", [cell.counted], **words)
    return read(estimate, [cell.counted], **words)


def mean_rank(cell: Cell) -> stats.Estimate | None:
    """Mean score of pairs that share over that of all pairs, with its 90 % bootstrap interval over networks."""
    pairs, score = cell.counted.pairs, cell.case.special
    assert score is not None
    kept = cell.counted.usable[pairs.replicate]
    if kept.sum() < 2:
        return None
    relative = score[pairs.first[kept], pairs.second[kept]] / score[np.triu_indices(cell.n, 1)].mean()
    return stats.cluster_bootstrap(
        lambda values: float(values.mean()), (relative,), pairs.replicate[kept], seed=0, level=0.9, resamples=999
    )
