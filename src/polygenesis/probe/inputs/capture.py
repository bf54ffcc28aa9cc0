"""Capture: activations of layers of a PyTorch module, by forward hooks, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError, unknown_name
from polygenesis.probe.inputs.activations import Activations, Pieces
from polygenesis.probe.inputs.evaluating import evaluating
from polygenesis.probe.inputs.labels import plain
from polygenesis.probe.inputs.sample_labels import Batch, loaded_labels

Pooling = Literal["max", "mean", "each"]
POOLINGS: tuple[Pooling, ...] = ("max", "mean", "each")

CHANNELS_SECOND = ("Conv1d", "ConvTranspose1d", "BatchNorm1d", "InstanceNorm1d")
"""Layers of PyTorch whose output of three axes is (batch, channels, length)."""


def capture(
    module: Any, layer: str, loader: Iterable[Any], *, pool: Pooling = "max"
) -> tuple[Floats, np.ndarray[Any, Any] | None]:
    """Return the layer's activations (samples, neurons), float32, and the loader's labels of the samples or None."""
    found, batches = captured(module, [layer], loader, pool)
    return found[layer].array(), loaded_labels(batches, layer, pool == "each", False)


def captured(
    module: Any, layers: Sequence[str], loader: Iterable[Any], pool: Pooling
) -> tuple[dict[str, Activations], list[Batch]]:
    """Run a module over a loader and keep what some of its layers give."""
    import torch

    if not isinstance(module, torch.nn.Module):
        raise InputError(f"Argument `module` must be a torch.nn.Module, but is {type(module).__name__}.")
    if pool not in POOLINGS:
        raise unknown_name("pooling", pool, POOLINGS)
    parts = dict(module.named_modules())
    for layer in layers:
        if layer not in parts or not layer:
            raise unknown_name("layer", layer, [name for name in parts if name])
    seen: dict[str, Any] = {}
    pieces = {layer: Pieces() for layer in layers}
    batches: list[Batch] = []
    handles = [parts[layer].register_forward_hook(_keep(seen, layer)) for layer in layers]
    try:
        with evaluating(module):
            for inputs, label in _batches(loader):
                seen.clear()
                module(inputs)
                batch = Batch(None if label is None else plain("labels", label), {})
                for layer in layers:
                    if layer not in seen:
                        raise InputError(f"Layer {layer!r} was not used when the module ran.")
                    output = seen[layer].float().cpu().numpy()
                    pieces[layer].add(pooled(output, pool, parts[layer]))
                    batch.shapes[layer] = neurons_last(output, parts[layer]).shape[:-1]
                batches.append(batch)
    finally:
        for handle in handles:
            handle.remove()
    if not batches:
        raise InputError("Argument `loader` must yield batches, but is empty.")
    return {layer: Activations(None, each) for layer, each in pieces.items()}, batches


def _keep(seen: dict[str, Any], layer: str) -> Callable[[Any, Any, Any], None]:
    """Return a hook that keeps what a layer gives, the last time where it is used more than once."""

    def hook(_: Any, __: Any, output: Any) -> None:
        seen[layer] = _tensor(output, layer).detach().clone()  # what follows may write into the output itself

    return hook


def neurons_last(output: Floats, part: Any = None) -> Floats:
    """Move the neurons of a layer's output to its last axis, from the second for images and one-dimensional channels.

    ``part``: the layer; its ``out_channels`` or ``num_features`` tell channels (b, channels, length) from tokens.
    """
    if output.ndim < 2:
        raise InputError(f"The layer's output must have an axis of neurons, but has shape {output.shape}.")
    if output.ndim == 2 or (output.ndim == 3 and not _has_channels(output.shape, part)):
        return output
    return np.moveaxis(output, 1, -1)


def _has_channels(shape: tuple[int, ...], part: Any) -> bool:
    """Whether an output of three axes is (batch, channels, length), by what its layer says of itself."""
    known = {getattr(part, name, None) for name in ("out_channels", "num_features")} - {None}
    named = any(each.__name__ in CHANNELS_SECOND for each in type(part).__mro__)
    return named or (shape[1] in known and shape[2] not in known)


def pooled(output: Floats, pool: Pooling, part: Any = None) -> Floats:
    """Bring a layer's output to (samples, neurons): (b, neurons), (b, tokens, neurons) or (b, channels, ...)."""
    places = neurons_last(output, part)
    flat = places.reshape(len(places), -1, places.shape[-1])
    if pool == "each":
        return np.ascontiguousarray(flat.reshape(-1, flat.shape[-1]))
    return np.asarray(flat.max(axis=1) if pool == "max" else flat.mean(axis=1))


def _tensor(output: Any, layer: str) -> Any:
    output = output[0] if isinstance(output, tuple) and output else output
    if not hasattr(output, "detach"):
        raise InputError(f"Layer {layer!r} must return a tensor, but returns {type(output).__name__}.")
    return output


def _batches(loader: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield (inputs, labels or None), batch by batch."""
    if hasattr(loader, "detach") or not isinstance(loader, Iterable):
        kind = type(loader).__name__
        raise InputError(f"Argument `loader` must be a list or a loader of batches, but is of type {kind}.")
    for batch in loader:
        if isinstance(batch, tuple | list) and len(batch) == 2:
            yield batch[0], batch[1]
        elif hasattr(batch, "detach"):
            yield batch, None
        else:
            kind = type(batch).__name__ + (f" of {len(batch)}" if isinstance(batch, tuple | list) else "")
            raise InputError(f"Argument `loader` must yield tensors or (inputs, labels) pairs, but yields a {kind}.")
