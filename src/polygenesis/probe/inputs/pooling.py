"""Pooling: from places of an image or tokens of a text to one number a sample and neuron, or to a sample each."""

from __future__ import annotations

from math import prod

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.errors import InputError
from polygenesis.probe.inputs.capture_options import Pooling


def neurons_last(output: Floats, axis: int | None = None) -> Floats:
    """Move the neurons of a layer's output to its last axis.

    ``axis``: where they are; by default the last of vectors and texts, and the second of outputs of four axes or more.
    """
    if output.ndim < 2:
        raise InputError(f"The layer's output must have an axis of neurons, but has shape {output.shape}.")
    if axis is None:
        axis = -1 if output.ndim < 4 else 1
    return np.moveaxis(output, axis, -1)


def pooled(output: Floats, pool: Pooling, axis: int | None = None, kept: Booleans | None = None) -> Floats:
    """Bring a layer's output to (samples, neurons): the maximum, mean, first or last of its places, or each of them.

    ``axis``: that of neurons. ``kept``: (inputs, places...), the places that count, such as tokens that are no pads.
    Raises :class:`polygenesis.InputError` for inputs without a place that counts.
    """
    places = neurons_last(output, axis)
    flat = places.reshape(len(places), prod(places.shape[1:-1]), places.shape[-1])
    if pool == "each":
        rows = flat.reshape(-1, flat.shape[-1])
        return np.ascontiguousarray(rows if kept is None else rows[kept.reshape(-1)])
    count = np.ones(flat.shape[:2], dtype=bool) if kept is None else kept.reshape(flat.shape[:2])
    if not count.any(axis=1).all():
        where = int(np.argmin(count.any(axis=1)))
        raise InputError(
            f"Argument `loader` yields an input without tokens, number {where} of its batch; leave it out."
        )
    if pool in ("first", "last"):
        if places.ndim > 3:
            raise InputError(f'Argument `pool` is "{pool}", but places along {places.ndim - 2} axes have no order.')
        at = count.argmax(axis=1) if pool == "first" else count.shape[1] - 1 - count[:, ::-1].argmax(axis=1)
        return np.ascontiguousarray(flat[np.arange(len(flat)), at])
    if pool == "max":
        return np.asarray(flat.max(axis=1) if kept is None else np.where(count[:, :, None], flat, -np.inf).max(axis=1))
    sums = (flat if kept is None else np.where(count[:, :, None], flat, 0)).sum(axis=1, dtype=np.float64)
    return np.asarray(sums / count.sum(axis=1)[:, None], dtype=flat.dtype)
