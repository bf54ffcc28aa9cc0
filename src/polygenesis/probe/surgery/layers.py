"""Layers of a PyTorch module around hidden neurons: looked up by name, with the axes of their weights, or refused.

A layer is a linear layer or a convolution. Most keep their weights as (outputs, inputs, ...); a transposed convolution
and the ``Conv1D`` of Hugging Face's GPT-2 as (inputs, outputs, ...).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from polygenesis.errors import InputError, bad_argument, unknown_name

CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d")
TRANSPOSED = ("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
SIZES = (("out_features", "in_features"), ("out_channels", "in_channels"), ("nf", "nx"))
"""What layers call the numbers of their outputs and inputs."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A linear layer or convolution: its dotted ``name``, and the axes of its weights' outputs and inputs."""

    name: str
    module: Any
    out_axis: int
    in_axis: int

    @property
    def outputs(self) -> int:
        """How many numbers, or channels, it gives."""
        return int(self.module.weight.shape[self.out_axis])

    @property
    def inputs(self) -> int:
        """How many numbers, or channels, it reads."""
        return int(self.module.weight.shape[self.in_axis])

    @property
    def place(self) -> int:
        """The axis of neurons in its inputs and outputs, from the end: the last one, or that of channels."""
        return 1 - int(self.module.weight.ndim)

    @property
    def bias(self) -> Any:
        """Its bias (outputs,), or None."""
        return getattr(self.module, "bias", None)

    def incoming(self) -> Any:
        """Return a view of the weights with outputs first, (outputs, inputs, ...)."""
        return self.module.weight.movedim(self.out_axis, 0) if self.out_axis else self.module.weight

    def outgoing(self) -> Any:
        """Return a view of the weights with inputs first, (inputs, outputs, ...)."""
        return self.module.weight.movedim(self.in_axis, 0) if self.in_axis else self.module.weight


def named(argument: str, names: Any) -> tuple[str, ...]:
    """Return one dotted name or several as a tuple, each once."""
    found = (names,) if isinstance(names, str) else names
    if not isinstance(found, Sequence) or not found or not all(isinstance(each, str) for each in found):
        raise bad_argument(argument, "be the dotted name of a layer, or a tuple of such names", names)
    if len(set(found)) < len(found):
        raise bad_argument(argument, "name each layer once", names)
    return tuple(found)


def layer(module: Any, argument: str, name: str) -> Layer:
    """Return the linear layer or convolution of a dotted name, or say why its neurons cannot be split.

    ``argument`` gave the name; the layer has its first, where it has several. Raises
    :class:`polygenesis.InputError` for other modules, for convolutions in groups, and for weights that are computed
    from others, quantized, sparse, or not there.
    """
    parts = dict(module.named_modules(remove_duplicate=False))
    if name not in parts or not name:
        raise unknown_name("layer", name, [each for each in parts if each])
    first = next(other for other, part in module.named_modules() if part is parts[name])
    found = of_module(first, parts[name])
    if found is None:
        kind, words = type(parts[name]).__name__, "must name a linear layer or a convolution"
        more = _own_names(name, parts[name])
        article = "an" if kind[0] in "AEIOU" else "a"
        raise InputError(f"Argument `{argument}` {words}, but {name!r} is {article} {kind}{more}.")
    check_whole(found)
    return found


def linear_layer(module: Any, argument: str, name: str) -> Layer:
    """Return the linear layer of a dotted name (``torch.nn.Linear`` or Hugging Face's ``Conv1D``), or say what it is.

    What is divided between neurons there are weights of single inputs, which a convolution shares between places.
    """
    part = dict(module.named_modules(remove_duplicate=False)).get(name)
    found = None if part is None else of_module(name, part)
    if part is None or (found is not None and getattr(part.weight, "ndim", 2) == 2):
        return layer(module, argument, name)
    raise InputError(f"Layer {name!r} must be a torch.nn.Linear, but is {type(part).__name__}.")


def _own_names(at: str, part: Any) -> str:
    """How the weights of a module can be split that keeps matrices under names of its own."""
    matrices = [name for name, each in part.named_parameters(recurse=False) if each.ndim == 2 and name != "weight"]
    inside = [f"{at}.{name}" for name, each in part.named_modules() if name and of_module(name, each) is not None]
    if matrices and not inside:
        return f" with weights called {', '.join(matrices[:4])}; `split_weights` splits a neuron between two matrices"
    return f"; in it are {', '.join(inside[:4])}" if inside else ""


def of_module(name: str, part: Any) -> Layer | None:
    """Return a module as a layer, or None where it is neither linear nor a convolution."""
    import torch

    kinds = {each.__name__ for each in type(part).__mro__}
    if "Conv1D" in kinds and hasattr(part, "nf"):
        return Layer(name, part, 1, 0)
    if isinstance(part, tuple(getattr(torch.nn, each) for each in TRANSPOSED)):
        return Layer(name, part, 1, 0)
    if isinstance(part, (torch.nn.Linear, *(getattr(torch.nn, each) for each in CONVOLUTIONS))):
        return Layer(name, part, 0, 1)
    if all(isinstance(getattr(part, each, None), int) for each in SIZES[0]) and hasattr(part, "weight"):
        return Layer(name, part, 0, 1)  # a linear layer of the user's own, or a quantized one
    return None


def check_whole(found: Layer) -> None:
    """Refuse a layer whose weights are not plain parameters: computed, quantized, sparse, without values, in groups."""
    import torch

    part, name = found.module, found.name
    own = dict(part.named_parameters(recurse=False))
    for kind in ("weight", "bias"):
        held = getattr(part, kind, None)
        if kind in own or (kind == "bias" and held is None):
            continue
        if torch.nn.utils.parametrize.is_parametrized(part, kind) or isinstance(held, torch.Tensor):
            raise InputError(
                f"The {kind} of layer {name!r} is computed from other parameters, as weight normalization, spectral "
                "normalization and pruning do; make it one parameter first, with `remove_parametrizations` or the like."
            )
        raise InputError(
            f"Layer {name!r} is a {type(part).__name__} without a plain {kind}, as quantized layers are; "
            "split the neuron in the network before it is quantized."
        )
    _check_values(found)
    further = sorted(set(own) - {"weight", "bias"} | {each for each, _ in part.named_children()})
    if further:
        raise InputError(
            f"Layer {name!r} must have no parameters but weight and bias, but has {', '.join(further)}; "
            "merge them first."
        )
    if getattr(part, "groups", 1) != 1:
        raise InputError(f"Layer {name!r} is a convolution in {part.groups} groups, whose channels cannot be split.")


def _check_values(found: Layer) -> None:
    import torch

    weight, name = found.module.weight, found.name
    if isinstance(weight, torch.nn.parameter.UninitializedTensorMixin):
        raise InputError(f"Layer {name!r} has no weights yet; run the module once before a neuron is split.")
    if weight.is_meta:
        raise InputError(f"Layer {name!r} is on the device 'meta', without values; load its weights first.")
    if not weight.is_floating_point() or type(weight).__name__ not in ("Parameter", "Tensor") or weight.is_sparse:
        kind = f"{type(weight).__name__} of {weight.dtype}".replace("torch.", "")
        raise InputError(f"Layer {name!r} must have plain floating-point weights, but has a {kind}.")


def check_fit(writers: Sequence[Layer], readers: Sequence[Layer]) -> int:
    """Return how many neurons lie between the layers, or say that they do not fit together."""
    neurons = writers[0].outputs
    for each in writers[1:]:
        if each.outputs != neurons:
            raise InputError(
                f"Layers {writers[0].name!r} and {each.name!r} must give as many numbers, one a neuron, "
                f"but give {neurons} and {each.outputs}."
            )
    if len(writers) == 1 and all(neurons == 2 * each.inputs for each in readers):
        return neurons // 2  # both projections of a gated layer in one
    for each in readers:
        if each.inputs % neurons:
            raise InputError(
                f"Layers {writers[0].name!r} and {each.name!r} do not fit together: "
                f"{neurons} neurons, but {each.inputs} inputs."
            )
    return neurons
