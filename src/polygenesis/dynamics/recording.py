"""Recording a run: scalar series and trajectories at the times a spec asks for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from polygenesis.arrays import Floats, Integers, Weights
from polygenesis.errors import bad_argument
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

CARRIES = 0.5
"""A weight above this carries its feature (the reason is in ``detect.thresholds``, which reads with more care)."""


class Recorder:
    """Keeps what ``save`` asks for, one replicate and one time after the other.

    ``times`` (T,) are in the loss's clock: those given, or the spec's. An engine calls :meth:`record` with the
    weights (n, m) of replicate a at time index t, and :meth:`rest` when nothing changes any more, which fills the
    remaining times. What is never recorded stays NaN.
    """

    def __init__(self, spec: RunSpec, end_time: float, times: Floats | None = None) -> None:
        save = spec.save
        self.spec = spec
        self.times = saved_times(save, end_time) if times is None else times
        shape = (spec.replicates, len(self.times))
        self.series: dict[str, Floats] = {
            name: np.full(shape, np.nan) for name in (save.series if len(self.times) else ())
        }
        self.trajectory: Weights | None = None
        if save.weights and len(self.times):
            self.trajectory = np.full((*shape, spec.model.n, spec.model.m), np.nan, dtype=spec.precision)

    def record(self, replicate: int, index: int, weights: Floats) -> None:
        """Keep the weights (n, m) of one replicate at one saved time."""
        if self.series:
            values = measure(weights, self.spec.penalty.strength, tuple(self.series))
            for name, value in values.items():
                self.series[name][replicate, index] = value
        if self.trajectory is not None:
            self.trajectory[replicate, index] = weights

    def forget(self, replicate: int, time: float) -> None:
        """Blank what was saved after a time (loss's clock): a step looked further ahead than it went."""
        for values in (*self.series.values(), *(() if self.trajectory is None else (self.trajectory,))):
            values[replicate, self.times > time] = np.nan

    def rest(self, replicate: int, index: int, weights: Floats) -> None:
        """Fill every saved time from ``index`` on with weights that no longer change."""
        if index >= len(self.times):
            return
        self.record(replicate, index, weights)
        for values in (*self.series.values(), *(() if self.trajectory is None else (self.trajectory,))):
            values[replicate, index:] = values[replicate, index]


def saved_times(save: Save, end_time: float) -> Floats:
    """Return the saved times (T,): as given, or log-spaced from ``save.first`` to the end of training."""
    if save.nothing:
        return np.zeros(0)
    if isinstance(save.times, tuple):
        return np.array(save.times, dtype=float)
    return np.geomspace(min(save.first, end_time), end_time, save.times) if end_time > 0 else np.zeros(1)


def saved_steps(spec: RunSpec) -> Integers:
    """Return after which steps a training in steps is saved, increasing, (T,): those given, or log-spaced ones.

    Raises :class:`polygenesis.InputError` for what is no whole number of steps, and for a step after the last.
    """
    assert not isinstance(spec.training, GradientFlow)
    lr, steps = spec.training.lr, spec.training.steps
    if spec.save.nothing or not isinstance(spec.save.times, tuple):
        return np.unique(np.rint(saved_times(spec.save, lr * steps) / lr).astype(np.int64))
    for each in spec.save.times:
        if each != round(each):
            raise bad_argument("save.times", f"count steps of {spec.training.kind!r} in whole numbers", each)
    if spec.save.times[-1] > steps:
        raise bad_argument("save.times", f"end by step {steps}, the last of training", spec.save.times[-1])
    return np.array(spec.save.times, dtype=np.int64)


def measure(weights: Floats, strength: float, names: tuple[str, ...]) -> dict[str, float]:
    """Return scalar series of one state, by name (:data:`polygenesis.saving.SeriesName`).

    ``weights``: (n, m) of the one-hot tied autoencoder. Losses and forces are in the loss's clock (loss L, −∂L/∂W;
    arXiv:2312.03096, §3), without hidden noise.
    """
    w = np.asarray(weights, dtype=np.float64)
    quantities = _Quantities(w, strength)
    return {name: float(SERIES[name](quantities)) for name in names}


class _Quantities:
    """What the series share, computed once: overlaps, norms, signs."""

    def __init__(self, w: Floats, strength: float) -> None:
        self.w, self.strength = w, strength
        overlaps = w @ w.T
        self.squared_norms = np.diagonal(overlaps).copy()
        np.fill_diagonal(overlaps, 0.0)
        self.interference = np.maximum(overlaps, 0.0)
        self.carried = (np.abs(w) > CARRIES).sum(axis=0)


SERIES: dict[str, Callable[[_Quantities], float]] = {
    "loss": lambda q: float(
        ((1 - q.squared_norms) ** 2).sum() + (q.interference**2).sum() + q.strength * np.abs(q.w).sum()
    ),
    "benefit_loss": lambda q: float(((1 - q.squared_norms) ** 2).sum()),
    "interference_loss": lambda q: float((q.interference**2).sum()),
    "penalty_loss": lambda q: q.strength * float(np.abs(q.w).sum()),
    "benefit_force": lambda q: 4 * float(np.linalg.norm((1 - q.squared_norms)[:, None] * q.w)),
    "interference_force": lambda q: 4 * float(np.linalg.norm(q.interference @ q.w)),
    "penalty_force": lambda q: q.strength * float(np.sqrt(np.count_nonzero(q.w))),
    "survivors": lambda q: np.count_nonzero(q.w) / len(q.w),
    "l1_norm": lambda q: float(np.abs(q.w).sum(axis=1).mean()),
    "l2_norm": lambda q: float(np.sqrt(q.squared_norms).mean()),
    "fourth_norm": lambda q: float((q.w**4).sum(axis=1).mean()),
    "participation_ratio": lambda q: _mean_participation(q.w),
    "polysemantic": lambda q: float((q.carried >= 2).sum()),
    "monosemantic": lambda q: float((q.carried == 1).sum()),
    "dead_features": lambda q: float((~q.w.any(axis=1)).sum()),
}


def _mean_participation(w: Floats) -> float:
    """Over how many neurons a feature spreads, averaged over features that have weights."""
    squares = (w[w.any(axis=1)] / np.abs(w).max(initial=1e-300)) ** 2
    return float((squares.sum(axis=1) ** 2 / (squares**2).sum(axis=1)).mean()) if len(squares) else float("nan")
