"""Counts of networks that any engine trained: how many polysemantic neurons the replicates that are results have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import detect
from polygenesis.arrays import Booleans, Integers
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.starts import Sample

ENDED = (Outcome.CONVERGED, Outcome.AT_REST, Outcome.FINISHED)
"""Outcomes whose counts are results, if every feature settled too."""


@dataclass(frozen=True, eq=False)
class Counted:
    """One run: ``usable`` (r,), ``polysemantic`` (r,) neurons, and the ``pairs`` of features that share one."""

    spec: RunSpec
    usable: Booleans
    polysemantic: Integers
    pairs: detect.Collisions

    @property
    def counts(self) -> Integers:
        """Polysemantic neurons of the usable replicates."""
        return self.polysemantic[self.usable]

    @property
    def sample(self) -> Sample:
        """:attr:`counts` with their starts."""
        return Sample.of(self.spec, self.counts, self.usable)


def count(run: Run) -> Counted:
    """Read the counts off a run."""
    census = detect.census(run.final)
    ended = np.array([each in ENDED for each in run.outcome])
    return Counted(run.spec, ended & census.resolved, census.polysemantic, detect.shared_pairs(census))


def left_out(counted: Sequence[Counted]) -> str:
    """Say how many replicates are not results."""
    every = sum(len(each.usable) for each in counted)
    missing = every - sum(int(each.usable.sum()) for each in counted)
    if not missing:
        return f"All {every} replicates came to rest with every feature settled on one neuron."
    return f"{missing} of {every} replicates have a feature that did not settle and are left out of every count."
