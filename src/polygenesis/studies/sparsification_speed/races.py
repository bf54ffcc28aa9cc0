"""The races behind the study: independent rows, solved exactly, and one by the paper's Euler loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats
from polygenesis.dynamics.race.single_feature import EulerRace, euler_single_feature, single_feature
from polygenesis.studies.base import Profile

NEURONS = 100_000
"""m of E1."""

PENALTY = 1e-5
"""λ of E1, in the paper's clock."""

SCALE = 0.9
"""Standard deviation of a weight at the start in units of 1/√m: the paper starts at |N(0, 0.9/√m)|."""

DRAWS: dict[Profile, int] = {"quick": 4, "standard": 10, "thorough": 64}
"""Independent rows."""

TIMES = np.geomspace(10.0, 1e5, 201)
"""Times of the curves (paper's clock); 1e2, 1e3 and 1e4 are among them."""

EULER_UNTIL = 1.0001e4
"""Euler's loop takes a step of 0.5 at a time: it is followed as far as the paper did."""


@dataclass(frozen=True, eq=False)
class Races:
    """Races of independent rows: ``survivors`` and ``l1`` (draws, T), finishing times (draws,), one Euler loop."""

    times: Floats
    survivors: Floats
    l1: Floats
    finishing: Floats
    euler: EulerRace


def measure(draws: int) -> Races:
    """Draw rows as the paper does and solve their races exactly; the first one is also run by Euler's loop."""
    starts = [_start(draw) for draw in range(draws)]
    races = [single_feature(start, penalty=PENALTY, times=TIMES) for start in starts]
    return Races(
        times=TIMES,
        survivors=np.array([race.survivors for race in races], dtype=float),
        l1=np.array([race.l1 for race in races]),
        finishing=np.array([race.finishing_time for race in races]),
        euler=euler_single_feature(starts[0], penalty=PENALTY, times=TIMES[TIMES <= EULER_UNTIL]),
    )


def index(races: Races, time: float) -> int:
    """Return the position of the saved time nearest to ``time``."""
    return int(np.abs(np.log(races.times / time)).argmin())


def _start(draw: int) -> Floats:
    generator = seeds.generator(0, "sparsification-speed", "start", draw)
    row: Floats = np.abs(generator.standard_normal(NEURONS)) * (SCALE / NEURONS**0.5)
    return row
