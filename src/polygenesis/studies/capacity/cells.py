"""The cells of the study: which networks are run, with which penalty, and what is measured in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from polygenesis import detect, theory
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.dynamics import simulate
from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.studies.capacity.clusters import clusters
from polygenesis.studies.paper_runs import FLOW_PENALTY
from polygenesis.studies.starts import Sample
from polygenesis.training import GradientFlow

Role = Literal["penalty", "none", "weak", "cut"]
"""Under which penalty a cell is run: the strength of the other studies, none, a quarter of it, or cut off early."""

FEATURES: dict[Profile, int] = {"quick": 16, "standard": 64, "thorough": 128}

ROOMS: dict[Profile, tuple[float, ...]] = {
    "quick": (0.25, 0.4375, 0.5, 0.75, 1, 2, 8),
    "standard": (0.25, 0.375, 0.4375, 0.5, 0.625, 0.75, 0.875, 1, 1.5, 2, 4, 8, 16, 32),
    "thorough": (0.25, 0.375, 0.4375, 0.5, 0.625, 0.75, 0.875, 1, 1.5, 2, 4, 8, 16, 32),
}
"""Widths in units of n."""

WEAK_ROOMS = (0.75, 1, 2, 8)
"""Widths that are run at a quarter of the penalty too."""

REPLICATES: dict[Profile, tuple[int, int]] = {"quick": (6, 4), "standard": (64, 16), "thorough": (200, 32)}
"""Replicates, with a slot for every feature and without. At the standard profile the standard error of a mean count
is a quarter of a neuron at most, so that an excess of one is seen."""

SPENT = (0.25, 0.5, 1.0, 2.0, 4.0)
"""∫λ dt at which a penalty is cut off: most races end between 1 and 2."""

CUT_ROOM = 2
"""Width, in units of n, at which the penalty is cut off."""

CUT_STRENGTHS = (FLOW_PENALTY, 4 * FLOW_PENALTY)
"""Strengths that are cut off, at the same ∫λ dt."""

SEED = 4
"""Fresh draws: margins were chosen after a look at runs with other seeds."""

CROWDED = GradientFlow(tolerance=1e-5, residual=2.5e-5, max_time=1250.0)
"""For more features than slots, where nothing settles on one neuron: small errors, so that rest can be seen."""

ROTATING = GradientFlow(tolerance=1e-4, residual=2.5e-4)
"""Without a penalty below m = n, where overlaps vanish slowly: rest is a loss of 1e-3."""

REST = 4e-3
"""Fastest move of a live weight at rest (loss's clock): a quarter of what λ = 0.016 does to a weight of its own."""


def plan(profile: Profile) -> dict[tuple[object, ...], RunSpec]:
    """Return every run by its role and width in units of n; a cut by its ∫λ dt and λ."""
    both: tuple[Role, ...] = ("penalty", "none")
    found: dict[tuple[object, ...], RunSpec] = {
        (role, room): _spec(room, role, profile) for room in ROOMS[profile] for role in both
    }
    found |= {("weak", room): _spec(room, "weak", profile) for room in WEAK_ROOMS if room in ROOMS[profile]}
    cuts = [(spent, strength) for spent in SPENT for strength in CUT_STRENGTHS]
    return found | {("cut", spent, strength): _cut(strength, spent, profile) for spent, strength in cuts}


def _spec(room: float, role: Role, profile: Profile) -> RunSpec:
    n = FEATURES[profile]
    many, few = REPLICATES[profile]
    rotating = role == "none" and 0.5 <= room < 1
    return RunSpec(
        model=TiedAutoencoder(n=n, m=round(room * n)),
        penalty=NoPenalty() if role == "none" else L1(FLOW_PENALTY if role == "penalty" else FLOW_PENALTY / 4),
        training=CROWDED if room < 0.5 else ROTATING if rotating else GradientFlow(),
        replicates=few if room < 0.5 else many,
        seed=SEED,
    )


def _cut(strength: float, spent: float, profile: Profile) -> RunSpec:
    return _spec(CUT_ROOM, "penalty", profile).replace(
        penalty=L1(strength), training=GradientFlow(max_time=spent / strength)
    )


@dataclass(frozen=True, eq=False)
class Cell:
    """One width and penalty, as measured; one value a replicate (r,) unless stated otherwise.

    ``usable``: certified converged; ``counts`` (u,): polysemantic neurons of these. ``resting``: nothing moves,
    whatever it came to. ``loss``: without the penalty; ``told``: the loss that a network of its norms has at rest
    (:func:`polygenesis.theory.loss_at_rest`). ``capacity``: Σ C_i; ``rank``: dimensions in use. ``moved`` (u,):
    settled features that leave their neuron once the penalty is gone (of every network where it is cut off early), and
    ``later`` (u,): features that have settled then. ``clusters``: how often each kind was found.
    """

    role: Role
    spec: RunSpec
    usable: Booleans
    counts: Integers
    resting: Booleans
    dead: Integers
    settled: Integers
    loss: Floats
    told: Floats
    capacity: Floats
    rank: Integers
    moved: Integers
    later: Integers
    clusters: Counter[str]

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    def sample(self, values: Any, kept: Booleans | None = None) -> Sample:
        """Return values of all replicates, or of those that are kept, with the starts of these."""
        return Sample.of(self.spec, values, kept)

    @property
    def counted(self) -> Sample:
        """:attr:`counts` with their starts."""
        return self.sample(self.counts, self.usable)

    @property
    def room(self) -> float:
        """Neurons a feature."""
        return self.m / self.n

    @property
    def spent(self) -> float:
        """∫λ dt until the penalty was cut off."""
        assert isinstance(self.spec.training, GradientFlow)
        return self.spec.penalty.strength * (self.spec.training.max_time or np.inf)

    @property
    def is_crowded(self) -> bool:
        """Whether there is not a slot for every feature."""
        return self.n > 2 * self.m

    @property
    def forced(self) -> int:
        """Polysemantic neurons that must be: max(0, n − m), and every neuron where there is no slot for all."""
        return min(self.m, max(0, self.n - self.m))

    @property
    def unplaced(self) -> int:
        """Features without a slot."""
        return int(float(theory.unplaced_features(self.n, self.m)))

    @property
    def shared(self) -> Floats:
        """Dimensions that features share, in any basis: n − Σ C_i, (r,)."""
        return self.n - self.capacity


def cells(runs: Mapping[tuple[Any, ...], Run]) -> list[Cell]:
    """Measure every run."""
    return [measure(name[0], run) for name, run in runs.items()]


def measure(role: Role, run: Run) -> Cell:
    """Read everything off one run; remove the penalty where networks have converged with one."""
    assert run.certificate is not None
    census, weights, penalty = detect.census(run.final), run.final, run.spec.penalty.strength
    n, m = run.spec.model.n, run.spec.model.m
    squared, l1 = (weights**2).sum(axis=(1, 2)), np.abs(weights).sum(axis=(1, 2))
    seen = [each for w in weights for each in clusters(w)] if role == "penalty" and n > 2 * m else []
    freed = {"penalty": run.converged, "cut": np.ones(len(weights), dtype=bool)}.get(role, np.zeros(len(weights), bool))
    moved, later = _freed(run, census, freed)
    return Cell(
        role=role,
        spec=run.spec,
        usable=run.converged,
        counts=census.polysemantic[run.converged],
        resting=np.asarray(run.certificate.residual <= REST),
        dead=census.dead_features,
        settled=census.settled_features,
        loss=detect.reconstruction_loss(weights),
        told=np.asarray(theory.loss_at_rest(n, squared, l1_norm=l1, penalty=penalty)),
        capacity=detect.capacities(weights).sum(axis=1),
        rank=detect.numerical_rank(weights),
        moved=moved,
        later=later,
        clusters=Counter(str(each) for each in seen),
    )


def _freed(run: Run, census: detect.Census, rows: Booleans) -> tuple[Integers, Integers]:
    """Let some networks train on without their penalty; count settled features that leave, and all that settle."""
    if not rows.any():
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    free = run.spec.replace(penalty=NoPenalty(), replicates=int(rows.sum()), training=GradientFlow())
    end = detect.census(simulate(free, initial_weights=run.final[rows]).final)
    same = (end.neuron == census.neuron[rows]) & (end.sign == census.sign[rows]) & end.settled
    return np.asarray((census.settled[rows] & ~same).sum(axis=1)), end.settled_features
