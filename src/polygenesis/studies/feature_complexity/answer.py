"""Which features share neurons, and how many they share, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, outcomes, retold, sentences, tally
from polygenesis.studies.claim import Judgement, Verdict
from polygenesis.studies.feature_complexity import claims
from polygenesis.studies.feature_complexity.estimands import WORDS, Cell


def answers(found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    directed = [each.case for each in found if each.case.higher is not None]
    cases = [each for each in judgements if each.template == claims.PREFERENCE.text]
    preferences = {
        f"that {WORDS[case.pairs].format('more' if case.higher else 'less')} ({case.name})": judgement.verdict
        for case, judgement in zip(directed, cases, strict=True)
    }
    return sentences(counts=counts(retold(claims.RATE, found, judgements)), sharers=sharers(preferences))


def counts(rates: Sequence[Told]) -> str:
    """Say which distributions leave fewest and most polysemantic neurons, and whether theory predicts them."""
    known = sorted(measured(rates), key=lambda each: each.value or 0.0)
    if not known:
        return ""
    fewest, most = (f"{each.number} for “{each.words['name']}”" for each in (known[0], known[-1]))
    return (
        f"Relative to one-hot features, the number of polysemantic neurons ranges from {fewest} to {most}; that it is "
        f"what theory predicts is {tally(rates)}."
    )


def sharers(preferences: dict[str, Verdict]) -> str:
    """Say which features share more or less often than others."""
    return outcomes(preferences)
