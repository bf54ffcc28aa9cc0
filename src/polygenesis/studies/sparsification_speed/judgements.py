"""Every claim on the speed of sparsification, tested; rows are the independent units."""

from __future__ import annotations

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.studies import published
from polygenesis.studies.base import Claim, Judgement
from polygenesis.studies.judging import ALPHA, blurred, judge
from polygenesis.studies.sparsification_speed.claims import (
    AS_PUBLISHED,
    CONTINUUM,
    FINISH,
    L1_CONSTANT,
    L1_EXPONENT,
    LATE,
    POWER_LAW,
    SURVIVOR_CONSTANT,
    SURVIVOR_EXPONENT,
)
from polygenesis.studies.sparsification_speed.races import NEURONS, PENALTY, SCALE, Races, index


def judge_claims(races: Races) -> list[Judgement]:
    """Judge every claim of this study."""
    return [
        exponent(races, races.survivors, SURVIVOR_EXPONENT, -2.0, "Surviving weights fall"),
        constant(
            races,
            races.survivors,
            SURVIVOR_CONSTANT,
            float(theory.surviving_entries(LATE, NEURONS, PENALTY)),
            "Surviving weights are",
        ),
        exponent(races, races.l1, L1_EXPONENT, -1.0, "The norm ‖W_i‖₁ falls"),
        constant(races, races.l1, L1_CONSTANT, float(theory.l1_norm(LATE, NEURONS, PENALTY)), "The norm ‖W_i‖₁ is"),
        finish(races),
        as_published(races),
        continuum(races),
    ]


def exponent(races: Races, curves: Floats, claim: Claim, power: float, what: str) -> Judgement:
    """Test the mean of every row's own slope."""
    slopes = _slopes(races, curves)
    return judge(claim, stats.mean_agrees(slopes, power, 0.1), f"{what} as t to the power {{found}}.")


def slope(races: Races) -> stats.Estimate:
    """Return the mean slope of surviving weights, with the interval that :func:`exponent` tests."""
    return stats.mean(_slopes(races, races.survivors), level=1 - 2 * ALPHA)


def over_formula(races: Races) -> stats.Estimate:
    """Return surviving weights over the published formula, with the interval that :func:`constant` tests."""
    predicted = float(theory.surviving_entries(LATE, NEURONS, PENALTY))
    return stats.mean(races.survivors[:, index(races, LATE)] / predicted, level=1 - 2 * ALPHA)


def _slopes(races: Races, curves: Floats) -> list[float]:
    window = (races.times >= POWER_LAW[0]) & (races.times <= POWER_LAW[1])
    logs = np.log(races.times[window])
    return [float(np.polyfit(logs, np.log(curve[window]), 1)[0]) for curve in curves]


def constant(races: Races, curves: Floats, claim: Claim, predicted: float, what: str) -> Judgement:
    """Test a curve against the published formula's value at one late time."""
    found = stats.mean_agrees(curves[:, index(races, LATE)] / predicted, 1.0, 0.10)
    return judge(claim, found, f"{what} {{found}} times the published formula at t = {LATE:g}.")


def finish(races: Races) -> Judgement:
    """Test when the last rival drops out."""
    found = stats.agrees(stats.mean(races.finishing * PENALTY), 0.5, 2.0)
    expected = float(theory.finishing_time(NEURONS, PENALTY)) * PENALTY
    return judge(
        FINISH,
        found,
        f"The last rival drops out at {{found}} times 1/λ on average; the exact theory says {expected:.3g}.",
    )


def as_published(races: Races) -> Judgement:
    """Test the curve against the published one, with the error of reading that."""
    predicted = np.array(list(published.SURVIVORS.values()))
    mean = blurred(stats.mean(_overall(races, predicted)), published.READING_DEVIATION)
    return judge(
        AS_PUBLISHED, stats.agrees(mean, 0.95, 1.05), "Surviving weights are {found} times the published ones."
    )


def continuum(races: Races) -> Judgement:
    """Test the curve against the exact limit of many neurons."""
    times = races.times[[index(races, time) for time in published.SURVIVORS]]
    predicted = theory.surviving_entries(times, NEURONS, PENALTY, model="continuum", scale=SCALE).array
    found = stats.mean_agrees(_overall(races, predicted), 1.0, 0.05)
    return judge(CONTINUUM, found, "Surviving weights are {found} times those of the exact limit.")


def _overall(races: Races, predicted: Floats) -> Floats:
    """Geometric mean over the published times of measured over predicted, one a row."""
    at = [index(races, time) for time in published.SURVIVORS]
    ratios: Floats = np.exp(np.mean(np.log(races.survivors[:, at] / predicted), axis=1))
    return ratios
