"""How often tests of the origin are right, and what other seeds and one final state show, in sentences of their own."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, span, tally, told
from polygenesis.studies.claim import Judgement
from polygenesis.studies.origin_tests import claims
from polygenesis.studies.origin_tests.estimands import Found


def answers(found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    honest, powerful, right = (
        retold(each, found, judgements) for each in (claims.HONEST, claims.POWERFUL, claims.RIGHT)
    )
    seeds, task = (told(each, judgements)[0] for each in (claims.BY_SEEDS, claims.BY_TASK))
    return sentences(errors=errors(honest, powerful, right), final=final(seeds, task))


def errors(honest: Sequence[Told], powerful: Sequence[Told], right: Sequence[Told]) -> str:
    """Say how often tests reject with and without something to find, and how often verdicts are right."""
    if not all(measured(each) for each in (honest, powerful, right)):
        return ""
    return (
        f"Tests reject a share of {span(honest)} of the sets in which there is nothing to find (each keeps its level: "
        f"{tally(honest)}) and {span(powerful)} of those in which there is something (each finds it: "
        f"{tally(powerful)}); verdicts from five seeds are right in {span(right)} ({tally(right)})."
    )


def final(seeds: Told, task: Told) -> str:
    """Say what other seeds show of a pair that is structured by input, and one final state of one by task."""
    if not (seeds.number and task.number):
        return ""
    return (
        "How often a pair shares in nine other seeds tells structure by input from chance with an area under the curve "
        f"of {seeds.number} ({seeds.verdict.value}); a pair's overlap in one final state tells structure by task from "
        f"chance with {task.number} ({task.verdict.value})."
    )
