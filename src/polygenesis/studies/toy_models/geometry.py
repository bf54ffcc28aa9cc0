"""What arrangement the features of a toy model are in: dimensions a feature, uniform polytopes, pentagons and pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from polygenesis import detect
from polygenesis.arrays import Booleans, Floats
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec

REPRESENTED = 0.5
"""Norm from which a feature counts as represented: those that are not end near 0, the others near 1."""

POLYTOPES: Mapping[str, tuple[int, int]] = {
    "alone": (1, 1),
    "tetrahedron": (4, 3),
    "triangle": (3, 2),
    "digon": (2, 1),
    "pentagon": (5, 2),
    "square antiprism": (8, 3),
}
"""Uniform polytopes: how many features in how many dimensions (arXiv:2209.10652, “The Geometry of Superposition”)."""

FRACTIONS: Mapping[str, float] = {name: m / n for name, (n, m) in POLYTOPES.items()}
"""Dimensions a feature of each: in a uniform arrangement that fills its dimensions, all features have the same."""

NEAR = 0.025
"""A dimensionality is that of a polytope when it lies at most so far from its fraction."""

STICKY = 0.05
"""Dimensions per feature stay on a plateau when they lie at most so far from it."""

ANGLE = 15.0
"""Neighbours in a pentagon are 72° apart, give or take so many degrees."""

Arrangement = Literal["orthogonal", "two pairs", "pentagon", "other"]
"""Of five features in two dimensions."""


@dataclass(frozen=True, eq=False)
class Toy:
    """Trained toys of one spec: ``density`` p, final ``weights`` (r, n, m)."""

    spec: RunSpec
    density: float
    weights: Floats

    @classmethod
    def of(cls, run: Run, density: float) -> Toy:
        """Take the weights of a run."""
        return cls(run.spec, density, np.asarray(run.final, dtype=np.float64))

    @property
    def m(self) -> int:
        """Dimensions."""
        return int(self.weights.shape[2])

    @property
    def dimensionality(self) -> Floats:
        """D_i of every feature, (r, n)."""
        return detect.feature_dimensionality(self.weights)

    @property
    def represented(self) -> Booleans:
        """Which features have a norm of :data:`REPRESENTED` or more, (r, n)."""
        return np.asarray(detect.row_norms(self.weights) >= REPRESENTED)

    @property
    def per_feature(self) -> Floats:
        """Dimensions per feature, D* = m/‖W‖², (r,)."""
        return np.asarray(self.m / (self.weights**2).sum(axis=(1, 2)))

    @property
    def on_polytope(self) -> Booleans:
        """Which features are represented with the dimensionality of a uniform polytope, (r, n)."""
        return self.represented & near_fraction(self.dimensionality)

    @property
    def arrangements(self) -> list[Arrangement]:
        """What each network's features are arranged in, if there are five in two dimensions."""
        return [arrangement(w) for w in self.weights]


def near_fraction(dimensionality: Floats) -> Booleans:
    """Return which dimensionalities are those of a uniform polytope, in the shape given."""
    gaps = np.abs(dimensionality[..., None] - np.array(list(FRACTIONS.values())))
    return np.asarray(gaps.min(axis=-1) <= NEAR)


def by_chance() -> float:
    """Return the share of dimensionalities that would be near a polytope's, were they uniform from 3/8 to 1."""
    grid = np.linspace(min(FRACTIONS.values()), max(FRACTIONS.values()), 100_001)
    return float(near_fraction(grid).mean())


def arrangement(weights: Floats) -> Arrangement:
    """Name the arrangement of the represented features among five in two dimensions, (5, 2).

    >>> arrangement(np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1], [0, 0]]))
    'two pairs'
    """
    kept = weights[detect.row_norms(weights)[0] >= REPRESENTED]
    found = detect.feature_dimensionality(kept)[0] if len(kept) else np.zeros(0)
    if len(kept) == 2 and (np.abs(found - 1) <= STICKY).all():
        return "orthogonal"
    if len(kept) == 4 and (np.abs(found - FRACTIONS["digon"]) <= STICKY).all():
        return "two pairs"
    angles = np.sort(np.degrees(np.arctan2(kept[:, 1], kept[:, 0])))
    gaps = np.diff(angles, append=angles[:1] + 360)
    if len(kept) == 5 and (np.abs(gaps - 360 / 5) <= ANGLE).all():
        return "pentagon"
    return "other"
