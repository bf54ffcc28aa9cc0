"""Every forecaster on every run: who was named, who won, with which chance, at what cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from polygenesis import detect, theory
from polygenesis.arrays import Booleans, Floats, Integers, Weights
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.measurements import Measured, Name, measure_all
from polygenesis.theory.winners import Winners
from polygenesis.training import AdamW

INITIAL, RELAXED, HURRIED, RACED, TENTH, FIFTH = (
    "initial weights",
    "relaxed",
    "hurried race",
    "early race",
    "a tenth of AdamW",
    "a fifth of AdamW",
)
"""The weights that forecasts are read from."""

LEADER, ASSIGNED = "leader", "assignment"
"""The two ways of reading a forecast from weights."""

ADAM_STEPS = {TENTH: 0.1, FIFTH: 0.2}
"""Shares of AdamW's steps after which its own weights are read."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """What was forecast from one kind of weights of one run, for its u usable replicates.

    ``named``: rule → whether the named slot (neuron and sign) won, (u, n). ``evaluations`` (u,): gradient evaluations
    spent; ``cost`` (u,): as a share of the run's. For the h held-out replicates (every second one): ``chance`` (h, n)
    of the assigned slot (softmax, then Platt's line, both fitted to the other replicates), ``held_out`` (h,) which they
    are, and for every neuron whether it became polysemantic, ``polysemantic`` (h, m), with the chance that was given,
    ``sharing`` (h, m).
    """

    spec: RunSpec
    source: str
    named: dict[str, Booleans]
    evaluations: Integers
    cost: Floats
    held_out: Integers
    chance: Floats
    sharing: Floats
    polysemantic: Booleans
    sharpness: float

    @property
    def training(self) -> str:
        """The way of training, in words."""
        return "AdamW" if isinstance(self.spec.training, AdamW) else "gradient flow"

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    @cached_property
    def hit(self) -> Booleans:
        """Whether the assigned slots of held-out replicates won, (h, n)."""
        return self.named[ASSIGNED][self.held_out]


FEWEST = 4
"""Usable replicates that a forecast needs: two to fit its chances, two to test them."""


def forecast_all(runs: Mapping[Name, Run]) -> list[Forecast]:
    """Forecast every run from everything that can be had before it ends; runs with too few results are left out."""
    measured = measure_all(runs)
    enough = [name for name, each in measured.items() if each.usable.sum() >= FEWEST]
    return [found for name in enough for found in forecast(runs[name], measured[name])]


def forecast(run: Run, measured: Measured) -> list[Forecast]:
    """Make every forecast of one run."""
    usable = measured.usable
    census = detect.census(run.final[usable])
    won = Winners(census.neuron, census.sign)
    spent = run.evaluations[usable]
    return [_read(run.spec, source, weights, won, cost, spent) for source, weights, cost in _sources(run, usable)]


def _sources(run: Run, usable: Booleans) -> list[tuple[str, Weights, Integers]]:
    """The weights that forecasts are read from, with the gradient evaluations that they took."""
    start = run.initial[usable]
    relaxed = theory.relaxation(start, duration=theory.winners.RELAXED)
    found = [
        (INITIAL, start, np.zeros(len(start), dtype=np.int64)),
        (RELAXED, relaxed.weights, relaxed.evaluations),
    ]
    strength = run.spec.penalty.strength
    if isinstance(run.spec.training, AdamW):
        assert run.trajectory is not None
        steps = run.spec.training.steps
        for index, (source, part) in enumerate(ADAM_STEPS.items()):
            taken = np.full(len(start), round(part * steps))
            found.append((source, run.trajectory[usable, index], taken))
        return found
    hurried = theory.hurried_race(start, penalty=strength)
    raced = theory.relaxation(start, duration=theory.winners.RACED / strength, penalty=strength)
    return [
        *found,
        (HURRIED, hurried.weights, hurried.evaluations),
        (RACED, raced.weights, raced.evaluations),
    ]


def _read(
    spec: RunSpec, source: str, weights: Weights, won: Winners, evaluations: Integers, spent: Integers
) -> Forecast:
    """Name winners by both rules; fit the sharpness to every other replicate, give chances for the rest."""
    assigned = theory.assignment(weights)
    every = np.arange(len(weights))
    fitted, held_out = every[::2], every[1::2]
    sharpness = theory.fit_sharpness(weights[fitted], Winners(won.neuron[fitted], won.sign[fitted]))
    right, chance, sharing = _same(assigned, won), [], []
    for replicate in every:  # one at a time: chances take four times the room of the weights
        chances = theory.slot_chances(weights[replicate][None], sharpness)
        side = (assigned.sign[replicate] < 0).astype(int)
        chance.append(chances[0, np.arange(weights.shape[1]), side, assigned.neuron[replicate]])
        sharing.append(theory.shared_chances(chances)[0] if replicate in held_out else None)
    return Forecast(
        spec=spec,
        source=source,
        named={LEADER: _same(theory.leaders(weights), won), ASSIGNED: right},
        evaluations=evaluations,
        cost=evaluations / spent,
        held_out=held_out,
        chance=recalibrated(np.array(chance)[fitted], right[fitted], np.array(chance)[held_out]),
        sharing=np.array([each for each in sharing if each is not None]),
        polysemantic=won.shared(weights.shape[2])[held_out],
        sharpness=sharpness,
    )


def recalibrated(known: Floats, right: Booleans, given: Floats) -> Floats:
    """Turn raw chances into calibrated ones by Platt's method: logit p′ = a + b logit p, fitted to known outcomes.

    ``known``, ``right``: raw chances and whether they came true, of one shape; ``given``: raw chances to turn. Outcomes
    are smoothed as by Platt (1999), so that chances stay inside (0, 1) where every forecast came true.
    """
    from scipy import optimize, special

    hits, misses = int(right.sum()), int(right.size - right.sum())
    target = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2)).ravel()
    x = _logit(known).ravel()

    def cost(line: Floats) -> float:
        z = line[0] + line[1] * x
        return float(np.mean(np.logaddexp(0, z) - target * z))

    line = optimize.minimize(cost, np.array([0.0, 1.0]), method="BFGS").x
    return np.asarray(special.expit(line[0] + line[1] * _logit(given)))


def _logit(chances: Floats) -> Floats:
    from scipy import special

    return np.asarray(special.logit(np.clip(chances, 1e-6, 1 - 1e-6)))


def _same(named: Winners, won: Winners) -> Booleans:
    return np.asarray((named.neuron == won.neuron) & (named.sign == won.sign))


def at(forecasts: Sequence[Forecast], training: str, source: str, room: int) -> Forecast | None:
    """Return the forecast at m = room · n with the largest n, or None where none could be made."""
    found = [each for each in forecasts if (each.training, each.source) == (training, source)]
    return max((each for each in found if each.m == room * each.n), key=lambda each: each.n, default=None)
