"""When features of two contexts share a neuron with equal signs, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, span, tally, told
from polygenesis.studies.claim import Judgement
from polygenesis.studies.context_sharing import claims
from polygenesis.studies.context_sharing.models import smallest_model
from polygenesis.studies.context_sharing.networks import Network


def answers(found: Sequence[Network], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    model = smallest_model()
    return sentences(
        models=f"Two features on one neuron with equal signs cost {model.masked:g} where the loss looks at the outputs "
        f"of the input's context alone, and {model.unmasked:g} at least without contexts.",
        chance=chance(
            retold(claims.EQUAL_SIGNS, found, judgements),
            retold(claims.NEURONS, found, judgements),
            told(claims.WITHIN, judgements)[0],
        ),
    )


def chance(equal: Sequence[Told], neurons: Sequence[Told], within: Told) -> str:
    """Say how often contexts share neurons, beside the law of chance."""
    if not (measured(equal) and measured(neurons)):
        return ""
    inside = f", within one context {within.number} times random slots'" if within.number else ""
    return (
        f"Features of two contexts share a neuron with equal signs {span(equal)} times as often as random slots say"
        f"{inside}; neurons are shared {span(neurons)} times as often as if contexts filled slots independently. That "
        f"pairs of two contexts follow chance is {tally(equal)}, that neurons do {tally(neurons)}, and that no pair "
        f"of one context has equal signs {within.verdict.value}."
    )
