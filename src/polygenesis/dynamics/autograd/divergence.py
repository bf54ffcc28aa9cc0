"""Which networks training in steps has lost, although every number of theirs is finite."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Booleans, Floats
from polygenesis.dynamics.autograd.batches import as_feed, data_set, positions, subset
from polygenesis.dynamics.autograd.evaluate import pieces
from polygenesis.dynamics.autograd.objective import losses
from polygenesis.dynamics.devices import device, steady, torch
from polygenesis.features import Batch
from polygenesis.spec import RunSpec

LOST = 100.0
"""A loss that ends this many times above where it began, and above that of a silent network, grew without bound."""

BEYOND = 1e6
"""So is a parameter of this size that was not there at the start: outputs of order 1 need none, and beside it the steps
of a learning rate are lost in rounding."""

LOOKED_AT = 1024
"""Inputs on which both losses are measured; of images and texts: positions."""


def lost(spec: RunSpec, start: Mapping[str, Floats], final: Mapping[str, Floats]) -> Booleans:
    """Return which replicates have diverged, (r,): by their loss without noise, or the size of a parameter."""
    before, after = losses_of(spec, start), losses_of(spec, final)
    silent = losses_of(spec, {name: np.zeros_like(values[:1]) for name, values in start.items()})
    bound = LOST * np.maximum(np.nan_to_num(before), silent)
    large = [_largest(final[name]) > BEYOND * np.maximum(1.0, _largest(start[name])) for name in start]
    return np.asarray(~(after <= bound) | np.any(large, axis=0))


def losses_of(spec: RunSpec, parameters: Mapping[str, Floats]) -> Floats:
    """Return the loss of each replicate without its penalty, (r,), over at most :data:`LOOKED_AT` inputs."""
    with steady(), torch().no_grad():
        feed = as_feed(spec, [_inputs(spec)], torch().float64, device())
        found = [losses(spec, state, feed).task.cpu().numpy() for state in pieces(spec, parameters, feed.size)]
    return np.concatenate(found)


def _inputs(spec: RunSpec) -> Batch:
    """Return the first inputs of all, of the data set of replicate 0, or of an evaluation's draws."""
    whole: Batch | None = spec.features.enumerate(spec.model.n)
    if whole is not None:
        return whole
    looked_at = max(1, LOOKED_AT // positions(spec))
    if spec.features.samples:
        return subset(data_set(spec, 0), slice(looked_at))
    return spec.features.sample(seeds.generator(spec.seed, spec.streams.data, "evaluation"), spec.model.n, looked_at)


def _largest(values: Floats) -> Floats:
    return np.asarray(np.abs(values.reshape(len(values), -1)).max(axis=1))
