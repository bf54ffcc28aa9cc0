"""From a statistical test to a verdict on a claim."""

from __future__ import annotations

from polygenesis.stats import Agreement
from polygenesis.stats import Verdict as Found
from polygenesis.studies.base import Claim, Judgement, Verdict

VERDICTS = {
    Found.EQUIVALENT: Verdict.SUPPORTED,
    Found.DIFFERENT: Verdict.REFUTED,
    Found.UNDECIDED: Verdict.UNDECIDED,
}
"""A claim stands when the estimate lies inside its margin, and falls when it lies outside."""


def judge(claim: Claim, agreement: Agreement, sentence: str) -> Judgement:
    """Judge a claim by an equivalence test; ``sentence`` may use {value}, {lower} and {upper} of its interval."""
    e = agreement.estimate
    numbers = sentence.format(value=f"{e.value:.3g}", lower=f"{e.lower:.3g}", upper=f"{e.upper:.3g}")
    caution = f" {e.caution}" if e.caution else ""
    return Judgement(claim, VERDICTS[agreement.verdict], numbers + caution)
