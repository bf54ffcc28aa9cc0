"""At which p incidental polysemanticity vanishes, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.numerals import number
from polygenesis.studies.answering import Told, measured, outcomes, retold, sentences, tally, told
from polygenesis.studies.claim import Judgement
from polygenesis.studies.cooccurrence import claims
from polygenesis.studies.cooccurrence.continuations import MODERATE
from polygenesis.studies.cooccurrence.estimands import FAR, Found
from polygenesis.studies.regimes import joined


def answers(found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    (power,), (dies,) = (told(each, judgements) for each in (claims.PROPORTIONAL, claims.DIES))
    (kept,) = told(claims.KEPT, judgements)
    return sentences(half=half(retold(claims.CONSTANT, found, judgements), power), vanish=vanish(dies, kept))


def half(constants: Sequence[Told], power: Told) -> str:
    """Say p*, and how it depends on λ."""
    known = measured(constants)
    if not known or not power.number:
        return ""
    parts = [f"{number(w['measured'])} λ (n = {w['n']}, m = {w['m']})" for w in (each.words for each in known)]
    ratios = joined([each.number for each in known])
    return (
        f"Half of the polysemantic neurons are gone at p* = {joined(parts)}, and p* goes as λ to the power "
        f"{power.number}. It is {ratios} times what the race of two features gives; that p* is proportional to λ is "
        f"{power.verdict.value}, that the race gives the number {tally(constants)}."
    )


def vanish(dies: Told, kept: Told) -> str:
    """Say what is left far above p*, from random weights and of finished networks."""
    if not (dies.number and kept.number):
        return ""
    verdicts = {
        "that almost none is left": dies.verdict,
        f"that pairs that have formed stay at any p up to {MODERATE.max():g}": kept.verdict,
    }
    return (
        f"At p = {FAR:g} λ there are {dies.number} times as many polysemantic neurons as with one-hot features; "
        f"of pairs formed before, a share of {kept.number} stays. {outcomes(verdicts)}"
    )
