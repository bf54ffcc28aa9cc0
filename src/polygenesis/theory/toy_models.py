"""Two sparse features in one dimension: the exact loss of the toy model of superposition, and its least value.

Features fire independently with probability p, the density, and are uniform in [0, 1] where they fire. The network
is y = ReLU(w (w·x) + b) with one hidden dimension, and its loss is (arXiv:2209.10652, “Demonstrating Superposition”)

    L(w, b) = Σ_i I_i E(x_i − y_i)²,    I_1 = 1, I_2 the importance of the second feature.

Inputs in which a feature fires alone give integrals over one interval, inputs in which both fire over a square; all are
piecewise cubic and are summed exactly, piece by piece between the kinks of the ReLU.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments

_NODES, _SHARES = (part / 2 for part in np.polynomial.legendre.leggauss(3))
"""Gauss and Legendre's rule of three nodes, exact up to degree five, on an interval of length 1 around 0."""

_STEP = 1e-6
"""Step of the central differences by which the least loss is sought."""

_FLAT = 1e-12
"""Slopes below this count as this: their kink lies outside the interval."""

STARTS = ((1.0, -1.0, 0.0, 0.0), (1.0, -0.4, 0.0, 0.1), (0.4, -1.0, 0.1, 0.0))
"""Weights and biases from which the least loss is sought: antipodal pairs, of equal and of unequal features."""


@dataclass(frozen=True, eq=False)
class TwoFeatures:
    """The ``weights`` and ``biases``, (2,) each, of two features that share one dimension, and their ``loss``."""

    weights: Floats
    biases: Floats
    loss: float


def two_feature_loss(weights: Any, biases: Any, *, density: float, importance: float = 1.0) -> Floats:
    """Return the exact loss of two features in one dimension, (…).

    Args:
        weights: (…, 2), those of the two features.
        biases: (…, 2), those of the two outputs.
        density: the probability p that a feature fires, in (0, 1].
        importance: of the second feature; the first has 1.

    Raises :class:`polygenesis.InputError` for other shapes and values.
    Source: arXiv:2209.10652, “Demonstrating Superposition”.

    >>> two_feature_loss([1.0, -1.0], [0.0, 0.0], density=1.0).round(4).tolist()  # twice E min(x_1, x_2)²
    0.3333
    """
    w, b = floats("weights", weights), floats("biases", biases)
    for name, array in (("weights", w), ("biases", b)):
        if array.ndim < 1 or array.shape[-1] != 2 or not np.isfinite(array).all():
            raise bad_argument(name, "be finite and have shape (…, 2)", f"shape {array.shape}")
    w, b = np.broadcast_arrays(w, b)
    return _loss(w, b, _density(density), arguments.positive("importance", importance))


def best_two_features(density: float, importance: float = 1.0) -> TwoFeatures:
    """Return the weights and biases of least loss that two features in one dimension can have.

    To ignore the less important feature costs its variance p/3 − p²/4 times its importance; what sharing costs is
    minimized from three starts.

    Args:
        density: the probability p that a feature fires, in (0, 1].
        importance: of the second feature; the first has 1.

    Source: arXiv:2209.10652, “Superposition as a Phase Change”.

    >>> best_two_features(1.0, 0.5).weights.round(3).tolist()  # dense features: the second is ignored
    [1.0, 0.0]
    """
    from scipy import optimize

    p, second = _density(density), arguments.positive("importance", importance)
    steps = _STEP * np.concatenate([np.zeros((1, 4)), np.eye(4), -np.eye(4)])

    def loss(at: Floats) -> tuple[float, Floats]:
        around = at + steps
        values = _loss(around[:, :2], around[:, 2:], p, second) / p
        return float(values[0]), (values[1:5] - values[5:]) / (2 * _STEP)

    found = [optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-6}) for start in STARTS]
    best = min(found, key=lambda each: float(each.fun))
    shared, alone = p * float(best.fun), min(1.0, second) * (p / 3 - p * p / 4)
    if shared < alone:
        return TwoFeatures(best.x[:2], best.x[2:], shared)
    first = np.array([1.0, 0.0]) if second <= 1 else np.array([0.0, 1.0])
    return TwoFeatures(first, (1 - first) * p / 2, alone)


def _density(value: float) -> float:
    if arguments.positive("density", value) > 1:
        raise bad_argument("density", "be at most 1", value)
    return float(value)


def _loss(w: Floats, b: Floats, p: float, second: float) -> Floats:
    own, other = w**2, w * w[..., ::-1]
    silent = (1 - p) * np.maximum(b, 0) ** 2 + p * _other(other, b)
    active = (1 - p) * _alone(own, b) + p * _both(own, other, b)
    return np.asarray(((1 - p) * silent + p * active) @ np.array([1.0, second]))


def _alone(slope: Floats, bias: Floats) -> Floats:
    """∫ (u − ReLU(slope u + bias))² du over [0, 1], for slope ≥ 0."""
    kink = _kink(slope, bias)
    left, square, line = 1 - slope, bias**2, (1 - slope) * bias
    rest = left**2 * (1 - kink**3) / 3 - line * (1 - kink**2) + square * (1 - kink)
    return np.asarray(kink**3 / 3 + rest)


def _other(slope: Floats, bias: Floats) -> Floats:
    """∫ ReLU(slope v + bias)² dv over [0, 1]."""
    kink = _kink(slope, bias)
    return _pieces(lambda v: np.maximum(slope[..., None] * v + bias[..., None], 0) ** 2, [kink])


def _both(own: Floats, other: Floats, bias: Floats) -> Floats:
    """∫∫ (u − ReLU(own u + other v + bias))² du dv over the unit square: kinks in v where that in u meets an end."""
    kinks = np.sort(np.stack([_kink(other, bias), _kink(other, bias + own)]), axis=0)
    return _pieces(lambda v: _alone(own[..., None], other[..., None] * v + bias[..., None]), list(kinks))


def _kink(slope: Floats, bias: Floats) -> Floats:
    """Where slope v + bias changes its sign, cut to [0, 1]."""
    steep = np.where(np.abs(slope) < _FLAT, np.where(slope < 0, -_FLAT, _FLAT), slope)
    return np.asarray(np.clip(-bias / steep, 0, 1))


def _pieces(function: Any, kinks: list[Floats]) -> Floats:
    """Integrate over [0, 1] a function that is a polynomial of degree five at most between its kinks, in order."""
    ends = [np.zeros_like(kinks[0]), *kinks, np.ones_like(kinks[0])]
    total = np.zeros_like(kinks[0])
    for low, high in itertools.pairwise(ends):
        middle, width = (low + high) / 2, high - low
        total = total + width * (function(middle[..., None] + width[..., None] * _NODES) @ _SHARES)
    return total
