"""Split a neuron of any network exactly: one that several features share becomes two, and the function stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.inputs.evaluating import evaluating
from polygenesis.probe.surgery.layers import block_size, layer, unread, widen
from polygenesis.probe.surgery.weight_splitting import check_place, moved_part


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
    first, second = layer(twin, "into", into), layer(twin, "out_of", out_of)
    neurons, block = len(first.weight), block_size(first, second, into, out_of)
    check_place("neuron", neuron, neurons)
    with torch.no_grad():
        grown = to is None
        place = neurons if to is None else _unused(second, int(to), neuron, block)
        if grown:
            widen(first, second, neurons + 1)
        first.weight[place] = first.weight[neuron]
        if first.bias is not None:
            first.bias[place] = first.bias[neuron]
        _share_out(second, neuron, place, outputs, block)
    before, after = (None if loss is None else _number(loss(each)) for each in (module, twin))
    change = None if inputs is None else _change(module, twin, inputs)
    return NeuronSplit(twin, int(neuron), int(place), grown, before, after, change)


def _unused(second: Any, to: int, neuron: int, block: int) -> int:
    check_place("to", to, second.weight.shape[1] // block)
    if to == neuron or not unread(second, block)[to]:
        raise bad_argument("to", "be another neuron, one whose outgoing weights are all zero", to)
    return to


def _share_out(second: Any, neuron: int, place: int, outputs: Sequence[int] | None, block: int) -> None:
    import torch

    weight = second.weight
    moved = torch.as_tensor(moved_part(outputs, len(weight)), dtype=weight.dtype, device=weight.device)
    moved = moved.reshape(-1, *[1] * (weight.ndim - 1))
    old = weight[:, neuron * block : (neuron + 1) * block].clone()
    weight[:, place * block : (place + 1) * block] = old * moved
    weight[:, neuron * block : (neuron + 1) * block] = old * (1 - moved)


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
