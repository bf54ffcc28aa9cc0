"""How strong interference is, and when it changes winners, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, tally
from polygenesis.studies.claim import Judgement
from polygenesis.studies.interference_timing import claims
from polygenesis.studies.interference_timing.arms import EARLY, LATE
from polygenesis.studies.interference_timing.estimands import Found
from polygenesis.studies.regimes import joined


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
        f"At the paper's start, rows of norm 1, interference is a share of {_by_width(weak)} of the forces' norms, and "
        f"from shorter rows a share of {_by_norm(short)}: that it is weak at first is {tally(weak)} for the paper's "
        f"start and {tally(short)} for short rows."
    )


def winners(harmless: Sequence[Told], decisive: Sequence[Told], settled: Sequence[Told]) -> str:
    """Say how many winners change where interference is off for a while."""
    if not all(measured(each) for each in (harmless, decisive, settled)):
        return ""
    return (
        f"Of the winners a share of {_by_width(harmless)} changes without interference until t = {EARLY:g}, "
        f"{_by_width(decisive)} without it from then on, and {_by_width(settled)} without it from λt = {LATE:g} on: "
        f"that it does not matter at first is {tally(harmless)}, that it is decisive later {tally(decisive)}, and that "
        f"it decides nearly nothing in the end {tally(settled)}."
    )


def _by_width(cases: Sequence[Told]) -> str:
    return joined([f"{each.number} at m = {each.words['room']}n" for each in measured(cases)])


def _by_norm(cases: Sequence[Told]) -> str:
    found = measured(cases)
    return joined([f"{each.number} at norm {each.words['norm']:g} and m = {each.words['room']}n" for each in found])
