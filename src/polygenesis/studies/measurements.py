"""What the studies of E3–E5 read off a run, in one pass and once a run."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from polygenesis import detect, stats
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import NamedRuns
from polygenesis.studies.starts import Sample
from polygenesis.sweeps.base import Runs, RunStore
from polygenesis.training import AdamW

if TYPE_CHECKING:
    import pandas as pd

Name = TypeVar("Name", bound=Hashable)
"""A run's name in a study's plan."""

AT_REST = 1e-3
"""Fastest live weight of a network at rest (loss's clock): a feature that is pushed off its neuron moves at about 1."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Counts of one run, one a replicate (r,) unless stated otherwise.

    ``usable``: replicates whose counts are results (certified converged; for step-by-step training, every feature
    settled). ``at_rest``: gradient-flow replicates in which nothing moves any more, whatever they came to; unlike
    ``usable`` it does not ask whether two features clash. ``polysemantic``: neurons with two or more settled features;
    ``published``: as the paper counts, |W| in [0.8, 1.2]. ``start_pairs``, ``start_opposite``: pairs of features that
    lead on one neuron at the start, and those of opposite sign; ``end_opposite``, ``end_same``: pairs that share a
    neuron at the end. ``fates`` (r, 2, fates) and ``origins`` (r, origins): see ``detect``. ``kept_lead``: features
    that end on the neuron where they led, with the same sign. ``winner_rank`` (r, n): how many of a feature's initial
    weights were larger than the one that won. ``diagonal``, ``off_diagonal``: means of Σ_k W0_ik W_jk for i = j and
    i ≠ j.
    """

    spec: RunSpec
    usable: Booleans
    at_rest: Booleans
    outcomes: tuple[Outcome, ...]
    polysemantic: Integers
    published: Integers
    dead_features: Integers
    split_features: Integers
    start_pairs: Integers
    start_opposite: Integers
    fates: Integers
    end_opposite: Integers
    end_same: Integers
    origins: Integers
    kept_lead: Integers
    winner_rank: Integers
    diagonal: Floats
    off_diagonal: Floats
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
    def training(self) -> str:
        """The way of training, in words."""
        return "AdamW" if isinstance(self.spec.training, AdamW) else "gradient flow"

    @property
    def counts(self) -> Integers:
        """Polysemantic neurons to report: in usable replicates under gradient flow, as published under AdamW."""
        return self.published if self.training == "AdamW" else self.polysemantic[self.usable]

    @property
    def sample(self) -> Sample:
        """:attr:`counts` with the start of each."""
        return Sample.of(self.spec, self.counts, None if self.training == "AdamW" else self.usable)

    @property
    def counted_as(self) -> str:
        """What :attr:`counts` counts, in words."""
        window = str(detect.PAPER_WINDOW if self.training == "AdamW" else detect.HALF)
        return window + (", any replicate" if self.training == "AdamW" else ", converged")


_KNOWN: WeakKeyDictionary[RunStore, dict[str, Measured]] = WeakKeyDictionary()
"""Measurements by store and key: what several studies share is read once, for as long as the store is there."""


def know(store: RunStore, measured: Iterable[Measured]) -> None:
    """Take measurements of runs that need not be in a store any more: its runs of these specs are not loaded."""
    _KNOWN.setdefault(store, {}).update({each.spec.key: each for each in measured})


def measure_all(runs: Mapping[Name, Run]) -> dict[Name, Measured]:
    """Measure each run; of runs in a store, load only those that were not measured before."""
    if not (isinstance(runs, NamedRuns) and isinstance(runs.runs, Runs)):
        return {name: measure(run) for name, run in runs.items()}
    known, keys = _KNOWN.setdefault(runs.runs.store, {}), runs.runs.keys
    for name, place in runs.places.items():
        if keys[place] not in known:
            known[keys[place]] = measure(runs[name])
    return {name: known[keys[place]] for name, place in runs.places.items()}  # type: ignore[misc]


def measure(run: Run) -> Measured:
    """Read everything off one run."""
    census = detect.census(run.final)
    fates = detect.follow(run.initial, run.final)
    usable = np.array([_is_usable(each, bool(done)) for each, done in zip(run.outcome, census.resolved, strict=True)])
    correlation = detect.start_end_correlation(run.initial, run.final)
    rank, kept = _ranks(run, census)
    return Measured(
        spec=run.spec,
        usable=usable,
        at_rest=_at_rest(run),
        outcomes=run.outcome,
        polysemantic=census.polysemantic,
        published=detect.census(run.final, detect.PAPER_WINDOW).shared,
        dead_features=census.dead_features,
        split_features=census.split_features,
        start_pairs=fates.start.counts,
        start_opposite=fates.start.opposite_counts,
        fates=fates.counts,
        end_opposite=fates.end.opposite_counts,
        end_same=fates.end.same_counts,
        origins=detect.origins(run.initial, run.final).counts,
        kept_lead=kept.sum(axis=1),
        winner_rank=rank,
        diagonal=correlation.diagonal,
        off_diagonal=correlation.off_diagonal,
        thresholds=detect.threshold_table(run.final),
    )


def by_training(measured: Sequence[Measured]) -> tuple[list[Measured], list[Measured]]:
    """Return the gradient-flow runs and the AdamW runs."""
    flows = [each for each in measured if each.training == "gradient flow"]
    return flows, [each for each in measured if each.training == "AdamW"]


def at_room(measured: Sequence[Measured], room: int) -> Measured:
    """Return the run with m = room · n."""
    return next(each for each in measured if each.m == room * each.n)


def roomy(measured: Sequence[Measured], room: int) -> list[Measured]:
    """Keep the runs with m ≥ room · n that have usable replicates."""
    return [each for each in measured if each.m >= room * each.n and each.usable.any()]


def left_out(measured: Sequence[Measured]) -> str:
    """Say how many gradient-flow replicates are not results."""
    flows, _ = by_training(measured)
    every = sum(len(each.outcomes) for each in flows)
    missing = every - sum(int(each.usable.sum()) for each in flows)
    if not missing:
        return f"All {every} gradient-flow replicates are certified converged."
    return f"{missing} of {every} gradient-flow replicates did not converge and are left out of every count."


def mean_columns(counts: Integers) -> dict[str, float]:
    """Return a mean count with its 95 % quasi-Poisson interval, as columns of a table; NaN for fewer than two."""
    if len(counts) < 2:
        return dict.fromkeys(("mean", "lower", "upper"), float("nan"))
    mean = stats.mean_count(counts)
    return {"mean": mean.value, "lower": mean.lower, "upper": mean.upper}


def _is_usable(outcome: Outcome, resolved: bool) -> bool:
    return outcome is Outcome.CONVERGED or (outcome is Outcome.FINISHED and resolved)


def _at_rest(run: Run) -> Booleans:
    if run.certificate is None:
        return np.zeros(len(run.outcome), dtype=bool)
    return np.asarray(run.certificate.residual < AT_REST)


def _ranks(run: Run, census: detect.Census) -> tuple[Integers, Booleans]:
    """Rank of the winning weight among each feature's initial ones, and whether it led there with the same sign."""
    neuron = np.maximum(census.neuron, 0)[..., None]
    magnitude = np.abs(run.initial)
    at_winner = np.take_along_axis(magnitude, neuron, axis=2)
    rank = (magnitude > at_winner).sum(axis=2)
    sign = np.sign(np.take_along_axis(run.initial, neuron, axis=2)[..., 0])
    return rank, (rank == 0) & (sign == census.sign) & census.settled
