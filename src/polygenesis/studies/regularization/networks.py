"""What the study reads off networks under one pressure, at each strength and at the common reconstruction loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.models import Autoencoder
from polygenesis.models.base import STEADY
from polygenesis.spec import RunSpec
from polygenesis.studies.paired import Drawn, linear
from polygenesis.studies.regularization.pressures import LOSS, PRESSURES, Pressure
from polygenesis.studies.starts import Sample

TOLERANCE = 2.0
"""Losses within this factor of each other count as matched where the grid does not reach the common loss."""

WINNER = 0.8
"""A feature has a winner where one weight holds this share of ‖W_i‖² or more."""


@dataclass(frozen=True, eq=False)
class Network:
    """One strength's replicates without divergence, one value each (k,).

    Rows are those of the code that the network uses: W, or its normalization; they are scaled to unit length first.
    ``loss``: reconstruction loss a feature, without noise or penalty. ``fourth_norm``: Σ_k w_k⁴. ``winners``: share of
    features with a winner, one weight of the share :data:`WINNER` of ‖W_i‖² or more. ``polysemantic``: neurons where
    two or more features have their winners. ``lost``: n minus the rank of W. ``sound``: which replicates these are;
    None: the first ones.
    """

    spec: RunSpec
    strength: float
    loss: Floats
    fourth_norm: Floats
    winners: Floats
    polysemantic: Floats
    lost: Floats
    sound: Booleans | None = None

    def sample(self, values: Callable[[Network], Floats]) -> Sample:
        """Return some values with the starts of their networks."""
        return Sample.of(self.spec, values(self), self.sound)


@dataclass(frozen=True, eq=False)
class Compared:
    """A pressure with its networks, weakest first."""

    pressure: Pressure
    networks: tuple[Network, ...]

    def weights(self) -> Floats | None:
        """Return how much each strength counts at the common loss, (strengths,): linear in the logarithm of the loss.

        Where the grid does not reach the loss, the nearest strength counts alone if its loss is within
        :data:`TOLERANCE`; else None. A pressure without a grid counts as it is.
        """
        if not self.pressure.matched:
            return np.ones(1)
        mean = np.array([each.loss.mean() if len(each.loss) > 1 else np.nan for each in self.networks])
        at = np.log(np.maximum(mean, 1e-12) / LOSS)
        order = np.argsort(at)
        place = float(np.interp(0.0, at[order], np.arange(len(at))))
        nearest = int(np.nanargmin(np.abs(at)))
        found = np.zeros(len(at))
        if np.isnan(at).any() or not at.min() <= 0 <= at.max():
            found[nearest] = 1.0
            return found if abs(at[nearest]) <= math.log(TOLERANCE) else None
        low = min(int(place), len(at) - 2)
        found[order[low]], found[order[low + 1]] = low + 1 - place, place - low
        return found

    def nearest(self) -> Network | None:
        """Return the strength that counts most at the common loss; None if not matched."""
        weights = self.weights()
        return None if weights is None else self.networks[int(np.argmax(weights))]

    def terms(self, values: Callable[[Network], Floats]) -> list[tuple[Sample, float]] | None:
        """Return the samples that make a mean at the common loss, with their weights; None if not matched."""
        weights = self.weights()
        if weights is None:
            return None
        found = [(each.sample(values), float(w)) for w, each in zip(weights, self.networks, strict=True) if w > 0]
        return None if any(len(sample) < 2 for sample, _ in found) else found

    def estimate(self, values: Callable[[Network], Floats]) -> Drawn | None:
        """Estimate a mean at the common loss, whose strengths share starts; None if not matched."""
        terms = self.terms(values)
        return None if terms is None else linear(sum(w * sample.mean for sample, w in terms), terms)

    def reached(self) -> float:
        """Return the loss at which the pressure is compared: the common one, or what there is."""
        weights = self.weights()
        means = np.array([each.loss.mean() if len(each.loss) else np.nan for each in self.networks])
        if weights is None:
            return float(means[np.nanargmin(np.abs(np.log(np.maximum(means, 1e-12) / LOSS)))])
        return float(np.exp((weights * np.log(np.maximum(means, 1e-300)))[weights > 0].sum()))


def compare(runs: Mapping[tuple[str, float], Run]) -> list[Compared]:
    """Read all runs, pressure by pressure."""
    return [
        Compared(pressure, tuple(measure(runs[pressure.name, each], each) for each in pressure.strengths))
        for pressure in PRESSURES
    ]


def measure(run: Run, strength: float) -> Network:
    """Read everything off one run."""
    sound = np.array([each is not Outcome.DIVERGED for each in run.outcome])
    final = run.final[sound].astype(np.float64)
    used = code(final, run.spec)
    length = np.sqrt((used**2).sum(axis=2, keepdims=True))
    unit = np.divide(used, length, out=np.zeros_like(used), where=length > 0)
    won = unit**2 >= WINNER  # more than half of the row, so at most one a feature
    return Network(
        spec=run.spec,
        strength=strength,
        loss=np.array([one_hot_loss(each, run.spec) for each in final]),
        fourth_norm=(unit**4).sum(axis=2).mean(axis=1),
        winners=won.any(axis=2).mean(axis=1),
        polysemantic=(won.sum(axis=1) >= 2).sum(axis=1).astype(np.float64),
        lost=run.spec.model.n - np.array([_rank(each) for each in unit], dtype=np.float64),
        sound=sound,
    )


def code(weights: Floats, spec: RunSpec) -> Floats:
    """Return the hidden layers of the one-hot inputs, (…, n, m): W, or batch or layer normalization of it."""
    if not isinstance(spec.model, Autoencoder) or spec.model.normalization == "none":
        return weights
    axis = -2 if spec.model.normalization == "batch" else -1
    centred = weights - weights.mean(axis=axis, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=axis, keepdims=True) + STEADY))


def one_hot_loss(weights: Floats, spec: RunSpec) -> float:
    """Return Σ_i ‖y(e_i) − e_i‖²/n of one network (n, m), with its normalization, without noise and penalty."""
    out = np.maximum(code(weights, spec) @ weights.T, 0)
    return float(((out - np.eye(len(weights))) ** 2).sum() / len(weights))


def _rank(unit: Floats) -> int:
    """Return the number of singular values above a tenth of the largest: unit rows that sum up to fewer dimensions."""
    values = np.linalg.svd(unit, compute_uv=False)
    return int((values > 0.1 * values[0]).sum())
