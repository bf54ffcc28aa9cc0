"""Which quantity predicts the fate of a collision, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, outcomes, retold, sentences, told
from polygenesis.studies.claim import Judgement
from polygenesis.studies.collision_criterion import claims
from polygenesis.studies.collision_criterion.estimands import Found
from polygenesis.studies.collision_criterion.snapshots import AHEAD, AT


def answers(found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    (same,), (mover,), (early,) = (told(each, judgements) for each in (claims.SAME_SIGN, claims.MOVER, claims.EARLY))
    (precision,) = retold(claims.PRECISION, found, judgements)
    ranking, within = (told(each, judgements)[0] for each in (claims.RANKING, claims.WITHIN))
    return sentences(stays=stays(precision, ranking, within), moves=moves(mover, same, early))


def stays(precision: Told, ranking: Told, within: Told) -> str:
    """Say how well signs and forces predict which collisions stay."""
    if not precision.number:
        return ""
    words = precision.words
    areas = f", with an area under the curve of {ranking.number}" if ranking.number else ""
    inner = f" ({within.number} among opposite signs alone)" if areas and within.number else ""
    return (
        f"The growth rate of the weaker lead, from signs and forces, predicts which collisions stay{areas}{inner}: at "
        f"λt = {AT:g}, {words['by_rule']} of those that should stay by it do, and {words['by_sign']} of those that "
        f"should stay by their signs alone. That it is more often right than signs is {precision.verdict.value}."
    )


def moves(mover: Told, same: Told, early: Told) -> str:
    """Say how well the feature that leaves is named, and how early the fate is known."""
    if not mover.number:
        return ""
    verdicts = {
        "that the feature whose lead grows less is the one that leaves": mover.verdict,
        "that no collision of equal signs survives": same.verdict,
        f"that most fates are known {AHEAD:g}/λ ahead": early.verdict,
    }
    known = f"; the fate is known {AHEAD:g}/λ before it is decided in a share of {early.number}" if early.number else ""
    return f"The feature that leaves is named in a share of {mover.number} of the cases{known}. {outcomes(verdicts)}"
