"""How strong interference is, and when it changes winners, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, span, tally
from polygenesis.studies.claim import Judgement
from polygenesis.studies.interference_timing import claims
from polygenesis.studies.interference_timing.arms import EARLY, LATE
from polygenesis.studies.interference_timing.estimands import Found


def answers(found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    weak, short, harmless, decisive, settled = (
        retold(each, found, judgements)
        for each in (
            claims.WEAK_FIRST,
            claims.WEAK_SHORT,
            claims.HARMLESS_FIRST,
            claims.DECISIVE_LATER,
            claims.SETTLED_BY_HALF,
        )
    )
    return sentences(force=force(weak, short), winners=winners(harmless, decisive, settled))


def force(weak: Sequence[Told], short: Sequence[Told]) -> str:
    """Say what share of the forces interference is at the start."""
    if not (measured(weak) and measured(short)):
        return ""
    return (
        f"At the paper's start, rows of norm 1, interference is a share of {span(weak)} of the forces' norms, and of "
        f"{span(short)} where rows start shorter: that it is weak at first is {tally(weak)} for the paper's start and "
        f"{tally(short)} for shorter rows."
    )


def winners(harmless: Sequence[Told], decisive: Sequence[Told], settled: Sequence[Told]) -> str:
    """Say how many winners change where interference is off for a while."""
    if not all(measured(each) for each in (harmless, decisive, settled)):
        return ""
    return (
        f"Without interference until t = {EARLY:g} a share of {span(harmless)} of the winners changes (hardly any: "
        f"{tally(harmless)}), without it from then on {span(decisive)} (many: {tally(decisive)}), and without it from "
        f"λt = {LATE:g} on {span(settled)} (hardly any: {tally(settled)})."
    )
