"""A network that is nothing but layers, laid out for the compiled code in ``layers``."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Integers
from polygenesis.dynamics.autograd import layers as by_hand
from polygenesis.dynamics.autograd.batches import importance_of, inputs_a_step, labelled, labels_of
from polygenesis.dynamics.autograd.flat import Flat, aligned
from polygenesis.dynamics.autograd.sources import Given, Stretch, shares_of, weights_of
from polygenesis.features import Batch
from polygenesis.spec import RunSpec
from polygenesis.targets import Inputs

ACTIVATIONS = ("identity", "relu", "gelu")
"""By their numbers in ``layers``."""


class Chain:
    """The layers of a spec's model, where they work, and their inputs; ``advance`` takes steps."""

    advance = staticmethod(by_hand.advance)

    def __init__(self, spec: RunSpec, flat: Flat) -> None:
        self.spec, self.flat, self.dtype = spec, flat, flat.dtype
        self.layers = self._layers()
        self.units = np.concatenate([[0], np.cumsum(self.layers[:, 1])])
        self.segments = flat.segments()
        self.inputs = inputs_a_step(spec)
        room = int(max(2, self.layers[:, :2].max())), self.inputs  # two rows for the classes
        total = (int(self.units[-1]), self.inputs)
        self.work = (
            *(aligned(total, self.dtype) for _ in range(2)),
            *(aligned(room, self.dtype) for _ in range(2)),
            aligned((int((self.layers[:, 0] * self.layers[:, 1]).max()),), self.dtype),
            aligned((flat.size,), self.dtype),
        )
        self.operations = 6 * flat.size * self.inputs + 20 * flat.size

    def batch(self, stretch: Stretch, step: int, given: Any, room: Any) -> Batch:
        """Return the inputs of one step of a stretch."""
        by_hand.load(stretch.source, step, given, room)
        return stretch.at(step, room[0])

    def arrays(self, stretch: Stretch) -> tuple[Any, Any, Any, int]:
        """Return the network, what compiled code is given of a stretch, room for a step's inputs, and whether inputs
        are the identity."""
        spec, batch, b = self.spec, stretch.batch, self.inputs
        fixed = stretch.source == by_hand.FIXED
        x = aligned((spec.model.n, b), self.dtype)
        outputs = int(self.layers[-1, 1])
        same = isinstance(spec.target, Inputs) or labelled(spec)
        targets = x if same else aligned((outputs, b), self.dtype)
        labels = np.zeros(b if labelled(spec) else 0, np.int64)
        importance = importance_of(spec)
        weights = np.zeros((0, 0)) if importance is None else importance[:, None]
        one_hot = False
        if batch is not None and batch.relevance is not None:
            weights = np.zeros((outputs, b))
        if fixed and batch is not None:
            x[:] = batch.inputs.T
            one_hot = b == spec.model.n and np.array_equal(batch.inputs, np.eye(b))
            if not same:
                targets[:] = spec.target.answers(batch.inputs).T
            found = labels_of(spec, batch)
            if found is not None:
                labels[:] = found
            if batch.relevance is not None:
                weights = weights_of(spec, batch).T
        shares = shares_of(spec, batch if fixed else None, b).astype(self.dtype)
        weights = np.ascontiguousarray(weights, dtype=self.dtype)
        room = (x, targets, labels, weights, np.zeros(4, np.uint64), np.zeros(4, np.uint64))
        network = self.layers, self.units, self.segments, shares
        return network, Given.of(spec, stretch).arrays, room, int(one_hot)

    def _layers(self) -> Integers:
        rows: list[list[int]] = []
        wide = self.spec.model.n
        layers = self.spec.model.layers_by_hand
        assert layers is not None
        for each in layers:
            shape = self.spec.model.shapes[each.weights]
            inputs, outputs = shape[::-1] if each.turned else shape
            assert inputs == wide
            bias = -1 if each.bias is None else self.flat.places[each.bias].start
            begin = self.flat.places[each.weights].start
            again = any(other.weights == each.weights for other in layers[len(rows) + 1 :])
            rows.append([inputs, outputs, begin, each.turned, bias, ACTIVATIONS.index(each.activation), again])
            wide = outputs
        return np.array(rows, dtype=np.int64)
