"""Which pressures make winner-take-all races and collisions, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, span, tally
from polygenesis.studies.claim import Judgement, Verdict
from polygenesis.studies.regimes import joined
from polygenesis.studies.regularization import claims
from polygenesis.studies.regularization.networks import Compared


def answers(found: Sequence[Compared], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    races, bases, neurons, noises, counts, absent = (
        retold(each, found, judgements)
        for each in (
            claims.RACE,
            claims.NO_BASIS,
            claims.NEURONS,
            claims.NOISE,
            claims.COLLISIONS,
            claims.NO_COLLISIONS,
        )
    )
    return sentences(races=racing(races, counts), others=others(bases, neurons, noises, absent))


def racing(races: Sequence[Told], counts: Sequence[Told]) -> str:
    """Say which pressures make races, and how many polysemantic neurons beside those of L1."""
    if not measured(races):
        return ""
    many = ""
    if measured(counts):
        many = (
            f"; at the same loss those beside L1 make {span(counts)} times as many polysemantic neurons (as many: "
            f"{tally(counts)})"
        )
    return (
        f"{_names(races)} give a share of {span(races)} of the features a winner (that they make races: "
        f"{tally(races)}){many}."
    )


def others(bases: Sequence[Told], neurons: Sequence[Told], noises: Sequence[Told], absent: Sequence[Told]) -> str:
    """Say which pressures make no privileged basis, no race or no polysemantic neuron."""
    if not measured(bases):
        return ""
    doubted = [each for each in bases if each.verdict is not Verdict.SUPPORTED]
    but = f", not for {_names(doubted)}" if 0 < len(doubted) < len(bases) else ""
    said = [f"that pressures which single out no neuron make no privileged basis is {tally(bases)}{but}"]
    if measured(neurons):
        said.append(f"under {_names(neurons)} a share of {span(neurons)} has a winner (no race: {tally(neurons)})")
    if measured(noises) and measured(absent):
        said.append(
            f"{_names(noises)} makes rows sparse ({tally(noises)}) but {span(absent)} times the polysemantic neurons "
            f"of chance (none: {tally(absent)})"
        )
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


def _names(cases: Sequence[Told]) -> str:
    return joined([f"“{each.words['pressure']}”" for each in cases])
