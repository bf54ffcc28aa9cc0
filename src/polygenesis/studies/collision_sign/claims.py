"""What the paper says of collisions by sign, with margins stated beforehand; replicates are the independent units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polygenesis.arrays import Integers
from polygenesis.detect import FATES, ORIGINS, Fate, Origin
from polygenesis.numerals import percent
from polygenesis.studies.claim import Claim, Reading, read, too_little
from polygenesis.studies.evidence import Clustered, Counted, NeverSeen, pool
from polygenesis.studies.margin import LEVEL, Margin
from polygenesis.studies.measurements import Measured, roomy
from polygenesis.studies.shares import share
from polygenesis.studies.wording import out_of

ROOM = 2
"""Fates and origins are judged where m ≥ 2n, where the paper's argument holds to first order in n/m."""


def half_opposite(measured: Sequence[Measured]) -> Reading:
    """Signs at the start: pairs that share a feature have independent signs too, so the test is binomial."""
    opposite = sum(int(each.start_opposite.sum()) for each in measured)
    pairs = sum(int(each.start_pairs.sum()) for each in measured)
    if not pairs:
        return too_little("No two features led on the same neuron at the start.", measured)
    said = out_of(opposite, pairs, "initial pairs").capitalize()
    cells = {
        f"m = {each.m}": Counted(int(each.start_opposite.sum()), int(each.start_pairs.sum()))
        for each in measured
        if each.start_pairs.any()
    }
    evidence = pool(Counted(opposite, pairs), cells)
    return read(evidence, measured, pairs=said, have="have" if opposite > 1 else "has")


def benign_survive(measured: Sequence[Measured]) -> Reading:
    """Share of opposite-sign collisions that survive."""
    column = FATES.index(Fate.SURVIVED)
    runs = {
        run: (run.fates[run.usable][:, 0, column], run.fates[run.usable][:, 0].sum(axis=1))
        for run in roomy(measured, ROOM)
    }
    survived, benign = _totals(runs)
    said = out_of(survived, benign, "initial pairs of opposite signs").capitalize()
    return _share(runs, pairs=said, end="end" if survived > 1 else "ends")


def malign_vanish(measured: Sequence[Measured]) -> Reading:
    """Pairs of the same sign at rest, where any is one too many."""
    same = np.concatenate([each.end_same[each.at_rest] for each in measured])
    pairs = same + np.concatenate([each.end_opposite[each.at_rest] for each in measured])
    if not pairs.any():
        return too_little("No neuron was shared at rest.", measured)
    bound = share(same, pairs, level=LEVEL).upper  # one-sided at 95 %
    said = out_of(int(same.sum()), int(pairs.sum()), "pairs that share a neuron at rest").capitalize()
    have = "have" if same.sum() > 1 else "has"
    return read(NeverSeen(same, pairs), measured, pairs=said, have=have, bound=percent(bound, bound))


def from_the_start(measured: Sequence[Measured]) -> Reading:
    """Share of pairs at the end that led there at the start."""
    column = ORIGINS.index(Origin.BOTH_LED)
    runs = {
        run: (run.origins[run.usable][:, column], run.origins[run.usable].sum(axis=1)) for run in roomy(measured, ROOM)
    }
    return _share(runs, pairs=out_of(*_totals(runs), "pairs that share a neuron at the end"))


Shares = dict[Measured, tuple[Integers, Integers]]
"""A run → hits and cases, one a converged replicate."""


def _totals(runs: Shares) -> tuple[int, int]:
    return sum(int(hits.sum()) for hits, _ in runs.values()), sum(int(cases.sum()) for _, cases in runs.values())


def _share(runs: Shares, **words: Any) -> Reading:
    if not _totals(runs)[1]:
        networks = sum(len(cases) for _, cases in runs.values())
        return too_little(f"There is no such pair in {networks} converged replicates.", runs)
    hits, cases = (np.concatenate(parts) for parts in zip(*runs.values(), strict=True))
    together = Clustered(hits, cases)
    cells = {f"m = {run.m}": Clustered(*each) for run, each in runs.items() if each[1].any()}
    return read(pool(together, cells), runs, **words)


HALF_OPPOSITE = Claim(
    "Half of the collisions at the start have opposite signs.",
    "arXiv:2312.03096; docs/paper.md, C4",
    Margin.around("Share", 0.50, 0.02),
    "independent symmetric weights; pairs that share their top neuron at the start",
    "{pairs} {have} opposite signs {tally}.",
    half_opposite,
)
BENIGN_SURVIVE = Claim(
    "A collision of opposite signs at the start survives training.",
    "arXiv:2312.03096; docs/paper.md, C4",
    Margin.share("Share that ends on the neuron where they met", above=0.90),
    f"converged replicates, m ≥ {ROOM}n",
    f"{{pairs}} {{end}} on the neuron where they met {{tally}}, at m ≥ {ROOM}n.",
    benign_survive,
)
MALIGN_VANISH = Claim(
    "No two features of the same sign share a neuron once training has come to rest.",
    "arXiv:2312.03096; docs/paper.md, C4 (sign of the output ReLU)",
    Margin.share(
        "No pair of the same sign among all pairs that share a neuron at the end, and the 95 % upper bound of their "
        "share",
        below=0.01,
    ),
    "every replicate in which nothing moves any more (a certificate of convergence would exclude such pairs by "
    "definition)",
    "{pairs} {have} the same sign (with 95 % confidence at most {bound}).",
    malign_vanish,
    trials="regime after a first run: at first converged networks, whose certificate excludes such pairs",
)
FROM_THE_START = Claim(
    "Polysemantic neurons come from collisions at the start: both features led there.",
    "arXiv:2312.03096; docs/paper.md, C1 and C2",
    Margin.share("Share of the pairs that share a neuron at the end that led there at the start", above=0.5),
    f"converged replicates, m ≥ {ROOM}n",
    f"In {{pairs}} both features led there at the start {{tally}}, at m ≥ {ROOM}n.",
    from_the_start,
)

CLAIMS = (HALF_OPPOSITE, BENIGN_SURVIVE, MALIGN_VANISH, FROM_THE_START)
