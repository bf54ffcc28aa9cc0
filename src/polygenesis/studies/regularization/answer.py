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
    return sentences(rows=rows(races, bases, neurons, noises), collisions=collisions(counts, absent))


def rows(races: Sequence[Told], bases: Sequence[Told], neurons: Sequence[Told], noises: Sequence[Told]) -> str:
    """Say which pressures give features a winner, and which leave rows as they are."""
    if not (measured(races) and measured(bases)):
        return ""
    others = [each for each in bases if each.verdict is not Verdict.SUPPORTED]
    but = f", not for {_names(others)}" if others else ""
    said = [
        f"{_names(races)} give a share of {span(races)} of the features a winner, a race that is {tally(races)}",
        f"the {len(bases)} pressures that single out no neuron leave rows at a fourth norm of {span(bases)}, and that "
        f"this is a random direction's is {tally(bases)}{but}",
    ]
    if measured(neurons):
        said.append(f"under {_names(neurons)} a share of {span(neurons)} has a winner (no race: {tally(neurons)})")
    if measured(noises):
        said.append(f"under {_names(noises)} rows end at {span(noises)} (sparse: {tally(noises)})")
    return f"{'; '.join(said)}."


def collisions(counts: Sequence[Told], absent: Sequence[Told]) -> str:
    """Say how many polysemantic neurons races make beside those of L1."""
    if not measured(counts):
        return ""
    none = ""
    if measured(absent):
        none = f"; {_names(absent)} makes {span(absent)} times those of chance (none: {tally(absent)})"
    return (
        f"At the same loss {_names(counts)} make {span(counts)} times as many polysemantic neurons as L1 (as many: "
        f"{tally(counts)}){none}."
    )


def _names(cases: Sequence[Told]) -> str:
    return joined([f"“{each.words['pressure']}”" for each in cases])
