"""Driving: one neuron is set far up and down, where the inputs that a split is verified on may hardly use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from polygenesis.probe.surgery.growing import Columns


@dataclass(frozen=True, eq=False)
class Drive:
    """Sets one neuron to random numbers as large as the layer's largest, and its twin to the same.

    ``names``: the layers that make the neurons; ``rows``: the outputs of each; ``neuron``, ``to``: the two neurons.
    ``values`` are drawn when the given module runs, and are the same when its copy does, for both neurons.
    """

    names: tuple[str, ...]
    rows: Columns
    neuron: int
    to: int
    values: list[Any] = field(default_factory=list)

    @contextmanager
    def of(self, module: Any, twin: bool) -> Iterator[None]:
        """Drive the neuron of a module, or both neurons of its ``twin``, in this context."""
        import torch

        rows = self.rows.grown() if self.to == self.rows.neurons and twin else self.rows
        left, generator = iter(self.values), torch.Generator().manual_seed(0)

        def hook(place: int) -> Any:
            def drive(_: Any, __: Any, output: Any) -> Any:
                driven = output.clone()
                by_row = driven.movedim(place, 0)
                old = by_row[rows.of(self.neuron)]
                if not twin:
                    noise = torch.randn(old.shape, generator=generator, dtype=torch.float32).to(old)
                    self.values.append(noise * output.abs().max())
                value = next(left, old) if twin else self.values[-1]
                for each in (self.neuron, self.to) if twin else (self.neuron,):
                    by_row[rows.of(each)] = value
                return driven

            return drive

        parts = dict(module.named_modules())
        handles = [parts[name].register_forward_hook(hook(1 - parts[name].weight.ndim)) for name in self.names]
        try:
            yield
        finally:
            for each in handles:
                each.remove()
