"""One short function that turns a spec into a run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Weights
from polygenesis.checks import check_weights
from polygenesis.dynamics.base import Progress, Run
from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.interference import FullInterference
from polygenesis.noise import NoNoise
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

Engine = Callable[[RunSpec, Weights, Progress | None], Run]

FLOWS = ("flow", "flow-dense", "flow-active-set")
"""Engines of gradient flow: dense first and by active set later, dense throughout, by active set throughout."""

DESCENTS = ("descent",)
"""Engines of training in steps."""


def simulate(
    spec: RunSpec, *, initial_weights: Any = None, engine: str = "auto", progress: Progress | None = None
) -> Run:
    """Train every replicate of a spec and return the run.

    ``initial_weights``: start from these instead, shape (r, n, m); their precision (float32 or float64) is then used
    throughout and the spec's replicates must be r. The same spec gives the same bits, whatever the batch. ``engine``:
    "auto", the fastest for the spec, or one by name; the run says which it was. Raises :class:`polygenesis.InputError`
    for weights that are not finite or do not fit the spec, for an engine that cannot run the spec, and for a spec that
    none can (see :func:`check`).
    """
    check(spec)
    if initial_weights is not None:
        start = _given(spec, initial_weights)
        spec = spec.replace(precision=start.dtype.name)
    else:
        start = initial(spec)
    _warn_of_death(spec, start)
    return _engine(spec, engine)(spec, start, progress)


def check(spec: RunSpec) -> None:
    """Refuse a spec that nothing can simulate, before anything is drawn.

    Raises :class:`polygenesis.InputError` for hidden noise under gradient flow, which has no steps to draw it for, for
    interference that only gradient flow can leave out, and for saved times after the end of training in steps.
    """
    if not isinstance(spec, RunSpec):
        raise bad_argument("spec", "be a RunSpec", spec)
    if not isinstance(spec.training, GradientFlow):
        from polygenesis.dynamics.descent import saved_steps

        saved_steps(spec)
        if not isinstance(spec.interference, FullInterference):
            raise InputError(
                f"Interference {spec.interference.kind!r} needs gradient flow, but training is {spec.training.kind!r}; "
                "use 'gradient-flow'."
            )
    elif not isinstance(spec.noise, NoNoise):
        raise InputError(
            f"Noise {spec.noise.kind!r} needs training in steps, but training is 'gradient-flow'; "
            "use 'gradient-descent' or 'adamw'."
        )


def _engine(spec: RunSpec, name: str) -> Engine:
    """Pick what can run a spec; imported here because compiled engines are slow to import."""
    known = FLOWS if isinstance(spec.training, GradientFlow) else DESCENTS
    if name not in ("auto", *known):
        raise unknown_name(f"engine for {spec.training.kind}", name, ("auto", *known))
    if isinstance(spec.training, GradientFlow):
        from polygenesis.dynamics.flow import flow

        return partial(flow, engine="flow" if name == "auto" else name)
    from polygenesis.dynamics.descent import descend

    return descend


def initial(spec: RunSpec) -> Weights:
    """Draw the initial weights of a spec, (r, n, m): replicate k is the same whatever the number of replicates."""
    n, m = spec.model.n, spec.model.m
    start = np.empty((spec.replicates, n, m), dtype=spec.precision)
    for replicate in range(spec.replicates):
        start[replicate] = spec.initial.sample(seeds.generator(spec.seed, spec.stream, "initial", replicate), n, m)
    return start


def _given(spec: RunSpec, weights: Any) -> Weights:
    start = check_weights("initial_weights", weights)
    wanted = (spec.replicates, spec.model.n, spec.model.m)
    if start.shape != wanted:
        raise bad_argument("initial_weights", f"have shape (r, n, m) = {wanted}", f"shape {start.shape}")
    return start.copy()


RISKY = 0.5
"""Share of a feature's largest initial weight from which λ/4 may kill it: a row alone dies from 0.5 to 0.86 of it."""


def _warn_of_death(spec: RunSpec, start: Weights) -> None:
    """Warn when the penalty is so strong at the start that features must or may die.

    A weight w of a row alone grows when (1 − ‖W_i‖²)|w| > λ/4 (paper's clock); with ‖W_i‖² ≥ 0 no weight of a
    feature can grow where max_k |W_ik| < λ/4, so the whole row shrinks to zero.
    """
    strength, strongest = spec.penalty.strength, np.abs(start).max(axis=2)
    doomed, risky = (int((strongest < strength / 4 / share).sum()) for share in (1.0, RISKY))
    if not risky:
        return
    fate = f"λ/4 exceeds every weight of {doomed} of {strongest.size} features at the start: they must die"
    if not doomed:
        fate = (
            f"λ/4 exceeds half of the largest weight of {risky} of {strongest.size} features at the start: they may die"
        )
    warnings.warn(f"Penalty λ = {strength:g} is strong: {fate}; lower `penalty.strength`.", stacklevel=3)


__all__ = ["Progress", "check", "initial", "simulate"]
