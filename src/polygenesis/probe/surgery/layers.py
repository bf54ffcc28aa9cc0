"""Layers of a PyTorch module: looking them up, finding unused neurons, and giving them more.

Two layers surround the neurons: the first makes them, the second reads them. ``block`` is the number of the second's
inputs that one neuron feeds: 1, or more behind a flattened image.
"""

from __future__ import annotations

from typing import Any

from polygenesis.errors import InputError, unknown_name


def layer(module: Any, argument: str, name: str) -> Any:
    """Return the linear layer or convolution of a dotted name, or say what is there; ``argument`` gave the name."""
    found = _named(module, name)
    if getattr(found, "weight", None) is None or found.weight.ndim < 2 or getattr(found, "groups", 1) != 1:
        kind = type(found).__name__
        raise InputError(f"Argument `{argument}` must name a linear layer or a convolution, but {name!r} is a {kind}.")
    return found


def linear_layer(module: Any, name: str) -> Any:
    """Return the ``torch.nn.Linear`` of a dotted name, or say what is there."""
    import torch

    found = _named(module, name)
    if not isinstance(found, torch.nn.Linear):
        raise InputError(f"Layer {name!r} must be a torch.nn.Linear, but is {type(found).__name__}.")
    return found


def _named(module: Any, name: str) -> Any:
    parts = dict(module.named_modules())
    if name not in parts or not name:
        raise unknown_name("layer", name, [each for each in parts if each])
    return parts[name]


def block_size(first: Any, second: Any, into: str, out_of: str) -> int:
    """Return how many inputs of the second layer one neuron feeds, or say that the layers do not fit together."""
    neurons, inputs = len(first.weight), second.weight.shape[1]
    if inputs % neurons or (second.weight.ndim > 2 and inputs != neurons):
        raise InputError(f"Layers {into!r} and {out_of!r} do not fit together: {neurons} neurons, but {inputs} inputs.")
    return int(inputs // neurons)


def unread(second: Any, block: int = 1) -> Any:
    """Return which neurons nothing reads: all their outgoing weights are zero, (neurons,)."""
    silent = (second.weight == 0).flatten(2).all(2) if second.weight.ndim > 2 else second.weight == 0
    return silent.all(0).reshape(-1, block).all(1)


def idle_neurons(first: Any, second: Any) -> list[int]:
    """Return the neurons that nothing reads, or that nothing writes into and that have no bias."""
    silent = (first.weight == 0).all(dim=1)
    if first.bias is not None:
        silent &= first.bias == 0
    return [int(k) for k in (silent | unread(second)).nonzero()[:, 0]]


def widen(first: Any, second: Any, neurons: int) -> None:
    """Give the layers between them at least so many neurons, the new ones with weights and biases of zero."""
    old = len(first.weight)
    block = second.weight.shape[1] // old
    if neurons <= old:
        return
    first.weight = _longer(first.weight, neurons - old, 0)
    if first.bias is not None:
        first.bias = _longer(first.bias, neurons - old, 0)
    second.weight = _longer(second.weight, (neurons - old) * block, 1)
    for each, name, size in ((first, "out", neurons), (second, "in", neurons * block)):
        for kind in ("features", "channels"):
            if hasattr(each, f"{name}_{kind}"):
                setattr(each, f"{name}_{kind}", int(size))


def _longer(tensor: Any, by: int, axis: int) -> Any:
    import torch

    shape = list(tensor.shape)
    shape[axis] = by
    return torch.nn.Parameter(torch.cat([tensor, tensor.new_zeros(shape)], dim=axis), tensor.requires_grad)
