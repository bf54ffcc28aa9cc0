"""The passes of ``elementwise`` on whole arrays: PyTorch's tensors, wherever they live, or NumPy's.

They are for other devices, and for a machine whose compiler cannot build the compiled ones. Each writes into what it is
given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.devices import torch
from polygenesis.dynamics.flow import formulas


def _apply(formula: Callable[..., Any], reads: Sequence[Any], factors: Any) -> Any:
    """Apply a formula to arrays of one library, with constants in their precision."""
    first = reads[0]
    if isinstance(first, np.ndarray):
        with np.errstate(all="ignore"):  # of what is not chosen, and of what diverges
            return formula(reads, [first.dtype.type(each) for each in factors], np.where)
    return formula(reads, [first.new_tensor(float(each)) for each in factors], torch().where)


def _write(targets: Sequence[Any], values: Any) -> None:
    for target, value in zip(targets, values, strict=True):
        target[...] = value


def count(weights: Any) -> int:
    """Count the weights that are not zero."""
    return int((weights != 0).sum())


def interfere(overlap: Any, kept: Any) -> None:
    """Keep what is positive of overlaps (n, n), in place, of the pairs that ``kept`` multiplies by 1; empty: of all."""
    _write((overlap,), _apply(formulas.positive, (overlap,), ()))
    if len(kept):
        _write((overlap,), _apply(formulas.times, (overlap, kept), ()))


def extrapolate(weights: Any, force: Any, change: Any, ahead: Any, step: Any, second: Any, drop: Any) -> None:
    """Write W + step · force + second · change, penalized, into ``ahead``."""
    _write((ahead,), _apply(formulas.extrapolate, (weights, force, change), (step, second, drop)))


def first_stage(start: Any, force: Any, before: Any, now: Any, ahead: Any, step: Any, drop: Any) -> None:
    """Begin a staged step: Z₀ into ``before``, Z₁ into ``now``, and Z₁ penalized into ``ahead``."""
    _write((before, now, ahead), _apply(formulas.first_stage, (start, force), (step, drop)))


def stage(start: Any, force: Any, before: Any, now: Any, ahead: Any, pull: Any, table: Floats, drop: Any) -> None:
    """Replace Z before the last by the next, and penalize it: see ``elementwise.stage``."""
    _write((before, ahead), _apply(formulas.stage, (start, force, before, now, ahead, pull), (*table, drop)))


def compare(
    weights: Any,
    force: Any,
    ahead: Any,
    pull: Any,
    new_force: Any,
    change: Any,
    factors: Floats,
    first: int,
    last: int,
) -> tuple[Floats, Floats, Floats]:
    """Write the force at ``ahead``, where a staged step ended, and its change; return three sums for each feature."""
    *reads, new_force, change = (each[:, first:last] for each in (weights, force, ahead, pull, new_force, change))
    found, shares = _apply(formulas.compare, reads, factors)
    _write((new_force, change), found)
    return _sums(shares)


def correct(
    weights: Any,
    force: Any,
    change: Any,
    ahead: Any,
    pull: Any,
    new_force: Any,
    new_change: Any,
    factors: Floats,
    first: int,
    last: int,
) -> tuple[Floats, Floats, Floats]:
    """Replace ``ahead``, which was extrapolated, by what the force there corrects it to; return sums as ``compare``."""
    arrays = (weights, force, change, ahead, pull, new_force, new_change)
    *reads, new_force, new_change = (each[:, first:last] for each in arrays)
    found, shares = _apply(formulas.correct, reads, factors)
    _write((reads[3], new_force, new_change), found)
    return _sums(shares)


def _sums(shares: Any) -> tuple[Floats, Floats, Floats]:
    """Gather every neuron's share: squared errors but for what lies along rows, ‖W_i‖², the fastest live weight."""
    *added, fastest = shares
    with np.errstate(all="ignore"):
        gathered = [each.sum(0) for each in added]
        if isinstance(fastest, np.ndarray):
            squared, missed, along, residual = *gathered, fastest.max(0)
        else:
            squared, missed, along, residual = torch().stack([*gathered, fastest.amax(0)]).cpu().numpy()
    _write((missed,), _apply(formulas.across, (missed, along, squared), (formulas.NOT_COUNTED,)))
    return missed, squared, residual
