"""Collisions followed through saved weights: what was forecast of each at each time, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import detect
from polygenesis.arrays import Booleans, Floats, Integers, Weights
from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.studies.measurements import AT_REST
from polygenesis.studies.paper_runs import FLOW_PENALTY

AT = 0.2
"""λt of the forecast that is judged: a tenth of a race, which ends at a λt of about 2."""

ROOM = 2
"""Forecasts are judged at m = 2n, where most collisions are not decided by their signs."""

AHEAD = 0.1
"""How long before the decision a forecast should be right, in λt."""

SIZES: dict[Profile, tuple[int, tuple[int, ...], int]] = {
    "quick": (16, (2,), 8),
    "standard": (128, (2, 8), 20),
    "thorough": (256, (2, 8), 32),
}
"""Features, widths in units of n, and replicates: some 200 pairs of which one feature leaves, a share known to 6 %."""

GRID = (0.03, 0.06, 0.1, 0.15, AT, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5)
"""Saved times, in λt."""

DECIDED = 0.5
"""A feature is decided once its second weight is below this share of its largest, for good."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Pairs that lead on one neuron at one time of converged networks, (c,) each.

    ``time``: λt. ``rates``: the forces. ``stayed``: both features settled there with these signs. ``left`` (c, 2):
    which did not. ``overlap``: the pair's initial overlap. ``decided``: λt of the decision, NaN where it is not reached
    within the saved times.
    """

    time: float
    rates: detect.LeadRates
    stayed: Booleans
    left: Booleans
    overlap: Floats
    decided: Floats

    @property
    def network(self) -> Integers:
        """The network of each pair, (c,)."""
        return self.rates.pairs.replicate


@dataclass(frozen=True, eq=False)
class Followed:
    """One run: its snapshots in the order of time, and its pairs of the same sign.

    ``same`` (k,): pairs of the same sign that led together at a saved time or the start, a network at rest each;
    ``survivors`` (k,): those of them that share the neuron with one sign at the end; ``pairs_at_rest`` (k,): all pairs
    that share a neuron there.
    """

    spec: RunSpec
    networks: int
    usable: int
    snapshots: tuple[Snapshot, ...]
    same: Integers
    survivors: Integers
    pairs_at_rest: Integers

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    @property
    def room(self) -> int:
        """Neurons a feature."""
        return self.m // self.n

    def at(self, time: float) -> Snapshot:
        """The snapshot at a saved time."""
        return min(self.snapshots, key=lambda each: abs(each.time - time))


def plan(profile: Profile) -> dict[int, RunSpec]:
    """Return one run a width (in units of n), with its weights at the saved times."""
    n, rooms, replicates = SIZES[profile]
    times = tuple(each / FLOW_PENALTY for each in GRID)
    return {
        room: RunSpec(
            TiedAutoencoder(n=n, m=room * n),
            penalty=L1(FLOW_PENALTY),
            replicates=replicates,
            precision="float32",
            save=Save(times=times, weights=True),
        )
        for room in rooms
    }


def followed(run: Run) -> Followed:
    """Read every snapshot of a run, the start included."""
    assert run.trajectory is not None
    assert run.certificate is not None
    states = [run.initial, *np.moveaxis(run.trajectory, 1, 0)]
    times = np.array([0.0, *run.times]) * FLOW_PENALTY
    rest = run.certificate.residual < AT_REST
    use = np.flatnonzero(run.converged)
    census = detect.census(run.final[use])
    leads = np.stack([detect.leads(state[use]).neuron for state in states], axis=1)
    ratios = np.stack([_second_share(state[use]) for state in states], axis=1)
    start = np.asarray(run.initial[use], dtype=np.float64)
    overlaps = np.einsum("aik,ajk->aij", start, start)
    snapshots = [
        _snapshot(float(time), state[use], census, leads, ratios, overlaps, times)
        for time, state in zip(times, states, strict=True)
    ]
    same, survivors = _same_sign([state[rest] for state in states], run.final[rest])
    return Followed(
        spec=run.spec,
        networks=len(run.final),
        usable=len(use),
        snapshots=tuple(snapshots),
        same=same,
        survivors=survivors,
        pairs_at_rest=detect.shared_pairs(detect.census(run.final[rest])).counts,
    )


def _snapshot(
    time: float,
    weights: Weights,
    census: detect.Census,
    leads: Integers,
    ratios: Floats,
    overlaps: Floats,
    times: Floats,
) -> Snapshot:
    rates = detect.lead_rates(weights)
    pairs = rates.pairs
    a, k = pairs.replicate, pairs.neuron
    left = []
    for feature in (pairs.first, pairs.second):
        sign = np.sign(weights[a, feature, k])
        left.append(~((census.neuron[a, feature] == k) & (census.sign[a, feature] == sign)))
    stayed = ~(left[0] | left[1])
    return Snapshot(
        time=time,
        rates=rates,
        stayed=stayed,
        left=np.stack(left, axis=1),
        overlap=overlaps[a, pairs.first, pairs.second],
        decided=_decisions(pairs, stayed, leads, ratios, times),
    )


def _decisions(pairs: detect.Collisions, stayed: Booleans, leads: Integers, ratios: Floats, times: Floats) -> Floats:
    """When each pair parted for good, or when both of its features were past being overtaken, (c,); NaN if never."""
    a, k = pairs.replicate[:, None], pairs.neuron[:, None]
    every = np.arange(len(times))
    first, second = pairs.first[:, None], pairs.second[:, None]
    together = (leads[a, every, first] == k) & (leads[a, every, second] == k)
    contested = np.maximum(ratios[a, every, first], ratios[a, every, second]) >= DECIDED
    open_ = np.where(stayed[:, None], contested | ~together, together)
    last = np.where(open_.any(axis=1), len(times) - open_[:, ::-1].argmax(axis=1), 0)
    return np.asarray(np.append(times, np.nan)[last])


def _second_share(weights: Weights) -> Floats:
    """The second largest |weight| of each feature over its largest, (r, n); 0 for a feature without weights."""
    top = np.partition(np.abs(weights), -2, axis=2)[:, :, -2:].astype(np.float64)
    return np.asarray(np.divide(top[..., 0], top[..., 1], out=np.zeros(top.shape[:2]), where=top[..., 1] > 0))


def _same_sign(states: list[Weights], final: Weights) -> tuple[Integers, Integers]:
    """Pairs that led on one neuron with one sign at some time, and those that share it so at the end, (k,) each."""
    known: set[tuple[int, ...]] = set()
    for state in states if len(final) else []:
        pairs = detect.collisions(state)
        known |= _names(pairs.select(~pairs.opposite))
    end = detect.shared_pairs(detect.census(final)) if len(final) else None
    survivors = known & _names(end.select(~end.opposite)) if end is not None else set()
    counts = [np.bincount([each[0] for each in names], minlength=len(final)) for names in (known, survivors)]
    return counts[0], counts[1]


def _names(pairs: detect.Collisions) -> set[tuple[int, ...]]:
    columns = (pairs.replicate, pairs.neuron, pairs.first, pairs.second)
    return set(zip(*(column.tolist() for column in columns), strict=True))
