"""Two features alone that co-occur: thresholds by direct flows, and how many collisions survive from random starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import seeds, theory
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.studies.base import Profile

RATIOS: dict[Profile, tuple[float, ...]] = {
    "quick": (0.5,),
    "standard": (0.2, 0.4, 0.6, 0.8),
    "thorough": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
}
"""Second weights over largest ones at which thresholds are sought."""

PENALTY = 0.01
"""λ of the direct flows."""

AROUND = tuple(1 + 0.005 * k for k in range(-20, 21))
"""The co-occurrences that are tried, over the formula's: a threshold is known to 0.5 %."""

PENALTIES = (0.02, 0.08)
"""The two λ whose survival is compared at equal c/λ."""

CO_OCCURRENCES = (0.05, 0.2, 0.5, 1.0, 2.0)
"""c in units of λ."""

STARTS: dict[Profile, int] = {"quick": 60, "standard": 600, "thorough": 2000}
"""Colliding Gaussian starts: 600 know a difference of two shares to 0.05."""

NEURONS = 3
"""Neurons of the random starts."""

STEP = 0.05
"""Step of the flows (loss's clock): the stiffest rate is about 16."""

OVER = 8.0
"""λt at which a pair is at rest."""


@dataclass(frozen=True)
class Threshold:
    """A critical co-occurrence: by formula, and between which values direct flows change their fate."""

    neurons: int
    ratio: float
    formula: float
    below: float
    above: float

    @property
    def found(self) -> float:
        """The middle of the bracket."""
        return (self.below + self.above) / 2


@dataclass(frozen=True, eq=False)
class Survival:
    """Colliding starts at one λ and c: which stayed, and which the closed form said would, (s,) each."""

    penalty: float
    co_occurrence: float
    stayed: Booleans
    forecast: Booleans


def divided(profile: Profile) -> list[Threshold]:
    """Find every threshold by direct flows on both sides of it."""
    return [each for neurons in (2, 3) for each in _divide(neurons, np.array(RATIOS[profile]))]


def _divide(neurons: int, ratios: Floats) -> list[Threshold]:
    formula = theory.critical_co_occurrence(ratios, penalty=PENALTY, neurons=neurons).array
    tried = formula[:, None] * np.array(AROUND)
    a, u = 1 / np.sqrt(1 + ratios**2), ratios / np.sqrt(1 + ratios**2)
    start = np.zeros((len(ratios), 1, 2, neurons))
    start[:, 0, 0, 0], start[:, 0, 0, 1], start[:, 0, 1, 0] = a, u, -a if neurons == 3 else -1.0
    if neurons == 3:
        start[:, 0, 1, 2] = u
    end = theory.relax_pair(start, penalty=PENALTY, co_occurrence=tried, time=OVER / PENALTY, step=STEP)
    stays = np.asarray((np.abs(end[..., 0]) > 0.3).all(axis=-1))
    return [
        Threshold(neurons, float(ratio), float(at), *_bracket(tried[row], stays[row]))
        for row, (ratio, at) in enumerate(zip(ratios, formula, strict=True))
    ]


def _bracket(tried: Floats, stays: Booleans) -> tuple[float, float]:
    """The largest co-occurrence up to which all pairs stay, and the next one; 0 or infinity beyond what was tried."""
    edges = np.array([0.0, *tried, np.inf])
    number = int(np.argmin(np.append(stays, False)))
    return float(edges[number]), float(edges[number + 1])


def simulated(profile: Profile) -> list[Survival]:
    """Follow colliding Gaussian starts at every λ and c."""
    return [each for penalty in PENALTIES for each in _survivals(penalty, STARTS[profile])]


def _survivals(penalty: float, number: int) -> list[Survival]:
    ratios = np.array(CO_OCCURRENCES)[:, None]
    start = np.stack([colliding(number, f"{penalty:g}/{ratio:g}") for ratio in CO_OCCURRENCES])
    neuron = np.abs(start).argmax(axis=-1)
    chance = penalty * ratios
    settled = theory.relax_pair(start, penalty=penalty, co_occurrence=chance, time=theory.winners.RELAXED, step=STEP)
    end = np.abs(theory.relax_pair(settled, penalty=penalty, co_occurrence=chance, time=OVER / penalty, step=STEP))
    stayed = ((end.argmax(axis=-1) == neuron) & (end.max(axis=-1) > 0.5)).all(axis=-1)
    return [
        Survival(penalty, float(c), stayed[row], forecast(settled[row], neuron[row], penalty, float(c)))
        for row, c in enumerate(chance[:, 0])
    ]


def forecast(weights: Floats, neuron: Integers, penalty: float, co_occurrence: float) -> Booleans:
    """Say which pairs stay on their neuron by the closed form with the larger τ; ``weights`` (s, 2, m), result (s,)."""
    size = np.sort(np.abs(weights), axis=2)
    ratio = np.divide(size[..., -2], size[..., -1], out=np.ones(size.shape[:2]), where=size[..., -1] > 0)
    tau = np.clip(ratio.max(axis=1), 1e-6, 1 - 1e-6)
    critical = theory.critical_co_occurrence(tau, penalty=penalty, neurons=3).array
    there = (np.abs(weights).argmax(axis=2) == neuron).all(axis=1)
    return np.asarray(there & (co_occurrence < critical))


def colliding(number: int, name: str) -> Floats:
    """Draw Gaussian starts, (number, 2, m), whose features lead on one neuron with opposite signs."""
    generator = seeds.generator(0, "collision-criterion", name)
    found: list[Floats] = []
    while sum(map(len, found)) < number:
        w = generator.normal(0, NEURONS**-0.5, (8 * number, 2, NEURONS))
        neuron = np.abs(w).argmax(axis=2)
        sign = np.sign(np.take_along_axis(w, neuron[..., None], axis=2)[..., 0])
        found.append(w[(neuron[:, 0] == neuron[:, 1]) & (sign[:, 0] != sign[:, 1])])
    return np.concatenate(found)[:number]
