"""What a run could have told: the smallest effect with power 0.8, and how many networks would decide what is open."""

from __future__ import annotations

import math

from polygenesis import stats
from polygenesis.numerals import number
from polygenesis.studies.claim import POWER, Verdict
from polygenesis.studies.margin import ALPHA

MOST = 100
"""More than so many times as many networks are called none: the number then lies on the margin."""

EXACT = ("computed", "bracket", "bound", "permutation")
"""Ways of knowing a number that have no standard error."""


def smallest_effect(test: stats.Agreement, family: int) -> str:
    """Say how far outside its margin a claim's number must lie to be told so with power 0.8; empty where it is exact.

    (q(1 − α/k) + q(0.8)) standard errors, with k claims in the family (Holm's first step); the standard error of an
    exact interval is its half-width over q(0.95), as for a normal estimate.
    """
    reach = _reach(test.estimate, family)
    if not reach or not math.isfinite(reach):
        return ""
    if test.estimate.scale == "log":
        return f"a factor of {number(math.exp(min(reach, 700.0)))}"
    return number(reach)


def times_as_many(test: stats.Agreement, family: int = 1) -> float:
    """Return how many times as many cases would decide a claim with power 0.8 if its number stayed; inf: none would."""
    away = _away(test)
    return (_reach(test.estimate, family) / away) ** 2 if away > 0 else math.inf


def needed(test: stats.Agreement, verdict: Verdict, family: int, cases: str) -> str:
    """Say how many times as many cases would decide an UNDECIDED claim, or that none would; else nothing."""
    if verdict is not Verdict.UNDECIDED or not _reach(test.estimate, family):
        return ""
    times = times_as_many(test, family)
    if times > MOST:
        return f"More {cases} would not decide it, because the number lies on the margin."
    if times <= 1:
        return ""
    return f"About {number(times, 2)} times as many {cases} would decide it, if the number stays the same."


def _reach(e: stats.Estimate, family: int) -> float:
    """Distance that is told with power 0.8, on the scale of the error; 0 where there is no error."""
    error, freedom = e.error, e.freedom
    if error is None:
        if e.method in EXACT or not (math.isfinite(e.lower) and math.isfinite(e.upper)):
            return 0.0
        error, freedom = (e.upper - e.lower) / (2 * _quantile((1 + e.level) / 2, math.inf)), math.inf
    return (_quantile(1 - ALPHA / family, freedom) + _quantile(POWER, freedom)) * error


def _away(test: stats.Agreement) -> float:
    """Distance of the number from the nearer end of the margin, on the scale of its error."""
    return min((abs(_gap(test.estimate, end)) for end in (test.lower, test.upper) if math.isfinite(end)), default=0.0)


def _gap(e: stats.Estimate, end: float) -> float:
    if e.scale == "log":
        return math.log(e.value / end) if end > 0 and e.value > 0 else math.inf
    return e.value - end


def _quantile(p: float, freedom: float) -> float:
    from scipy import special

    return float(special.stdtrit(freedom, p))
