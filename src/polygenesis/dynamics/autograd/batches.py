"""Inputs as tensors: exact expectations, finite data sets or fresh samples, and what each counts in the loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats, Integers
from polygenesis.dynamics.devices import torch
from polygenesis.features import Batch
from polygenesis.spec import RunSpec
from polygenesis.targets import Inputs

AT_ONCE = 2**18
"""Numbers drawn at once for one replicate; fixed, so that the draws of a step do not depend on how they are used."""


class Identity:
    """The one-hot inputs: multiplying them by a matrix is the matrix."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __matmul__(self, weights: Any) -> Any:
        return weights


@dataclass(frozen=True, eq=False)
class Feed:
    """What a forward pass is given, as tensors.

    ``inputs``: (b, n) for all replicates, (r, b, n) for each, or :class:`Identity`. ``targets``: what the outputs
    should be. ``shares``: weight of each input in the loss, (b, 1) or (r, b, 1), or one number. ``probabilities``: (b,)
    or None.
    ``weights``: importance and relevance of each output, broadcastable to (r, b, n), or None. ``labels`` or None.
    """

    inputs: Any
    targets: Any
    shares: Any
    probabilities: Any = None
    weights: Any = None
    labels: Any = None
    size: int = 0

    def of(self, rows: Sequence[int]) -> Feed:
        """Return what some replicates of the block are given."""
        if isinstance(self.inputs, Identity) or self.inputs.ndim == 2:
            return self
        pick = {name: getattr(self, name)[list(rows)] for name in ("inputs", "targets")}
        weights = self.weights if self.weights is None or self.weights.ndim < 3 else self.weights[list(rows)]
        labels = self.labels if self.labels is None else self.labels[list(rows)]
        return replace(self, **pick, weights=weights, labels=labels)

    def weighted(self, shares: Any) -> Feed:
        """Return the same inputs with other weights in the loss, (r, b, 1) for each replicate."""
        return replace(self, shares=shares, probabilities=None)


def loss_scale(spec: RunSpec) -> float:
    """Return n / E‖x‖²: the expected loss is per expected firing (``features.base``); 1 for classes."""
    if labelled(spec):
        return 1.0
    return float(spec.model.n / spec.features.mean_squares(spec.model.n).sum())


def labelled(spec: RunSpec) -> bool:
    """Whether the answers are classes, so that the loss is cross-entropy."""
    return bool(getattr(spec.features, "classes", 0)) or bool(spec.target.classes(spec.model.n))


def labels_of(spec: RunSpec, batch: Batch) -> Integers | None:
    """Return the class of each input, (b,): that of the data, or the target's; None where the answers are numbers."""
    return batch.labels if batch.labels is not None else spec.target.labels(batch.inputs)


def importance_of(spec: RunSpec) -> Floats | None:
    """Return how much each output counts in the loss, (outputs,), or None where all count the same."""
    n = spec.model.n
    both = [each for each in (spec.features.importance(n), spec.importance.of(n)) if each is not None]
    return spec.target.importance(np.prod(both, axis=0)) if both else None


def positions(spec: RunSpec) -> int:
    """How often the weights of a model are used for one input: at each pixel or token, or once."""
    return int(getattr(spec.model, "positions", 1))


def batch_size(spec: RunSpec) -> int:
    """Inputs a step, or 0 for all."""
    return int(getattr(spec.training, "batch_size", 0))


def exact(spec: RunSpec) -> Batch | None:
    """Every input with its probability where the spec trains on all of them, or None."""
    if batch_size(spec) or spec.features.samples:
        return None
    return spec.features.enumerate(spec.model.n)


def inputs_a_step(spec: RunSpec) -> int:
    """How many inputs one step sees."""
    whole = exact(spec)
    return len(whole.inputs) if whole is not None else batch_size(spec) or spec.features.samples


def feeds(spec: RunSpec, replicates: Sequence[int], dtype: Any, place: Any) -> Iterator[Feed]:
    """Yield the inputs of each step without end: the same feed again where there is nothing to draw."""
    whole = exact(spec)
    if whole is not None:
        feed = as_feed(spec, [whole], dtype, place)
        while True:
            yield feed
    elif spec.features.samples:
        yield from _from_data(spec, replicates, dtype, place)
    else:
        yield from _fresh(spec, replicates, dtype, place)


def data_set(spec: RunSpec, replicate: int) -> Batch:
    """Return the data set of one replicate: its own draw, or the same real data for all."""
    generator = seeds.generator(spec.seed, spec.streams.data, "data", replicate)
    return spec.features.sample(generator, spec.model.n, spec.features.samples)


def _from_data(spec: RunSpec, replicates: Sequence[int], dtype: Any, place: Any) -> Iterator[Feed]:
    """Yield a data set as a whole, or minibatches of it in an order drawn anew for every pass and replicate."""
    shared = bool(getattr(spec.features, "shared", False))
    drawn = {each: data_set(spec, each) for each in (replicates[:1] if shared else replicates)}
    sets = [drawn[each] for each in (replicates[:1] if shared else replicates)]
    size, count = batch_size(spec), spec.features.samples
    if not size or size >= count:
        feed = as_feed(spec, sets, dtype, place)
        while True:
            yield feed
    orders = {each: seeds.generator(spec.seed, spec.streams.data, "batches", each) for each in replicates}
    while True:
        now = {each: generator.permutation(count) for each, generator in orders.items()}  # copies cost nothing
        order = np.stack([now[each] for each in replicates])
        for start in range(0, count - size + 1, size):
            chosen = order[:, start : start + size]
            picked = [subset(sets[0 if shared else a], rows) for a, rows in enumerate(chosen)]
            yield as_feed(spec, picked, dtype, place)


def _fresh(spec: RunSpec, replicates: Sequence[int], dtype: Any, place: Any) -> Iterator[Feed]:
    """Yield fresh inputs, drawn in blocks of a fixed number of steps."""
    size, n = batch_size(spec), spec.model.n
    steps = max(1, AT_ONCE // (size * n))
    generators = {each: seeds.generator(spec.seed, spec.streams.data, "inputs", each) for each in replicates}
    while True:
        drawn = {name: spec.features.sample(each, n, steps * size) for name, each in generators.items()}
        blocks = [drawn[each] for each in replicates]  # copies cost nothing
        for step in range(steps):
            rows = slice(step * size, (step + 1) * size)
            yield as_feed(spec, [subset(each, rows) for each in blocks], dtype, place)


def subset(batch: Batch, rows: Any) -> Batch:
    """Return some inputs of a batch that are all equally likely."""
    relevance = None if batch.relevance is None else batch.relevance[rows]
    return Batch(batch.inputs[rows], None, relevance, None if batch.labels is None else batch.labels[rows])


def as_feed(spec: RunSpec, batches: Sequence[Batch], dtype: Any, place: Any) -> Feed:
    """Turn one batch for all replicates, or one each, into tensors."""
    library = torch()

    def tensor(values: Sequence[Any]) -> Any:
        if values[0] is None:
            return None
        array = np.stack([np.asarray(each) for each in values]) if len(values) > 1 else np.asarray(values[0])
        return library.as_tensor(array, dtype=dtype if array.dtype.kind == "f" else library.int64, device=place)

    n, first = spec.model.n, batches[0]
    inputs = tensor([each.inputs for each in batches])
    whole = bool(getattr(spec.model, "whole_inputs", False))  # the model does more than multiply its inputs
    identity = not whole and len(batches) == 1 and np.array_equal(first.inputs, np.eye(n))
    chances = tensor([each.probabilities for each in batches])
    scale, size = loss_scale(spec), len(first.inputs)
    weights = tensor([each.relevance for each in batches])
    importance = tensor([importance_of(spec)])
    if importance is not None:
        weights = importance if weights is None else weights * importance
    plain = isinstance(spec.target, Inputs) or first.labels is not None
    return Feed(
        inputs=Identity(n) if identity else inputs,
        targets=inputs if plain else tensor([spec.target.answers(each.inputs) for each in batches]),
        shares=scale / size if chances is None else (scale * chances)[..., None],
        probabilities=chances,
        weights=weights,
        labels=tensor([labels_of(spec, each) for each in batches]),
        size=size,
    )
