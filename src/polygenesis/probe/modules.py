"""Diagnose layers of a PyTorch module: activations by forward hooks, then the same diagnosis as of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from polygenesis.errors import InputError
from polygenesis.probe.diagnose import diagnose
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.inputs.capture import Pooling, captured
from polygenesis.probe.inputs.sample_labels import given_labels, loaded_labels


def diagnose_module(
    module: Any, layer: str, loader: Iterable[Any], *, pool: Pooling = "max", labels: Any = None, **options: Any
) -> Diagnosis:
    """Diagnose one layer of a PyTorch module on the batches of a loader.

    ``module``: any ``torch.nn.Module``, run in evaluation mode without gradients and left as it was. ``layer``:
    its dotted name in ``module.named_modules()``; of its output, neurons are the last axis for vectors and texts
    (batch, tokens, neurons), and the second for images (batch, channels, height, width) and for sequences
    (batch, channels, length) that a Conv1d or a module of as many ``out_channels`` or ``num_features`` gives: name
    that one, since a ReLU behind it does not know. ``loader``: yields (inputs, labels) pairs, or inputs alone with
    ``labels`` given. ``pool``: how places of an image or tokens of a text become one number a sample and neuron
    ("max", "mean"), or "each" to make every place a sample with its input's label, or with its own where labels
    are (inputs, places...); ``kind="multi-label"`` says that they are columns nevertheless. ``options`` go to
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
    found, batches = captured(module, layers, loader, pool)
    if labels is None and all(batch.labels is None for batch in batches):
        raise InputError("Argument `labels` must be given when the loader yields inputs without labels.")
    how = (pool == "each", options.get("kind") == "multi-label")
    fitted = {
        layer: loaded_labels(batches, layer, *how) if labels is None else given_labels(labels, batches, layer, *how)
        for layer in layers
    }
    return {layer: diagnose(each, fitted[layer], **options) for layer, each in found.items()}
