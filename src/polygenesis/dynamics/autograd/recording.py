"""Recording: scalar series and trajectories of the general engine, replicate by replicate, at the saved times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.autograd.batches import Feed
from polygenesis.dynamics.autograd.objective import accuracy, losses
from polygenesis.dynamics.devices import torch
from polygenesis.dynamics.recording import measure, saved_times
from polygenesis.spec import RunSpec

OF_LOSS = ("loss", "penalty_loss", "accuracy")
"""Series of the whole network, without noise."""


class Record:
    """Keeps what ``save`` asks for; ``times`` (T,) are in the loss's clock, what is never recorded stays NaN."""

    def __init__(self, spec: RunSpec, end_time: float, times: Floats | None = None) -> None:
        self.spec = spec
        self.times = saved_times(spec.save, end_time) if times is None else times
        names = spec.save.series if len(self.times) else ()
        self.series: dict[str, Floats] = {name: np.full((spec.replicates, len(self.times)), np.nan) for name in names}
        self._trajectory: Floats | None = None

    def keep(self, rows: Sequence[int], index: int, parameters: Mapping[str, Any], feed: Feed | None) -> None:
        """Keep one saved time of some replicates: ``rows`` are theirs in the run, the parameters hold them alone."""
        matrix = self.spec.model.read(parameters, self.spec.model.readings[0].name).detach().cpu().numpy()
        if self.spec.save.weights:
            if self._trajectory is None:
                self._trajectory = self._empty(matrix)
            self._trajectory[rows, index] = matrix
        found = {name: value for name, value in self._of_loss(parameters, feed).items() if name in self.series}
        named = tuple(name for name in self.series if name not in OF_LOSS)
        for position, row in enumerate(rows):
            for name, value in measure(matrix[position], self.spec.penalty.strength, named).items():
                self.series[name][row, index] = value
            for name, values in found.items():
                self.series[name][row, index] = values[position]

    def forget(self, row: int, time: float) -> None:
        """Blank what was saved of a replicate after a time: it had diverged by then, which is noticed later."""
        for values in (*self.series.values(), *(() if self._trajectory is None else (self._trajectory,))):
            values[row, self.times > time * (1 + 1e-12)] = np.nan

    def trajectory(self, final: Floats) -> Floats | None:
        """Return (r, T, …) of the matrices (r, …), NaN where nothing was kept; None where none was asked for."""
        if not self.spec.save.weights or not len(self.times):
            return None
        return self._empty(final) if self._trajectory is None else self._trajectory

    def _empty(self, matrix: Floats) -> Floats:
        return np.full((self.spec.replicates, len(self.times), *matrix.shape[1:]), np.nan, dtype=matrix.dtype)

    def _of_loss(self, parameters: Mapping[str, Any], feed: Feed | None) -> dict[str, Floats]:
        if feed is None or not set(OF_LOSS) & set(self.series):
            return {}
        with torch().no_grad():
            task, pressure, outputs = losses(self.spec, parameters, feed)
            zero = torch().zeros_like(task)
            found = {"loss": task + pressure, "penalty_loss": zero + pressure}
            if feed.labels is not None:
                found["accuracy"] = accuracy(outputs, feed)
            return {name: each.detach().cpu().numpy() for name, each in found.items()}
