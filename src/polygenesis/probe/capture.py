"""Capture: activations of layers of a PyTorch module, by forward hooks, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError, unknown_name
from polygenesis.probe.activations import Activations, Pieces
from polygenesis.probe.diagnose import diagnose
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.labels import plain

Pooling = Literal["max", "mean", "each"]
POOLINGS: tuple[Pooling, ...] = ("max", "mean", "each")


def diagnose_module(
    module: Any, layer: str, loader: Iterable[Any], *, pool: Pooling = "max", labels: Any = None, **options: Any
) -> Diagnosis:
    """Diagnose one layer of a PyTorch module on the batches of a loader.

    ``module``: any ``torch.nn.Module``, run in evaluation mode without gradients and left as it was. ``layer``:
    its dotted name in ``module.named_modules()``; its output's axis of neurons is the last, or the second for
    images (batch, channels, height, width). ``loader``: yields (inputs, labels) pairs, or inputs alone with
    ``labels`` given. ``pool``: how places of an image or tokens of a text become one number a sample and neuron
    ("max", "mean"), or "each" to make every place a sample with its sample's label. ``options`` go to
    :func:`diagnose`. Needs PyTorch. Raises :class:`polygenesis.InputError` for an unknown layer, with the known ones.
    """
    return diagnose_layers(module, [layer], loader, pool=pool, labels=labels, **options)[layer]


def diagnose_layers(
    module: Any,
    layers: Sequence[str],
    loader: Iterable[Any],
    *,
    pool: Pooling = "max",
    labels: Any = None,
    **options: Any,
) -> dict[str, Diagnosis]:
    """Diagnose several layers of a PyTorch module in one pass over a loader: name → diagnosis.

    See :func:`diagnose_module`. Large activations wait in temporary files, so that any number of samples will do.
    """
    captured, found = _captured(module, layers, loader, pool)
    if labels is None and found is None:
        raise InputError("Argument `labels` must be given when the loader yields inputs without labels.")
    given = found if labels is None else labels
    if pool == "each":
        samples = captured[layers[0]].samples
        given = np.asarray(given)
        if samples % len(given):
            raise InputError(f"{len(given)} labels do not fit {samples} places of the layer.")
        given = np.repeat(given, samples // len(given), axis=0)
    return {layer: diagnose(each, given, **options) for layer, each in captured.items()}


def capture(
    module: Any, layer: str, loader: Iterable[Any], *, pool: Pooling = "max"
) -> tuple[Floats, np.ndarray[Any, Any] | None]:
    """Return the layer's activations (samples, neurons), float32, and the loader's labels or None."""
    captured, labels = _captured(module, [layer], loader, pool)
    return captured[layer].array(), labels


def _captured(
    module: Any, layers: Sequence[str], loader: Iterable[Any], pool: Pooling
) -> tuple[dict[str, Activations], np.ndarray[Any, Any] | None]:
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
    labels: list[np.ndarray[Any, Any]] = []
    handles = [parts[layer].register_forward_hook(_keep(seen, layer)) for layer in layers]
    training = module.training
    module.eval()
    try:
        with torch.no_grad():
            for inputs, label in _batches(loader):
                seen.clear()
                module(inputs)
                for layer in layers:
                    if layer not in seen:
                        raise InputError(f"Layer {layer!r} was not used when the module ran.")
                    pieces[layer].add(pooled(seen[layer].detach().float().cpu().numpy(), pool))
                if label is not None:
                    labels.append(plain("labels", label))
    finally:
        for handle in handles:
            handle.remove()
        module.train(training)
    if not seen:
        raise InputError("Argument `loader` must yield batches, but is empty.")
    return {layer: Activations(None, each) for layer, each in pieces.items()}, np.concatenate(
        labels
    ) if labels else None


def _keep(seen: dict[str, Any], layer: str) -> Callable[[Any, Any, Any], None]:
    """Return a hook that keeps what a layer gives, the last time where it is used more than once."""

    def hook(_: Any, __: Any, output: Any) -> None:
        seen[layer] = _tensor(output, layer)

    return hook


def pooled(output: Floats, pool: Pooling) -> Floats:
    """Bring a layer's output to (samples, neurons): (b, neurons), (b, tokens, neurons) or (b, channels, …, …)."""
    if output.ndim == 2:
        return output
    if output.ndim < 2:
        raise InputError(f"The layer's output must have an axis of neurons, but has shape {output.shape}.")
    places = output if output.ndim == 3 else np.moveaxis(output, 1, -1)
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
    for batch in loader:
        if isinstance(batch, tuple | list) and len(batch) == 2:
            yield batch[0], batch[1]
        else:
            yield batch, None
