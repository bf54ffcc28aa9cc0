"""Split a neuron of any network exactly: one that several features share becomes two, and the function stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.probe.inputs.evaluating import evaluating

SHARE = 0.5
"""Of the outgoing weights that no feature claims, the part that goes to the new neuron."""


@dataclass(frozen=True, eq=False)
class NeuronSplit:
    """A network with one neuron split, and its loss before and right after.

    ``module``: a copy with the two neurons; ``neuron``, ``to``: their places; ``grown``: whether the layer has one
    more neuron than before, or a dead one was used. ``before``, ``after``: the loss, None where no loss was given;
    ``largest_change``: of any output on the given inputs, None without inputs.
    """

    module: Any
    neuron: int
    to: int
    grown: bool
    before: float | None
    after: float | None
    largest_change: float | None

    def __repr__(self) -> str:
        place = "a new neuron" if self.grown else "a neuron that was unused"
        loss = "" if self.before is None else f"; loss {self.before:.6g} before, {self.after:.6g} after"
        change = "" if self.largest_change is None else f"; largest change of an output {self.largest_change:.2g}"
        return f"NeuronSplit(neuron {self.neuron} into itself and {place}, {self.to}{loss}{change})"


def split_neuron(
    module: Any,
    into: str,
    out_of: str,
    neuron: int,
    outputs: Sequence[int] | None = None,
    *,
    to: int | None = None,
    loss: Callable[[Any], Any] | None = None,
    inputs: Any = None,
) -> NeuronSplit:
    """Split one hidden neuron of a PyTorch module into two that compute the same, and share out what they feed.

    ``module``: an ``nn.Module``, left as it is; the split is made in a copy. ``into``, ``out_of``: dotted names of
    the linear (or convolutional) layers before and after the neurons, with nothing but element-wise functions,
    pooling or flattening between them. The new neuron gets the same incoming weights and bias, so the same
    activation, whatever the nonlinearity; the weights to ``outputs`` move to it and all others stay. Without
    ``outputs`` each weight is halved. The function is the same exactly, up to rounding: what changes is what
    training on can do, because the two neurons now have gradients of their own. ``to``: a neuron whose outgoing
    weights are all zero, to be used instead of a new one. ``loss``: module → number, ``inputs``: a batch; both are
    evaluated before and after. Raises :class:`polygenesis.InputError` for layers that do not fit together.
    """
    import copy

    import torch

    if not isinstance(module, torch.nn.Module):
        raise InputError(f"Argument `module` must be a torch.nn.Module, but is {type(module).__name__}.")
    twin = copy.deepcopy(module)
    first, second = _layer(twin, "into", into), _layer(twin, "out_of", out_of)
    neurons, block = len(first.weight), _block(first, second, into, out_of)
    _check_place("neuron", neuron, neurons)
    with torch.no_grad():
        grown = to is None
        place = neurons if to is None else _unused(second, int(to), neuron, neurons, block)
        if grown:
            _grow(first, second, block)
        first.weight[place] = first.weight[neuron]
        if first.bias is not None:
            first.bias[place] = first.bias[neuron]
        _share_out(second, neuron, place, outputs, block)
    before, after = (None if loss is None else _number(loss(each)) for each in (module, twin))
    change = None if inputs is None else _change(module, twin, inputs)
    return NeuronSplit(twin, int(neuron), int(place), grown, before, after, change)


def split_weights(
    incoming: Any, outgoing: Any, neuron: int, outputs: Sequence[int] | None = None, *, bias: Any = None
) -> tuple[Floats, Floats] | tuple[Floats, Floats, Floats]:
    """Do the same on arrays: incoming (inputs, m), outgoing (m, outputs) and bias (m,) with one neuron more.

    Any element-wise nonlinearity may stand between them. Returns (incoming, outgoing), and the bias where one is given.
    """
    first, second = np.asarray(incoming), np.asarray(outgoing)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != len(second):
        raise InputError(
            "Arguments `incoming` (inputs, m) and `outgoing` (m, outputs) must have the same m, "
            f"but have shapes {first.shape} and {second.shape}."
        )
    _check_place("neuron", neuron, len(second))
    moved = _moved(outputs, second.shape[1])
    grown_in = np.concatenate([first, first[:, [neuron]]], axis=1)
    grown_out = np.concatenate([second, second[[neuron]] * moved])
    grown_out[neuron] = second[neuron] * (1 - moved)
    if bias is None:
        return grown_in, grown_out
    offsets = np.asarray(bias)
    if offsets.shape != (len(second),):
        raise bad_argument("bias", f"have shape ({len(second)},)", f"shape {offsets.shape}")
    return grown_in, grown_out, np.append(offsets, offsets[neuron])


def _moved(outputs: Sequence[int] | None, width: int) -> Floats:
    """Which part of the weight to each output moves, (width,)."""
    if outputs is None:
        return np.full(width, SHARE)
    for each in outputs:
        _check_place("outputs", each, width)
    moved = np.zeros(width)
    moved[list(outputs)] = 1
    return moved


def _check_place(name: str, value: Any, size: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < size:
        raise bad_argument(name, f"be a whole number from 0 to {size - 1}", value)


def _layer(module: Any, name: str, layer: str) -> Any:
    parts = dict(module.named_modules())
    if layer not in parts or not layer:
        raise unknown_name("layer", layer, [each for each in parts if each])
    found = parts[layer]
    if getattr(found, "weight", None) is None or found.weight.ndim < 2 or getattr(found, "groups", 1) != 1:
        kind = type(found).__name__
        raise InputError(f"Argument `{name}` must name a linear layer or a convolution, but {layer!r} is a {kind}.")
    return found


def _block(first: Any, second: Any, into: str, out_of: str) -> int:
    """Inputs of the second layer that one neuron of the first feeds: more than one behind a flattened image."""
    neurons, inputs = len(first.weight), second.weight.shape[1]
    if inputs % neurons or (second.weight.ndim > 2 and inputs != neurons):
        raise InputError(f"Layers {into!r} and {out_of!r} do not fit together: {neurons} neurons, but {inputs} inputs.")
    return int(inputs // neurons)


def _unused(second: Any, to: int, neuron: int, neurons: int, block: int) -> int:
    _check_place("to", to, neurons)
    if to == neuron or bool(second.weight[:, to * block : (to + 1) * block].any()):
        raise bad_argument("to", "be another neuron, one whose outgoing weights are all zero", to)
    return to


def _grow(first: Any, second: Any, block: int) -> None:
    """Give the first layer one more neuron, and the second its inputs, all zero."""
    import torch

    def longer(tensor: Any, by: int, axis: int) -> Any:
        shape = list(tensor.shape)
        shape[axis] = by
        return torch.nn.Parameter(torch.cat([tensor, tensor.new_zeros(shape)], dim=axis), tensor.requires_grad)

    first.weight = longer(first.weight, 1, 0)
    if first.bias is not None:
        first.bias = longer(first.bias, 1, 0)
    second.weight = longer(second.weight, block, 1)
    for layer, name, size in ((first, "out", len(first.weight)), (second, "in", second.weight.shape[1])):
        for kind in ("features", "channels"):
            if hasattr(layer, f"{name}_{kind}"):
                setattr(layer, f"{name}_{kind}", int(size))


def _share_out(second: Any, neuron: int, place: int, outputs: Sequence[int] | None, block: int) -> None:
    import torch

    moved = torch.as_tensor(_moved(outputs, len(second.weight)), dtype=second.weight.dtype, device=second.weight.device)
    moved = moved.reshape(-1, *[1] * (second.weight.ndim - 1))
    old = second.weight[:, neuron * block : (neuron + 1) * block].clone()
    second.weight[:, place * block : (place + 1) * block] = old * moved
    second.weight[:, neuron * block : (neuron + 1) * block] = old * (1 - moved)


def _number(value: Any) -> float:
    return float(value.detach() if hasattr(value, "detach") else value)


def _change(module: Any, twin: Any, inputs: Any) -> float:
    """The largest change of an output, both in evaluation mode; a layer in between may know how many neurons it has."""
    found = []
    for each in (module, twin):
        try:
            with evaluating(each):
                found.append(each(inputs))
        except RuntimeError as error:
            raise InputError(f"The network does not run once the neuron is split: {str(error).rstrip('.')}.") from None
    return float((found[0] - found[1]).abs().max())
