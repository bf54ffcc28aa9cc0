"""From a statistical test to a verdict on a claim, alone or in a family of like claims."""

from __future__ import annotations

import math
from collections.abc import Sequence

from polygenesis import stats
from polygenesis.stats.estimate import pivotal
from polygenesis.studies import wording
from polygenesis.studies.base import Claim, Judgement, Verdict

VERDICTS = {
    stats.Verdict.EQUIVALENT: Verdict.SUPPORTED,
    stats.Verdict.DIFFERENT: Verdict.REFUTED,
    stats.Verdict.UNDECIDED: Verdict.UNDECIDED,
}
"""A claim stands when the interval lies inside its margin, and falls when it lies outside."""

ALPHA = 0.05
"""The largest chance of a wrong SUPPORTED, and of a wrong REFUTED: of one claim, or of any in a family."""

Tested = tuple[Claim, stats.Agreement | None, str]
"""A claim, its test (None where there is too little to test), and the sentence, with places for the number."""


def judge(claim: Claim, agreement: stats.Agreement, sentence: str) -> Judgement:
    """Judge a claim by an equivalence test; the sentence has places for the number, as :func:`worded` fills them."""
    return Judgement(claim, VERDICTS[agreement.verdict], worded(agreement.estimate, sentence))


def judge_fit(claim: Claim, agreement: stats.Agreement, sentence: str) -> Judgement:
    """Judge a claim by a fit to counts, whose normal theory needs many: with a caution it is UNDECIDED."""
    judgement = judge(claim, agreement, sentence)
    return undecided(claim, judgement.sentence) if agreement.caution else judgement


def judge_family(tested: Sequence[Tested], *, cases: str = "networks") -> list[Judgement]:
    """Judge like claims together, corrected by Holm's method; ``cases`` names what there may be too few of.

    The chance of any wrong SUPPORTED among them is at most :data:`ALPHA`, and so is that of any wrong REFUTED. A
    claim without a test is UNDECIDED, and counts.
    """
    if not tested:
        return []
    if len(tested) == 1 and tested[0][1] is not None:
        return [judge(tested[0][0], tested[0][1], tested[0][2])]
    inside = stats.holm([_chance(test.p_equivalent if test else None) for _, test, _ in tested])
    outside = stats.holm([_chance(test.p_different if test else None) for _, test, _ in tested])
    found = []
    for (claim, agreement, sentence), p_in, p_out in zip(tested, inside, outside, strict=True):
        if agreement is None:
            found.append(undecided(claim, sentence))
            continue
        verdict = Verdict.SUPPORTED if p_in <= ALPHA else Verdict.REFUTED if p_out <= ALPHA else Verdict.UNDECIDED
        placed = _placed(verdict, agreement, p_in, p_out, f"corrected for {len(tested)} like claims", cases)
        found.append(Judgement(claim, verdict, f"{worded(agreement.estimate, sentence)} {placed}"))
    return found


def undecided(claim: Claim, reason: str) -> Judgement:
    """Say why there is too little to judge a claim."""
    return Judgement(claim, Verdict.UNDECIDED, reason)


def worded(estimate: stats.Estimate, sentence: str) -> str:
    """Write an estimate with its interval into a sentence, and the estimate's caution after it.

    ``{found}`` becomes a number, ``{share}`` a percentage, ``{tally}`` what follows "7 of 8 networks": see
    :mod:`polygenesis.studies.wording`.

    >>> worded(stats.Estimate(0.9, 0.85, 0.95, 0.9, "t", 16), "The ratio is {found}.")
    'The ratio is 0.900 (90 % interval 0.850 to 0.950).'
    """
    for place, write in (("{found}", wording.found), ("{share}", wording.share), ("{tally}", wording.tally)):
        if place in sentence:
            sentence = sentence.replace(place, write(estimate))
    return sentence + (f" {estimate.caution}" if estimate.caution else "")


def blurred(estimate: stats.Estimate, deviation: float) -> stats.Estimate:
    """Add an independent relative error: that of the published number which an estimate is held against.

    Degrees of freedom by Welch and Satterthwaite, the added error's being infinite. An estimate without a standard
    error stays as it is.
    """
    e = estimate
    if not e.error:
        return e
    error = math.hypot(e.error, deviation if e.scale == "log" else deviation * abs(e.value))
    freedom = e.freedom * (error / e.error) ** 4
    return pivotal(e.value, error, freedom, e.level, e.method, e.size, e.scale, e.caution)


def _placed(verdict: Verdict, test: stats.Agreement, p_in: float, p_out: float, corrected: str, cases: str) -> str:
    """Say where the number lies after the correction, with the p-value that decided it."""
    if verdict is Verdict.SUPPORTED:
        return f"Inside the margin, {corrected} ({_p(p_in)})."
    if verdict is Verdict.REFUTED:
        return f"Outside the margin, {corrected} ({_p(p_out)})."
    tested = f"({corrected}: {_p(p_in)} for inside the margin, {_p(p_out)} for outside)"
    alone = {stats.Verdict.EQUIVALENT: "inside", stats.Verdict.DIFFERENT: "outside"}.get(test.verdict)
    if alone:
        return f"Alone it would count as {alone} the margin; among its like there are too few {cases} to tell {tested}."
    return f"Too few {cases} to tell {tested}."


def _p(chance: float) -> str:
    return f"p = {chance:.2g}" if chance >= 1e-4 else "p < 0.0001"


def _chance(p: float | None) -> float:
    return 1.0 if p is None else p
