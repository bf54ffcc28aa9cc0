"""What detect accepts: weights of one network or of several, checked once at the door."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Weights
from polygenesis.checks import check_weights, floats, plain_array
from polygenesis.errors import bad_argument


def replicated(name: str, weights: Any) -> Weights:
    """Return weights as (r, n, m); one network's (n, m) becomes (1, n, m)."""
    array = plain_array(name, weights, "be an array of real numbers")
    if array.ndim == 2:
        return check_weights(name, array, dimensions=2)[None]
    if array.ndim != 3:
        raise bad_argument(name, "have shape (n, m) or (r, n, m)", f"shape {array.shape}")
    return check_weights(name, array)


def start_and_end(initial: Any, final: Any) -> tuple[Weights, Weights]:
    """Return initial and final weights, both (r, n, m), or say that their shapes disagree."""
    start, end = replicated("initial", initial), replicated("final", final)
    if start.shape != end.shape:
        raise bad_argument("final", f"have the shape of `initial`, (r, n, m) = {start.shape}", f"shape {end.shape}")
    return start, end


def trajectory_and_times(trajectory: Any, times: Any = None) -> tuple[Weights, Floats]:
    """Return a trajectory (r, T, n, m) and its T increasing times, or indices 0 … T−1 without."""
    path = check_weights("trajectory", trajectory, dimensions=4)
    saved = path.shape[1]
    if times is None:
        return path, np.arange(saved, dtype=np.float64)
    clock = floats("times", times, "be real numbers")
    if clock.shape != (saved,):
        raise bad_argument("times", f"have shape (T,) = ({saved},) as the trajectory", f"shape {clock.shape}")
    if not np.isfinite(clock).all() or (np.diff(clock) <= 0).any():
        raise bad_argument("times", "be finite and increase", clock.tolist())
    return path, clock
