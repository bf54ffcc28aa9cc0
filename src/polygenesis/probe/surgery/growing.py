"""Growing layers by a neuron: tensors get one more entry, a copy of another or zeros, and sizes follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from polygenesis.probe.surgery.layers import SIZES, Layer

COUNTS = ("num_features", "num_parameters", "num_channels")
"""What modules that treat each neuron on its own call the number of neurons."""


@dataclass(frozen=True)
class Columns:
    """Which entries of an axis belong to which neuron: ``each`` for one neuron, side by side or ``strided``.

    An image flattened channel by channel gives a neuron entries side by side; flattened place by place, strided ones,
    as do the two projections of a gated layer in one.
    """

    neurons: int
    each: int = 1
    strided: bool = False

    @property
    def size(self) -> int:
        """How long the axis is."""
        return self.neurons * self.each

    def of(self, neuron: int) -> list[int]:
        """Return the entries of one neuron."""
        step = self.neurons if self.strided else 1
        first = neuron if self.strided else neuron * self.each
        return [first + step * k for k in range(self.each)]

    def grown(self, by: int = 1) -> Columns:
        """Return the same for some neurons more, the last ones."""
        return Columns(self.neurons + by, self.each, self.strided)


def longer(tensor: Any, axis: int, columns: Columns, like: int | None = None, by: int = 1) -> Any:
    """Return a tensor whose ``axis`` has entries for more neurons: copies of those of ``like``, or zeros."""
    import torch

    shape = (columns.each, columns.neurons) if columns.strided else (columns.neurons, columns.each)
    split, along = tensor.unflatten(axis, shape), axis + int(columns.strided)
    part = split.narrow(along, 0 if like is None else like, 1)
    part = (torch.zeros_like(part) if like is None else part).repeat_interleave(by, along)
    return torch.cat([split, part], along).flatten(axis, axis + 1)


def replace(part: Any, name: str, tensor: Any) -> None:
    """Put a tensor in the place of a parameter or a buffer of a module."""
    import torch

    old = getattr(part, name)
    frozen = isinstance(old, torch.nn.Parameter)
    setattr(part, name, torch.nn.Parameter(tensor, old.requires_grad) if frozen else tensor)


def grow_outputs(layer: Layer, columns: Columns, like: int | None = None, by: int = 1) -> None:
    """Give a layer the outputs of more neurons, the last ones: copies of those of ``like``, or zeros."""
    if layer.bias is not None:
        replace(layer.module, "bias", longer(layer.bias, 0, columns, like, by))
    replace(layer.module, "weight", longer(layer.module.weight, layer.out_axis, columns, like, by))
    _say(layer.module, 0, layer.outputs)


def grow_inputs(layer: Layer, columns: Columns, by: int = 1) -> None:
    """Give a layer the inputs of more neurons, the last ones, with weights of zero."""
    replace(layer.module, "weight", longer(layer.module.weight, layer.in_axis, columns, None, by))
    _say(layer.module, 1, layer.inputs)


def _say(part: Any, side: int, size: int) -> None:
    for names in SIZES:
        if hasattr(part, names[side]):
            setattr(part, names[side], int(size))


def sized(part: Any, columns: Columns) -> list[tuple[str, int]]:
    """Return a module's own tensors with an entry a neuron, (name, axis), such as the scales of a normalization."""
    tensors = [*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)]
    return [(name, axis) for name, each in tensors for axis, size in enumerate(each.shape) if size == columns.size]


def grow_companion(part: Any, columns: Columns, like: int) -> None:
    """Give a module that treats each neuron on its own a neuron more, with the numbers of ``like``."""
    for name, axis in sized(part, columns):
        replace(part, name, longer(getattr(part, name), axis, columns, like))
    for name in COUNTS:
        if getattr(part, name, None) == columns.size:
            setattr(part, name, columns.grown().size)


def copy_companion(part: Any, columns: Columns, neuron: int, to: int) -> None:
    """Give one neuron the numbers that another has in a module that treats each neuron on its own."""
    for name, axis in sized(part, columns):
        entries = getattr(part, name).movedim(axis, 0)
        entries[columns.of(to)] = entries[columns.of(neuron)]
