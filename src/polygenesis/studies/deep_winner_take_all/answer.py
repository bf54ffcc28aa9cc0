"""Whether the best aligned neuron wins, rows become sparse and sharing is by chance, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, span, tally
from polygenesis.studies.claim import Judgement
from polygenesis.studies.deep_winner_take_all import claims
from polygenesis.studies.deep_winner_take_all.readings import Readings


def answers(found: Sequence[Readings], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    edges, defaults, spreads, sharing = (
        retold(each, found, judgements)
        for each in (claims.HAS_EDGE, claims.WINS_BY_DEFAULT, claims.TAKES_ALL, claims.SHARES_BY_CHANCE)
    )
    return sentences(wins=wins(edges, defaults), shares=shares(spreads, sharing))


def wins(edges: Sequence[Told], defaults: Sequence[Told]) -> str:
    """Say how far ahead the best aligned neuron starts, and how often it wins."""
    if not (measured(edges) and measured(defaults)):
        return ""
    return (
        f"A class's winner started ahead of another neuron with a probability of {span(edges)} over the networks, and "
        f"the best aligned neuron wins a share of {span(defaults)} of the classes: that it has an edge is "
        f"{tally(edges)}, that it wins by default {tally(defaults)}."
    )


def shares(spreads: Sequence[Told], sharing: Sequence[Told]) -> str:
    """Say on how many neurons a class ends, and how often neurons are shared."""
    if not (measured(spreads) and measured(sharing)):
        return ""
    return (
        f"A class ends on {span(spreads)} effective neurons, and neurons are shared {span(sharing)} times as often as "
        f"chance has it: that one winner takes the class is {tally(spreads)}, that sharing is by chance "
        f"{tally(sharing)}."
    )
