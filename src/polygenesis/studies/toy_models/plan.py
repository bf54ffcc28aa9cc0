"""The networks of the study: which toy models are trained at each profile, and how."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from polygenesis.features import Bernoulli
from polygenesis.importance import Equal, Geometric, Importance, Listed
from polygenesis.initial import Xavier
from polygenesis.models import Autoencoder, TiedAutoencoder
from polygenesis.penalties import L1, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.studies.capacity.cells import CROWDED, ROTATING
from polygenesis.studies.paper_runs import FLOW_PENALTY
from polygenesis.training import Adam, GradientFlow

FALLING = 0.7
"""Importance of a feature over that of the one before, of 20 features in 5 dimensions."""

FIVE = 0.9
"""The same of 5 features in 2 dimensions."""

FEW = (1.0, 0.2, 0.05)
"""Densities at which 5 features are trained in 2 dimensions: always on, moderate, sparse."""

SPARSE = 0.05
"""Density of the toys of every width."""

NARROWEST, WIDEST = 0.25, 4.0
"""Neurons a feature of the narrowest and widest networks."""

Way = Literal["toy", "L1", "one-hot"]
"""How networks of every width are trained: sparse features that meet, or one at a time with and without a penalty."""

Name = tuple[Any, ...]
"""A run's name: its role, then density and importance, or way and width."""


@dataclass(frozen=True)
class Design:
    """What a profile trains.

    ``falling``, ``equal``: densities of features of falling and of equal importance, with their replicates ``few``.
    ``size``: n and m of equal importance. ``five``: replicates of 5 features in 2 dimensions. ``grid``: densities and
    importances of the phase diagrams, of which the best of ``tries`` is taken. ``features``, ``rooms``, ``networks``:
    of the networks of every width. ``steps``: of training, and of the phase diagrams.
    """

    falling: tuple[float, ...]
    equal: tuple[float, ...]
    size: tuple[int, int]
    few: int
    five: int
    grid: tuple[int, int]
    tries: int
    features: int
    rooms: tuple[float, ...]
    networks: int
    steps: tuple[int, int]


ROOMS = (NARROWEST, 0.5, 0.75, 1.0, 1.5, 2.0, WIDEST)
"""Neurons a feature."""


def _densities(least: float, number: int) -> tuple[float, ...]:
    """Return densities from 1 down to the least, evenly on a log scale."""
    return tuple(float(f"{p:.3g}") for p in np.geomspace(1, least, number))


DESIGNS: dict[Profile, Design] = {
    "quick": Design(
        (1.0, 0.1), _densities(0.03, 5), (20, 4), 2, 4, (3, 4), 4, 8, (NARROWEST, 0.5, 1.0, 2.0), 4, (1000, 500)
    ),
    "standard": Design(
        (1.0, 0.1, 0.01),
        (*_densities(0.1, 13), 0.05, 0.02, 0.01),
        (48, 6),
        12,
        64,
        (8, 8),
        8,
        32,
        ROOMS,
        48,
        (2000, 1500),
    ),
    "thorough": Design(
        (1.0, 0.1, 0.01),
        (*_densities(0.1, 25), 0.05, 0.02, 0.01),
        (96, 12),
        16,
        200,
        (16, 16),
        16,
        64,
        ROOMS,
        128,
        (10000, 5000),
    ),
}
"""Importances of a grid are even in number, so that none is 1, where the features of a pair can be exchanged.

At the standard profile the networks are as many as it takes to support a share that is 1 within its margin.
"""

SEED = 1
"""Fresh draws: sample sizes were chosen after a look at runs with another seed."""

LEAST_DENSITY = 0.03
"""Of the phase diagrams."""

EXTREME = 10.0
"""Largest importance of the phase diagrams, and the inverse of the smallest."""


def axes(design: Design) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the densities and the importances of the phase diagrams."""
    densities, importances = design.grid
    weights = tuple(float(f"{each:.3g}") for each in np.geomspace(1 / EXTREME, EXTREME, importances))
    return _densities(LEAST_DENSITY, densities), weights


def plan(profile: Profile) -> dict[Name, RunSpec]:
    """Return every run by its role and what is changed within the role."""
    d = DESIGNS[profile]
    steps, short = d.steps
    found: dict[Name, RunSpec] = {("falling", p): toy(20, 5, p, Geometric(FALLING), d.few, steps) for p in d.falling}
    found |= {("equal", p): toy(*d.size, p, Equal(), d.few, steps) for p in d.equal}
    found |= {("five", p): toy(5, 2, p, Geometric(FIVE), d.five, steps) for p in FEW}
    densities, importances = axes(d)
    for role, n in (("pair", 2), ("triple", 3)):
        for number, (p, weight) in enumerate(itertools.product(densities, importances)):
            last = Listed((1.0,) * (n - 1) + (weight,))
            spec = toy(n, n - 1, p, last, d.tries, short)
            found[role, p, weight] = spec.replace(seed=SEED + number)  # cells are counted: none shares its starts
    return found | dict(_every_width(d))


def toy(n: int, m: int, density: float, importance: Importance, replicates: int, steps: int) -> RunSpec:
    """Return the toy model of superposition: tied, an output bias and ReLU, uniform features, Adam on fresh inputs."""
    return RunSpec(
        model=Autoencoder(n, m, tied=True, output_bias=True),
        features=Bernoulli(density, magnitude="uniform"),
        penalty=NoPenalty(),
        initial=Xavier(),
        training=Adam(lr=0.01, steps=steps, batch_size=256, schedule="cosine"),
        importance=importance,
        replicates=replicates,
        precision="float32",
        seed=SEED,
    )


def _every_width(d: Design) -> Iterator[tuple[Name, RunSpec]]:
    """Yield the networks of every width, each trained in three ways."""
    n = d.features
    for room in d.rooms:
        m = round(room * n)
        yield ("width", "toy", room), toy(n, m, SPARSE, Equal(), max(2, d.networks // 8), d.steps[0])
        for way in ("L1", "one-hot"):
            yield ("width", way, room), _one_hot(n, m, way, d.networks)


def _one_hot(n: int, m: int, way: str, replicates: int) -> RunSpec:
    """Return the paper's own network with or without its penalty, trained as in the study `capacity`."""
    crowded, rotating = 2 * m < n, way == "one-hot" and m < n
    return RunSpec(
        model=TiedAutoencoder(n, m),
        penalty=L1(FLOW_PENALTY) if way == "L1" else NoPenalty(),
        training=CROWDED if crowded else ROTATING if rotating else GradientFlow(),
        replicates=max(2, replicates // 4) if crowded else replicates,
        seed=SEED,
    )
