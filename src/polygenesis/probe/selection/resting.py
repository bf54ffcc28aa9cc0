"""Resting activations: differences that are negligible beside a neuron's own, or the layer's, count as ties.

AUROC and Cohen's d have no scale: noise discriminates features as any signal does, on a unit that training left at
1e-5 and under weights of 1e-5 on a unit that carries one feature. What differs from a neuron's most common level by
less than ``share`` of its standard deviation is therefore read as that level. A neuron whose whole standard deviation
is less than ``share`` of the layer's, with none between it and much larger ones, is read as constant. Neurons may have
any scale otherwise, which no network fixes, and values that equal each other already, such as ReLU's zeros, stay as
they are, number by number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.probe.inputs.activations import Activations

NEGLIGIBLE = 1e-3
"""Share of a standard deviation below which a difference is negligible."""

GAP = 30.0
"""How many times as large the next larger standard deviation must be where neurons are too faint to be live: units that
were rescaled, each by its own factor, have sizes without such a gap."""

SCALE = 0.95
"""Quantile of the varying neurons' standard deviations that is the layer's scale, unless :data:`GIANTS` says more: the
median one may be noise."""

GIANTS = 4
"""Neurons whose standard deviations are left out of the scale: a transformer's residual stream has a few giant units.
The next one is the layer's scale where fewer than one neuron in twenty is live, as in a layer far wider than needed."""

LEAST_SHARE = 0.1
"""Share of a neuron's samples that must lie near one level, and not at it, before they are read as that level."""

MOST_SAMPLES = 1024
"""Samples, evenly spaced, on which levels are looked for."""


@dataclass(frozen=True, eq=False)
class Resting:
    """Which neurons are read at a level, their ``levels``, and the differences that are ``negligible``, each (m,).

    All differences are, infinity, for those that are too ``faint`` to be live.
    """

    moved: Booleans
    levels: Floats
    negligible: Floats

    @property
    def faint(self) -> Booleans:
        """Neurons that vary by a negligible part of what the layer does, (m,)."""
        return np.isinf(self.negligible)


class Rested(Activations):
    """Activations in which what lies near a neuron's level is that level."""

    def __init__(self, source: Activations, resting: Resting) -> None:
        self._source, self.resting = source, resting
        self.samples, self.neurons = source.samples, source.neurons

    @property
    def half(self) -> bool:
        """Whether the activations are kept in half precision."""
        return self._source.half

    @property
    def size(self) -> int:
        """Bytes of all activations, as they are kept."""
        return self._source.size

    def blocks(self, wanted: Collection[int] | None = None) -> Iterator[tuple[int, Floats]]:
        """Yield (first neuron, activations (neurons, samples)), as the source does.

        ``wanted``: leave out blocks without any of these neurons.
        """
        for first, block in self._source.blocks(wanted):
            rows = np.flatnonzero(self.resting.moved[first : first + len(block)])
            found = block.copy() if len(rows) else block
            for row in rows:
                level = self.resting.levels[first + row]
                found[row, np.abs(block[row] - level) <= self.resting.negligible[first + row]] = level
            yield first, found


def rested(source: Activations, share: float = NEGLIGIBLE) -> Activations:
    """Read what is near a neuron's most common level as that level; the source itself where nothing is.

    ``share``: of a neuron's standard deviation, or of the layer's scale; 0 for none.
    """
    found = _resting(source, share) if share else None
    return source if found is None or not found.moved.any() else Rested(source, found)


def _resting(source: Activations, share: float) -> Resting:
    count = min(source.samples, MOST_SAMPLES)
    at = np.arange(count) * source.samples // count
    spread = np.concatenate([np.asarray(block[:, at], np.float64).std(axis=1) for _, block in source.blocks()])
    negligible = np.where(_faint(spread, share), np.inf, share * spread)
    moved, levels = np.zeros(source.neurons, dtype=bool), np.zeros(source.neurons)
    for first, block in source.blocks():
        part = slice(first, first + len(block))
        levels[part], moved[part] = _levels(np.asarray(block[:, at], np.float64), negligible[part])
    return Resting(moved, levels, negligible)


def _faint(spread: Floats, share: float) -> Booleans:
    """Say which neurons vary by less than ``share`` of the layer's scale, and far less than all others, (m,)."""
    sizes = np.sort(spread[spread > 0])
    if len(sizes) < 2:
        return np.zeros(len(spread), dtype=bool)
    scale = max(np.quantile(sizes, SCALE), sizes[max(0, len(sizes) - 1 - GIANTS)])
    below = sizes[:-1] < share * scale
    gaps = np.flatnonzero(below & (sizes[1:] >= GAP * sizes[:-1]))
    return np.asarray((spread > 0) & (spread <= (sizes[gaps[-1]] if len(gaps) else 0)))


def _levels(values: Floats, negligible: Floats) -> tuple[Floats, Booleans]:
    """The level of each neuron (k,), in the narrowest range with ``LEAST_SHARE`` of its samples; whether it moves."""
    ordered = np.sort(values, axis=1)
    span = max(1, int(np.ceil(LEAST_SHARE * (values.shape[1] - 1))))
    start = np.argmin(ordered[:, span:] - ordered[:, :-span], axis=1)
    levels = ordered[np.arange(len(values)), start + span // 2]
    off = np.abs(values - levels[:, None])
    near = ((off <= negligible[:, None]) & (off > 0)).mean(axis=1) >= LEAST_SHARE
    return levels, np.asarray(near | np.isinf(negligible))
