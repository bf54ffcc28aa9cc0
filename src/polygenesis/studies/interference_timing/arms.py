"""The arms of the experiment: one process with interference taken away at some times or between some pairs."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import detect, theory
from polygenesis.arrays import Booleans, Floats, Integers, Weights
from polygenesis.dynamics import initial
from polygenesis.dynamics.run import Run
from polygenesis.initial import Gaussian
from polygenesis.interference import FullInterference, Interference, NoInterference, SameSignOff, SameSignOnly
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.studies.paper_runs import FLOW_PENALTY
from polygenesis.training import GradientFlow

EARLY = theory.winners.RELAXED
"""The first moments, in the loss's clock: 3 % of 1/λ, long before the race thins rows out."""

SHORT = (0.2, 0.5)
"""Norms of rows that start shorter than the paper's, whose norm is 1."""

LATE = 0.5
"""λt when the race is half over: its first half decides nearly everything that it will decide."""

FAILURES = (0.05, 0.5)
"""The failure probabilities δ of the proved bounds."""

EXPECTED = 0.02
"""Leads are first compared with the first-order rate when it expects this share to have changed."""

SIZES: dict[Profile, tuple[int, tuple[int, ...], int]] = {
    "quick": (16, (2,), 6),
    "standard": (128, (2, 8), 16),
    "thorough": (256, (2, 8), 32),
}
"""Features, widths in units of n, and replicates: 2,048 features know a share of winners to about ± 2 %."""

ALONE: dict[Profile, int] = {"quick": 6, "standard": 64, "thorough": 64}
"""Replicates without interference: a mean count is known to about 2 %."""

EARLY_RUNS: dict[Profile, int] = {"quick": 4, "standard": 48, "thorough": 48}
"""Replicates that are followed for the first moments: some 250 changed leads, whose number is known to 10 %."""

WATCHED: dict[Profile, int] = {"quick": 4, "standard": 8, "thorough": 8}
"""Replicates whose weights are kept over time, for the forces on each feature."""

DRAWN: dict[Profile, int] = {"quick": 60, "standard": 250, "thorough": 500}
"""Initial weights a width that are drawn for the largest overlap alone: enough to tell a share of 0.05 from 0.10."""

SWITCHES: dict[Profile, tuple[float, ...]] = {
    "quick": (EARLY, LATE / FLOW_PENALTY),
    "standard": (0.1, 0.5, EARLY, 5.0, 10.0, 20.0, LATE / FLOW_PENALTY, 100.0),
    "thorough": (0.1, 0.2, 0.5, 1.0, EARLY, 5.0, 10.0, 20.0, LATE / FLOW_PENALTY, 60.0, 100.0, 150.0),
}
"""The times t₀ (loss's clock) at which interference is switched on or off."""

END = 200.0
"""The last time at which forces are looked at (loss's clock): the race is over."""


@dataclass(frozen=True, eq=False)
class Arm:
    """One arm at one width. ``kind``: full, never, until, since, same-sign-only, same-sign-off; ``time``: its t₀.

    ``winner`` (r, n): signed number of the neuron where each feature settled, from 1; 0 where it did not.
    ``converged`` (r,); ``shared``, ``same_sign``, ``dead`` (r,): neurons with two or more features, pairs of the same
    sign on one neuron, dead features. ``pairs``: (replicate, first, second feature) of all pairs that share one.
    """

    spec: RunSpec
    winner: Integers
    converged: Booleans
    shared: Integers
    same_sign: Integers
    dead: Integers
    pairs: frozenset[tuple[int, int, int]]

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    @property
    def part(self) -> Interference:
        """What is taken away."""
        return self.spec.interference  # type: ignore[return-value]  # a study has built-in parts

    @property
    def kind(self) -> str:
        """What is taken away, in a word."""
        if isinstance(self.part, NoInterference):
            return "until" if self.part.until is not None else "since" if self.part.since else "never"
        return self.part.kind

    @property
    def time(self) -> float:
        """The time at which interference is switched (loss's clock); NaN where it is not."""
        at = (self.part.until or self.part.since) if isinstance(self.part, NoInterference) else 0.0
        return at or float("nan")

    @property
    def room(self) -> int:
        """Neurons a feature."""
        return self.m // self.n


@dataclass(frozen=True, eq=False)
class Start:
    """Untrained networks whose rows start with a ``norm``; ``share`` (r,): interference's share of force at t = 0."""

    norm: float
    spec: RunSpec
    share: Floats


@dataclass(frozen=True, eq=False)
class Watched:
    """One width watched over time: ``times`` (T,) with 0 first, in the loss's clock.

    ``benefit``, ``interference``, ``penalty`` (r, T, n): norms of the three forces on each feature. ``changed``
    (r, T, n): whether another neuron leads than at the start. ``largest``: the largest |W_i·W_j| of more starts.
    ``proved``: δ → the proved time; ``expected``: when :data:`EXPECTED` of the leads should have changed; ``moved``:
    each of these times → how many leads have changed by then, one a network of a larger number. ``shorter``: networks
    whose rows start with each norm of :data:`SHORT`.
    """

    spec: RunSpec
    early: RunSpec
    shorter: tuple[Start, ...]
    times: Floats
    benefit: Floats
    interference: Floats
    penalty: Floats
    changed: Booleans
    largest: Floats
    proved: dict[float, float]
    expected: float
    moved: dict[float, Integers]

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    @property
    def share(self) -> Floats:
        """Interference over the sum of the three norms, for the whole network, (r, T)."""
        return share_of((self.benefit, self.interference, self.penalty), axis=2)

    @property
    def room(self) -> int:
        """Neurons a feature."""
        return self.m // self.n


Name = tuple[str, int, Interference | None]
"""A run's name: its purpose (arm, watched, early), m in units of n, and what an arm takes away."""


def plan(profile: Profile) -> dict[Name, RunSpec]:
    """Return every run by its name."""
    n, rooms, replicates = SIZES[profile]
    found: dict[Name, RunSpec] = {}
    for room in rooms:
        base = RunSpec(
            TiedAutoencoder(n=n, m=room * n), penalty=L1(FLOW_PENALTY), replicates=replicates, precision="float32"
        )
        for part in _parts(profile):
            more = ALONE[profile] if part == NoInterference() else replicates
            found["arm", room, part] = base.replace(interference=part, replicates=more)
        times = tuple(float(time) for time in np.geomspace(1e-3, END, 17))
        found["watched", room, None] = base.replace(replicates=WATCHED[profile], save=Save(times=times, weights=True))
        found["early", room, None] = _early(base.replace(replicates=EARLY_RUNS[profile]))
    return found


def _parts(profile: Profile) -> Iterator[Interference]:
    yield FullInterference()
    yield NoInterference()
    yield SameSignOnly()
    yield SameSignOff()
    for time in SWITCHES[profile]:
        yield NoInterference(until=time)
        yield NoInterference(since=time)


def _early(base: RunSpec) -> RunSpec:
    """Keep the weights at the proved times and at the time of the first comparison, and stop there."""
    proved, expected = milestones(base.model.n, base.model.m)
    times = tuple(sorted({*proved.values(), expected}))
    return base.replace(training=GradientFlow(max_time=times[-1]), save=Save(times=times, weights=True))


@functools.cache
def milestones(n: int, m: int) -> tuple[dict[float, float], float]:
    """The proved times by δ, and the time at which :data:`EXPECTED` of the leads should have changed."""
    proved = {each: float(theory.lead_time(n, m, penalty=FLOW_PENALTY, failure=each)) for each in FAILURES}
    return proved, EXPECTED / float(theory.first_changes(n, m, 1.0))


def arms(runs: Mapping[Name, Run]) -> list[Arm]:
    """Measure every arm."""
    return [_arm(runs[name]) for name in runs if name[0] == "arm"]


def watched(runs: Mapping[Name, Run], profile: Profile) -> list[Watched]:
    """Measure every watched run."""
    rooms = [room for purpose, room, _ in runs if purpose == "watched"]
    return [_watched(runs["watched", room, None], runs["early", room, None], DRAWN[profile]) for room in rooms]


def _arm(run: Run) -> Arm:
    census = detect.census(run.final)
    pairs = detect.shared_pairs(census)
    return Arm(
        spec=run.spec,
        winner=np.where(census.settled, (census.neuron + 1) * census.sign, 0),
        converged=run.converged,
        shared=census.shared,
        same_sign=pairs.same_counts,
        dead=census.dead_features,
        pairs=frozenset(zip(pairs.replicate.tolist(), pairs.first.tolist(), pairs.second.tolist(), strict=True)),
    )


def _watched(run: Run, early: Run, drawn: int) -> Watched:
    assert run.trajectory is not None
    n, m = run.spec.model.n, run.spec.model.m
    states = [run.initial, *np.moveaxis(run.trajectory, 1, 0)]
    found = [np.stack(each, axis=1) for each in zip(*(forces(state, FLOW_PENALTY) for state in states), strict=True)]
    leads = [detect.leads(state) for state in states]
    changed = np.stack([lead.neuron != leads[0].neuron for lead in leads], axis=1)
    proved, expected = milestones(n, m)
    return Watched(
        spec=run.spec,
        early=early.spec,
        shorter=tuple(_start(run.spec, norm) for norm in SHORT),
        times=np.array([0.0, *run.times]),
        benefit=found[0],
        interference=found[1],
        penalty=found[2],
        changed=changed,
        largest=largest_overlaps(run.spec.replace(replicates=drawn, save=Save())),
        proved=proved,
        expected=expected,
        moved=_moved(early),
    )


def _start(base: RunSpec, norm: float) -> Start:
    spec = base.replace(initial=Gaussian(norm * base.model.m**-0.5), save=Save())
    return Start(norm, spec, share_of(forces(np.stack(list(initial(spec))), FLOW_PENALTY), axis=1))


def share_of(parts: Sequence[Floats], axis: int) -> Floats:
    """Interference over the sum of the three norms, from those of each feature along ``axis``."""
    norms = [np.sqrt((each**2).sum(axis=axis)) for each in parts]
    return np.asarray(norms[1] / sum(norms))


def _moved(early: Run) -> dict[float, Integers]:
    """How many leads have changed by each saved time, (r,) each."""
    assert early.trajectory is not None
    first = detect.leads(early.initial).neuron
    states = np.moveaxis(early.trajectory, 1, 0)
    counts = [(detect.leads(state).neuron != first).sum(axis=1) for state in states]
    return {float(time): count for time, count in zip(early.times, counts, strict=True)}


def largest_overlaps(spec: RunSpec) -> Floats:
    """Return the largest |W_i·W_j|, i ≠ j, at the start of every replicate, (r,)."""
    found = []
    for weights in initial(spec):
        overlaps = np.abs(weights @ weights.T)
        np.fill_diagonal(overlaps, 0)
        found.append(float(overlaps.max()))
    return np.array(found)


def forces(weights: Weights, strength: float) -> tuple[Floats, Floats, Floats]:
    """Return the norms of the three forces on each feature (loss's clock), (r, n) each, from weights (r, n, m).

    Feature benefit 4 (1 − ‖W_i‖²) W_i, interference 4 Σ_{j≠i} ReLU(W_i·W_j) W_j, penalty λ sign W_i.
    """
    w = np.asarray(weights, dtype=np.float64)
    overlap = np.maximum(w @ w.transpose(0, 2, 1), 0)
    squared = np.diagonal(overlap, axis1=1, axis2=2).copy()
    for each in overlap:
        np.fill_diagonal(each, 0.0)
    benefit = 4 * np.abs(1 - squared) * np.sqrt(squared)
    return benefit, 4 * np.linalg.norm(overlap @ w, axis=2), strength * np.sqrt(np.count_nonzero(w, axis=2))
