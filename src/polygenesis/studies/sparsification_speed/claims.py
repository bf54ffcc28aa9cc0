"""What the paper and the exact theory say of one row's sparsification, with margins stated beforehand.

Rows are the independent units.
"""

from __future__ import annotations

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.studies import published
from polygenesis.studies.claim import Claim, Reading, read
from polygenesis.studies.judging import blurred
from polygenesis.studies.margin import LEVEL, Margin
from polygenesis.studies.sparsification_speed.races import NEURONS, PENALTY, SCALE, Races, index

POWER_LAW = (3e3, 3e4)
"""Times between which exponents are fitted: λt from ten times 1/√m up to where some thirty weights are left."""

LATE = 1e4
"""Where constants are judged: λt is thirty times 1/√m, and some 250 weights are left."""


def survivor_exponent(races: Races) -> Reading:
    """Mean slope of surviving weights, one slope a row."""
    return read(slope(races, races.survivors))


def survivor_constant(races: Races) -> Reading:
    """Surviving weights over the published formula at one late time."""
    return read(over_formula(races))


def l1_exponent(races: Races) -> Reading:
    """Mean slope of the norm, one slope a row."""
    return read(slope(races, races.l1))


def l1_constant(races: Races) -> Reading:
    """The norm over the published formula at one late time."""
    return read(_late(races, races.l1, float(theory.l1_norm(LATE, NEURONS, PENALTY))))


def slope(races: Races, curves: Floats) -> stats.Estimate:
    """Estimate the power of t as the mean of every row's own slope."""
    window = (races.times >= POWER_LAW[0]) & (races.times <= POWER_LAW[1])
    logs = np.log(races.times[window])
    return stats.mean([float(np.polyfit(logs, np.log(curve[window]), 1)[0]) for curve in curves], level=LEVEL)


def over_formula(races: Races) -> stats.Estimate:
    """Estimate surviving weights over the published formula at a late time."""
    return _late(races, races.survivors, float(theory.surviving_entries(LATE, NEURONS, PENALTY)))


def _late(races: Races, curves: Floats, predicted: float) -> stats.Estimate:
    return stats.mean(curves[:, index(races, LATE)] / predicted, level=LEVEL)


def finish(races: Races) -> Reading:
    """When the last rival drops out, in units of 1/λ."""
    expected = float(theory.finishing_time(NEURONS, PENALTY)) * PENALTY
    return read(stats.mean(races.finishing * PENALTY), expected=expected)


def as_published(races: Races) -> Reading:
    """The curve over the published one, with the error of reading that."""
    predicted = np.array(list(published.SURVIVORS.values()))
    return read(blurred(stats.mean(_overall(races, predicted)), published.READING_DEVIATION))


def continuum(races: Races) -> Reading:
    """The curve over the exact limit of many neurons."""
    times = races.times[[index(races, time) for time in published.SURVIVORS]]
    predicted = theory.surviving_entries(times, NEURONS, PENALTY, model="continuum", scale=SCALE).array
    return read(stats.mean(_overall(races, predicted)))


def _overall(races: Races, predicted: Floats) -> Floats:
    """Geometric mean over the published times of measured over predicted, one a row."""
    at = [index(races, time) for time in published.SURVIVORS]
    ratios: Floats = np.exp(np.mean(np.log(races.survivors[:, at] / predicted), axis=1))
    return ratios


_ROW = f"one feature, m = {NEURONS:,}, λ = {PENALTY:g} (paper's clock)"
_WINDOW = f"{_ROW}, {POWER_LAW[0]:g} ≤ t ≤ {POWER_LAW[1]:g}"
_PAPER = "arXiv:2312.03096; docs/paper.md, C5"
_TIMES = "Geometric mean over t = 1e2, 1e3, 1e4 of measured over"

SURVIVOR_EXPONENT = Claim(
    "The number of one feature's weights that survive falls as t⁻².",
    _PAPER,
    Margin.around("Exponent", -2, 0.1),
    _WINDOW,
    "Surviving weights fall as t to the power {found}.",
    survivor_exponent,
    cases="rows",
)
SURVIVOR_CONSTANT = Claim(
    "The number of one feature's weights that survive is (1/√m + λt)⁻².",
    _PAPER,
    Margin.around(f"Measured over predicted at t = {LATE:g}", 1, 0.10),
    _ROW,
    f"Surviving weights are {{found}} times the published formula at t = {LATE:g}.",
    survivor_constant,
    cases="rows",
)
L1_EXPONENT = Claim(
    "The norm ‖W_i‖₁ of one feature falls as t⁻¹.",
    _PAPER,
    Margin.around("Exponent", -1, 0.1),
    _WINDOW,
    "The norm ‖W_i‖₁ falls as t to the power {found}.",
    l1_exponent,
    cases="rows",
)
L1_CONSTANT = Claim(
    "The norm ‖W_i‖₁ of one feature is (1/√m + λt)⁻¹.",
    _PAPER,
    Margin.around(f"Measured over predicted at t = {LATE:g}", 1, 0.10),
    _ROW,
    f"The norm ‖W_i‖₁ is {{found}} times the published formula at t = {LATE:g}.",
    l1_constant,
    cases="rows",
)
FINISH = Claim(
    "The race of one feature's weights is over at a time of about 1/λ.",
    _PAPER,
    Margin("Mean finishing time times λ", 0.5, 2),
    _ROW,
    "The last rival drops out at {found} times 1/λ on average; the exact theory says {expected:.3g}.",
    finish,
    cases="rows",
)
AS_PUBLISHED = Claim(
    "Simulation gives the paper's published curve of surviving weights.",
    "arXiv:2312.03096, figure of experiment E1 (docs/paper.md)",
    Margin.around(f"{_TIMES} published (figures read to ±3 %)", 1, 0.05),
    _ROW,
    "Surviving weights are {found} times the published ones.",
    as_published,
    cases="rows",
)
CONTINUUM = Claim(
    "The exact limit of many neurons predicts the curve of surviving weights.",
    "docs/theory.md, One feature alone; theory.surviving_entries(model='continuum')",
    Margin.around(f"{_TIMES} predicted", 1, 0.05),
    _ROW,
    "Surviving weights are {found} times those of the exact limit.",
    continuum,
    cases="rows",
)

CLAIMS = (SURVIVOR_EXPONENT, SURVIVOR_CONSTANT, L1_EXPONENT, L1_CONSTANT, FINISH, AS_PUBLISHED, CONTINUUM)
