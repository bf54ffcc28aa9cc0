"""Diagnose layers of a PyTorch module: activations by forward hooks, then the same diagnosis as of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from polygenesis.errors import InputError, bad_argument, signals_raised
from polygenesis.probe.diagnose import diagnose
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.inputs.capture import Pooling, captured
from polygenesis.probe.inputs.sample_labels import given_labels, loaded_labels
from polygenesis.probe.preferring import SPLITS, Asked, with_loss
from polygenesis.probe.surgery.module_training import Loss
from polygenesis.progress import stepping


@signals_raised()
def diagnose_module(
    module: Any,
    layer: str,
    loader: Iterable[Any],
    *,
    pool: Pooling = "max",
    labels: Any = None,
    loss: Loss | None = None,
    between: tuple[str, str] | None = None,
    outputs: Mapping[str, Sequence[int]] | None = None,
    steps: int = 400,
    learning_rate: float = 0.01,
    **options: Any,
) -> Diagnosis:
    """Diagnose one layer of a PyTorch module on the batches of a loader, and ask whether its loss prefers the sharing.

    Args:
        module: any ``torch.nn.Module``, run in evaluation mode without gradients and left as it was.
        layer: its dotted name in ``module.named_modules()``; of its output, neurons are the last axis for vectors and
            texts (batch, tokens, neurons), and the second for images (batch, channels, height, width) and for sequences
            (batch, channels, length) that a Conv1d or a module of as many ``out_channels`` or ``num_features`` gives:
            name that one, since a ReLU behind it does not know.
        loader: yields (inputs, labels) pairs, or inputs alone with ``labels`` given.
        pool: how places of an image or tokens of a text become one number a sample and neuron ("max", "mean"), or
            "each" to make every place a sample with its input's label, or with its own where labels are
            (inputs, places...); ``kind="multi-label"`` says that they are columns nevertheless.
        loss: (module, batch) → the loss that the network was trained on, penalties included. With it and ``between``,
            the shared neurons that carry most are split and both arms trained on, so that ``preferred`` has an answer.
        between: names of the layers before and after the neurons, such as ("0", "2") around a ReLU "1".
        outputs: feature → the outputs of the second of them that belong to it; by default, of classes, the output of
            the same number.
        steps, learning_rate: of training on; see :func:`polygenesis.probe.split_and_relax_module`.
        options: go to :func:`polygenesis.probe.diagnose`.

    Needs PyTorch. Raises :class:`polygenesis.InputError` for an unknown layer, with the known ones.
    """
    asked = _asked(loss, between, outputs)
    with stepping(options.pop("progress", None), "Diagnosing") as say:
        found = diagnose_layers(module, [layer], loader, pool=pool, labels=labels, progress=say, **options)[layer]
        if asked is None:
            return found
        if say is not None:
            say("splitting shared neurons and training on")
        most = options.get("splits", SPLITS)
        return with_loss(found, module, loader, asked, most=most, steps=steps, learning_rate=learning_rate)


def _asked(loss: Loss | None, between: Any, outputs: Any) -> Asked | None:
    """Read what the loss is asked with, before anything is run; None where it is not asked."""
    if loss is None and between is None and outputs is None:
        return None
    if loss is None or not callable(loss):
        raise bad_argument("loss", "be a function (module, batch) → loss, to ask what it prefers", loss)
    if not isinstance(between, tuple | list) or len(between) != 2:
        raise bad_argument("between", "name the layers before and after the neurons, such as ('0', '2')", between)
    return Asked(loss, (str(between[0]), str(between[1])), outputs)


@signals_raised()
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
    with stepping(options.pop("progress", None), "Diagnosing") as say:
        if say is not None:
            say("reading activations")
        found, batches = captured(module, layers, loader, pool)
        if labels is None and all(batch.labels is None for batch in batches):
            raise InputError("Argument `labels` must be given when the loader yields inputs without labels.")
        how = (pool == "each", options.get("kind") == "multi-label")
        fitted = {
            layer: loaded_labels(batches, layer, *how) if labels is None else given_labels(labels, batches, layer, *how)
            for layer in layers
        }
        return {layer: diagnose(each, fitted[layer], progress=say, **options) for layer, each in found.items()}
