"""How often tests of the origin are right, and what no test of final weights shows, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, outcomes, retold, sentences, span, tally, told
from polygenesis.studies.claim import Judgement
from polygenesis.studies.origin_tests import claims
from polygenesis.studies.origin_tests.estimands import Found


def answers(found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    honest, powerful, right, twins = (
        retold(each, found, judgements) for each in (claims.HONEST, claims.POWERFUL, claims.RIGHT, claims.TWINS)
    )
    silent, seeds, start = (told(each, judgements)[0] for each in (claims.SILENT, claims.BY_SEEDS, claims.BY_START))
    return sentences(errors=errors(honest, powerful, right), final=final(silent, seeds, start, twins[0]))


def errors(honest: Sequence[Told], powerful: Sequence[Told], right: Sequence[Told]) -> str:
    """Say how often tests reject with and without something to find, and how often verdicts are right."""
    if not all(measured(each) for each in (honest, powerful, right)):
        return ""
    return (
        f"Tests reject a share of {span(honest)} of the sets in which there is nothing to find and {span(powerful)} of "
        f"those in which there is something, and verdicts from five seeds are right in {span(right)}: that a test "
        f"keeps its level is {tally(honest)}, that it finds the structure {tally(powerful)}, and that the "
        f"verdict is right {tally(right)}."
    )


def final(silent: Told, seeds: Told, start: Told, twins: Told) -> str:
    """Say what final weights alone tell of a pair that is structured by its inputs' starts."""
    if not (silent.number and seeds.number and start.number):
        return ""
    verdicts = {
        "that one final state does not tell a structured pair from one by chance": silent.verdict,
        "that ten seeds do": seeds.verdict,
        "that the start does": start.verdict,
    }
    equal = ""
    if twins.number:
        verdicts["that equal final weights have two histories"] = twins.verdict
        equal = f" {twins.words['same']} of {twins.words['twins']} twins of two histories end equal in every bit."
    return (
        f"A pair's final overlap tells structure from chance with an area under the curve of {silent.number}, its "
        f"recurrence in ten seeds with {seeds.number}, and its start with {start.number}.{equal} {outcomes(verdicts)}"
    )
