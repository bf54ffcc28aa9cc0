"""From counts and continued networks to verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.studies.base import Judgement
from polygenesis.studies.cooccurrence import claims
from polygenesis.studies.cooccurrence.continuations import Series, Sharers, lasting
from polygenesis.studies.cooccurrence.halving import Halving, percentiles
from polygenesis.studies.judging import judge, undecided
from polygenesis.studies.shares import share_agrees
from polygenesis.studies.wording import out_of


@dataclass(frozen=True, eq=False)
class Lasting:
    """Pairs of one λ trained on: how many ``cases``, how many are still together at each p, and where they leak."""

    strength: float
    probabilities: Floats
    moderate: int
    kept: Floats
    cases: int
    leaks: Series

    @classmethod
    def of(cls, networks: Sharers, moderate: Floats, beyond: Floats, around: Floats) -> Lasting:
        """Train on at every p."""
        expected = float(theory.leak_threshold(networks.strength))
        probabilities = np.concatenate([moderate, beyond])
        kept, _ = lasting(networks, probabilities)
        _, leaked = lasting(networks, around * expected)
        cases = len(networks.weights)
        series = Series(networks.strength, 0.0, around * expected, leaked, cases, expected)
        return cls(networks.strength, probabilities, len(moderate), kept, cases, series)


@dataclass(frozen=True, eq=False)
class Found:
    """Everything that is judged: curves by λ, at other sizes, of minibatches; predictions by size; trained-on pairs."""

    curves: tuple[Halving, ...]
    others: tuple[Halving, ...]
    sampled: Halving
    predicted: Mapping[tuple[int, int], float]
    lasting: tuple[Lasting, ...]
    kicked: tuple[Series, ...]


def judge_claims(found: Found) -> list[Judgement]:
    """Judge every claim."""
    judgements = [_dies(found), _proportional(found), *_constants(found), _lasting(found)]
    judgements += [_parting(each) for each in found.kicked]
    judgements += [_leaking(each.leaks) for each in found.lasting]
    return [*judgements, _sampled(found)]


def _dies(found: Found) -> Judgement:
    """Counts at the largest p/λ against one-hot ones, all λ together."""
    first = found.curves[0]
    claim = claims.dies(first.n, first.m)
    far = np.concatenate([each.cells[list(each.ratios).index(claims.FAR)].counts for each in found.curves])
    base = np.concatenate([each.cells[0].counts for each in found.curves])
    if len(far) < 2 or not base.any():
        return undecided(claim, "There are too few usable replicates to say what is left.")
    left = stats.poisson(int(far.sum()), exposure=float(len(far) * base.mean()), level=0.9)
    sentence = (
        f"At p = {claims.FAR:g} λ {len(far)} networks have {int(far.sum()) or 'no'} polysemantic neurons left, "
        "{found} times as many as with one-hot features."
    )
    return judge(claim, stats.agrees(left, 0.0, claims.REMAINDER), sentence)


def exponent(curves: tuple[Halving, ...]) -> stats.Estimate:
    """Slope of log p* on log λ, with its bootstrap interval."""
    x = np.log([each.strength for each in curves])
    values = x + np.log([each.value for each in curves])
    draws = x[:, None] + np.log([each.draws for each in curves])
    centred = x - x.mean()
    slope = float(centred @ values / (centred @ centred))
    return percentiles(
        slope, centred @ draws / (centred @ centred), sum(len(c.counts) for e in curves for c in e.cells)
    )


def _proportional(found: Found) -> Judgement:
    first = found.curves[0]
    strengths = ", ".join(f"{each.strength:g}" for each in found.curves)
    claim = claims.proportional(first.n, first.m, strengths)
    margin = claims.EXPONENT_MARGIN
    return judge(
        claim, stats.agrees(exponent(found.curves), 1 - margin, 1 + margin), "p* grows as λ to the power {found}."
    )


def pooled(curves: tuple[Halving, ...]) -> stats.Estimate:
    """Geometric mean of p*/λ over λ, with its bootstrap interval."""
    values = np.log([each.value for each in curves]).mean()
    draws = np.log(np.array([each.draws for each in curves])).mean(axis=0)
    size = sum(len(cell.counts) for each in curves for cell in each.cells)
    return percentiles(float(np.exp(values)), np.exp(draws), size)


def over(estimate: stats.Estimate, value: float) -> stats.Estimate:
    """An estimate and its interval over a number."""
    e = estimate
    return stats.Estimate(
        e.value / value, e.lower / value, e.upper / value, e.level, e.method, e.size, caution=e.caution
    )


def _constants(found: Found) -> list[Judgement]:
    judgements = []
    margin = claims.CONSTANT_MARGIN
    for curves in (found.curves, *((each,) for each in found.others)):
        n, m = curves[0].n, curves[0].m
        measured, predicted = pooled(curves), found.predicted[n, m]
        sentence = (
            f"At n = {n}, m = {m}, p* = {measured.value:.3g} λ where the race of two features says {predicted:.3g} λ: "
            "a ratio of {found}."
        )
        test = stats.agrees(over(measured, predicted), 1 - margin, 1 + margin)
        judgements.append(judge(claims.constant(n, m), test, sentence))
    return judgements


def _lasting(found: Found) -> Judgement:
    claim = claims.lasting(", ".join(f"{each.strength:g}" for each in found.lasting))
    kept = np.array([each.kept[: each.moderate].min() for each in found.lasting])
    cases = np.array([each.cases for each in found.lasting])
    successes = np.concatenate([[1.0] * int(k) + [0.0] * int(c - k) for k, c in zip(kept, cases, strict=True)])
    if len(successes) < 2:
        return undecided(claim, "There are too few pairs.")
    pairs = out_of(int(successes.sum()), len(successes), "pairs").capitalize()
    sentence = (
        f"{pairs} {'stay' if successes.sum() > 1 else 'stays'} together at every p up to {claims.MODERATE:g} {{tally}}."
    )
    return judge(claim, share_agrees(successes, np.ones(len(successes)), claims.KEPT, 1), sentence)


def _parting(series: Series) -> Judgement:
    margin = claims.PARTING_MARGIN
    test = stats.agrees(series.threshold, 1 - margin, 1 + margin)
    sentence = (
        f"Kicked pairs part above {{found}} times the predicted p of {series.expected:.3g} (λ = {series.strength:g}, "
        f"ρ = {series.ratio:g}; {series.cases} networks, bracket)."
    )
    return judge(claims.parting(series.ratio, series.strength), test, sentence)


def _leaking(series: Series) -> Judgement:
    margin = claims.LEAK_MARGIN
    test = stats.agrees(series.threshold, 1 - margin, 1 + margin)
    sentence = (
        f"Pairs leak above {{found}} times the predicted p of {series.expected:.3g} (λ = {series.strength:g}, "
        f"{series.cases} networks, bracket)."
    )
    return judge(claims.leaking(series.strength), test, sentence)


def _sampled(found: Found) -> Judgement:
    drawn, exact = found.sampled, found.curves[0]
    margin = claims.SAMPLED_MARGIN
    size = sum(len(cell.counts) for each in (drawn, exact) for cell in each.cells)
    ratio = percentiles(drawn.value / exact.value, drawn.draws / exact.draws, size)
    sentence = f"Minibatches have a p* of {drawn.value:.3g} λ, {{found}} times that of the exact expectation."
    return judge(claims.sampled(drawn.n, drawn.m), stats.agrees(ratio, 1 - margin, 1 + margin), sentence)
