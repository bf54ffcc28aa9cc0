"""What untied weights do to counts, survivors and winners, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, tally, told
from polygenesis.studies.claim import Judgement
from polygenesis.studies.regimes import joined
from polygenesis.studies.untied_weights import claims
from polygenesis.studies.untied_weights.measurements import Ends


def answers(found: Sequence[Ends], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    count, deaths, leads = (
        retold(each, found, judgements) for each in (claims.SAME_COUNT, claims.DEATHS, claims.LEADS)
    )
    living = told(claims.OF_THE_LIVING, judgements)
    return sentences(counts=counts(count, living, deaths), winners=winners(leads))


def counts(count: Sequence[Told], living: Sequence[Told], deaths: Sequence[Told]) -> str:
    """Say how the counts of untied and tied networks compare, and how many features die."""
    known = measured(count)
    if not known:
        return ""
    rooms, ratios = joined([f"{each.words['room']}n" for each in known]), joined([each.number for each in known])
    die = joined([f"{each.words['die']} at m = {each.words['room']}n" for each in deaths])
    return (
        f"At m = {rooms} untied networks have {ratios} times as many polysemantic neurons as tied ones; of their "
        f"features {die} die. That the counts are equal is {tally(count)}, that they are among live features "
        f"{tally(living)}."
    )


def winners(leads: Sequence[Told]) -> str:
    """Say which leader wins."""
    if not measured(leads):
        return ""
    both, encoder = (joined([str(each.words[name]) for each in leads]) for name in ("both", "encoder"))
    rooms = joined([f"{each.words['room']}n" for each in leads])
    return (
        f"The neuron that leads in |E + D| wins {both} of the races at m = {rooms}, the one that leads in |E| "
        f"{encoder}; that the first wins more often is {tally(leads)}."
    )
