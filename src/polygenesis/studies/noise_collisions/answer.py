"""Whether hidden noise makes polysemantic neurons and rewards sharing, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, outcomes, retold, sentences, span, tally, told
from polygenesis.studies.claim import Judgement
from polygenesis.studies.noise_collisions import claims
from polygenesis.studies.noise_collisions.estimands import Found
from polygenesis.studies.regimes import joined


def answers(found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    absence, rewarded, (lasting,) = (
        retold(each, found, judgements) for each in (claims.ABSENCE, claims.REWARDED, claims.LASTING)
    )
    chance, kept = (told(each, judgements) for each in (claims.BY_CHANCE, claims.KEPT))
    return sentences(counts=counts(absence, chance), reward=reward(rewarded, lasting, kept))


def counts(absence: Sequence[Told], chance: Sequence[Told]) -> str:
    """Say how many polysemantic neurons noise alone makes, law by law."""
    known = measured(absence)
    if not known:
        return ""
    parts = joined(
        [
            f"{each.words['law'].lower()} noise makes {each.words['count']} polysemantic neurons in "
            f"{each.words['networks']} networks, {each.number} times chance"
            for each in known
        ]
    )
    return (
        f"Without a penalty {parts}: that noise makes as many as chance is {tally(chance)}, that it makes next to none "
        f"{tally(absence)}."
    )


def reward(rewarded: Sequence[Told], lasting: Told, kept: Sequence[Told]) -> str:
    """Say whether a pair on one neuron is rewarded, and whether the reward lasts."""
    if not (measured(rewarded) and lasting.number):
        return ""
    verdicts = {"that the reward lasts": lasting.verdict}
    if kept:
        verdicts["that it lasts under L1 above λ*"] = kept[0].verdict
    return (
        f"Two bare features save {span(rewarded)} times what theory says by sharing a neuron, which is "
        f"{tally(rewarded)}; once rows relax, splitting them changes the loss by "
        f"{lasting.words['changes'].replace(';', ',')}. "
        f"{outcomes(verdicts)}"
    )
