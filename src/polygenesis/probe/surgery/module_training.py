"""Training copies of a module on with the same batches, and what can be seen of them: losses and what layers answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.calling import copied, undisturbed

Loss = Callable[[Any, Any], Any]
"""(module, batch) → the loss that it was trained on, a scalar tensor with its gradient: penalties included."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A copy of a module after training on, and its loss after a half, three quarters and all of the steps."""

    module: Any
    halfway: float
    late: float
    end: float


@dataclass(frozen=True, eq=False)
class Lesson:
    """How copies of a module are trained on: batches, read once, the loss, the optimizer of parameters, and steps.

    ``advance`` is called after each step.
    """

    batches: Sequence[Any]
    loss: Loss
    optimizer: Callable[[Any], Any]
    steps: int
    advance: Callable[[], None] = lambda: None

    def value(self, module: Any) -> float:
        """Return the mean loss of a copy over all batches, each counted by its size, in evaluation mode."""
        sizes = np.array([_size(each) for each in self.batches], dtype=np.float64)
        with undisturbed(module):
            values = np.array([float(self.loss(module, each)) for each in self.batches])
        return float(sizes @ values / sizes.sum())

    def trained(self, module: Any, seed: int) -> Trained:
        """Train a copy on.

        Batches come in an order that depends on ``seed`` alone, and so does what the module draws, such as dropout.
        """
        import torch

        twin = copied(module)
        trainable = [each for each in twin.parameters() if each.requires_grad]
        if not trainable:
            raise InputError("Argument `module` must have parameters that can be trained, but all are frozen.")
        optimizer = self.optimizer(trainable)
        halfway = late = 0.0
        with torch.random.fork_rng(), torch.enable_grad():
            torch.manual_seed(seed)
            for step, batch in zip(range(self.steps), self._order(seed), strict=False):
                if step in (self.steps // 2, 3 * self.steps // 4):
                    late = self.value(twin)
                    halfway = late if step == self.steps // 2 else halfway
                optimizer.zero_grad()
                value = self.loss(twin, batch)
                if not getattr(value, "requires_grad", False):
                    raise bad_argument("loss", "return a tensor with its gradient", type(value).__name__)
                value.backward()
                optimizer.step()
                self.advance()
        end = self.value(twin)
        if not np.isfinite(end):
            if not np.isfinite(start := self.value(module)):
                raise bad_argument("loss", "be finite for the network as it is", start)
            raise InputError("Training on ends in a loss that is not finite: lower `learning_rate`.")
        return Trained(twin, halfway, late, end)

    def _order(self, seed: int) -> Iterator[Any]:
        generator = seeds.generator(seed, "split and relax", "batches")
        while True:
            for k in generator.permutation(len(self.batches)):
                yield self.batches[k]


def read_batches(loader: Iterable[Any]) -> Sequence[Any]:
    """Read a loader once, so that all arms see the same batches whether it shuffles or not."""
    if hasattr(loader, "detach") or not isinstance(loader, Iterable):
        raise bad_argument("loader", "be a list or a loader of batches", loader)
    batches = list(loader)
    if not batches:
        raise InputError("Argument `loader` must yield batches, but yields none.")
    return batches


def answers(module: Any, layer: str, lesson: Lesson) -> list[Any]:
    """Return what a layer of a module answers while the loss of each batch is computed, without gradients."""
    found: list[Any] = []
    with _listening(module, layer, found), undisturbed(module):
        for each in lesson.batches:
            lesson.loss(module, each)
    return found


@contextmanager
def _listening(module: Any, layer: str, found: list[Any]) -> Iterator[None]:
    handle = dict(module.named_modules())[layer].register_forward_hook(
        lambda _, __, output: found.append(output.detach().clone())
    )
    try:
        yield
    finally:
        handle.remove()


def correlation(first: Floats, second: Floats) -> float:
    """Return the correlation of two neurons' answers; 0 where one of them is silent."""
    a, b = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm > 0 else 0.0


def _size(batch: Any) -> int:
    """Return how many samples a batch has, as far as can be seen; 1 otherwise."""
    first = batch
    while isinstance(first, list | tuple | dict) and len(first):
        first = next(iter(first.values())) if isinstance(first, dict) else first[0]
    return len(first) if getattr(first, "ndim", 0) else 1
