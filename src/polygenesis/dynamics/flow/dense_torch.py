"""Gradient flow on another device while most weights live: the dense engine with PyTorch's products and passes.

The steps are those of :class:`polygenesis.dynamics.flow.dense.Dense`, decided by the same code, one replicate after
another, so that a replicate's bits depend neither on its neighbours nor on their number. What is left of a run then
goes to the active set on the CPU.
"""

from __future__ import annotations

from typing import Any

from polygenesis.arrays import Floats
from polygenesis.dynamics.devices import device, torch
from polygenesis.dynamics.flow import elementwise_arrays
from polygenesis.dynamics.flow.dense import Dense
from polygenesis.spec import RunSpec


class TorchDense(Dense):
    """The state of one replicate while most weights live, as tensors (m, n) on the device of POLYGENESIS_DEVICE."""

    elementwise = elementwise_arrays

    def __init__(self, start: Floats, spec: RunSpec, end: float, **stage: Any) -> None:
        super().__init__(start, spec, end, **stage)
        self.compiled, self.device = False, device()
        for name in ("by_neuron", "force", "change", "ahead", "pull", "before", "now", "direction"):
            setattr(self, name, self._moved(getattr(self, name)))
        self.there = None if self.kept is None else self._moved(self.kept)

    def _moved(self, array: Floats) -> Any:
        return torch().from_numpy(array).to(self.device)

    def array(self, held: Any) -> Floats:
        """Return a tensor as an array."""
        found: Floats = held.cpu().numpy()
        return found

    def _evaluate(self, weights: Any, *, follow: bool = False) -> None:
        overlap = weights.T @ weights
        if follow:
            ahead = overlap @ self.direction
            self._follow(ahead, self.array(ahead @ ahead))
        overlap = overlap.clamp(min=0)  # NaN stays NaN
        if self.there is not None:
            overlap = overlap * self.there
        torch().matmul(weights, overlap, out=self.pull)
        self.evaluations += 1
