"""What a run could have told: the smallest effect with power 0.8, and how many networks would decide what is open."""

from __future__ import annotations

import math

from polygenesis import stats
from polygenesis.numerals import number
from polygenesis.studies import exact_power
from polygenesis.studies.claim import NOTHING, POWER, Verdict
from polygenesis.studies.counts import CountRatio, Poisson
from polygenesis.studies.evidence import (
    Clustered,
    Counted,
    Every,
    Evidence,
    Fit,
    NeverSeen,
    Pool,
    Tails,
    test,
)
from polygenesis.studies.exact_power import Cases, Counts, Events, Split
from polygenesis.studies.margin import ALPHA, LEVEL
from polygenesis.studies.shares import effective
from polygenesis.studies.wording import WITHOUT_CHANCE

MOST = 100
"""More than so many times as many networks are called none: the number then lies on the margin."""

EXACT = (*WITHOUT_CHANCE, "bound")
"""Ways of knowing a number that have no standard error."""


def smallest_effect(evidence: Evidence, found: stats.Agreement, family: int = 1) -> tuple[str, str]:
    """Say how far outside its margin a claim's number must lie to be told so with power 0.8; empty where it is exact.

    Shares and counts: by the exact test, at the value outside (:mod:`polygenesis.studies.exact_power`). Others:
    (q(1 − α/k) + q(0.8)) standard errors, with k claims in the family (Holm's first step); the standard error of a
    percentile interval is its half-width over q(0.95). The second text names the side of the margin on which nothing
    would be told, "below" or "above".
    """
    counts, ends = counts_of(evidence), (found.lower, found.upper)
    if isinstance(evidence, NeverSeen):
        return "", ""
    if counts is None:
        reach = _reach(found.estimate, family)
        if not reach or not math.isfinite(reach):
            return "", ""
        if found.estimate.scale == "log":
            return f"a factor of {number(math.exp(min(reach, 700.0)))}", ""
        return number(reach), ""
    sides: dict[exact_power.Side, bool] = {"below": found.lower > 0, "above": found.upper < counts.most}
    effects = {
        side: exact_power.detectable(counts, side, ends, ALPHA / family, POWER)
        for side, there in sides.items()
        if there
    }
    known = [each for each in effects.values() if each is not None]
    blind = [side for side, each in effects.items() if each is None]
    if not known:
        return (NOTHING, "") if blind else ("", "")
    return number(max(known)), blind[0] if blind else ""


def times_as_many(found: stats.Agreement, family: int = 1) -> float:
    """Return how many times as many cases would decide a claim with power 0.8 if its number stayed; inf: none would.

    For numbers with a standard error, of which the part that is ``fixed`` stays.
    """
    e, away = found.estimate, _away(found)
    whole = _reach(e, family)
    if not away > 0 or not whole or not math.isfinite(whole):
        return math.inf
    error, freedom = _error(e)
    for each in (freedom, math.inf):  # with more networks there are more degrees of freedom, too
        room = (away / _quantiles(each, family)) ** 2 - e.fixed**2
        if room > 0:
            return (error**2 - e.fixed**2) / room
    return math.inf


def needed(
    evidence: Evidence | None, found: stats.Agreement | None, verdict: Verdict, family: int, cases: str, *, apart: bool
) -> str:
    """Say what would decide an UNDECIDED claim, or why more of the same would not; nothing of a decided one.

    Args:
        evidence: what was tested; None where there was too little.
        found: its test.
        verdict: that of the claim, corrected for its family.
        family: how many claims it is corrected for.
        cases: what there may be too few of.
        apart: whether the cells of a pool disagree.
    """
    if verdict is not Verdict.UNDECIDED:
        return ""
    if evidence is None or found is None:
        return "There is no number to test: runs that give one would decide it."
    if apart:
        return f"More {cases} would not decide it, because its cells disagree."
    return _needed(evidence, found, family, cases)


def counts_of(evidence: Evidence) -> Counts | None:
    """Return the law of exact counts, of which power is known exactly; None for other evidence."""
    match evidence:
        case Pool():
            return counts_of(evidence.together)
        case Counted():
            return Cases(evidence.cases)
        case Clustered():
            return Cases(effective(*evidence.clusters, LEVEL)[1])
        case NeverSeen():
            return Cases(effective(evidence.hits, evidence.cases, LEVEL)[1])
        case Poisson():
            return Events(evidence.expected / (evidence.effect or 1.0))
        case CountRatio():
            hits, total = evidence.clusters
            worth = total.sum() / effective(hits, total, LEVEL)[1] if evidence.starts is not None else 1.0
            return Split(float((total - hits).sum()), evidence.size, float(worth))
    return None


def _needed(evidence: Evidence, found: stats.Agreement, family: int, cases: str) -> str:
    match evidence:
        case Pool():
            return _needed(evidence.together, found, family, cases)
        case Every():
            return _needed_of_all(evidence, found, family, cases)
        case Tails():
            return _said(_times_of_tails(evidence, found, family), cases)
        case Fit() if found.caution:
            return f"A fit without this caution would decide it: more {cases}, or settings with more counts."
    e, counts = found.estimate, counts_of(evidence)
    if counts is not None:
        ends = (found.lower, found.upper)
        return _said(exact_power.times_needed(counts, e.value, ends, ALPHA / family, POWER, MOST), cases)
    if e.method in EXACT:
        ends_said = f"is known only to lie between {number(e.lower)} and {number(e.upper)}"
        return f"More {cases} would not decide it: the number {ends_said}, and closer bounds would."
    if e.error == 0:
        return f"All values are equal, so that nothing is tested: {cases} whose values differ would decide it."
    if e.draws is not None and family / (1 + e.draws.size) > ALPHA:
        return f"More than {e.draws.size} resamples would decide it: with so few no p-value survives the correction."
    if not math.isfinite(_reach(e, family)) or not _reach(e, family):
        return "The number has no finite interval: runs that give it one would decide it."
    times = times_as_many(found, family)
    if math.isinf(times) and e.fixed and _away(found):
        return f"No number of {cases} would decide it: the error of the published values does not shrink with them."
    return _said(times, cases)


def _said(times: float, cases: str) -> str:
    if times > MOST:
        return f"More {cases} would not decide it, because the number lies on the margin."
    if times <= 1:
        return f"About as many {cases} again would decide it, if the number stays the same."
    return f"About {number(times, 2)} times as many {cases} would decide it, if the number stays the same."


def _needed_of_all(evidence: Every, found: stats.Agreement, family: int, cases: str) -> str:
    """What is needed by the part that needs most, of those that are open."""
    tests = [(part, test(part, found.lower, found.upper)) for part in evidence.parts]
    open_ = [(part, each) for part, each in tests if each.verdict is stats.Verdict.UNDECIDED]
    if not open_:
        return f"More {cases} would not decide it, because some of its numbers lie inside the margin and some outside."
    said = [_needed(part, each, family, cases) for part, each in open_]
    return next((each for each in said if each.startswith(("More", "No"))), said[0])


def _times_of_tails(evidence: Tails, found: stats.Agreement, family: int) -> float:
    """Normal approximation: (q(1 − level) + q(0.8))² over the square of the normal quantile of the smaller p-value."""
    from scipy import special

    away = -float(special.ndtri(min(evidence.yes, evidence.no)))
    wanted = -float(special.ndtri(found.upper / family)) + float(special.ndtri(POWER))
    return (wanted / away) ** 2 if away > 0 else math.inf


def _error(e: stats.Estimate) -> tuple[float, float]:
    """Standard error and degrees of freedom; those of an interval without them are read off its width."""
    if e.error is not None:
        return e.error, e.freedom
    return (e.upper - e.lower) / (2 * _quantile((1 + e.level) / 2, math.inf)), math.inf


def _reach(e: stats.Estimate, family: int) -> float:
    """Distance that is told with power 0.8, on the scale of the error; 0 where there is no error."""
    if e.error is None and (e.method in EXACT or not (math.isfinite(e.lower) and math.isfinite(e.upper))):
        return 0.0
    error, freedom = _error(e)
    return _quantiles(freedom, family) * error


def _quantiles(freedom: float, family: int) -> float:
    return _quantile(1 - ALPHA / family, freedom) + _quantile(POWER, freedom)


def _away(found: stats.Agreement) -> float:
    """Distance of the number from the nearer end of the margin, on the scale of its error."""
    ends = [end for end in (found.lower, found.upper) if math.isfinite(end)]
    return min((abs(_gap(found.estimate, end)) for end in ends), default=0.0)


def _gap(e: stats.Estimate, end: float) -> float:
    if e.scale == "log":
        return math.log(e.value / end) if end > 0 and e.value > 0 else math.inf
    return e.value - end


def _quantile(p: float, freedom: float) -> float:
    from scipy import special

    return float(special.stdtrit(freedom, p))
