"""How well winners are predicted from the initial weights, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, outcomes, retold, sentences, told
from polygenesis.studies.claim import Judgement
from polygenesis.studies.winner_prediction import claims
from polygenesis.studies.winner_prediction.forecasts import Forecast


def answers(found: Sequence[Forecast], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    (most,), (area,), (adam,) = (
        told(each, judgements) for each in (claims.MOST, claims.POLYSEMANTIC, claims.EARLY_ADAM)
    )
    gains = retold(claims.RELAXED_BEATS_LEADER, found, judgements)
    return sentences(race=race(most, area, adam), leader=leader(gains))


def race(most: Told, area: Told, adam: Told) -> str:
    """Say what a short race from the initial weights names."""
    if not (most.number and area.number):
        return ""
    verdicts = {
        "that a hurried race names most winners": most.verdict,
        "that it tells the polysemantic neurons": area.verdict,
        "that a tenth of AdamW's steps names most of its winners": adam.verdict,
    }
    steps = f"; a tenth of AdamW's steps names a share of {adam.number} of its winners" if adam.number else ""
    return (
        f"A hurried race from W(0) names a share of {most.number} of the winners at m = {claims.ROOM}n, and ranks "
        f"neurons that will be polysemantic with an area under the curve of {area.number}{steps}. {outcomes(verdicts)}"
    )


def leader(gains: Sequence[Told]) -> str:
    """Say what the initial weights name without a race."""
    known = measured(gains)
    if not known:
        return ""
    parts = [f"{w['before']} and {w['after']} under {w['training']}" for w in (each.words for each in known)]
    verdicts = {f"a gain by the slots under {each.words['training']}": each.verdict for each in gains}
    return (
        "Without a race, the initial leader and slots assigned to relaxed weights are right for "
        f"{'; '.join(parts)}. {outcomes(verdicts)}"
    )
