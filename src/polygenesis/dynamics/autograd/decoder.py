"""A transformer, laid out for the compiled code in ``transformers``."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Integers
from polygenesis.dynamics.autograd import transformers as by_hand
from polygenesis.dynamics.autograd.attention import STRIP, WHOLE
from polygenesis.dynamics.autograd.batches import inputs_a_step
from polygenesis.dynamics.autograd.chain import ACTIVATIONS
from polygenesis.dynamics.autograd.flat import Flat, aligned
from polygenesis.dynamics.autograd.sources import Stretch
from polygenesis.features import Batch
from polygenesis.models import Transformer
from polygenesis.spec import RunSpec


class Decoder:
    """The linear maps of a spec's transformer, where they work, and their tokens; ``advance`` takes steps."""

    advance = staticmethod(by_hand.advance)

    def __init__(self, spec: RunSpec, flat: Flat) -> None:
        assert isinstance(spec.model, Transformer)
        self.spec, self.flat, self.model = spec, flat, spec.model
        model, context = spec.model, spec.model.n
        self.inputs = inputs_a_step(spec)
        count, d, head = self.inputs * context, model.width, model.width // model.heads
        normalized, kind = model.normalization == "layer", ACTIVATIONS.index(model.activation)
        sizes = np.array([d, model.m, model.heads, model.layers, normalized, kind, context])
        self.network = self._table(), sizes, flat.segments()

        def room(*shape: int) -> Any:
            return aligned(shape, flat.dtype)

        lanes = STRIP // flat.dtype.itemsize
        wide = _whole(context, WHOLE // flat.dtype.itemsize)
        rows, turned, weights = head * wide, context * _whole(head, lanes), context * wide
        small = *(room(rows) for _ in range(5)), *(room(turned) for _ in range(2)), *(room(weights) for _ in range(2))
        self.work = (
            room((6 * d + 2 * model.m) * model.layers + d, count),
            room(2 * model.layers + 1, count),
            *(room(d, count) for _ in range(2)),
            room(max(d, model.m, model.vocabulary), count),
            room(d, count),
            room(2, count),
            room(flat.size),
            *(room(model.layers * model.heads, count) for _ in range(2)),
            (*small, room(wide), room(wide)),
        )
        self.operations = 6 * flat.size * count + 14 * model.layers * count * context * d

    def batch(self, stretch: Stretch, step: int, given: Any, room: Any) -> Batch:
        """Return the inputs of one step of a stretch."""
        return stretch.at(step, np.zeros((0, 0)))

    def arrays(self, stretch: Stretch) -> tuple[Any, Any, Any, int]:
        """Return the network, what compiled code is given of a stretch, room for a step's tokens, and 0."""
        batch, count = stretch.batch, self.inputs * self.model.n
        assert batch is not None
        assert batch.labels is not None
        chosen = np.arange(self.inputs)[None] if stretch.chosen is None else stretch.chosen
        given = tuple(np.ascontiguousarray(each, dtype=np.int64) for each in (batch.inputs, batch.labels, chosen))
        return self.network, given, (np.zeros(count, np.int64), np.zeros(count, np.int64)), 0

    def _table(self) -> Integers:
        """Return a row of ``layers.FIELDS`` for each embedding and linear map, in the order of ``MAPS``."""
        names = ["embedding", "positions"]
        for k in range(1, self.model.layers + 1):
            names += [f"{name}{k}" for name in by_hand.MAPS]
        places = self.flat.places
        rows = []
        for name in (*names, "unembedding"):
            bias = places[f"bias{name[2:]}"].start if name.startswith("in") else -1
            rows.append([*self.model.shapes[name], places[name].start, 0, bias, 0, 0])
        return np.array(rows, dtype=np.int64)


def _whole(count: int, step: int) -> int:
    """Return the multiple of a step that holds a count."""
    return -(-count // step) * step
