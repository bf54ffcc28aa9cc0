"""Diagnose layers of PyTorch modules: activations by forward hooks, then the same diagnosis as of arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from polygenesis.errors import InputError, bad_argument, signals_raised
from polygenesis.numerals import counted
from polygenesis.probe.arguments import check_options
from polygenesis.probe.diagnose import diagnose
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.inputs.capture import Captured, captured
from polygenesis.probe.inputs.capture_options import CaptureOptions, Pooling
from polygenesis.probe.inputs.loader_order import check_order
from polygenesis.probe.inputs.networks import read_networks, read_starts
from polygenesis.probe.inputs.sample_labels import fitted_labels
from polygenesis.probe.inputs.seen import One
from polygenesis.probe.preferring import SPLITS, Asked, check_asked, check_outputs, with_loss
from polygenesis.probe.surgery.layers import named
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
    label: str | int | None = None,
    mask: str | int | bool | None = None,
    tensor: str | int | None = None,
    axis: int | None = None,
    use: int | None = None,
    checkpoints: Sequence[Any] | None = None,
    initial: Any = None,
    loss: Loss | None = None,
    between: tuple[str | tuple[str, ...], str] | None = None,
    outputs: Mapping[str, Sequence[int]] | None = None,
    steps: int = 400,
    learning_rate: float = 0.01,
    **options: Any,
) -> Diagnosis:
    """Diagnose one layer of a PyTorch module, or of several seeds of it, on the batches of a loader.

    Args:
        module: any ``torch.nn.Module``, run in evaluation mode without gradients and left as it was; or a list of
            them, one a seed, such as ``[net0, net1, net2]``. All see the same batches.
        layer: its dotted name in ``module.named_modules()``. What ``torch.compile``, data-parallel training or weight
            averaging put around a module is taken off first, so that its plain names hold: "1", not "_orig_mod.1"
            or "module.1", which are known too.
        loader: yields (inputs, labels) pairs; (ids, mask, labels); mappings such as Hugging Face's, which go in as
            keywords, without the labels; (mapping, labels); or inputs alone with ``labels`` given.
        pool: how places of an image or tokens of a text become one number a sample and neuron: "max", "mean", "first"
            or "last"; or "each" to make every place a sample with its input's label, or with its own where labels
            are (inputs, places...). Tokens that the attention mask leaves out do not count.
        labels: one for each input, or for each place with ``pool="each"``, in the loader's order; −100 is no class.
            Labels of tokens are (texts, tokens[, features]), a list of such arrays, one a batch, a list for each text,
            or flat, with a label or a row of columns for every token that is no pad.
        label: the key, or the position in a tuple, of the loader's labels, where they are not called labels.
        mask: the key or position of the attention mask, where it is not called attention_mask; False uses none.
        tensor: the key or position of the tensor that is meant, of a layer that returns several; by default the first.
        axis: the axis of neurons in the layer's output, where the layer does not say it.
        use: which use is meant of a layer that is used more than once in one forward pass: 0 the first, −1 the last.
        checkpoints: paths or state dictionaries, one a network, each read into a copy of ``module``.
        initial: the networks before training, one for each: modules, checkpoints, or their activations.
        loss: (module, batch) → the loss that the network was trained on, penalties included. With it and ``between``,
            the shared neurons of the first network that carry most are split and both arms trained on, so that
            ``preferred`` has an answer.
        between: names of the layers before and after the neurons, such as ("0", "2") around a ReLU "1"; of a gated
            layer (("mlp.gate_proj", "mlp.up_proj"), "mlp.down_proj").
        outputs: feature → the outputs of the second of them that belong to it; by default, of classes, the output of
            the same number. Needed wherever features are not numbered so. A layer that writes into a residual stream
            may have no outputs that belong to a feature; then this cannot be asked.
        steps, learning_rate: of training on; see :func:`polygenesis.probe.split_and_relax_module`.
        options: go to :func:`polygenesis.diagnose`. ``kind="multi-label"`` says that labels are columns even
            where there are as many as tokens.

    Needs PyTorch. Raises :class:`polygenesis.InputError`, one sentence with the call that would work, for an unknown
    layer, batches that cannot be read, and labels, masks and axes that can be read in two ways.
    """
    asked = _asked(loss, between, outputs)
    batches = list(loader) if asked is not None and isinstance(loader, Iterable) and iter(loader) is loader else loader
    with stepping(options.pop("progress", None), "Diagnosing") as say:
        networks = read_networks(module, checkpoints)
        if asked is not None:
            check_asked(networks[0], asked)
        how = CaptureOptions(pool, label, mask, tensor, axis, use)
        found = _diagnosed(networks, [layer], batches, how, labels, initial, say, options)[layer]
        found = _called("diagnose_module", found)
        if asked is None:
            return found
        if say is not None:
            say("splitting shared neurons and training on")
        most = options.get("splits", SPLITS)
        return with_loss(found, networks[0], batches, asked, most=most, steps=steps, learning_rate=learning_rate)


def _called(name: str, found: Diagnosis) -> Diagnosis:
    """Note which function was called, whose arguments are what the next steps name."""
    return replace(found, record={"called": name, **found.record})


def _asked(loss: Loss | None, between: Any, outputs: Any) -> Asked | None:
    """Read what the loss is asked with, before anything is run; None where it is not asked."""
    if loss is None and between is None and outputs is None:
        return None
    if loss is None or not callable(loss):
        raise bad_argument("loss", "be a function (module, batch) → loss, to ask what it prefers", loss)
    if not isinstance(between, tuple | list) or len(between) != 2:
        raise bad_argument("between", "name the layers before and after the neurons, such as ('0', '2')", between)
    into, out_of = named("between", between[0]), named("between", between[1])
    check_outputs(outputs)
    if len(out_of) > 1:
        raise bad_argument("between", "name one layer after the neurons, the one whose outputs are features'", between)
    return Asked(loss, (into, out_of[0]), outputs)


@signals_raised()
def diagnose_layers(
    module: Any,
    layers: Sequence[str],
    loader: Iterable[Any],
    *,
    pool: Pooling = "max",
    labels: Any = None,
    label: str | int | None = None,
    mask: str | int | bool | None = None,
    tensor: str | int | None = None,
    axis: int | None = None,
    use: int | None = None,
    checkpoints: Sequence[Any] | None = None,
    initial: Any = None,
    **options: Any,
) -> dict[str, Diagnosis]:
    """Diagnose several layers of a PyTorch module, or of several, in one pass over a loader: name → diagnosis.

    Arguments are those of :func:`diagnose_module`. ``initial`` may be networks, or activations as a mapping, {layer:
    activations}. Large activations wait in temporary files, so that any number of samples will do.

    Args:
        module: a PyTorch module, or a list of them.
        layers: dotted names of layers.
        loader: batches, as for :func:`diagnose_module`.
        pool: how places of an image or tokens of a text become one number: "max", "mean", "first", "last", or "each".
        labels: of the samples, where the loader has none.
        label: which part of a batch is the label.
        mask: which part of a batch says what is padding.
        tensor: which part of a layer's output is read.
        axis: which axis has the neurons.
        use: which use of a layer that is called several times.
        checkpoints: of the same module, one a run.
        initial: untrained networks, or {layer: activations}.
        options: those of :func:`diagnose`.
    """
    if isinstance(layers, str) or not isinstance(layers, Sequence) or not layers:
        raise bad_argument("layers", "be a list of names of layers, such as ['0', '2']", layers)
    with stepping(options.pop("progress", None), "Diagnosing") as say:
        how = CaptureOptions(pool, label, mask, tensor, axis, use)
        every = _diagnosed(read_networks(module, checkpoints), layers, loader, how, labels, initial, say, options)
        return {layer: _called("diagnose_layers", found) for layer, found in every.items()}


def _diagnosed(
    networks: Sequence[Any],
    layers: Sequence[str],
    loader: Iterable[Any],
    how: CaptureOptions,
    labels: Any,
    initial: Any,
    say: Callable[[str], None] | None,
    options: dict[str, Any],
) -> dict[str, Diagnosis]:
    """Capture the layers of all networks and of their starts in one pass, and diagnose one layer after the other."""
    check_options(options)
    if isinstance(labels, str) and labels.isidentifier():
        raise InputError(
            f"Argument `labels` must hold labels, but is a text; label={labels!r} names a key of the batches."
        )
    starts = _starts(initial, networks, layers)
    listed = {"labels": labels, "examples": options.get("examples"), "initial": initial if starts is None else None}
    check_order(loader, [name for name, each in listed.items() if each is not None])
    if say is not None:
        say("reading activations")
    found = captured([*networks, *(starts or [])], layers, loader, how, labelled=labels is not None)
    given = initial if _is_by_layer(initial, layers) else dict.fromkeys(layers, initial)
    return {
        layer: _one_layer(found, layer, len(networks), given[layer], how, labels, {**options, "progress": say})
        for layer in layers
    }


def _one_layer(
    found: Captured,
    layer: str,
    count: int,
    initial: Any,
    how: CaptureOptions,
    labels: Any,
    options: dict[str, Any],
) -> Diagnosis:
    fitted = fitted_labels(labels, found.batches, layer, how.pool == "each", options.get("kind"))
    if fitted is None:
        raise InputError(
            "Argument `labels` must be given when the loader yields inputs without labels, as one label for each input."
        )
    runs = [each.of(fitted.rows) for each in found.activations[layer]]
    ends, starts = runs[:count], runs[count:] or initial
    shown = diagnose(ends if count > 1 else ends[0], fitted.labels, initial=starts, **options)
    some = counted(fitted.ignored, "sample has", "samples have")
    verb = "is" if fitted.ignored == 1 else "are"
    ignored = [f"{some} the label −100 and {verb} left out."] if fitted.ignored else []
    seen = [One(each, layer) for each in found.batches]
    placed = any(len(one.shape) > 1 for one in seen)
    read = {"layer": layer, **({"pool": how.pool} if placed else {})}
    pooled = _pooled(seen, how.pool) if placed else ()
    notes = (*found.notes, *pooled, *ignored, *shown.notes)
    return replace(shown, notes=notes, record={**read, **shown.record})


POOLED = {
    "max": "the largest over all its {place}s",
    "mean": "the mean over all its {place}s",
    "first": "that of its first {place}",
    "last": "that of its last {place}",
}


def _pooled(seen: Sequence[One], pool: Pooling) -> tuple[str, ...]:
    """Say which of a neuron's numbers for one input is its activation; nothing where every place is a sample."""
    if pool not in POOLED:
        return ()
    place, unit = ("token", "text") if all(one.text for one in seen) else ("place", "input")
    chosen = POOLED[pool].format(place=place)
    return (
        f'The activation of a neuron for one {unit} is {chosen} (pool="{pool}"); with another `pool` the answer may be '
        "another.",
    )


def _starts(initial: Any, networks: Sequence[Any], layers: Sequence[str]) -> list[Any] | None:
    """The networks before training; None where ``initial`` holds none: it is activations, or nothing."""
    if _is_by_layer(initial, layers):
        if missing := [layer for layer in layers if layer not in initial]:
            raise InputError(f"Argument `initial` maps layers to activations, but lacks layer {missing[0]!r}.")
        return None
    starts = read_starts(initial, networks)
    if starts is None and initial is not None and len(layers) > 1:
        raise InputError(
            "Argument `initial` must be the networks before training, or map layers to activations, "
            f"{{{layers[0]!r}: activations, …}}, since layers differ."
        )
    return starts


def _is_by_layer(initial: Any, layers: Sequence[str]) -> bool:
    return isinstance(initial, Mapping) and any(layer in initial for layer in layers)
