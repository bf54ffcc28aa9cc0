"""The axis of neurons in a layer's output: what the layer says of itself, or the layer whose output it passes on."""

from __future__ import annotations

import re
import weakref
from typing import Any

from polygenesis.errors import InputError

CHANNELS_SECOND = ("GroupNorm", "SyncBatchNorm", "PixelShuffle", "PixelUnshuffle", "Upsample", "LocalResponseNorm")
"""PyTorch's layers of (batch, channels, ...) whose names do not end in 1d, 2d or 3d."""

NEURONS_LAST = ("Linear", "Bilinear", "Embedding", "EmbeddingBag", "RNNBase", "MultiheadAttention", "RMSNorm")
"""PyTorch's layers of (..., neurons)."""

CHANNELS = ("out_channels", "num_channels")
FEATURES = ("out_features", "embedding_dim", "nf", "normalized_shape")
EITHER = ("num_features",)

DIMENSIONS = re.compile(r"Conv(?:Transpose)?([123])d")


def stated_axis(part: Any, shape: tuple[int, ...]) -> int | None:
    """Return the axis of neurons that a layer states by its kind or its sizes: 1, or −1 for the last; None if unknown.

    Vectors (batch, neurons) have one axis that it can be.
    """
    if len(shape) == 2:
        return -1
    kinds = [each.__name__ for each in type(part).__mro__ if each.__module__.startswith("torch.nn")]
    if any(re.search(r"[123]d$", each) or each in CHANNELS_SECOND for each in kinds):
        return 1
    if any(each in NEURONS_LAST for each in kinds):
        return -1
    return _by_size(part, shape)


def _by_size(part: Any, shape: tuple[int, ...]) -> int | None:
    """By the number of neurons that a layer has as an attribute, where it is the size of an axis."""
    square = shape[1] == shape[-1]
    for names, axis in ((CHANNELS, 1), (FEATURES, -1), (EITHER, None)):
        sizes = {_size(getattr(part, name, None)) for name in names} - {None}
        found = [at for at in (1, -1) if shape[at] in sizes]
        if square and found:
            return 1 if type(part).__name__.endswith("2d") else axis
        if found:
            return found[0]
    return None


def _size(value: Any) -> int | None:
    """A number of neurons: a whole number, or a normalized shape of one axis."""
    if isinstance(value, tuple | list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class Tracer:
    """Follows the axis of neurons through one forward pass, from layers that state theirs to those that do not."""

    def __init__(self, module: Any) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._shapes: dict[tuple[int, ...], set[int]] = {}
        self._handles = [each.register_forward_hook(self._hook) for each in module.modules()]

    def remove(self) -> None:
        """Take all hooks away."""
        for each in self._handles:
            each.remove()

    def axis(self, part: Any, given: Any, output: Any) -> int | None:
        """Return the axis of neurons of a layer's output; None where nothing says it.

        ``given``: the layer's first input. It passes its axis on through layers of PyTorch that keep the size of that
        axis, such as activation functions, and through others that keep the whole shape.
        """
        shape = tuple(output.shape)
        stated = stated_axis(part, shape) if len(shape) > 1 else None
        if stated is None:
            stated = self._of(output)
        if stated is None and _is_tensor(given) and (passed := self._of(given)) is not None:
            before = tuple(given.shape)
            same = before == shape and (_is_from_torch(part) or shape.count(shape[passed]) == 1)
            if same and not list(part.children()):
                stated = passed
        if stated is None and len(alike := self._shapes.get(shape, set())) == 1:
            (stated,) = alike
        return stated

    def _of(self, tensor: Any) -> int | None:
        known = self._known.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else None

    def _hook(self, part: Any, inputs: Any, output: Any) -> None:
        first = output[0] if isinstance(output, tuple | list) and output else output
        if not _is_tensor(first):
            return
        axis = self.axis(part, inputs[0] if inputs else None, first)
        if axis is not None and first.ndim > 2:
            self._known[id(first)] = (weakref.ref(first), axis)
            self._shapes.setdefault(tuple(first.shape), set()).add(axis)


def checked_axis(axis: int | None, shape: tuple[int, ...], layer: str) -> int:
    """Return the axis of neurons, counted from the front, of an output of a layer, traced or given.

    Texts (batch, tokens, neurons) of a layer that says nothing have neurons last; outputs of more axes are refused,
    since both orders are usual.
    """
    if len(shape) < 2:
        raise InputError(
            f"The output of layer {layer!r} must have an axis of neurons besides that of samples, but has shape "
            f"{shape}; a data set of single samples needs torch.utils.data.DataLoader(dataset, batch_size=64)."
        )
    if axis is None and len(shape) > 3:
        raise InputError(
            f"Layer {layer!r} gives shape {shape} and does not say which axis has the neurons; add axis=1 for "
            "channels, or axis=-1 for the last."
        )
    chosen = -1 if axis is None else axis
    if not -len(shape) < chosen < len(shape) or chosen == 0:
        raise InputError(f"Argument `axis` is {chosen}, but layer {layer!r} gives shape {shape}.")
    return chosen % len(shape)


def check_batched(part: Any, shape: tuple[int, ...], layer: str) -> None:
    """Refuse the output of a convolution without an axis of samples."""
    for kind in type(part).__mro__:
        found = DIMENSIONS.fullmatch(kind.__name__)
        if found and len(shape) == int(found[1]) + 1:
            raise InputError(
                f"Layer {layer!r} gives shape {shape}, channels and places of a single sample; yield batches, such as "
                "by torch.utils.data.DataLoader(dataset, batch_size=64)."
            )


def samples_first(part: Any, output: Any) -> Any:
    """Return a layer's output with samples first, also of recurrent and attention layers that have them second."""
    kinds = {each.__name__ for each in type(part).__mro__}
    second = kinds & {"RNNBase", "MultiheadAttention"} and getattr(part, "batch_first", True) is False
    return output.transpose(0, 1) if second and output.ndim == 3 else output


def _is_from_torch(part: Any) -> bool:
    return type(part).__module__.startswith("torch.nn")


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "detach")
