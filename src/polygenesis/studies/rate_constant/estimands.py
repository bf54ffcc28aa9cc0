"""What each claim on the law of the count estimates; starts are independent, and cells of one size share them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.detect import Origin
from polygenesis.numerals import number
from polygenesis.studies import paired
from polygenesis.studies.claim import Reading, read, too_little
from polygenesis.studies.counts import ratio
from polygenesis.studies.evidence import Evidence, pool
from polygenesis.studies.margin import LEVEL
from polygenesis.studies.rate_constant.cells import STRENGTHS, Cell, of, roomy
from polygenesis.studies.rate_constant.laws import Law, crowded_fit, deviances, fitted, power_fit, published

ROOM = 2
"""Exponents and the constant are judged where m ≥ 2n, as n²/4m is first order in n/m."""


def wide(found: Sequence[Cell]) -> list[Cell]:
    """Return the cells at the usual λ with m ≥ 2n."""
    return roomy(of(found, "training", "held-out"), ROOM)


def exponent_n(found: Sequence[Cell]) -> Reading:
    """The power of n."""
    return _exponent(wide(found), "n")


def exponent_m(found: Sequence[Cell]) -> Reading:
    """The power of m."""
    return _exponent(wide(found), "m")


def _exponent(cells: Sequence[Cell], name: str) -> Reading:
    if len({cell.n for cell in cells}) < 2 or len({cell.m for cell in cells}) < 3:
        return too_little(f"Only {len(cells)} cells have results.", cells)
    networks = sum(len(cell.counts) for cell in cells)
    return read(power_fit(cells).exponents[name], cells, networks=networks, cells=len(cells))


def constant(found: Sequence[Cell]) -> Reading:
    """Counts over n²/4m."""
    return _ratio(wide(found), lambda cell: cell.counts, lambda cell: cell.n**2 / (4 * cell.m))


def strengths(found: Sequence[Cell]) -> Reading:
    """The count at the strong penalty over that at the weak one."""
    weak, strong = (
        [cell for cell in of(found, "penalty") if cell.measured.spec.penalty.strength == each] for each in STRENGTHS
    )
    return _against(strong, weak)


def descent(found: Sequence[Cell]) -> Reading:
    """The count of gradient descent over gradient flow's."""
    return _process(found, "gradient descent")


def adam(found: Sequence[Cell]) -> Reading:
    """The count of AdamW over gradient flow's."""
    return _process(found, "AdamW")


def _process(found: Sequence[Cell], training: str) -> Reading:
    other = [cell for cell in of(found, "process") if cell.training == training]
    return _against(other, of(found, "training"))


def _against(others: Sequence[Cell], reference: Sequence[Cell]) -> Reading:
    """Σ counts over the mean counts of the reference in cells of the same n and m, which have the same starts."""
    base = {(cell.n, cell.m): cell for cell in reference if len(cell.counts) > 1 and cell.counts.any()}
    beside = [(cell, base[cell.n, cell.m]) for cell in others if (cell.n, cell.m) in base and len(cell.counts) > 1]
    judged = [*(cell for cell, _ in beside), *(other for _, other in beside)]
    if not any(cell.counts.any() for cell, _ in beside):
        return too_little("There are too few networks to compare.", judged)
    together = paired.ratio_of_sums(
        [(cell.measured.sample, other.measured.sample, len(cell.counts)) for cell, other in beside], counted=True
    )
    cells = {_name(cell): _over_cell(cell, other) for cell, other in beside}
    sizes = ", ".join(f"m = {cell.m}" for cell, _ in beside)
    return read(pool(together, cells), judged, n=beside[0][0].n, sizes=sizes)


def _over_cell(cell: Cell, reference: Cell) -> Evidence | None:
    """One cell's count over that of its reference, with the errors of both."""
    if not (cell.counts.any() and reference.counts.any()):
        return None
    return paired.ratio(cell.measured.sample, reference.measured.sample, counted=True)


def _name(cell: Cell) -> str:
    return f"n = {cell.n}, m = {cell.m}"


def leaders(found: Sequence[Cell]) -> Reading:
    """Pairs of two features that kept their leads over independence."""
    return _ratio(wide(found), lambda cell: cell.pairs(Origin.BOTH_LED), lambda cell: cell.slots * cell.kept**2)


def movers(found: Sequence[Cell]) -> Reading:
    """Pairs with at least one feature that moved over independence."""
    return _ratio(
        wide(found),
        lambda cell: cell.pairs(Origin.ONE_MOVED_IN, Origin.BOTH_MOVED_IN),
        lambda cell: cell.slots * (1 - cell.kept**2),
    )


def _ratio(
    cells: Sequence[Cell], counted: Callable[[Cell], Floats], predict: Callable[[Cell], float], span: str = ""
) -> Reading:
    counts = np.concatenate([counted(cell) for cell in cells]) if cells else np.zeros(0)
    if len(counts) < 2 or not counts.any():
        return too_little("There are too few networks with results.", cells, span=span)
    predicted = np.concatenate([np.full(len(cell.counts), predict(cell)) for cell in cells])
    together = stats.ratio_to_prediction(counts, predicted, robust=True, level=LEVEL)
    each = {_name(cell): ratio(counted(cell), predict(cell)) for cell in cells}
    return read(pool(together, each), cells, cells=len(cells), span=span)


def spanned(cells: Sequence[Cell]) -> str:
    """Say from which crowding to which some cells reach."""
    if not cells:
        return "no cell has results"
    ends = (end(cell.crowding for cell in cells) for end in (min, max))
    return "θ from " + " to ".join(number(end, 2) for end in ends)


def crowded(found: Sequence[Cell]) -> Reading:
    """The power of θ in the count over the slot model."""
    training = of(found, "training")
    if len({cell.crowding for cell in training}) < 3:
        return too_little(f"Only {len(training)} cells have results.", training, span=spanned(training))
    fit = crowded_fit(training)
    power, constant_ = fit.exponents["θ"], fit.constant.value
    ends = [end(training, key=lambda cell: cell.crowding) for end in (min, max)]
    lowest = min(training, key=_over_slots)
    low, high = (cell.crowding for cell in ends)
    first, last = (constant_ * theta**power.value for theta in (low, high))
    at_low, at_high = map(_over_slots, ends)
    return read(
        power,
        training,
        span=spanned(training),
        low=low,
        high=high,
        first=first,
        last=last,
        at_low=at_low,
        at_high=at_high,
        lowest=_over_slots(lowest),
        where=lowest.crowding,
    )


def _over_slots(cell: Cell) -> float:
    return float(cell.counts.mean() / cell.slots)


def diluted(found: Sequence[Cell]) -> Reading:
    """Counts over the fitted formula in cells of small θ."""
    return _dilute(found, 1)


def diluted_told(found: Sequence[Cell]) -> Reading:
    """Counts over the hurried race's raw forecast in cells of small θ."""
    dilute = of(found, "dilute")
    return _ratio(dilute, lambda cell: cell.counts, lambda cell: float(cell.told.mean()), span=spanned(dilute))


def _dilute(found: Sequence[Cell], which: int) -> Reading:
    training, dilute = of(found, "training"), of(found, "dilute")
    if len(training) < 4:
        return too_little("There are too few cells with results.", [*training, *dilute], span=spanned(dilute))
    law: Law = fitted(training)[which]
    return _ratio(dilute, lambda cell: cell.counts, lambda cell: float(law.predict(cell)[0]), span=spanned(dilute))


def formula(found: Sequence[Cell]) -> Reading:
    """Deviance of the fitted formula less that of the best published law, on held-out cells."""
    return _beats(found, 1)


def computed(found: Sequence[Cell]) -> Reading:
    """Deviance of the computed law less that of the best published law, on held-out cells."""
    return _beats(found, 2)


def _beats(found: Sequence[Cell], which: int) -> Reading:
    training, held_out = of(found, "training"), of(found, "held-out")
    if len(training) < 4 or sum(len(cell.counts) for cell in held_out) < 2:
        return too_little("There are too few cells with results.", [*training, *held_out])
    best: Law = min(published(), key=lambda law: float(deviances(law, held_out).mean()))
    law: Law = fitted(training)[which]
    mine, theirs = deviances(law, held_out), deviances(best, held_out)
    gaps = {_name(cell): deviances(law, [cell]) - deviances(best, [cell]) for cell in held_out}
    return read(
        pool(stats.mean(mine - theirs), {name: stats.mean(gap) for name, gap in gaps.items() if len(gap) > 1}),
        held_out,
        networks=len(mine),
        cells=len(held_out),
        law=law.formula,
        mine=mine.mean(),
        best=best.name,
        theirs=theirs.mean(),
    )
