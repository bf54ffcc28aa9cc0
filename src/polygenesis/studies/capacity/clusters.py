"""Clusters: features that share dimensions in superposition, and the graphs that they form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import theory
from polygenesis.arrays import Booleans, Floats

OVERLAPPING = 0.03
"""|cos| from which two features belong together; the weakest overlap within a known cluster is 0.048."""

REPELLING = -0.2
"""cos below which two features are neighbours in the graph; within known clusters it is −0.36 or less."""

ALIVE = 0.1
"""Share of the largest norm above which a feature is alive."""

FLAT = 1e-3
"""Singular values below this are none: weights at rest are known to about 1e-4."""


@dataclass(frozen=True)
class Superposed:
    """Some features that overlap with each other only: how many, in how many dimensions, and the graph's name."""

    features: int
    dimensions: int
    name: str | None

    def __str__(self) -> str:
        known = f" ({self.name})" if self.name else ""
        return f"{self.features} features in {self.dimensions} dimensions{known}"


def clusters(weights: Floats) -> list[Superposed]:
    """Return the groups of three or more live features that overlap, in one network (n, m)."""
    from scipy.sparse.csgraph import connected_components

    norms = np.sqrt((weights**2).sum(axis=1))
    live = weights[norms > ALIVE * norms.max(initial=0.0)]
    unit = live / np.sqrt((live**2).sum(axis=1, keepdims=True))
    cosines = unit @ unit.T
    number, label = connected_components(np.abs(cosines) > OVERLAPPING, directed=False)
    groups = [np.flatnonzero(label == each) for each in range(number)]
    return [_superposed(unit[rows], cosines[np.ix_(rows, rows)]) for rows in groups if len(rows) > 2]


def _superposed(unit: Floats, cosines: Floats) -> Superposed:
    dimensions = int((np.linalg.svd(unit, compute_uv=False) > FLAT).sum())
    neighbours = cosines < REPELLING
    for known in theory.CLUSTERS:
        if (len(unit), dimensions) == (known.features, known.dimensions) and _is_graph(neighbours, known):
            return Superposed(len(unit), dimensions, known.name)
    return Superposed(len(unit), dimensions, None)


def _is_graph(adjacent: Booleans, known: theory.Cluster) -> bool:
    """Whether the graph is strongly regular: A² = k on the diagonal, 0 between neighbours, μ elsewhere."""
    a = adjacent.astype(int)
    wanted = known.common * (1 - a)
    np.fill_diagonal(wanted, known.degree)
    return bool((a @ a == wanted).all())
