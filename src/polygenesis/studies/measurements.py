"""What the studies of E3–E5 read off a run, in one pass and once a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis import detect
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.dynamics.base import Outcome, Run
from polygenesis.spec import RunSpec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Measured:
    """Counts of one run, one a replicate (r,) unless stated otherwise.

    ``usable``: replicates whose counts are results (certified converged; for step-by-step training, every feature
    settled). ``polysemantic``: neurons with two or more settled features; ``published``: as the paper counts, |W| in
    [0.8, 1.2]. ``start_pairs``, ``start_opposite``: pairs of features that lead on one neuron at the start, and those
    of opposite sign. ``fates`` (r, 2, fates) and ``origins`` (r, origins): see ``detect``. ``kept_lead``: share of
    features that end on the neuron where they led, with the same sign. ``winner_rank`` (r, n): how many of a
    feature's initial weights were larger than the one that won.
    """

    spec: RunSpec
    usable: Booleans
    outcomes: tuple[Outcome, ...]
    polysemantic: Integers
    published: Integers
    clashing: Integers
    dead_features: Integers
    split_features: Integers
    start_pairs: Integers
    start_opposite: Integers
    fates: Integers
    end_opposite: Integers
    end_same: Integers
    origins: Integers
    kept_lead: Floats
    winner_rank: Integers
    diagonal: Floats
    off_diagonal: Floats
    correlation: Floats
    thresholds: pd.DataFrame

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    @property
    def counts(self) -> Integers:
        """Polysemantic neurons in the usable replicates."""
        return self.polysemantic[self.usable]


_KNOWN: dict[str, Measured] = {}
"""Measurements by the run's key, so that a run shared by several studies is read once a session."""


def measure_all(specs: Sequence[RunSpec], runs: Sequence[Run]) -> list[Measured]:
    """Measure each run, loading only those not measured yet in this session."""
    for index, spec in enumerate(specs):
        if spec.key not in _KNOWN:
            _KNOWN[spec.key] = measure(runs[index])
    return [_KNOWN[spec.key] for spec in specs]


def measure(run: Run) -> Measured:
    """Read everything off one run."""
    census = detect.census(run.final)
    fates = detect.follow(run.initial, run.final)
    correlation = detect.start_end_correlation(run.initial, run.final)
    rank, kept = _ranks(run, census)
    return Measured(
        spec=run.spec,
        usable=np.array([_usable(run, census, a) for a in range(len(run.outcome))]),
        outcomes=run.outcome,
        polysemantic=census.polysemantic,
        published=detect.census(run.final, detect.PAPER_WINDOW).shared,
        clashing=census.clashing,
        dead_features=census.dead_features,
        split_features=census.split_features,
        start_pairs=fates.start.counts,
        start_opposite=fates.start.opposite_counts,
        fates=fates.counts,
        end_opposite=fates.end.opposite_counts,
        end_same=fates.end.same_counts,
        origins=detect.origins(run.initial, run.final).counts,
        kept_lead=kept.mean(axis=1),
        winner_rank=rank,
        diagonal=correlation.diagonal,
        off_diagonal=correlation.off_diagonal,
        correlation=correlation.matrix,
        thresholds=detect.threshold_table(run.final),
    )


def _usable(run: Run, census: Any, replicate: int) -> bool:
    outcome = run.outcome[replicate]
    return outcome is Outcome.CONVERGED or (outcome is Outcome.FINISHED and bool(census.resolved[replicate]))


def _ranks(run: Run, census: Any) -> tuple[Integers, Booleans]:
    """Rank of the winning weight among each feature's initial ones, and whether it led there with the same sign."""
    neuron = np.maximum(census.neuron, 0)[..., None]
    magnitude = np.abs(run.initial)
    at_winner = np.take_along_axis(magnitude, neuron, axis=2)
    rank = (magnitude > at_winner).sum(axis=2)
    sign = np.sign(np.take_along_axis(run.initial, neuron, axis=2)[..., 0])
    return rank, (rank == 0) & (sign == census.sign) & census.settled
