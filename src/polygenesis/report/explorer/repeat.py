"""A run with its trajectory: as it is stored, or computed again with weights saved on the way."""

from __future__ import annotations

import dataclasses

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.run import Run
from polygenesis.errors import InputError
from polygenesis.report.explorer.data import frames_of
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

EARLIEST = 1e-4
"""The first saved moment, as a share of the run's time."""


def repeated(shown: Run | RunSpec, replicate: int) -> tuple[Run, int]:
    """Return a run with a trajectory, and the place of the replicate in it.

    Saving never changes a run: one that is computed again must end in the same bits. Raises
    :class:`polygenesis.InputError` where it does not, with the versions that may be why.
    """
    if isinstance(shown, Run) and shown.trajectory is not None:
        return shown, replicate
    again = _again(shown, replicate)
    if isinstance(shown, Run) and not np.array_equal(shown.final[replicate], again.final[-1], equal_nan=True):
        gap = np.abs(np.asarray(shown.final[replicate], float) - again.final[-1]).max()
        raise InputError(
            f"The run has no trajectory, and computed again its final weights differ by up to {gap:.2g} (another "
            "version or machine?); simulate it with `save=Save(times=160, weights=True)`."
        )
    return again, len(again.outcome) - 1


def _again(shown: Run | RunSpec, replicate: int) -> Run:
    """Compute replicates up to one of them again, the last one's weights saved: a few small networks."""
    from polygenesis.dynamics.simulate import simulate
    from polygenesis.dynamics.start import initial_parameters

    spec = shown.spec if isinstance(shown, Run) else shown
    whole = spec.replace(replicates=replicate + 1, save=Save())
    start = initial_parameters(whole)
    if isinstance(shown, Run):
        start = {name: values[: replicate + 1] for name, values in shown.initial_parameters.items()} or start
    if isinstance(spec.training, GradientFlow):  # no random numbers on the way: one replicate is enough
        whole, start = whole.replace(replicates=1), {name: values[replicate:] for name, values in start.items()}
    end = None
    if isinstance(spec.training, GradientFlow):
        ends = shown.end_time[replicate:] if isinstance(shown, Run) else simulate(whole, initial_weights=start).end_time
        end = float(ends[0])
    save = Save(times=_moments(spec, end), weights=True)
    return dataclasses.replace(simulate(whole.replace(save=save), initial_weights=start), spec=spec)


def _moments(spec: RunSpec, end: float | None) -> int | tuple[float, ...]:
    """Saved times up to the end of a flow, half of them log-spaced and half even; a number for training in steps."""
    frames = frames_of(spec.model.n, spec.model.m)
    if end is None:
        return frames
    half = max(frames // 2, 2)
    times: Floats = np.concatenate([np.geomspace(EARLIEST * end, end, half), np.linspace(0, end, half + 1)[1:-1]])
    return tuple(float(time) for time in np.unique(times))
