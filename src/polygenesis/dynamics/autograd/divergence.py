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
from polygenesis.dynamics.limits import grown, grown_loss
from polygenesis.features import Batch
from polygenesis.spec import RunSpec

LOOKED_AT = 1024
"""Inputs on which both losses are measured; of images and texts: positions."""


def lost(spec: RunSpec, start: Mapping[str, Floats], final: Mapping[str, Floats]) -> Booleans:
    """Return which replicates have diverged, (r,): by their loss without noise, or the size of a parameter."""
    before, after = losses_of(spec, start), losses_of(spec, final)
    silent = losses_of(spec, {name: np.zeros_like(values[:1]) for name, values in start.items()})
    large = [grown(start[name], final[name]) for name in start]
    return np.asarray(grown_loss(before, after, silent) | np.any(large, axis=0))


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
