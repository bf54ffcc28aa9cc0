"""The cells of the study: which networks are run, for what, and what is measured in each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from polygenesis import theory
from polygenesis.arrays import Floats
from polygenesis.detect import ORIGINS, Origin
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.studies.measurements import Measured, measure_all
from polygenesis.studies.paper_runs import FLOW_PENALTY, autoencoder
from polygenesis.studies.published import PENALTY
from polygenesis.training import AdamW, GradientDescent, GradientFlow, Training

Role = Literal["training", "held-out", "dilute", "penalty", "process"]
"""What a cell is for: laws are fitted to *training* and scored on *held-out* cells; the rest is compared with these."""

Grid = tuple[tuple[int, tuple[int, ...]], ...]

TRAINING: dict[Profile, Grid] = {
    "quick": ((16, (1, 2, 4)), (32, (1, 2, 4))),
    "standard": ((32, (1, 2, 4, 8)), (64, (1, 2, 4, 8)), (128, (1, 2, 4, 8))),
    "thorough": ((32, (1, 2, 4, 8, 16)), (64, (1, 2, 4, 8, 16)), (128, (1, 2, 4, 8, 16)), (256, (1, 2, 4, 8))),
}
"""Features, and widths in units of n, to which laws are fitted."""

HELD_OUT: dict[Profile, Grid] = {
    "quick": ((24, (1, 3)),),
    "standard": ((48, (1, 3)), (96, (1, 3)), (192, (1, 2, 4))),
    "thorough": ((48, (1, 3, 6)), (96, (1, 3, 6)), (192, (1, 3, 6)), (384, (1, 2, 4))),
}
"""Cells that no law was fitted to: other n and m/n between, and a larger n beyond."""

DILUTE: dict[Profile, Grid] = {
    "quick": ((8, (4,)),),
    "standard": ((10, (6,)), (16, (8, 16)), (20, (16,))),
    "thorough": ((10, (6,)), (16, (8, 16)), (20, (16,)), (32, (32,))),
}
"""Cells of small θ, with few counts each, where the fitted laws were not seen."""

PENALTIES: dict[Profile, Grid] = {
    "quick": ((32, (1, 2)),),
    "standard": ((64, (1, 2, 4)),),
    "thorough": ((64, (1, 2, 4, 8)), (128, (1, 2, 4))),
}
"""Cells that are run at other strengths too."""

PROCESSES: dict[Profile, Grid] = {
    "quick": ((16, (1, 2)),),
    "standard": ((32, (1, 2, 4)),),
    "thorough": ((64, (1, 2, 4, 8)),),
}
"""Cells that are run by gradient descent and AdamW too."""

STRENGTHS = (FLOW_PENALTY / 4, FLOW_PENALTY * 4)
"""The other strengths λ."""

DESCENT = GradientDescent(lr=0.05, steps=10_000)
"""Full-batch descent to t = 500, about 8/λ, in steps a few times below the largest stable one."""

EVENTS: dict[Profile, tuple[int, int]] = {"quick": (60, 24), "standard": (800, 300), "thorough": (4000, 1500)}
"""Polysemantic neurons wanted in a cell if n²/4m holds, and the most replicates. At a dispersion of ½, 800 give a
standard error of 2.5 %, so that a deviation of 10 % from 5 % is seen with a chance of about 0.6 in one cell."""

FEWEST = 8
"""The fewest replicates of a cell."""

SEED = 2
"""Fresh draws: margins and laws were chosen after a look at runs with other seeds."""


Name = tuple[Role, str, int, int, float]
"""A run's name: what it is for, training, n, m and λ."""


def plan(profile: Profile) -> dict[Name, RunSpec]:
    """Return every run by its name."""
    flow, descent, adam = ("gradient flow", GradientFlow()), ("gradient descent", DESCENT), ("AdamW", AdamW())
    wanted: list[tuple[Role, Grid, tuple[str, Training], float]] = [
        ("training", TRAINING[profile], flow, FLOW_PENALTY),
        ("held-out", HELD_OUT[profile], flow, FLOW_PENALTY),
        ("dilute", DILUTE[profile], flow, FLOW_PENALTY),
        *(("penalty", PENALTIES[profile], flow, strength) for strength in STRENGTHS),
        ("process", PROCESSES[profile], descent, FLOW_PENALTY),
        ("process", PROCESSES[profile], adam, PENALTY),
    ]
    return {
        (role, name, n, m, strength): autoencoder(n, m, strength, training, replicates_of(n, m, profile)).replace(
            seed=SEED
        )
        for role, grid, (name, training), strength in wanted
        for n, m in _sizes(grid)
    }


def replicates_of(n: int, m: int, profile: Profile) -> int:
    """Return as many replicates as give the wanted number of polysemantic neurons."""
    events, most = EVENTS[profile]
    return min(most, max(FEWEST, math.ceil(events * 4 * m / n**2)))


def _sizes(grid: Grid) -> list[tuple[int, int]]:
    return [(n, room * n) for n, rooms in grid for room in rooms]


@dataclass(frozen=True, eq=False)
class Cell:
    """One n, m, λ and way of training: its measurements, and what a hurried race tells of each replicate.

    ``told`` (u,): polysemantic neurons that the assignment after a hurried race expects in each usable replicate;
    empty in cells that no law is held against.
    """

    role: Role
    measured: Measured
    told: Floats

    @property
    def spec(self) -> RunSpec:
        """The run's spec."""
        return self.measured.spec

    @property
    def n(self) -> int:
        """Features."""
        return self.measured.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.measured.m

    @property
    def room(self) -> float:
        """Neurons per feature."""
        return self.m / self.n

    @property
    def training(self) -> str:
        """The way of training, in words."""
        descent = isinstance(self.measured.spec.training, GradientDescent)
        return "gradient descent" if descent else self.measured.training

    @cached_property
    def counts(self) -> Floats:
        """Polysemantic neurons, one a usable replicate (AdamW: as published, any replicate)."""
        return np.asarray(self.measured.counts, dtype=float)

    @cached_property
    def crowding(self) -> float:
        """θ at the start."""
        return float(theory.crowding(self.n, self.m))

    @cached_property
    def slots(self) -> float:
        """The mean of the slot model."""
        return theory.slot_model(self.n, self.m).mean

    @cached_property
    def kept(self) -> float:
        """Share p of features that keep their initial lead, in usable replicates."""
        kept = self.measured.kept_lead[self.measured.usable]
        return float(kept.sum() / (self.n * len(kept))) if len(kept) else math.nan

    def pairs(self, *origins: Origin) -> Floats:
        """Pairs of the given origins that share a neuron at the end, one a usable replicate."""
        columns = [ORIGINS.index(origin) for origin in origins]
        return np.asarray(self.measured.origins[self.measured.usable][:, columns].sum(axis=1), dtype=float)


def cells(runs: Mapping[Name, Run]) -> list[Cell]:
    """Measure every run; forecast the cells that laws are held against."""
    found = []
    for name, each in measure_all(runs).items():
        told = _told(runs[name], each) if name[0] in ("training", "held-out", "dilute") else np.zeros(0)
        found.append(Cell(name[0], each, told))
    return found


def _told(run: Run, measured: Measured) -> Floats:
    start = run.initial[measured.usable]
    if not len(start):
        return np.zeros(0)
    raced = theory.hurried_race(start, penalty=run.spec.penalty.strength)
    return np.asarray(theory.assignment(raced.weights).shared(measured.m).sum(axis=1), dtype=float)


def of(found: Sequence[Cell], *roles: Role) -> list[Cell]:
    """Keep the cells of some roles that have results."""
    return [each for each in found if each.role in roles and len(each.counts)]


def roomy(found: Sequence[Cell], room: float) -> list[Cell]:
    """Keep the cells with m ≥ room · n."""
    return [each for each in found if each.room >= room]
