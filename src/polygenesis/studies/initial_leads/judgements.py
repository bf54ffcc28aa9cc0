"""Every claim on initial leaders, tested; replicates are the independent units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Integers
from polygenesis.studies import published
from polygenesis.studies.base import Judgement
from polygenesis.studies.initial_leads.claims import REMEMBERS, ROOMS, WIDE, as_published, leader_wins
from polygenesis.studies.judging import Tested, blurred, judge, judge_family, undecided
from polygenesis.studies.measurements import Measured, at_room
from polygenesis.studies.shares import share_agrees


def judge_claims(flows: Sequence[Measured], adams: Sequence[Measured]) -> list[Judgement]:
    """Judge every claim of this study."""
    leads = judge_family([leader(at_room(runs, room)) for runs in (flows, adams) for room in ROOMS])
    return [*leads, remembers(at_room(flows, WIDE)), *diagonals([*flows, *adams])]


def leader(run: Measured) -> Tested:
    """Test whether more than half of the features end on their initial leader."""
    room = run.m // run.n
    claim, kept, features = leader_wins(run.training, room), *kept_and_features(run)
    if len(kept) < 2:
        return claim, None, f"Under {run.training} at m = {room}n, {len(kept)} replicates settled every feature."
    sentence = (
        f"Under {run.training} at m = {room}n (n = {run.n}, {len(kept)} replicates), {{share}} of the features end on "
        "their initial leader with its sign."
    )
    return claim, share_agrees(kept, features, 0.5, 1.0), sentence


def kept_and_features(run: Measured) -> tuple[Integers, Integers]:
    """Return how many features kept their lead, and how many there are, one a usable replicate."""
    kept = run.kept_lead[run.usable]
    return kept, np.full(len(kept), run.n)


def remembers(run: Measured) -> Judgement:
    """Test whether the diagonal stands out."""
    gap = (run.diagonal - run.off_diagonal)[run.usable]
    if len(gap) < 2:
        return undecided(REMEMBERS, f"Only {len(gap)} replicates converged.")
    found = stats.agrees(stats.mean(gap), 0.0, np.inf)
    return judge(REMEMBERS, found, f"Diagonal minus off-diagonal is {{found}} at n = {run.n}, m = {run.m}.")


def diagonals(runs: Sequence[Measured]) -> list[Judgement]:
    """Test the diagonal against the published one, for each way of training that was run at that size."""
    found = []
    for run in runs:
        if (run.n, run.m) != (published.FEATURES, published.WIDEST):
            continue
        claim, values = as_published(run.training), run.diagonal[run.usable]
        if len(values) < 2:
            found.append(undecided(claim, f"Only {len(values)} replicates settled every feature."))
            continue
        target = published.START_END_DIAGONAL
        mean = blurred(stats.mean(values), published.READING_DEVIATION)
        sentence = f"Under {run.training} the mean of Σ_k W0_ik W_ik is {{found}} at n = {run.n}, m = {run.m}."
        found.append(judge(claim, stats.agrees(mean, 0.9 * target, 1.1 * target), sentence))
    return found
