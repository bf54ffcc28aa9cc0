"""Counts against predictions, and who shares with whom against permuted features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import seeds, stats, theory
from polygenesis.arrays import Floats
from polygenesis.numerals import percent
from polygenesis.studies.base import Judgement, Verdict
from polygenesis.studies.feature_complexity import claims
from polygenesis.studies.feature_complexity.cases import Case
from polygenesis.studies.judging import judge, undecided
from polygenesis.studies.network_counts import Counted

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
    def where(self) -> str:
        """The regime in words."""
        return claims.regime(self.case, self.n, self.m, self.counted.spec.penalty.strength)

    @property
    def ratio(self) -> stats.Estimate | None:
        """Mean count over that of one-hot features, with its 90 % interval; None where there is too little."""
        a, b = self.counted.counts, self.base.counts
        if min(len(a), len(b)) < 2 or not b.any():
            return None
        if not a.any():
            return stats.poisson(0, exposure=float(len(a) * b.mean()), level=0.9)
        return stats.ratio(a, b, level=0.9)


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


def judge_claims(cells: Sequence[Cell]) -> list[Judgement]:
    """Judge the count of every distribution, then who shares."""
    directed = [cell for cell in cells if cell.case.higher is not None]
    alike = [cell for cell in cells if cell.case.special is not None and cell.case.higher is None]
    return [*map(_rate, cells), *_preferences(directed), *map(_alike, alike)]


def _rate(cell: Cell) -> Judgement:
    claim = claims.rate(cell.case, cell.predicted, cell.where)
    ratio = cell.ratio
    if ratio is None:
        return undecided(claim, f"{cell.case.name}: there are too few usable replicates.")
    low, high = cell.predicted - claims.MARGIN, cell.predicted + claims.MARGIN
    sentence = (
        f"{cell.case.name}: {{found}} times the count of one-hot features, where {cell.predicted:.2f} is predicted."
    )
    return judge(claim, stats.agrees(ratio, max(low, 0.0), high), sentence)


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


def _preferences(cells: Sequence[Cell]) -> list[Judgement]:
    found = [preference(cell) for cell in cells]
    right = stats.holm([f[2] if cell.case.higher else f[3] for cell, f in zip(cells, found, strict=True)])
    wrong = stats.holm([f[3] if cell.case.higher else f[2] for cell, f in zip(cells, found, strict=True)])
    judgements = []
    for cell, (seen, chance, _, _), yes, no in zip(cells, found, right, wrong, strict=True):
        claim = claims.sharing(cell.case, cell.where)
        if np.isnan(seen):
            judgements.append(undecided(claim, f"{cell.case.name}: no pair shares a neuron."))
            continue
        verdict = (
            Verdict.SUPPORTED if yes <= claims.ALPHA else Verdict.REFUTED if no <= claims.ALPHA else Verdict.UNDECIDED
        )
        what = (
            f"of the pairs that share a neuron {percent(seen)} are such pairs, by chance {percent(chance)}"
            if cell.case.pairs in ("partners", "parent and child")
            else f"pairs that share a neuron have a mean sum of ranks of {seen:.3g}, by chance {chance:.3g}"
        )
        sentence = (
            f"{cell.case.name}: {what} (corrected for like claims: p = {min(yes, 1.0):.2g} for the claim, "
            f"{min(no, 1.0):.2g} against it)."
        )
        judgements.append(Judgement(claim, verdict, sentence))
    return judgements


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


def _alike(cell: Cell) -> Judgement:
    claim = claims.sharing(cell.case, cell.where)
    estimate = mean_rank(cell)
    if estimate is None:
        return undecided(claim, f"{cell.case.name}: hardly any pair shares a neuron.")
    margin = claims.RANK_MARGIN
    sentence = f"{cell.case.name}: features in shared pairs have {{found}} times the mean rank."
    return judge(claim, stats.agrees(estimate, 1 - margin, 1 + margin), sentence)
