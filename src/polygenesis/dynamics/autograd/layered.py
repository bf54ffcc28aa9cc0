"""Networks trained in steps by hand-written compiled code, one replicate after the other.

The general engine takes this way on the CPU for transformers and for models that state their ``layers_by_hand``,
without noise and with penalties on weights. Gradients and steps are those of ``objective`` and ``steps``; what is saved
and how a replicate ends, too. A replicate is alone with its numbers, so its bits do not depend on which others there
are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.dynamics.autograd.batches import as_feed, exact
from polygenesis.dynamics.autograd.compiling import compiles
from polygenesis.dynamics.autograd.flat import Flat, aligned
from polygenesis.dynamics.autograd.recording import Record
from polygenesis.dynamics.autograd.steps import proximal
from polygenesis.dynamics.devices import named, torch
from polygenesis.dynamics.limits import evaluations_at_once
from polygenesis.models import Transformer
from polygenesis.noise import NoNoise
from polygenesis.penalties import L1, L2, ElasticNet, L1Schedule, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.training import Adam, AdamW, GradientFlow, rate_at

MOST_SCHEDULES = 1000
"""Stretches of steps whose numbers are kept for the next replicate."""


def is_layered(spec: RunSpec) -> bool:
    """Whether compiled code trains a spec: a question of the spec, and of the device that is named."""
    return (
        (isinstance(spec.model, Transformer) or getattr(spec.model, "layers_by_hand", None) is not None)
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
        self.spec, self.flat = spec, Flat(spec)
        self.dtype, self.size = self.flat.dtype, self.flat.size
        self.network = _network(spec, self.flat)
        self.adaptive = isinstance(spec.training, Adam | AdamW)
        self.whole = exact(spec)
        self.theta, self.spare, self.first, self.second = (aligned((self.size,), self.dtype) for _ in range(4))
        self._fixed: Any = None
        self._schedules: dict[tuple[int, int], Floats] = {}
        self.at_once = evaluations_at_once(self.network.operations)

    def train(self, start: dict[str, Floats], replicate: int, record: Record, saved: Integers) -> Ended:
        """Train one replicate from ``start``, parameters by name without a leading axis; record at the saved steps."""
        from polygenesis.dynamics.autograd.sources import stretches

        total, taken, index = int(self.spec.training.steps), 0, 0  # type: ignore[union-attr]
        for name, place in self.flat.places.items():
            self.theta[place] = start[name].reshape(-1)
        here, there = self.theta, self.spare
        self.first[:] = self.second[:] = 0
        constants = self._constants()
        for stretch in stretches(self.spec, self.whole, replicate):
            network, given, room, flags = self._arrays(stretch)
            step = 0
            while step < stretch.steps and taken <= total:
                if index < len(saved) and saved[index] == taken:
                    batch = self.network.batch(stretch, step, given, room)
                    feed = as_feed(self.spec, [batch], self._torch_type(), "cpu")
                    record.keep([replicate], index, self._named(here), feed)
                    index += 1
                if taken == total:
                    return Ended(here.copy(), taken)
                until = min(total, int(saved[index]) if index < len(saved) else total)
                count = min(until - taken, stretch.steps - step, self.at_once)
                schedule = self._schedule(taken, count)
                flags[3] = taken
                done, swapped = self.network.advance(
                    here,
                    there,
                    self.first,
                    self.second,
                    network,
                    given,
                    room,
                    self.network.work,
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

    def _named(self, flat: Floats) -> dict[str, Any]:
        return {name: torch().as_tensor(values.copy()) for name, values in self.flat.named(flat[None]).items()}

    def _torch_type(self) -> Any:
        return getattr(torch(), self.spec.precision)

    def _constants(self) -> Floats:
        how = self.spec.training
        names = ("beta1", "beta2", "epsilon", "momentum", "clip")
        return np.array([getattr(how, name, None) or 0.0 for name in names], dtype=self.dtype)

    def _arrays(self, stretch: Any) -> tuple[Any, Any, Any, Any]:
        """Return the network, what compiled code is given of a stretch, room for a step's inputs, and flags; the same
        arrays for the same inputs."""
        if stretch.batch is not None and self._fixed is not None and self._fixed[0] is stretch.batch:
            return self._fixed[1]  # type: ignore[no-any-return]
        network, given, room, one_hot = self.network.arrays(stretch)
        found = network, given, room, np.array([stretch.source, one_hot, self.adaptive, 0])
        if stretch.chosen is None:
            self._fixed = stretch.batch, found
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
            rows[:, 5] = 2 * spec.penalty.square if isinstance(spec.penalty, ElasticNet) else 0.0
        rows[:, 7] = decay
        return rows.astype(self.dtype)


def _network(spec: RunSpec, flat: Flat) -> Any:
    """Return a spec's network laid out for compiled code."""
    if isinstance(spec.model, Transformer):
        from polygenesis.dynamics.autograd.decoder import Decoder

        return Decoder(spec, flat)
    from polygenesis.dynamics.autograd.chain import Chain

    return Chain(spec, flat)
