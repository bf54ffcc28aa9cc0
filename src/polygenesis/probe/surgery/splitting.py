"""Splitting along a route: a copy of a module in which one neuron is two, and what both answer on given inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.inputs.wrappers import inside
from polygenesis.probe.surgery.calling import Run, check_memory, copied, said, undisturbed
from polygenesis.probe.surgery.growing import Columns, copy_companion, grow_companion, grow_inputs, grow_outputs
from polygenesis.probe.surgery.layers import Layer, check_fit, layer, named
from polygenesis.probe.surgery.tracing import Route, traced
from polygenesis.probe.surgery.tying import check_untied
from polygenesis.probe.surgery.weight_splitting import check_place, moved_part, places

Outputs = Sequence[int] | Mapping[str, Sequence[int]] | None
"""Outputs of the one layer behind the neurons, or name of a layer → its outputs; None: half of each weight."""


@dataclass(frozen=True, eq=False)
class Between:
    """A module and the layers around its neurons: those that make them, those that are known to read them."""

    module: Any
    into: tuple[str, ...]
    out_of: tuple[str, ...]
    neurons: int

    def plain(self) -> dict[str, Columns]:
        """Return the known readers that have one input for each neuron, with their entries."""
        found = (layer(self.module, "out_of", name) for name in self.out_of)
        return {each.name: Columns(self.neurons) for each in found if each.inputs == self.neurons}

    def route(self, neuron: int, run: Run) -> Route:
        """Return where the neurons go when the module runs."""
        found = traced(copied(self.module), self.into, self.out_of, self.neurons, neuron, run)
        parts = dict(self.module.named_modules())
        check_untied(self.module, [parts[name] for name in (*self.into, *found.readers, *found.companions)])
        return found


def between(module: Any, into: Any, out_of: Any, arguments: tuple[str, str] = ("into", "out_of")) -> Between:
    """Look up the layers before and after the neurons, or say what does not fit; ``arguments`` gave their names."""
    import torch

    if not isinstance(module, torch.nn.Module):
        raise InputError(f"Argument `module` must be a torch.nn.Module, but is {type(module).__name__}.")
    if isinstance(module, torch.jit.ScriptModule):
        raise InputError("Argument `module` must be a module of Python's, but is compiled by TorchScript.")
    if (held := inside(module)) is not None:
        raise InputError(
            f"Argument `module` must not be wrapped by {type(module).__name__}, but is: give the module inside it, "
            f"module.{held}."
        )
    writers = [layer(module, arguments[0], name) for name in named(arguments[0], into)]
    readers = [layer(module, arguments[1], name) for name in named(arguments[1], out_of)]
    names = [each.name for each in (*writers, *readers)]
    if len(set(names)) < len(names):
        raise InputError(f"Layers `{arguments[0]}` and `{arguments[1]}` must be different ones, but {names} are not.")
    neurons = check_fit(writers, readers)
    return Between(module, tuple(each.name for each in writers), tuple(each.name for each in readers), neurons)


def moved_outputs(around: Between, outputs: Outputs) -> dict[str, Sequence[int]] | None:
    """Return which outputs of which reader move to the new neuron, checked; None: half of each weight."""
    if outputs is None:
        return None
    if not isinstance(outputs, Mapping):
        if len(around.out_of) > 1:
            raise bad_argument("outputs", "be {layer: [output, ...], ...} where `out_of` names several layers", outputs)
        outputs = {around.out_of[0]: outputs}
    for name in outputs:
        if name not in around.out_of:
            raise bad_argument("outputs", f"name layers of `out_of`, {', '.join(around.out_of)}", name)
    return {
        name: places("outputs", given, layer(around.module, "out_of", name).outputs) for name, given in outputs.items()
    }


def split_copy(
    around: Between, route: Route, neuron: int, moved: Mapping[str, Sequence[int]] | None, to: int | None = None
) -> Any:
    """Return a copy of the module in which ``to``, by default a new neuron, shares what ``neuron`` feeds."""
    import torch

    twin = copied(around.module)
    parts = dict(twin.named_modules())
    with torch.no_grad():
        if to is None:
            for name in around.into:
                grow_outputs(layer(twin, "into", name), route.rows, neuron)
            for name, columns in route.companions.items():
                grow_companion(parts[name], columns, neuron)
        else:
            for name in around.into:
                _copy_outputs(layer(twin, "into", name), route.rows.of(neuron), route.rows.of(to))
            for name, columns in route.companions.items():
                copy_companion(parts[name], columns, neuron, to)
        for name, columns in route.readers.items():
            reader = layer(twin, "out_of", name)
            if to is None:
                grow_inputs(reader, columns)
            wide = columns.grown() if to is None else columns
            share = None if moved is None else moved.get(name, ())
            _share_out(reader, wide.of(neuron), wide.of(around.neurons if to is None else to), share)
    return twin


def _copy_outputs(writer: Layer, neuron: list[int], to: list[int]) -> None:
    writer.incoming()[to] = writer.incoming()[neuron].clone()
    if writer.bias is not None:
        writer.bias[to] = writer.bias[neuron].clone()


def _share_out(reader: Layer, old: list[int], new: list[int], outputs: Sequence[int] | None) -> None:
    """Move the weights to some outputs from one neuron's inputs to another's; without outputs half of each."""
    import torch

    weights = reader.outgoing()
    part = moved_part(outputs, reader.outputs)
    moved = torch.as_tensor(part, dtype=weights.dtype, device=weights.device).reshape(-1, *[1] * (weights.ndim - 2))
    whole = weights[old].clone()
    weights[new], weights[old] = whole * moved, whole * (1 - moved)


def check_unused(around: Between, readers: Mapping[str, Columns], to: Any, neuron: int) -> None:
    """Refuse a neuron whose outgoing weights are not all zero in every reader."""
    check_place("to", to, around.neurons)
    for name, columns in readers.items():
        if to == neuron or bool(layer(around.module, "out_of", name).outgoing()[columns.of(int(to))].any()):
            raise bad_argument("to", "be another neuron, one whose outgoing weights are all zero", to)


def loss_of(loss: Any, module: Any) -> float:
    """Return the loss of a copy of a module, in evaluation mode: a number."""
    twin = copied(module)
    try:
        with undisturbed(twin):
            value = loss(twin)
    except InputError:
        raise
    except Exception as error:
        check_memory(error)
        raise InputError(f"Argument `loss` does not run on the module: {said(error)}.") from None
    try:
        return float(value.detach() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError):
        got = f"shape {tuple(value.shape)}" if hasattr(value, "shape") else type(value).__name__
        raise bad_argument("loss", "return a number", got) from None
