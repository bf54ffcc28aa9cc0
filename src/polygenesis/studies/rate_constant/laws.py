"""Laws of the count: published ones, fitted ones, and one that is computed from each network's initial weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.studies.rate_constant.cells import Cell

PUBLISHED = ("n²/4m", "slot model", "occupancy model")
POWERS, CROWDED, COMPUTED = "power law", "crowded slots", "hurried race"


@dataclass(frozen=True, eq=False)
class Law:
    """A law's mean for every usable replicate of a cell, (u,), and its formula in words with fitted numbers."""

    name: str
    formula: str
    predict: Callable[[Cell], Floats]


def published() -> list[Law]:
    """Return the laws without a fitted number."""
    return [
        Law("n²/4m", "n²/4m", _constant(lambda cell: cell.n**2 / (4 * cell.m))),
        Law("slot model", "n(n−1)/(2(2m−1))", _constant(lambda cell: cell.slots)),
        Law(
            "occupancy model",
            "m[1 − 2(1−1/2m)ⁿ + (1−1/m)ⁿ]",
            _constant(lambda cell: theory.occupancy_moments(cell.n, cell.m)[0]),
        ),
    ]


def raw() -> Law:
    """Return what the hurried race expects of each replicate, without a fitted form."""
    return Law("hurried race, not fitted", "told", lambda cell: np.asarray(cell.told, dtype=float))


def floor() -> Law:
    """Return each cell's own mean: no forecast, but what no law of n and m alone can beat."""
    return Law("cell's own mean", "mean count (not a forecast)", _constant(lambda cell: float(cell.counts.mean())))


def fitted(training: Sequence[Cell]) -> list[Law]:
    """Fit the other laws to the training cells, by quasi-Poisson regression over replicates."""
    powers, crowded, computed = power_fit(training), crowded_fit(training), computed_fit(training)
    n, m = (powers.exponents[name].value for name in ("n", "m"))
    constant, q = crowded.constant.value, crowded.exponents["θ"].value
    a, b = (computed.exponents[name].value for name in ("slots", "told"))
    return [
        Law(
            POWERS,
            f"{powers.constant.value:.3g} n^{n:.3g} m^{m:.3g}",
            _constant(lambda cell: float(powers.mean(n=cell.n, m=cell.m))),
        ),
        Law(
            CROWDED,
            f"{constant:.3g} θ^{q:.3g} × slot model",
            _constant(lambda cell: cell.slots * constant * cell.crowding**q),
        ),
        Law(
            COMPUTED,
            f"{computed.constant.value:.3g} slots^{a:.3g} (told + ½)^{b:.3g}",
            lambda cell: computed.mean(slots=cell.slots, told=cell.told + 0.5),
        ),
    ]


def power_fit(cells: Sequence[Cell]) -> stats.PowerLaw:
    """Fit counts = c n^a m^b."""
    return stats.power_law(
        _counts(cells), {"n": _each(cells, lambda cell: cell.n), "m": _each(cells, lambda cell: cell.m)}, robust=True
    )


def crowded_fit(cells: Sequence[Cell]) -> stats.PowerLaw:
    """Fit counts = c θ^q × slot model."""
    factors = {"slots": _each(cells, lambda cell: cell.slots), "θ": _each(cells, lambda cell: cell.crowding)}
    return stats.power_law(_counts(cells), factors, fixed={"slots": 1.0}, robust=True)


def computed_fit(cells: Sequence[Cell]) -> stats.PowerLaw:
    """Fit counts = c slots^a (told + ½)^b, told being what a hurried race expects of each replicate."""
    factors = {
        "slots": _each(cells, lambda cell: cell.slots),
        "told": np.concatenate([cell.told + 0.5 for cell in cells]),
    }
    return stats.power_law(_counts(cells), factors, robust=True)


def deviances(law: Law, cells: Sequence[Cell]) -> Floats:
    """Return each replicate's Poisson deviance, 2 [k log(k/μ) − k + μ], over all cells."""
    from scipy import special

    k = _counts(cells)
    mean = np.concatenate([law.predict(cell) for cell in cells])
    ratio = k / np.where(mean > 0, mean, 1.0)  # a mean of zero is only that of zeros
    return np.asarray(2 * (special.xlogy(k, ratio) - k + mean))


def log_ratio(law: Law, cell: Cell) -> float:
    """Return log(measured mean / predicted mean) of a cell; −inf where nothing was counted."""
    with np.errstate(divide="ignore"):
        return float(np.log(cell.counts.mean() / law.predict(cell).mean()))


def _counts(cells: Sequence[Cell]) -> Floats:
    return np.concatenate([cell.counts for cell in cells])


def _each(cells: Sequence[Cell], value: Callable[[Cell], float]) -> Floats:
    """A value of each cell, once a replicate."""
    return np.concatenate([np.full(len(cell.counts), float(value(cell))) for cell in cells])


def _constant(mean: Callable[[Cell], float]) -> Callable[[Cell], Floats]:
    return lambda cell: np.full(len(cell.counts), mean(cell))
