"""Where the inputs of each step come from, as arrays for compiled code: the numbers are those of ``batches``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats, Integers
from polygenesis.dynamics.autograd.batches import (
    AT_ONCE,
    batch_size,
    data_set,
    importance_of,
    labels_of,
    loss_scale,
    subset,
)
from polygenesis.dynamics.autograd.drawing import ONE, SYMMETRIC, UNIFORM
from polygenesis.dynamics.autograd.layers import DRAWN, FIXED, ROWS
from polygenesis.features import Batch, Bernoulli
from polygenesis.spec import RunSpec
from polygenesis.targets import Inputs

DRAWN_SIZES = {"constant": ONE, "uniform": UNIFORM, "symmetric": SYMMETRIC}
"""Laws of magnitudes that compiled code draws."""

ENDLESS = 2**62
"""Steps with the same inputs."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """Some steps whose inputs are known: where they come from, and how many steps there are.

    ``batch``: the inputs where they stay. ``rows``: inputs among which each step chooses, with ``chosen`` (steps, b).
    ``key``, ``place``: of the generator whose numbers make the inputs, and where in its stream they begin and how far
    apart features and magnitudes are.
    """

    source: int
    steps: int
    batch: Batch | None = None
    chosen: Integers | None = None
    key: Any = None
    place: Integers | None = None

    def at(self, step: int, drawn: Floats) -> Batch:
        """Return the inputs of one step; ``drawn`` (n, b) are those that compiled code has drawn."""
        if self.source == DRAWN or self.batch is None:
            return Batch(drawn.T.astype(np.float64))
        if self.chosen is None:
            return self.batch
        return subset(self.batch, self.chosen[step])


def drawn_in_compiled_code(spec: RunSpec) -> bool:
    """Whether compiled code draws the inputs: independent features, fresh at every step, that are their own targets."""
    features = spec.features
    return (
        isinstance(features, Bernoulli)
        and not features.samples
        and batch_size(spec) > 0
        and features.magnitude in DRAWN_SIZES
        and isinstance(spec.target, Inputs)
    )


def stretches(spec: RunSpec, whole: Batch | None, replicate: int) -> Iterator[Stretch]:
    """Yield the inputs of one replicate's steps without end; ``whole``: those of :func:`exact`, the same for all."""
    size, count, n = batch_size(spec), spec.features.samples, spec.model.n
    if whole is not None:
        yield Stretch(FIXED, ENDLESS, whole)
    elif count:
        data = data_set(spec, replicate)
        if not size or size >= count:
            yield Stretch(FIXED, ENDLESS, data)
        order = seeds.generator(spec.seed, spec.streams.data, "batches", replicate)
        steps = count // size
        while True:
            chosen = order.permutation(count)[: steps * size].reshape(steps, size)
            yield Stretch(ROWS, steps, data, chosen)
    elif drawn_in_compiled_code(spec):
        yield from _independent(spec, replicate, size)
    else:
        steps = max(1, AT_ONCE // (size * n))
        generator = seeds.generator(spec.seed, spec.streams.data, "inputs", replicate)
        chosen = np.arange(steps * size).reshape(steps, size)
        while True:
            yield Stretch(ROWS, steps, spec.features.sample(generator, n, steps * size), chosen)


def _independent(spec: RunSpec, replicate: int, size: int) -> Iterator[Stretch]:
    generator = seeds.generator(spec.seed, spec.streams.data, "inputs", replicate)
    state: Any = generator.bit_generator.state
    numbers = max(1, AT_ONCE // (size * spec.model.n)) * size * spec.model.n
    assert isinstance(spec.features, Bernoulli)
    streams = 1 if spec.features.magnitude == "constant" else 2
    block = 0
    while True:
        place = np.array([block * streams * numbers, numbers])
        yield Stretch(DRAWN, numbers // (size * spec.model.n), key=state["state"]["key"], place=place)
        block += 1


@dataclass(frozen=True, eq=False)
class Given:
    """What compiled code reads of a stretch, in arrays of fixed types; what it does not need is empty."""

    arrays: tuple[Any, ...]

    @classmethod
    def of(cls, spec: RunSpec, stretch: Stretch) -> Given:
        """Lay out a stretch."""
        batch = stretch.batch
        rows: Floats = np.zeros((0, 0))
        wanted, relevance = rows, rows
        classes: Integers = np.zeros(0, np.int64)
        if stretch.source == ROWS and batch is not None:
            rows = np.ascontiguousarray(batch.inputs, dtype=np.float64)
            labels = labels_of(spec, batch)
            if labels is not None:
                classes = np.ascontiguousarray(labels, dtype=np.int64)
            elif not isinstance(spec.target, Inputs):
                wanted = np.ascontiguousarray(spec.target.answers(batch.inputs), dtype=np.float64)
            if batch.relevance is not None:
                relevance = weights_of(spec, batch)
        drawn = stretch.source == DRAWN
        chances = spec.features.firing_probabilities(spec.model.n) if drawn else np.zeros(0)
        magnitude = DRAWN_SIZES[getattr(spec.features, "magnitude", "constant")] if drawn else ONE
        return cls(
            (
                stretch.key if drawn else np.zeros(2, np.uint64),
                stretch.place if drawn else np.zeros(2, np.int64),
                chances,
                magnitude,
                rows,
                wanted,
                classes,
                relevance,
                np.zeros((0, 0), np.int64) if stretch.chosen is None else stretch.chosen,
            )
        )


def weights_of(spec: RunSpec, batch: Batch) -> Floats:
    """Return how much each output counts: (0, 0) where all count 1, (1, outputs), or (b, outputs) input by input."""
    importance = importance_of(spec)
    if batch.relevance is None:
        return np.zeros((0, 0)) if importance is None else np.ascontiguousarray(importance[None, :], dtype=np.float64)
    weights = batch.relevance if importance is None else batch.relevance * importance
    return np.ascontiguousarray(weights, dtype=np.float64)


def shares_of(spec: RunSpec, batch: Batch | None, size: int) -> Floats:
    """Return the share of each input in the loss, (b,)."""
    scale = loss_scale(spec)
    if batch is None or batch.probabilities is None:
        return np.full(size, scale / size)
    return np.asarray(scale * batch.probabilities)
