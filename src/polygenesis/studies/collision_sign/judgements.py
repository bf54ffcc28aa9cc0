"""Every claim on collisions and their signs, tested; replicates are the independent units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.detect import FATES, ORIGINS, Fate, Origin
from polygenesis.numerals import percent
from polygenesis.studies.base import Claim, Judgement, Verdict
from polygenesis.studies.collision_sign.claims import (
    BENIGN_SURVIVE,
    FROM_THE_START,
    HALF_OPPOSITE,
    MALIGN_VANISH,
    ROOM,
)
from polygenesis.studies.judging import judge, undecided
from polygenesis.studies.measurements import Measured, roomy
from polygenesis.studies.shares import share, share_agrees
from polygenesis.studies.wording import out_of


def judge_claims(measured: Sequence[Measured]) -> list[Judgement]:
    """Judge every claim of this study."""
    return [half_opposite(measured), benign_survive(measured), malign_vanish(measured), from_the_start(measured)]


def half_opposite(measured: Sequence[Measured]) -> Judgement:
    """Test the signs at the start: pairs that share a feature have independent signs too, so the test is binomial."""
    opposite = sum(int(each.start_opposite.sum()) for each in measured)
    pairs = sum(int(each.start_pairs.sum()) for each in measured)
    if not pairs:
        return undecided(HALF_OPPOSITE, "No two features led on the same neuron at the start.")
    found = stats.proportion_agrees(opposite, pairs, 0.48, 0.52)
    initial = out_of(opposite, pairs, "initial pairs").capitalize()
    return judge(HALF_OPPOSITE, found, f"{initial} {'have' if opposite > 1 else 'has'} opposite signs {{tally}}.")


def benign_survive(measured: Sequence[Measured]) -> Judgement:
    """Test the share of opposite-sign collisions that survive; replicates are the independent units."""
    fates = [fate for each in roomy(measured, ROOM) for fate in each.fates[each.usable]]
    survived = [int(fate[0, FATES.index(Fate.SURVIVED)]) for fate in fates]
    benign = [int(fate[0].sum()) for fate in fates]
    return _judge_share(
        BENIGN_SURVIVE,
        survived,
        benign,
        0.90,
        f"{out_of(sum(survived), sum(benign), 'initial pairs of opposite signs').capitalize()} "
        f"{'end' if sum(survived) > 1 else 'ends'} on the neuron where they met {{tally}}, at m ≥ {ROOM}n.",
    )


def malign_vanish(measured: Sequence[Measured]) -> Judgement:
    """Look for pairs of the same sign at rest: one refutes the claim, and none supports it if there were chances."""
    same = np.concatenate([each.end_same[each.at_rest] for each in measured])
    pairs = same + np.concatenate([each.end_opposite[each.at_rest] for each in measured])
    if not pairs.any():
        return undecided(MALIGN_VANISH, "No neuron was shared at rest.")
    bound = share(same, pairs, level=0.90).upper  # one-sided at 95 %
    verdict = Verdict.REFUTED if same.any() else Verdict.SUPPORTED if bound < 0.01 else Verdict.UNDECIDED
    sentence = (
        f"{out_of(int(same.sum()), int(pairs.sum()), 'pairs that share a neuron at rest').capitalize()} "
        f"{'have' if same.sum() > 1 else 'has'} the same sign (with 95 % confidence at most "
        f"{percent(bound, bound)})."
    )
    return Judgement(MALIGN_VANISH, verdict, sentence)


def from_the_start(measured: Sequence[Measured]) -> Judgement:
    """Test the share of pairs at the end that led there at the start; replicates are the independent units."""
    origins = [origin for each in roomy(measured, ROOM) for origin in each.origins[each.usable]]
    led = [int(origin[ORIGINS.index(Origin.BOTH_LED)]) for origin in origins]
    pairs = [int(origin.sum()) for origin in origins]
    return _judge_share(
        FROM_THE_START,
        led,
        pairs,
        0.5,
        f"In {out_of(sum(led), sum(pairs), 'pairs that share a neuron at the end')} both features led there at the "
        f"start {{tally}}, at m ≥ {ROOM}n.",
    )


def _judge_share(claim: Claim, successes: list[int], cases: list[int], least: float, sentence: str) -> Judgement:
    if not any(cases):
        return undecided(claim, f"There is no such pair in {len(cases)} converged replicates.")
    return judge(claim, share_agrees(successes, cases, least, 1.0), sentence)
