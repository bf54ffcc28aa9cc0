"""One short function that turns a spec into a run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from polygenesis.arrays import Weights
from polygenesis.checks import check_weights, plain_array
from polygenesis.dynamics.compatibility import check_together, has_closed_form
from polygenesis.dynamics.devices import device
from polygenesis.dynamics.engines import NAMES, check_extras, engine_for, moves
from polygenesis.dynamics.memory import check_memory, least_memory
from polygenesis.dynamics.replicates import threads
from polygenesis.dynamics.run import Run
from polygenesis.dynamics.start import Start, initial_parameters
from polygenesis.dynamics.trial import try_parts
from polygenesis.errors import InputError, bad_argument, signals_raised, unknown_name
from polygenesis.progress import Progress, advancing
from polygenesis.spec import RunSpec, own_parts, present
from polygenesis.training import GradientFlow

Engine = Callable[[RunSpec, Start, Progress | None], Run]


def simulate(
    spec: RunSpec, *, initial_weights: Any = None, engine: str = "auto", progress: Progress | bool | None = None
) -> Run:
    """Train every replicate of a spec and return the run.

    The same spec gives the same bits on one device, whatever the batch. Compiled engines compute as many replicates at
    the same time as there are cores, or as POLYGENESIS_THREADS says.

    Args:
        spec: model, features, penalty, training and seed, as one value.
        initial_weights: the start instead of the spec's: (r, n, m) where r is the spec's ``replicates``, or parameters
            by name, (r, …), of which those that are not named are drawn. Their precision is used throughout.
        engine: "auto", the fastest that can run the spec (compiled where the gradient has a closed form, otherwise
            "autograd", which needs PyTorch), or one by name; ``run.engine`` says which it was.
        progress: True for a bar, or a function of (replicates done, in all).

    Returns:
        A :class:`polygenesis.Run`: ``initial`` and ``final`` weights, ``outcome`` of each replicate, and what
        ``spec.save`` asked for.

    Raises:
        polygenesis.InputError: for weights that are not finite or do not fit the spec, for an engine that cannot run
            it, and for a spec that no engine can run.

    >>> from polygenesis.models import TiedAutoencoder
    >>> run = simulate(RunSpec(TiedAutoencoder(n=4, m=8), replicates=2))
    >>> run.final.shape, [outcome.name for outcome in run.outcome]
    ((2, 4, 8), ['CONVERGED', 'CONVERGED'])
    """
    spec = check(spec)
    check_memory(least_memory(spec, spec.replicates), spec)
    if initial_weights is not None:
        spec, start = _given(spec, initial_weights)
    else:
        start = initial_parameters(spec)
    run = _load(engine_for(spec, engine))
    if has_closed_form(spec):
        _warn_of_death(spec, start["weights"])
    with signals_raised(), advancing(progress, f"Simulating n = {spec.model.n}, m = {spec.model.m}") as advance:
        return run(spec, start, advance)


def check(spec: RunSpec) -> RunSpec:
    """Refuse a spec that nothing can simulate, before anything is drawn; return it with all its parts loaded.

    Raises :class:`polygenesis.InputError` for parts that do not go together (``dynamics.compatibility``), for parts of
    one's own that contradict themselves (``dynamics.trial``), for saved times after the end of training in steps, and
    for a package or a device that is needed but not there.
    """
    if not isinstance(spec, RunSpec):
        raise bad_argument("spec", "be a RunSpec", spec)
    spec = present(spec)
    if own_parts(spec):
        check_extras(spec)
        try_parts(spec)
    check_together(spec)
    check_extras(spec)
    threads()
    if moves(spec):
        device()
    if not isinstance(spec.training, GradientFlow):
        from polygenesis.dynamics.recording import saved_steps

        saved_steps(spec)
    return spec


def _load(name: str) -> Engine:
    """Import an engine by name: here, because compiled engines and PyTorch are slow to import."""
    if name in NAMES["autograd"]:
        from polygenesis.dynamics.autograd.engine import autograd

        return autograd
    if name in NAMES["flow"]:
        from polygenesis.dynamics.flow.integrate import flow

        return _from_weights(partial(flow, engine=name))
    from polygenesis.dynamics.descent.descend import descend

    return _from_weights(descend)


def _from_weights(engine: Callable[[RunSpec, Weights, Progress | None], Run]) -> Engine:
    """Make an engine of the tied autoencoder take its one parameter by name."""
    return lambda spec, start, progress: engine(spec, start["weights"], progress)


def _given(spec: RunSpec, weights: Any) -> tuple[RunSpec, Start]:
    """Return the spec in the precision of the given weights, and all its initial parameters, copied."""
    shapes, given = spec.model.shapes, weights
    if not isinstance(weights, Mapping):
        if len(shapes) > 1:
            raise InputError(
                f"Argument `initial_weights` must name the parameters of {spec.model.kind!r} ({', '.join(shapes)}): "
                "give a dictionary of arrays (r, …)."
            )
        given = {next(iter(shapes)): check_weights("initial_weights", weights)}
    unknown = [name for name in given if name not in shapes]
    if unknown:
        raise unknown_name(f"parameter of {spec.model.kind}", unknown[0], shapes)
    given = {name: plain_array("initial_weights", values) for name, values in given.items()}
    for name, values in given.items():
        wanted, found = (spec.replicates, *shapes[name]), values.shape
        if found != wanted:
            label = "(r, n, m) = " if len(shapes) == 1 else f"{name} (r, …) = "
            raise bad_argument("initial_weights", f"have shape {label}{wanted}", f"shape {found}")
    arrays = {name: _real(name, values) for name, values in given.items()}
    precision = np.result_type(*(each.dtype for each in arrays.values())) if arrays else np.dtype(spec.precision)
    spec = spec.replace(precision=precision.name)
    drawn = initial_parameters(spec) if len(arrays) < len(shapes) else {}
    return spec, {name: np.array(arrays.get(name, drawn.get(name)), dtype=precision) for name in shapes}


def _real(name: str, values: Any) -> Weights:
    array = plain_array("initial_weights", values)
    array = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    if not np.isfinite(array).all():
        raise InputError(f"Argument `initial_weights` must be finite, but {name} is not.")
    return array


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


__all__ = ["check", "simulate"]
