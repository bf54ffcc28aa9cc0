"""How much sharing is forced and how much is by chance, and what becomes of features without a slot, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.numerals import number
from polygenesis.studies.answering import Told, measured, retold, sentences, tally, told
from polygenesis.studies.capacity import claims
from polygenesis.studies.capacity.cells import Cell
from polygenesis.studies.claim import Judgement
from polygenesis.studies.regimes import joined


def answers(found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    (peak,), (rest,) = retold(claims.PEAK, found, judgements), told(claims.REST_CLAIM, judgements)
    return sentences(
        sharing=sharing(retold(claims.EXCESS, found, judgements), peak),
        superposition=superposition(retold(claims.CHEAPER, found, judgements), rest),
    )


def sharing(excess: Sequence[Told], peak: Told) -> str:
    """Say how many shared neurons are forced and how many are not, and where chance adds most."""
    known = measured(excess)
    if not known or not peak.number:
        return ""
    parts = joined([f"{each.words['forced']} and {each.number} at m = {each.words['room']}" for each in known])
    return (
        f"Between m = n/2 and n, so many shared neurons are forced and so many more are not: {parts}. With a neuron "
        f"for each feature none is forced, and {number(peak.words['top'])} of {peak.words['n']} are shared by chance; "
        f"that chance adds most there is {peak.verdict.value}."
    )


def superposition(cheaper: Sequence[Told], rest: Told) -> str:
    """Say what a feature without a slot costs."""
    known = measured(cheaper)
    if not known:
        return ""
    parts = joined([f"{each.number} at m = {each.words['room']}" for each in known])
    return (
        f"For n > 2m a feature without a slot costs {parts} of what a dead one does; that such features are in "
        f"superposition is {tally(cheaper)}, and that networks come to rest there too is {rest.verdict.value}."
    )
