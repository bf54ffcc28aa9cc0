"""Privileged basis: does a random rotation of the units change how their activations are distributed?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats
from polygenesis.probe.inputs.activations import Activations, read_activations

ROTATIONS = 99
"""Random rotations that the units are compared with: enough for p = .01."""

LEVEL = 0.01
"""p-value from which on the basis counts as privileged; a layer without one is called privileged as often."""

MOST_UNITS, MOST_SAMPLES = 64, 1024
"""Units and samples, evenly spaced, that are compared: their pooled quantiles are then known to .01 or so."""

QUANTILES = (np.arange(16) + 0.5) / 16


@dataclass(frozen=True)
class Basis:
    """Whether the units of a layer are a privileged basis of its activations.

    ``distance``: root mean square over 16 quantiles of the difference between the units' pooled standardized
    activations and those of rotated units; ``rotated``: its mean for one rotation against all others. ``p_value``:
    rank of the units among the rotations, exact; NaN for a single unit, which has no other basis. ``units``:
    how many vary.
    """

    distance: float
    rotated: float
    p_value: float
    units: int

    @property
    def privileged(self) -> bool:
        """Whether rotating the units changes them: without that, which direction is a unit is arbitrary."""
        return not self.p_value > LEVEL

    def __repr__(self) -> str:
        said = "privileged" if self.privileged else "not privileged"
        return f"Basis({said}: {self.distance:.3f} from rotations, {self.rotated:.3f} among them, p = {self.p_value:g})"


def privileged_basis(activations: Any, *, seed: int = 0) -> Basis:
    """Compare the units of a layer with random rotations of them.

    ``activations`` (samples, units), centred and rotated by orthogonal matrices drawn by Haar's measure. A layer that
    was itself rotated at random is one more such rotation, so that the rank of its distance is uniform: it is called
    privileged in 1 % of cases. No labels are used: rotated units of a trained classifier are as selective as its own.
    Raises :class:`polygenesis.InputError`. Source: privileged bases in transformers, Elhage et al. 2023.

    Args:
        activations: (samples, units).
        seed: the same seed gives the same numbers.
    """
    source = read_activations(activations)
    values = _varying(source)
    m = values.shape[1]
    if m < 2:
        return Basis(float("nan"), float("nan"), float("nan"), m)
    rng, k = seeds.generator(seed, "basis", "rotations"), min(m, MOST_UNITS)
    shapes = [_shape(values[:, np.arange(k) * m // k])]
    shapes += [_shape(values @ _directions(m, k, rng)) for _ in range(ROTATIONS)]
    each = np.stack(shapes)
    others = (each.sum(axis=0) - each) / ROTATIONS
    distances = np.sqrt(((each - others) ** 2).mean(axis=1))
    rank = float((distances >= distances[0]).mean())
    return Basis(float(distances[0]), float(distances[1:].mean()), rank, m)


def _varying(source: Activations) -> Floats:
    """Centred activations of the units that vary on at most ``MOST_SAMPLES`` samples, (samples, units)."""
    count = min(source.samples, MOST_SAMPLES)
    at = np.arange(count) * source.samples // count
    values = np.concatenate([np.asarray(block[:, at], np.float64) for _, block in source.blocks()]).T
    return np.asarray((values - values.mean(axis=0))[:, np.ptp(values, axis=0) > 0])


def _directions(m: int, k: int, rng: np.random.Generator) -> Floats:
    """The first k columns of a random orthogonal matrix (m, m)."""
    q, r = np.linalg.qr(rng.standard_normal((m, k)))
    return np.asarray(q * np.sign(np.diag(r)))


def _shape(values: Floats) -> Floats:
    """Quantiles of the pooled activations, each unit in its own standard deviations."""
    spread = values.std(axis=0)
    scaled = np.divide(values, spread, out=np.zeros_like(values), where=spread > 0)
    return np.asarray(np.quantile(scaled, QUANTILES))
