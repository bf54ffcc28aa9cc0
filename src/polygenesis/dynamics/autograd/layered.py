"""Networks that are nothing but layers, trained in steps by hand-written compiled code, one replicate after the other.

The general engine takes this way on the CPU for models that state their ``layers_by_hand``, without noise and with
penalties on weights. Gradients and steps are those of ``objective`` and ``steps``; what is saved and how a replicate
ends, too. A replicate is alone with its numbers, so its bits do not depend on which others there are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.dynamics.autograd.batches import as_feed, exact, inputs_a_step
from polygenesis.dynamics.autograd.compiling import compiles
from polygenesis.dynamics.autograd.recording import Record
from polygenesis.dynamics.autograd.steps import proximal
from polygenesis.dynamics.devices import named, torch
from polygenesis.dynamics.limits import evaluations_at_once
from polygenesis.noise import NoNoise
from polygenesis.penalties import L1, L2, ElasticNet, L1Schedule, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.training import Adam, AdamW, GradientFlow, rate_at

MOST_SCHEDULES = 1000
"""Stretches of steps whose numbers are kept for the next replicate."""

ACTIVATIONS = ("identity", "relu", "gelu")
"""By their numbers in ``layers``."""


def is_layered(spec: RunSpec) -> bool:
    """Whether compiled code trains a spec: a question of the spec, and of the device that is named."""
    return (
        getattr(spec.model, "layers_by_hand", None) is not None
        and not isinstance(spec.training, GradientFlow)
        and isinstance(spec.noise, NoNoise)
        and isinstance(spec.penalty, L1 | L1Schedule | L2 | ElasticNet | NoPenalty)
        and named() == "cpu"
        and not compiles(spec)
    )


class Ended(NamedTuple):
    """A replicate after its steps: its flat parameters, and how many steps it took."""

    parameters: Floats
    taken: int


class Layered:
    """A spec laid out for compiled code; :meth:`train` takes one replicate through all its steps."""

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        self.dtype = np.dtype(spec.precision)
        self.places: dict[str, slice] = {}
        begin = 0
        for name, shape in spec.model.shapes.items():
            end = begin + int(np.prod(shape))
            self.places[name], begin = slice(begin, end), end
        self.size = begin
        self.layers = self._layers()
        self.units = np.concatenate([[0], np.cumsum(self.layers[:, 1])])
        self.segments = self._segments()
        self.adaptive = isinstance(spec.training, Adam | AdamW)
        self.whole = exact(spec)
        self.inputs = inputs_a_step(spec)
        room = int(max(self.layers[:, 0].max(), self.layers[:, 1].max())), self.inputs
        self.theta, self.spare, self.first, self.second = (_aligned((self.size,), self.dtype) for _ in range(4))
        total = (int(self.units[-1]), self.inputs)
        self.work = (
            *(_aligned(total, self.dtype) for _ in range(2)),
            *(_aligned(room, self.dtype) for _ in range(2)),
            _aligned((int((self.layers[:, 0] * self.layers[:, 1]).max()),), self.dtype),
            _aligned((self.size,), self.dtype),
        )
        self._fixed: Any = None
        self._schedules: dict[tuple[int, int], Floats] = {}
        self.at_once = evaluations_at_once(6 * self.size * self.inputs + 20 * self.size)

    def train(self, start: dict[str, Floats], replicate: int, record: Record, saved: Integers) -> Ended:
        """Train one replicate from ``start``, parameters by name without a leading axis; record at the saved steps."""
        from polygenesis.dynamics.autograd.layers import advance, load
        from polygenesis.dynamics.autograd.sources import stretches

        total, taken, index = int(self.spec.training.steps), 0, 0  # type: ignore[union-attr]
        for name, place in self.places.items():
            self.theta[place] = start[name].reshape(-1)
        here, there = self.theta, self.spare
        self.first[:] = self.second[:] = 0
        constants = self._constants()
        for stretch in stretches(self.spec, self.whole, replicate):
            given, (network, room, flags) = self._arrays(stretch)
            step = 0
            while step < stretch.steps and taken <= total:
                if index < len(saved) and saved[index] == taken:
                    load(stretch.source, step, given, room)
                    feed = as_feed(self.spec, [stretch.at(step, room[0])], self._torch_type(), "cpu")
                    record.keep([replicate], index, self._named(here), feed)
                    index += 1
                if taken == total:
                    return Ended(here.copy(), taken)
                until = min(total, int(saved[index]) if index < len(saved) else total)
                count = min(until - taken, stretch.steps - step, self.at_once)
                schedule = self._schedule(taken, count)
                flags[3] = taken
                done, swapped = advance(
                    here,
                    there,
                    self.first,
                    self.second,
                    network,
                    given,
                    room,
                    self.work,
                    constants,
                    schedule,
                    flags,
                    step,
                    step + count,
                )
                here, there = (there, here) if swapped else (here, there)
                taken, step = taken + done, step + done
                if done < count:
                    return Ended(here.copy(), taken)
        raise AssertionError("inputs never end")

    def parameters(self, flat: Floats) -> dict[str, Floats]:
        """Return flat parameters (…, P) by name, (…, shape)."""
        return {
            name: flat[..., place].reshape(*flat.shape[:-1], *self.spec.model.shapes[name])
            for name, place in self.places.items()
        }

    def _named(self, flat: Floats) -> dict[str, Any]:
        return {name: torch().as_tensor(values.copy()) for name, values in self.parameters(flat[None]).items()}

    def _torch_type(self) -> Any:
        return getattr(torch(), self.spec.precision)

    def _layers(self) -> Integers:
        rows: list[list[int]] = []
        wide = self.spec.model.n
        layers = self.spec.model.layers_by_hand
        assert layers is not None
        for each in layers:
            shape = self.spec.model.shapes[each.weights]
            inputs, outputs = shape[::-1] if each.turned else shape
            assert inputs == wide
            bias = -1 if each.bias is None else self.places[each.bias].start
            begin = self.places[each.weights].start
            again = any(other.weights == each.weights for other in layers[len(rows) + 1 :])
            rows.append([inputs, outputs, begin, each.turned, bias, ACTIVATIONS.index(each.activation), again])
            wide = outputs
        return np.array(rows, dtype=np.int64)

    def _segments(self) -> Integers:
        penalized = set(self.spec.model.matrices({name: _Turnable() for name in self.places}))
        untrained = getattr(self.spec.model, "untrained", ())
        rows = [
            [place.start, place.stop, name in penalized, name not in untrained] for name, place in self.places.items()
        ]
        return np.array(rows, dtype=np.int64)

    def _constants(self) -> Floats:
        how = self.spec.training
        names = ("beta1", "beta2", "epsilon", "momentum", "clip")
        return np.array([getattr(how, name, None) or 0.0 for name in names], dtype=self.dtype)

    def _arrays(self, stretch: Any) -> tuple[Any, Any]:
        """Return what compiled code is given of a stretch, and where it works; the same arrays for the same inputs."""
        from polygenesis.dynamics.autograd.sources import Given

        if stretch.batch is not None and self._fixed is not None and self._fixed[0] is stretch.batch:
            return self._fixed[1:]  # type: ignore[no-any-return]
        found = Given.of(self.spec, stretch).arrays, self._laid_out(stretch)
        if stretch.chosen is None:
            self._fixed = (stretch.batch, *found)
        return found

    def _schedule(self, taken: int, count: int) -> Floats:
        """Return the numbers of the next steps, (count, 8), in the order of ``layers.PER_STEP``."""
        if (taken, count) not in self._schedules:
            if len(self._schedules) > MOST_SCHEDULES:
                self._schedules.clear()
            self._schedules[taken, count] = self._numbers(taken, count)
        return self._schedules[taken, count]

    def _numbers(self, taken: int, count: int) -> Floats:
        spec, how = self.spec, self.spec.training
        assert not isinstance(how, GradientFlow)
        rows = np.zeros((count, 8))
        t = np.arange(taken, taken + count)
        lr = how.lr * np.array([rate_at(how, int(each)) for each in t])
        rows[:, 0], rows[:, 3] = lr, 1.0
        decay = getattr(how, "weight_decay", 0.0)
        if isinstance(how, Adam | AdamW):
            rows[:, 1] = lr / (1 - how.beta1 ** (t + 1))
            rows[:, 2] = 1 / np.sqrt(1 - how.beta2 ** (t + 1))
            if isinstance(how, AdamW) or how.decoupled:
                rows[:, 3] = 1 - lr * decay
                decay = 0.0
        strength = np.full(count, spec.penalty.strength)
        if isinstance(spec.penalty, L1Schedule):
            strength = np.asarray(spec.penalty.strength_at(t * how.lr))
        if isinstance(spec.penalty, L2):
            rows[:, 5] = 2 * spec.penalty.strength
        else:
            rows[:, 6 if proximal(spec) else 4] = strength * (lr if proximal(spec) else 1.0)
            rows[:, 5] = 2 * getattr(spec.penalty, "square", 0.0)
        rows[:, 7] = decay
        return rows.astype(self.dtype)

    def _laid_out(self, stretch: Any) -> tuple[Any, Any, Any]:
        """Return the network, the room for a step's inputs, and the flags of a stretch."""
        from polygenesis.dynamics.autograd import layers as by_hand
        from polygenesis.dynamics.autograd.batches import importance_of, labelled, labels_of
        from polygenesis.dynamics.autograd.sources import shares_of, weights_of
        from polygenesis.targets import Inputs

        spec, batch, b = self.spec, stretch.batch, self.inputs
        fixed = stretch.source == by_hand.FIXED
        x = _aligned((spec.model.n, b), self.dtype)
        outputs = int(self.layers[-1, 1])
        same = isinstance(spec.target, Inputs) or labelled(spec)
        targets = x if same else _aligned((outputs, b), self.dtype)
        labels = np.zeros(b if labelled(spec) else 0, np.int64)
        importance = importance_of(spec)
        weights = np.zeros((0, 0)) if importance is None else importance[:, None]
        one_hot = False
        if batch is not None and batch.relevance is not None:
            weights = np.zeros((outputs, b))
        if fixed:
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
        flags = np.array([stretch.source, one_hot, self.adaptive, 0])
        return (self.layers, self.units, self.segments, shares), room, flags


class _Turnable:
    """Stands for a matrix where only its name is asked for."""

    @property
    def mT(self) -> _Turnable:
        return self


def _aligned(shape: tuple[int, ...], dtype: Any) -> Floats:
    """Return zeros that begin on a line of the cache, so that results cannot depend on where they stand."""
    count = int(np.prod(shape)) * dtype.itemsize
    raw = np.zeros(count + 64, np.uint8)
    begin = -raw.ctypes.data % 64
    return np.asarray(raw[begin : begin + count].view(dtype).reshape(shape))
