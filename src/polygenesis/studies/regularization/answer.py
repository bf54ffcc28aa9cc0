"""Which pressures make winner-take-all races and collisions, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, span, tally
from polygenesis.studies.claim import Judgement
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
    said = [
        f"{_names(races)} give a share of {span(races)} of the features a winner (races: {tally(races)})",
        f"{_names(bases)} leave rows at a fourth norm of {span(bases)} (no privileged basis: {tally(bases)})",
    ]
    if measured(neurons):
        said.append(f"{_names(neurons)}: {span(neurons)} have a winner (no race: {tally(neurons)})")
    if measured(noises):
        said.append(f"{_names(noises)}: a fourth norm of {span(noises)} (sparse rows: {tally(noises)})")
    return f"{'; '.join(said)}."


def collisions(counts: Sequence[Told], absent: Sequence[Told]) -> str:
    """Say how many polysemantic neurons races make beside those of L1."""
    if not measured(counts):
        return ""
    none = f"; {_names(absent)}: {span(absent)} times chance (none: {tally(absent)})" if measured(absent) else ""
    return (
        f"At the same loss {_names(counts)} make {span(counts)} times as many polysemantic neurons as L1 (as many: "
        f"{tally(counts)}){none}."
    )


def _names(cases: Sequence[Told]) -> str:
    return joined([str(each.words["pressure"]) for each in cases])
