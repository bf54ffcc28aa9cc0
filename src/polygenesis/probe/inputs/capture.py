"""Capture: activations of layers of PyTorch modules, by forward hooks, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError
from polygenesis.probe.inputs.activations import Activations, Pieces
from polygenesis.probe.inputs.batches import Wanted, batches_of
from polygenesis.probe.inputs.capture_notes import Notes
from polygenesis.probe.inputs.capture_options import CaptureOptions, Pooling
from polygenesis.probe.inputs.evaluating import generators_kept
from polygenesis.probe.inputs.forward import Forward
from polygenesis.probe.inputs.listening import Network
from polygenesis.probe.inputs.pooling import pooled
from polygenesis.probe.inputs.sample_labels import fitted_labels
from polygenesis.probe.inputs.seen import Seen, made_by_collator
from polygenesis.probe.inputs.wrappers import uncompiled


def capture(
    module: Any,
    layer: str,
    loader: Iterable[Any],
    *,
    pool: Pooling = "max",
    label: str | int | None = None,
    mask: str | int | bool | None = None,
    tensor: str | int | None = None,
    axis: int | None = None,
    use: int | None = None,
) -> tuple[Floats, np.ndarray[Any, Any] | None]:
    """Return the layer's activations (samples, neurons), float32, and the loader's labels of the samples or None.

    Options are those of :func:`polygenesis.diagnose_module`. Samples whose label is −100 are left out. The labels of a
    collator for language models, causal or masked, are token ids and count as none.

    Args:
        module: a PyTorch module.
        layer: dotted name of a layer.
        loader: batches, as for :func:`polygenesis.diagnose_module`.
        pool: how places of an image or tokens of a text become one number: "max", "mean", "first", "last", or "each".
        label: which part of a batch is the label.
        mask: which part of a batch says what is padding.
        tensor: which part of the layer's output is read.
        axis: which axis has the neurons.
        use: which use of a layer that is called several times.
    """
    options = CaptureOptions(pool, label, mask, tensor, axis, use)
    found = captured([module], [layer], loader, options, optional=True)
    activations = found.activations[layer][0]
    guessed = made_by_collator(found.batches)
    labels = None if guessed else fitted_labels(None, found.batches, layer, pool == "each")
    if labels is None:
        return activations.array(), None
    return activations.of(labels.rows).array(), labels.labels


@dataclass(frozen=True, eq=False)
class Captured:
    """Activations of each layer, one a network; what the batches had; and sentences on how they were read."""

    activations: dict[str, list[Activations]]
    batches: list[Seen]
    notes: tuple[str, ...]


def captured(
    modules: Sequence[Any],
    layers: Sequence[str],
    loader: Iterable[Any],
    how: CaptureOptions,
    *,
    labelled: bool = False,
    optional: bool = False,
) -> Captured:
    """Run modules over a loader, once, and keep what some of their layers give.

    Every network sees the same batches in the same order, whether the loader shuffles or not. ``labelled``: labels are
    given elsewhere, so that the loader's are left out; ``optional``: it need not have any. Random numbers that modules
    and loader draw are PyTorch's, and its generators are then as they were; so is every module, without hooks.
    """
    networks = [Network(each, layers, how) for each in modules]
    forward = Forward(networks[0].module)
    pieces = {layer: [Pieces() for _ in networks] for layer in layers}
    seen: list[Seen] = []
    notes = Notes(networks[0].module, forward.names)
    with ExitStack() as stack:
        stack.enter_context(generators_kept(modules))
        stack.enter_context(uncompiled())
        for each in networks:
            stack.enter_context(each.listening())
        for batch in batches_of(loader, Wanted(how.label, labelled, optional, forward.needed)):
            call = forward.call(batch, how)
            notes.add(call)
            for k, network in enumerate(networks):
                places, kept = network.places(call)
                for layer in layers:
                    pieces[layer][k].add(pooled(places[layer], how.pool, -1, kept[layer]))
                if k == 0:
                    shapes = {layer: each.shape[:-1] for layer, each in places.items()}
                    seen.append(Seen(batch.labels, shapes, kept, call.text, _numbers_of(call.ids)))
    if not seen:
        used = "; an iterator is empty once it was used: give a list or a DataLoader"
        raise InputError(
            f"Argument `loader` must yield batches, but is empty{used if isinstance(loader, Iterator) else ''}."
        )
    found = {layer: [Activations(None, each) for each in several] for layer, several in pieces.items()}
    return Captured(found, seen, notes.sentences())


def _numbers_of(ids: Any) -> Any:
    """Token ids as an array, or None."""
    return None if ids is None else np.asarray(ids.detach().cpu())
