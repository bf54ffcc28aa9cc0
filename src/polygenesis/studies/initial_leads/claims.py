"""What the paper says of initial leaders, with margins stated beforehand; replicates are the independent units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Integers
from polygenesis.studies import published
from polygenesis.studies.claim import Claim, Reading, read, too_little
from polygenesis.studies.evidence import Clustered
from polygenesis.studies.judging import blurred
from polygenesis.studies.margin import Margin
from polygenesis.studies.measurements import Measured, at_room

ROOMS = (2, 16)
"""Widths at which leads are judged, in units of n; the paper's width for E4 is 16n."""

WIDE = 16
"""The paper's width for E4 in units of n."""


class Found(NamedTuple):
    """What was measured: gradient flow and AdamW, one entry a width."""

    flows: Sequence[Measured]
    adams: Sequence[Measured]


def leaders(found: Found) -> list[Reading]:
    """Share of features that end on their initial leader, by training and width."""
    return [leader(at_room(runs, room)) for runs in found for room in ROOMS]


def leader(run: Measured) -> Reading:
    """Share of features that end on their initial leader in one run."""
    room = run.m // run.n
    kept, features = kept_and_features(run)
    if len(kept) < 2:
        why = f"Under {run.training} at m = {room}n, {len(kept)} replicates settled every feature."
        return too_little(why, [run], training=run.training, room=room)
    return read(Clustered(kept, features), [run], training=run.training, room=room, n=run.n, replicates=len(kept))


def kept_and_features(run: Measured) -> tuple[Integers, Integers]:
    """Return how many features kept their lead, and how many there are, one a usable replicate."""
    kept = run.kept_lead[run.usable]
    return kept, np.full(len(kept), run.n)


def remembers(found: Found) -> Reading:
    """Diagonal minus off-diagonal at the paper's width."""
    run = at_room(found.flows, WIDE)
    gap = (run.diagonal - run.off_diagonal)[run.usable]
    if len(gap) < 2:
        return too_little(f"Only {len(gap)} replicates converged.", [run])
    return read(stats.mean(gap), [run], n=run.n, m=run.m)


def diagonals(found: Found) -> list[Reading]:
    """The diagonal, for each way of training that was run at the published size."""
    size = published.FEATURES, published.WIDEST
    return [_diagonal(run) for runs in found for run in runs if (run.n, run.m) == size]


def _diagonal(run: Measured) -> Reading:
    values, training = run.diagonal[run.usable], run.training[0].upper() + run.training[1:]
    if len(values) < 2:
        return too_little(f"Only {len(values)} replicates settled every feature.", [run], training=training)
    mean = blurred(stats.mean(values), published.READING_DEVIATION)
    unit = published.START_END_DIAGONAL
    return read(mean, [run], unit=unit, training=training, by=run.training, n=run.n, m=run.m)


LEADER_WINS = Claim(
    "Under {training} with m = {room}n, the neuron with a feature's largest initial weight wins its race.",
    "arXiv:2312.03096; docs/paper.md, C2",
    Margin.share("Share of features that end there, with the same sign,", above=0.5),
    "replicates in which every feature settled",
    "Under {training} at m = {room}n (n = {n}, {replicates} replicates), {share} of the features end on their initial "
    "leader with its sign.",
    leaders,
    family="leaders",
)
# It can fail: where interference, noise or steps decide a race, its end is independent of the start.
REMEMBERS = Claim(
    "The final weights remember the initial ones: Σ_k W0_ik W_jk is larger for i = j than for i ≠ j.",
    "arXiv:2312.03096, figure of experiment E4 (docs/paper.md)",
    Margin.above("Diagonal minus off-diagonal", 0.0),
    "converged replicates",
    "Diagonal minus off-diagonal is {found} at n = {n}, m = {m}.",
    remembers,
)
AS_PUBLISHED = Claim(
    f"{{training}} gives the published mean of Σ_k W0_ik W_ik, {published.START_END_DIAGONAL:g}.",
    "arXiv:2312.03096, figure of experiment E4 (docs/paper.md), AdamW, λ = 1e-3",
    Margin.around("Mean (figures read to ±3 %)", 1, 0.10, unit="times the published one"),
    "replicates in which every feature settled",
    "Under {by} the mean of Σ_k W0_ik W_ik is {found} at n = {n}, m = {m}.",
    diagonals,
)

CLAIMS = (LEADER_WINS, REMEMBERS, AS_PUBLISHED)
