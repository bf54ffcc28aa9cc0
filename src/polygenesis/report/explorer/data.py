"""The page's data: a spec that the page simulates itself, or the trajectory of a run."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Weights
from polygenesis.dynamics.run import Run
from polygenesis.report.explorer.code import code
from polygenesis.report.explorer.live import page_spec, why_not_live
from polygenesis.spec import RunSpec

MOST_FRAMES = 160
MOST_BYTES = 2**22
"""Weights that a page carries at most, as float32: a base64 text a third longer, which opens at once."""

LARGEST = 1e6
"""Frames with larger weights are left out: settled weights are near 1, and such a run diverges."""

OUTCOMES = {"CONVERGED": "converged", "DEAD_FEATURES": "dead features", "DIVERGED": "diverged"}
"""Words that the page has of its own; all other outcomes are "undecided", with their sentence."""


def live_data(spec: RunSpec, start: Floats, replicate: int) -> dict[str, Any]:
    """Return the data of a page that simulates a spec from the engine's own start (n, m)."""
    return _data(spec, replicate) | {"mode": "live", "start": encoded(start, "<f8")}


def replay_data(run: Run, replicate: int) -> dict[str, Any]:
    """Return the data of a page that shows a run's trajectory; it starts live from the same W(0) where it can."""
    start = np.asarray(run.initial[replicate], dtype=np.float64)
    live = not why_not_live(run.spec)
    return _data(run.spec, replicate) | {
        "mode": "replay",
        "start": encoded(start, "<f8") if live else None,
        "trajectory": _trajectory(run, replicate),
    }


def _data(spec: RunSpec, replicate: int) -> dict[str, Any]:
    return {
        "spec": page_spec(spec),
        "key": spec.key,
        "replicate": replicate,
        "start": None,
        "trajectory": None,
        "python": code(spec, replicate),
        "reason": why_not_live(spec),
    }


def encoded(values: Floats, kind: str) -> str:
    """Return numbers as base64 of little-endian bytes; ``kind`` is "<f8" or "<f4"."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def _trajectory(run: Run, replicate: int) -> dict[str, Any]:
    times, weights = film(run, replicate)
    outcome = run.outcome[replicate]
    _, n, m = weights.shape
    return {
        "n": n,
        "m": m,
        "penalty": page_spec(run.spec)["penalty"],
        "times": [float(time) for time in times],
        "weights": encoded(weights, "<f4"),
        "outcome": OUTCOMES.get(outcome.name, "undecided"),
        "sentence": outcome.value,
        "evaluations": int(run.evaluations[replicate]),
    }


def film(run: Run, replicate: int) -> tuple[Floats, Weights]:
    """Return one replicate's frames, times (T,) and weights (T, n, m): the start, saved times, the end.

    Saved times after the run's end repeat its last weights and are left out; of too many frames some are, evenly. A
    run that diverged is shown up to the size LARGEST.
    """
    assert run.trajectory is not None
    end = float(run.end_time[replicate])
    path = run.trajectory[replicate]
    shown = np.flatnonzero((run.times > 0) & (run.times < end) & np.isfinite(path).all(axis=(1, 2)))
    most = frames_of(*run.final.shape[1:])
    if len(shown) > most - 2:
        shown = shown[np.unique(np.linspace(0, len(shown) - 1, most - 2).round().astype(int))]
    times = np.concatenate([[0.0], run.times[shown], [end]])
    weights = np.concatenate([run.initial[replicate][None], path[shown], run.final[replicate][None]])
    finite = (np.abs(weights) < LARGEST).all(axis=(1, 2)) & np.isfinite(times)  # a NaN is below nothing
    later = np.diff(times, prepend=-1.0) > 0  # a run without steps ends where it starts
    return times[finite & later], weights[finite & later]


def frames_of(n: int, m: int) -> int:
    """Return how many frames a page carries of n × m weights."""
    return int(min(MOST_FRAMES, max(MOST_BYTES // (4 * n * m), 2)))
