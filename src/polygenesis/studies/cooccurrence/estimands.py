"""What each claim on features that occur together estimates, from counts and from networks that are trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.numerals import number
from polygenesis.studies.claim import Reading, Words, read, too_little
from polygenesis.studies.cooccurrence.continuations import Series, Sharers, lasting
from polygenesis.studies.cooccurrence.halving import Halving, percentiles
from polygenesis.studies.counts import Poisson
from polygenesis.studies.evidence import Clustered, Counted, pool
from polygenesis.studies.paired import Drawn
from polygenesis.studies.starts import design_effect
from polygenesis.studies.wording import out_of

FAR = 0.5
"""p/λ at which hardly a collision should be left."""


@dataclass(frozen=True, eq=False)
class Lasting:
    """Pairs of one λ trained on: how many ``cases``, how many are still together at each p, and where they leak."""

    networks: Sharers
    probabilities: Floats
    moderate: int
    kept: Floats
    cases: int
    leaks: Series

    @property
    def strength(self) -> float:
        """λ."""
        return self.networks.strength

    @classmethod
    def of(cls, networks: Sharers, moderate: Floats, beyond: Floats, around: Floats) -> Lasting:
        """Train on at every p."""
        expected = float(theory.leak_threshold(networks.strength))
        probabilities = np.concatenate([moderate, beyond])
        kept, _ = lasting(networks, probabilities)
        _, leaked = lasting(networks, around * expected)
        cases = len(networks.weights)
        series = Series(networks, 0.0, around * expected, leaked, cases, expected)
        return cls(networks, probabilities, len(moderate), kept, cases, series)


@dataclass(frozen=True, eq=False)
class Found:
    """Everything that is judged: curves by λ, at other sizes, of minibatches; predictions by size; trained-on pairs."""

    curves: tuple[Halving, ...]
    others: tuple[Halving, ...]
    sampled: Halving
    predicted: Mapping[tuple[int, int], float]
    lasting: tuple[Lasting, ...]
    kicked: tuple[Series, ...]


def dies(found: Found) -> Reading:
    """Counts at the largest p/λ over one-hot ones, all λ together."""
    far = [each.cells[list(each.ratios).index(FAR)] for each in found.curves]
    base = np.concatenate([each.cells[0].counts for each in found.curves])
    counts, judged = np.concatenate([each.counts for each in far]), [*far, *(each.cells[0] for each in found.curves)]
    if len(counts) < 2 or not base.any():
        return too_little("There are too few usable replicates to say what is left.", judged)
    effect = design_effect([each.sample for each in far])
    left = Poisson(int(counts.sum()), float(len(counts) * base.mean()), effect)
    cells = {
        f"λ = {each.strength:g}": Poisson(int(cell.counts.sum()), len(cell.counts) * float(each.cells[0].counts.mean()))
        for each, cell in zip(found.curves, far, strict=True)
        if len(cell.counts) and each.cells[0].counts.any()
    }
    return read(pool(left, cells), judged, networks=len(counts), count=int(counts.sum()) or "no")


def proportional(found: Found) -> Reading:
    """The exponent of p* in λ."""
    return read(Drawn(exponent(found.curves)), _specs(found.curves))


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


def pooled(curves: tuple[Halving, ...]) -> stats.Estimate:
    """Geometric mean of p*/λ over λ, with its bootstrap interval."""
    values = np.log([each.value for each in curves]).mean()
    draws = np.log(np.array([each.draws for each in curves])).mean(axis=0)
    size = sum(len(cell.counts) for each in curves for cell in each.cells)
    return percentiles(float(np.exp(values)), np.exp(draws), size)


def over(estimate: stats.Estimate, value: float) -> stats.Estimate:
    """An estimate and its interval over a number."""
    e = estimate
    draws = None if e.draws is None else e.draws / value
    return dataclasses.replace(e, value=e.value / value, lower=e.lower / value, upper=e.upper / value, draws=draws)


def constants(found: Found) -> list[Reading]:
    """p*/λ over what the race of two features says, by size."""
    return [_constant(curves, found) for curves in _by_size(found)]


def _by_size(found: Found) -> list[tuple[Halving, ...]]:
    return [found.curves, *((each,) for each in found.others)]


def same_theory(found: Found) -> str:
    """Say how p* compares with theory over all sizes, and which study tests the same theory by counts."""
    ratios = [pooled(each).value / found.predicted[each[0].n, each[0].m] for each in _by_size(found)]
    known = [each for each in ratios if np.isfinite(each)]
    ends = " to ".join(dict.fromkeys(map(number, (min(known), max(known))))) if known else ""
    said = f"p* is {ends} times what the race of two features says, by size. " if ends else ""
    return (
        f"{said}The study feature-complexity tests the same theory by counts at given p: a p* above the predicted one "
        "here and counts above the predicted ones there are one error of the theory."
    )


def _constant(curves: tuple[Halving, ...], found: Found) -> Reading:
    n, m = curves[0].n, curves[0].m
    measured, predicted = pooled(curves), found.predicted[n, m]
    ratio = Drawn(over(measured, predicted))
    cells = {f"λ = {each.strength:g}": Drawn(over(each.estimate, predicted)) for each in curves}
    return read(pool(ratio, cells), _specs(curves), n=n, m=m, measured=measured.value, predicted=predicted)


def _specs(curves: tuple[Halving, ...]) -> list[object]:
    return [cell.spec for each in curves for cell in each.cells]


def kept(found: Found) -> Reading:
    """Share of pairs that stay at every moderate p, all λ together."""
    stay = np.array([each.kept[: each.moderate].min() for each in found.lasting])
    cases = np.array([each.cases for each in found.lasting])
    successes = np.concatenate([[1.0] * int(k) + [0.0] * int(c - k) for k, c in zip(stay, cases, strict=True)])
    judged = [each.networks for each in found.lasting]
    if len(successes) < 2:
        return too_little("There are too few pairs.", judged)
    pairs = out_of(int(successes.sum()), len(successes), "pairs").capitalize()
    verb = "stay" if successes.sum() > 1 else "stays"
    each = {
        f"λ = {one.strength:g}": Counted(int(k), one.cases)
        for one, k in zip(found.lasting, stay, strict=True)
        if one.cases
    }
    aligned = tuple(k for each in found.lasting for k in range(each.cases))  # as if pairs stayed from the same starts
    together = Clustered(successes, np.ones(len(successes)), aligned)
    return read(pool(together, each), judged, pairs=pairs, stay=verb)


def partings(found: Found) -> list[Reading]:
    """The p at which kicked pairs part over the predicted one: a bracket, by kick and λ."""
    return [_step(each) for each in found.kicked]


def leaks(found: Found) -> list[Reading]:
    """The p at which pairs leak over the predicted one: a bracket, by λ."""
    return [_step(each.leaks) for each in found.lasting]


def _step(series: Series) -> Reading:
    words: Words = {
        "strength": series.strength,
        "ratio": series.ratio,
        "expected": series.expected,
        "networks": series.cases,
    }
    return read(series.threshold, [series.networks], **words)


def sampled(found: Found) -> Reading:
    """p* of minibatches over that of the exact expectation."""
    drawn, exact = found.sampled, found.curves[0]
    size = sum(len(cell.counts) for each in (drawn, exact) for cell in each.cells)
    ratio = percentiles(drawn.value / exact.value, drawn.draws / exact.draws, size)
    return read(Drawn(ratio), _specs((drawn, exact)), half=drawn.value)
