"""The phase diagram: is an extra feature ignored, given a dimension of its own, or superposed with another?"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from polygenesis import detect, theory
from polygenesis.arrays import Floats
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.toy_models.geometry import REPRESENTED

Phase = Literal["ignored", "own dimension", "superposed"]
"""What becomes of the last feature."""

OWN = 0.75
"""Dimensionality from which a feature has a dimension of its own: halfway between 1 and that of an antipodal pair."""

NODES = 16
"""Magnitudes of a feature, by Gauss and Legendre's rule, over which the loss of trained networks is summed."""

Role = Literal["pair", "triple"]
"""Two features in one dimension, or three in two."""


@dataclass(frozen=True)
class PhaseCell:
    """One cell of a phase diagram: ``found`` in the trained network of least loss, ``expected`` of the least loss."""

    role: Role
    spec: RunSpec
    density: float
    importance: float
    found: Phase
    expected: Phase

    @property
    def agrees(self) -> bool:
        """Whether training found the phase of the least loss."""
        return self.found == self.expected


def cell(role: Role, run: Run, density: float, importance: float) -> PhaseCell:
    """Measure the network of least loss, and predict."""
    losses = expected_loss(run.parameters["weights"], run.parameters["output_bias"], density, importance)
    best = np.asarray(run.final[int(np.nanargmin(losses))], dtype=np.float64)
    return PhaseCell(role, run.spec, density, importance, phase(best), expected(role, density, importance))


def phase(weights: Floats) -> Phase:
    """Say what became of the last feature of one network, (n, m).

    >>> phase(np.array([[1.0], [-1.0]])), phase(np.array([[1.0], [0.1]])), phase(np.eye(2))
    ('superposed', 'ignored', 'own dimension')
    """
    if detect.row_norms(weights)[0, -1] < REPRESENTED:
        return "ignored"
    return "own dimension" if detect.feature_dimensionality(weights)[0, -1] >= OWN else "superposed"


def expected(role: Role, density: float, importance: float) -> Phase:
    """Return the phase of least loss.

    Of two features in one dimension it is read off the exact minimum. Of three in two, two share a dimension and the
    third has the other: the last feature has it where the first two share at less loss than it shares with one of them.
    """
    shared = best(density, importance)
    if role == "triple" and best(density, 1.0).loss < shared.loss:
        return "own dimension"
    return phase(shared.weights[:, None])


@functools.cache
def best(density: float, importance: float) -> theory.TwoFeatures:
    """Return the least loss of two features in one dimension, which both diagrams need."""
    return theory.best_two_features(density, importance)


def expected_loss(weights: Floats, biases: Floats, density: float, importance: float) -> Floats:
    """Return the loss of toys of n features by Gauss and Legendre's rule in every feature, (r,).

    ``weights`` (r, n, m), ``biases`` (r, n), ``importance`` of the last feature. A feature is 0 with chance 1 − p, else
    one of :data:`NODES` magnitudes, so that (1 + NODES)ⁿ inputs are summed over: meant for n = 2 and 3. Kinks of the
    ReLU leave an error of some 0.3 %.
    """
    at, share = np.polynomial.legendre.leggauss(NODES)
    values, chances = np.append(0.0, (at + 1) / 2), np.append(1 - density, density * share / 2)
    n = weights.shape[1]
    x = np.stack(np.meshgrid(*[values] * n, indexing="ij"), axis=-1).reshape(-1, n)
    chance = functools.reduce(np.multiply.outer, [chances] * n).ravel()
    y = np.maximum(x @ weights @ np.swapaxes(weights, 1, 2) + biases[:, None, :], 0)
    counts = np.append(np.ones(n - 1), importance)
    return np.asarray(((y - x) ** 2 @ counts) @ chance)
