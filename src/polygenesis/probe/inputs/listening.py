"""Listening: a module with hooks on some of its layers, and what these give for a batch, neurons last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from polygenesis.arrays import Booleans, Floats
from polygenesis.errors import InputError
from polygenesis.probe.inputs.capture_options import CaptureOptions
from polygenesis.probe.inputs.evaluating import evaluating
from polygenesis.probe.inputs.forward import Call, run
from polygenesis.probe.inputs.layer_outputs import chosen_use, tensor_of
from polygenesis.probe.inputs.masks import fitted
from polygenesis.probe.inputs.networks import check_module
from polygenesis.probe.inputs.neuron_axis import Tracer, check_batched, checked_axis, samples_first
from polygenesis.probe.inputs.pooling import neurons_last
from polygenesis.probe.inputs.wrappers import layer_name, unwrapped


class Network:
    """A module and the layers of it that are listened to; they say on the first batch which axis has the neurons."""

    def __init__(self, module: Any, layers: Sequence[str], how: CaptureOptions) -> None:
        check_module("module", module)
        module = unwrapped(module)
        parts = dict(module.named_modules(remove_duplicate=False))  # a layer that is shared has several names
        self.module, self._how = module, how
        self._parts = {layer: unwrapped(parts[layer_name(module, layer)]) for layer in layers}
        self._given: dict[str, list[tuple[Any, int | None]]] = {layer: [] for layer in layers}
        self._axes: dict[str, int] = {}
        self._width: dict[str, int] = {}
        self._tracer: Tracer | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to the layers for a while, in evaluation mode without gradients; no hook is left behind."""
        with ExitStack() as stack:
            stack.enter_context(evaluating(self.module))
            self._tracer = Tracer(self.module)
            stack.callback(self._untrace)
            for layer, part in self._parts.items():
                stack.callback(part.register_forward_hook(self._keep(layer)).remove)
            yield

    def places(self, call: Call) -> tuple[dict[str, Floats], dict[str, Booleans | None]]:
        """Run a batch: of each layer the output (inputs, places..., neurons), and which places count, or None."""
        self._run(call)
        outputs = {layer: self._output(layer, call) for layer in self._parts}
        self._untrace()
        kept = {layer: self._kept(layer, each.shape[:-1], call) for layer, each in outputs.items()}
        return outputs, kept

    def _run(self, call: Call) -> None:
        for each in self._given.values():
            each.clear()
        try:
            run(self.module, call)
        except InputError as first:
            if call.instead is None:
                raise
            try:
                self._run(call.instead)
            except InputError:
                raise first from None

    def _untrace(self) -> None:
        if self._tracer is not None:
            self._tracer.remove()
            self._tracer = None

    def _keep(self, layer: str) -> Callable[[Any, Any, Any], None]:
        """Return a hook that keeps what a layer gives each time it is used."""

        def hook(part: Any, inputs: Any, output: Any) -> None:
            found = tensor_of(output, layer, self._how.tensor)
            first = inputs[0] if inputs else None
            axis = self._tracer.axis(part, first, found) if self._tracer is not None and found.ndim > 2 else None
            self._given[layer].append((found.detach().clone(), axis))  # what follows may write into the output itself

        return hook

    def _output(self, layer: str, call: Call) -> Floats:
        part = self._parts[layer]
        tensor, traced = chosen_use(self._given[layer], layer, self._how.use)
        if tensor.is_complex():
            raise InputError(f"Layer {layer!r} must give real numbers, but gives {tensor.dtype}.")
        tensor = samples_first(part, tensor)
        if tensor.ndim == 2 and call.text is not None and len(tensor) == call.text[0] * call.text[1] != call.text[0]:
            tensor = tensor.reshape(*call.text, tensor.shape[1])  # tokens of all texts, one after the other
        shape = tuple(tensor.shape)
        check_batched(part, shape, layer)
        if layer not in self._axes:
            self._axes[layer] = checked_axis(traced if self._how.axis is None else self._how.axis, shape, layer)
        found = neurons_last(tensor.float().cpu().numpy(), self._axes[layer])
        width = self._width.setdefault(layer, found.shape[-1])
        if found.shape[-1] != width:
            raise InputError(
                f"Layer {layer!r} gives {width} neurons for one batch and {found.shape[-1]} for another, of shape "
                f"{shape}; say with axis= which axis has the neurons."
            )
        return found

    def _kept(self, layer: str, places: tuple[int, ...], call: Call) -> Booleans | None:
        mask = self._mask(layer, call)
        return None if mask is None else fitted(mask, places, layer)

    def _mask(self, layer: str, call: Call) -> Booleans | None:
        """The attention mask of what a layer sees: in the decoder of an encoder-decoder model, that of its inputs."""
        both = getattr(getattr(self.module, "config", None), "is_encoder_decoder", False) is True
        return call.decoder_mask if both and "decoder" in layer.split(".") else call.mask
