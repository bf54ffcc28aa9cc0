"""Which initial weights change the count, in a sentence that stands alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, span, tally
from polygenesis.studies.claim import Judgement, Verdict
from polygenesis.studies.initialization_laws.claims import SAME_RATE, Cell


def answers(found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    return sentences(laws=laws(retold(SAME_RATE, found, judgements)))


def laws(cases: Sequence[Told]) -> str:
    """Say how far counts lie from those of Gaussian starts, and name every law that is not known to give as many."""
    if not measured(cases):
        return ""
    others = [each for each in cases if each.verdict is not Verdict.SUPPORTED]
    named = [f"{each.words['law']} at {each.words['size']} ({each.number or 'too few networks'})" for each in others]
    rest = f" Not supported: {'; '.join(named)}." if 0 < len(named) < len(cases) else ""
    return (
        f"Starts of other laws give {span(cases)} times as many polysemantic neurons as Gaussian ones; that they give "
        f"as many is {tally(cases)}.{rest}"
    )
