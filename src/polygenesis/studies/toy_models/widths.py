"""Networks of every width: how many dimensions features share, how many they must, and how many by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import detect, theory
from polygenesis.arrays import Floats, Integers
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.toy_models.plan import Way


@dataclass(frozen=True, eq=False)
class Width:
    """Networks of one width and way: ``shared`` dimensions n − Σ D_i, (r,), and polysemantic neurons ``counts``, (c,).

    Neurons are counted in networks that have converged with a penalty, where alone they mean something; there both
    numbers are the same (docs/theory.md, Capacity 6).
    """

    way: Way
    spec: RunSpec
    room: float
    shared: Floats
    counts: Integers

    @property
    def n(self) -> int:
        """Features."""
        return int(self.spec.model.n)

    @property
    def m(self) -> int:
        """Dimensions."""
        return int(self.spec.model.m)

    @property
    def forced(self) -> int:
        """Dimensions that must be shared: max(0, n − m)."""
        return max(0, self.n - self.m)

    @property
    def chance(self) -> float:
        """Neurons that random slots share, where there is a slot for every feature."""
        return theory.slot_model(self.n, self.m).mean if self.n <= 2 * self.m else float("nan")


def width(way: Way, run: Run, room: float) -> Width:
    """Measure one run."""
    shared = run.spec.model.n - detect.capacities(run.final).sum(axis=1)
    kept = way == "L1" and run.spec.model.n <= 2 * run.spec.model.m
    counts = detect.census(run.final[run.converged]).polysemantic if kept and run.converged.any() else np.zeros(0, int)
    return Width(way, run.spec, room, np.asarray(shared), counts)
