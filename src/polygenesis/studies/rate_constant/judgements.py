"""Every claim on the law of the count, tested; replicates are independent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.detect import Origin
from polygenesis.studies.base import Claim, Judgement
from polygenesis.studies.judging import ALPHA, Tested, blurred, judge, judge_family, undecided
from polygenesis.studies.rate_constant.cells import STRENGTHS, Cell, of, roomy
from polygenesis.studies.rate_constant.claims import (
    ADAM,
    COMPUTED,
    CONSTANT,
    CROWDED,
    DESCENT,
    EXPONENT_M,
    EXPONENT_N,
    FORMULA,
    LEADERS,
    MOVERS,
    ROOM,
    WEAKER_OR_STRONGER,
)
from polygenesis.studies.rate_constant.laws import Law, crowded_fit, deviances, fitted, power_fit, published


def judgements(found: Sequence[Cell]) -> list[Judgement]:
    """Judge every claim of this study."""
    flows = of(found, "training", "held-out")
    wide = roomy(flows, ROOM)
    return [
        *exponents(wide),
        constant(wide),
        *judge_family([strengths(found), process(found, DESCENT), process(found, ADAM)]),
        *judge_family([leaders(wide), movers(wide)]),
        crowded(of(found, "training")),
        *judge_family(better_laws(found)),
    ]


def exponents(wide: Sequence[Cell]) -> list[Judgement]:
    """Test the powers of n and m."""
    counts = sum(len(cell.counts) for cell in wide)
    if len({cell.n for cell in wide}) < 2 or len({cell.m for cell in wide}) < 3:
        return [undecided(claim, f"Only {len(wide)} cells have results.") for claim in (EXPONENT_N, EXPONENT_M)]
    fit = power_fit(wide)
    text = f"Over {counts} networks in {len(wide)} cells with m ≥ {ROOM}n the count goes as"
    return [
        judge(EXPONENT_N, stats.agrees(fit.exponents["n"], 1.95, 2.05), f"{text} n to the power {{found}}."),
        judge(EXPONENT_M, stats.agrees(fit.exponents["m"], -1.05, -0.95), f"{text} m to the power {{found}}."),
    ]


def constant(wide: Sequence[Cell]) -> Judgement:
    """Test the constant of n²/4m."""
    claim, test, sentence = _ratio(
        CONSTANT,
        wide,
        lambda cell: cell.counts,
        lambda cell: cell.n**2 / (4 * cell.m),
        (0.95, 1.05),
        f"The count is {{found}} times n²/4m over {len(wide)} cells with m ≥ {ROOM}n.",
    )
    return undecided(claim, sentence) if test is None else judge(claim, test, sentence)


def strengths(found: Sequence[Cell]) -> Tested:
    """Test the count at the strong penalty against that at the weak one."""
    weak, strong = (
        [cell for cell in of(found, "penalty") if cell.measured.spec.penalty.strength == each] for each in STRENGTHS
    )
    text = f"At λ = {STRENGTHS[1]:g} the count is {{found}} times that at λ = {STRENGTHS[0]:g}"
    return _against(WEAKER_OR_STRONGER, strong, weak, text)


def process(found: Sequence[Cell], claim: Claim) -> Tested:
    """Test the count of another way of training against gradient flow's."""
    training = "gradient descent" if claim is DESCENT else "AdamW"
    other = [cell for cell in of(found, "process") if cell.training == training]
    return _against(claim, other, of(found, "training"), f"The count of {training} is {{found}} times gradient flow's")


def _against(claim: Claim, cells: Sequence[Cell], reference: Sequence[Cell], text: str) -> Tested:
    """Test Σ counts against the mean counts of the reference in cells of the same n and m, with the errors of both."""
    base = {(cell.n, cell.m): cell.counts for cell in reference}
    paired = [cell for cell in cells if len(base.get((cell.n, cell.m), ())) > 1 and base[cell.n, cell.m].any()]
    counts = np.concatenate([cell.counts for cell in paired]) if paired else np.zeros(0)
    if len(counts) < 2 or not counts.any():
        return claim, None, "There are too few networks to compare."
    means = [base[cell.n, cell.m].mean() for cell in paired]
    predicted = np.concatenate([np.full(len(cell.counts), mean) for cell, mean in zip(paired, means, strict=True)])
    variance = sum((len(cell.counts) * _error(base[cell.n, cell.m])) ** 2 for cell in paired)
    ratio = stats.ratio_to_prediction(counts, predicted, robust=True, level=1 - 2 * ALPHA)
    test = stats.agrees(blurred(ratio, math.sqrt(variance) / float(predicted.sum())), 0.90, 1.10)
    sizes = ", ".join(f"m = {cell.m}" for cell in paired)
    return claim, test, f"{text} (n = {paired[0].n}, {sizes})."


def _error(counts: Floats) -> float:
    return float(counts.std(ddof=1) / math.sqrt(len(counts)))


def leaders(wide: Sequence[Cell]) -> Tested:
    """Test pairs of two features that kept their leads against independence."""
    return _ratio(
        LEADERS,
        wide,
        lambda cell: cell.pairs(Origin.BOTH_LED),
        lambda cell: cell.slots * cell.kept**2,
        (0.90, 1.10),
        f"Pairs of two features that keep their leads number {{found}} times p² of the slot model (m ≥ {ROOM}n).",
    )


def movers(wide: Sequence[Cell]) -> Tested:
    """Test pairs with at least one feature that moved against independence."""
    return _ratio(
        MOVERS,
        wide,
        lambda cell: cell.pairs(Origin.ONE_MOVED_IN, Origin.BOTH_MOVED_IN),
        lambda cell: cell.slots * (1 - cell.kept**2),
        (0.0, 0.95),
        f"Pairs with a feature that moved in number {{found}} times 1 − p² of the slot model (m ≥ {ROOM}n).",
    )


def _ratio(
    claim: Claim,
    cells: Sequence[Cell],
    counted: Callable[[Cell], Floats],
    predict: Callable[[Cell], float],
    margin: tuple[float, float],
    sentence: str,
) -> Tested:
    counts = np.concatenate([counted(cell) for cell in cells]) if cells else np.zeros(0)
    if len(counts) < 2 or not counts.any():
        return claim, None, "There are too few networks with results."
    predicted = np.concatenate([np.full(len(cell.counts), predict(cell)) for cell in cells])
    ratio = stats.ratio_to_prediction(counts, predicted, robust=True, level=1 - 2 * ALPHA)
    return claim, stats.agrees(ratio, *margin), sentence


def crowded(training: Sequence[Cell]) -> Judgement:
    """Test whether the count over the slot model grows with θ."""
    if len({cell.crowding for cell in training}) < 3:
        return undecided(CROWDED, f"Only {len(training)} cells have results.")
    fit = crowded_fit(training)
    low, high = (end(cell.crowding for cell in training) for end in (min, max))
    sentence = (
        f"The count over the slot model goes as θ to the power {{found}}: from "
        f"{fit.constant.value * low ** fit.exponents['θ'].value:.2g} at θ = {low:.2g} to "
        f"{fit.constant.value * high ** fit.exponents['θ'].value:.2g} at θ = {high:.2g}."
    )
    return judge(CROWDED, stats.agrees(fit.exponents["θ"], 0.05, math.inf), sentence)


def better_laws(found: Sequence[Cell]) -> list[Tested]:
    """Test the fitted formula and the computed law on held-out cells against the best published law there."""
    training, held_out = of(found, "training"), of(found, "held-out")
    if len(training) < 4 or sum(len(cell.counts) for cell in held_out) < 2:
        return [(claim, None, "There are too few cells with results.") for claim in (FORMULA, COMPUTED)]
    best = min(published(), key=lambda law: float(deviances(law, held_out).mean()))
    _, formula, computed = fitted(training)
    return [_beats(FORMULA, formula, best, held_out), _beats(COMPUTED, computed, best, held_out)]


def _beats(claim: Claim, law: Law, best: Law, cells: Sequence[Cell]) -> Tested:
    mine, theirs = deviances(law, cells), deviances(best, cells)
    sentence = (
        f"On {len(mine)} networks in {len(cells)} held-out cells {law.formula} has a deviance of {mine.mean():.3g} a "
        f"count; the {best.name}, the best published, has {theirs.mean():.3g}: a difference of {{found}}."
    )
    return claim, stats.agrees(stats.mean(mine - theirs), -math.inf, 0.0), sentence
