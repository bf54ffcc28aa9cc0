"""What a run could have told: the smallest effect with power 0.8, and how many networks would decide what is open."""

from __future__ import annotations

import math

from polygenesis import stats
from polygenesis.numerals import number
from polygenesis.studies.claim import Verdict
from polygenesis.studies.margin import ALPHA

POWER = 0.8
"""Chance with which an effect is to be told."""

MOST = 100
"""More than so many times as many networks are called none: the number then lies on the margin."""


def told(test: stats.Agreement, verdict: Verdict, family: int, cases: str) -> str:
    """Say how far outside (or inside) its margin a claim's number must have lain to be told so with power 0.8.

    From the standard error, and for exact intervals from their half-width, as for a normal estimate: (q(1 − α/k) +
    q(0.8)) standard errors, with k claims in the family (Holm's first step). Of an UNDECIDED claim: how many times as
    many networks would decide it if its number stayed, or that none would. Empty for what was computed exactly.
    """
    error, freedom = _error(test.estimate)
    if not error or not math.isfinite(error):
        return ""
    reach = (_quantile(1 - ALPHA / family, freedom) + _quantile(POWER, freedom)) * error
    said = f"{_by(reach, test.estimate)} outside the margin would be refuted with chance {POWER:g}"
    if _room(test) < reach:
        said += "; none could be supported so surely, as the interval is too wide for the margin"
    else:
        said += ", one as far inside it supported"
    parts = [f"A number {said}."]
    if verdict is Verdict.UNDECIDED:
        parts.append(_needed(test, reach, cases))
    return " ".join(parts)


def times_as_many(test: stats.Agreement, family: int = 1) -> float:
    """Return how many times as many cases would decide a claim with power 0.8 if its number stayed; inf if none."""
    error, freedom = _error(test.estimate)
    reach = (_quantile(1 - ALPHA / family, freedom) + _quantile(POWER, freedom)) * error
    away = _away(test)
    return (reach / away) ** 2 if away > 0 else math.inf


def _needed(test: stats.Agreement, reach: float, cases: str) -> str:
    away = _away(test)
    times = (reach / away) ** 2 if away > 0 else math.inf
    if times > MOST:
        return f"No number of {cases} would decide it: the number lies on the margin."
    if times <= 1:
        return f"Alone, so many {cases} decide it; something else leaves it open."
    return f"About {number(times, 2)} times as many {cases} would decide it, if the number stays."


def _away(test: stats.Agreement) -> float:
    """Distance of the number from the nearer end of the margin, on the scale of its error."""
    ends = [end for end in (test.lower, test.upper) if math.isfinite(end)]
    return min((abs(_gap(test.estimate, end)) for end in ends), default=math.inf)


def _room(test: stats.Agreement) -> float:
    """Half of the margin's width on the scale of the error; infinite for an open margin."""
    if not (math.isfinite(test.lower) and math.isfinite(test.upper)):
        return math.inf
    if test.estimate.scale == "log":
        return math.log(test.upper / test.lower) / 2 if test.lower > 0 else math.inf
    return (test.upper - test.lower) / 2


def _gap(estimate: stats.Estimate, end: float) -> float:
    if estimate.scale == "log":
        return math.log(estimate.value / end) if end > 0 and estimate.value > 0 else math.inf
    return estimate.value - end


def _error(e: stats.Estimate) -> tuple[float, float]:
    if e.error is not None:
        return e.error, e.freedom
    if e.method in ("computed", "bracket") or not (math.isfinite(e.lower) and math.isfinite(e.upper)):
        return 0.0, math.inf
    return (e.upper - e.lower) / (2 * _quantile((1 + e.level) / 2, math.inf)), math.inf


def _by(reach: float, e: stats.Estimate) -> str:
    return f"by a factor of {number(math.exp(min(reach, 700.0)))}" if e.scale == "log" else f"by {number(reach)}"


def _quantile(p: float, freedom: float) -> float:
    from scipy import special

    return float(special.stdtrit(freedom, p))
