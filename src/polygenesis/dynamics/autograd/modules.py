"""Trained networks that are more than a chain of layers, as PyTorch modules with named parts."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from polygenesis import parts
from polygenesis.arrays import Floats
from polygenesis.dynamics.devices import torch
from polygenesis.models import Convolutional, ResidualPerceptron, Setting, Transformer

ACTIVATIONS = {"identity": "Identity", "relu": "ReLU", "gelu": "GELU"}
"""Classes of ``torch.nn``."""


def module(model: ResidualPerceptron | Convolutional | Transformer, parameters: Mapping[str, Floats]) -> Any:
    """Return one network with its own copy of the parameters; ``hidden{k}`` are the neurons of its layers."""
    if isinstance(model, Convolutional):
        return _convolutional(model, parameters)
    classes = _classes()
    kind = classes["residual"] if isinstance(model, ResidualPerceptron) else classes["transformer"]
    return kind(model, parameters).eval()


def linear(weights: Floats, bias: Floats | None = None) -> Any:
    """Return a layer of weights (inputs, outputs); PyTorch keeps them transposed."""
    library = torch()
    dtype = library.as_tensor(np.zeros(1, weights.dtype)).dtype
    layer = library.nn.Linear(*weights.shape, bias=bias is not None, dtype=dtype)
    with library.no_grad():
        layer.weight.copy_(library.tensor(np.ascontiguousarray(weights.T)))
        if bias is not None:
            layer.bias.copy_(library.tensor(bias))
    return layer


def _convolutional(model: Convolutional, parameters: Mapping[str, Floats]) -> Any:
    nn, side = torch().nn, math.isqrt(model.n)
    layers = nn.Sequential()
    layers.add_module("image", nn.Unflatten(-1, (1, side, side)))
    channels = 1
    for k in range(1, model.layers + 1):
        weights = parameters[f"layer{k}"].reshape(model.kernel, model.kernel, channels, model.m)
        dtype = torch().as_tensor(np.zeros(1, weights.dtype)).dtype
        layer = nn.Conv2d(channels, model.m, model.kernel, stride=model.stride, dtype=dtype)
        with torch().no_grad():
            layer.weight.copy_(torch().tensor(np.ascontiguousarray(weights.transpose(3, 2, 0, 1))))
            layer.bias.copy_(torch().tensor(parameters[f"bias{k}"]))
        layers.add_module(f"encode{k}", layer)
        layers.add_module(f"hidden{k}", getattr(nn, ACTIVATIONS[model.activation])())
        channels = model.m
    layers.add_module("mean", nn.AdaptiveAvgPool2d(1))
    layers.add_module("flat", nn.Flatten())
    last = model.layers + 1
    layers.add_module("decode", linear(parameters[f"layer{last}"], parameters[f"bias{last}"]))
    return layers.eval()


def whole(model: parts.Model, parameters: Mapping[str, Floats]) -> Any:
    """Return one network of somebody's own model: its parameters by name, and its ``forward`` as it is."""
    return _classes()["whole"](model, parameters).eval()


@functools.cache
def _classes() -> dict[str, Any]:
    """Make the classes once PyTorch is there."""
    nn = torch().nn

    class Residual(nn.Module):  # type: ignore[name-defined, misc]
        """Blocks encode{k}, hidden{k}, write{k} on a stream between embed and decode."""

        def __init__(self, model: ResidualPerceptron, parameters: Mapping[str, Floats]) -> None:
            super().__init__()
            self.layers = model.layers
            self.embed = linear(parameters["embedding"])
            for k in range(1, model.layers + 1):
                self.add_module(f"encode{k}", linear(parameters[f"in{k}"], parameters.get(f"bias{k}")))
                self.add_module(f"hidden{k}", getattr(nn, ACTIVATIONS[model.activation])())
                self.add_module(f"write{k}", linear(parameters[f"out{k}"]))
            self.decode = linear(parameters["embedding"].T if model.tied else parameters["unembedding"])

        def forward(self, x: Any) -> Any:
            """Return the outputs (b, n) of inputs (b, n)."""
            stream = self.embed(x)
            for k in range(1, self.layers + 1):
                neurons = getattr(self, f"hidden{k}")(getattr(self, f"encode{k}")(stream))
                stream = stream + getattr(self, f"write{k}")(neurons)
            return self.decode(stream)

    class Decoder(nn.Module):  # type: ignore[name-defined, misc]
        """Attention query{k}, key{k}, value{k}, attend{k} and perceptrons encode{k}, hidden{k}, write{k}."""

        def __init__(self, model: Transformer, parameters: Mapping[str, Floats]) -> None:
            super().__init__()
            self.model, width = model, model.width
            dtype = torch().as_tensor(np.zeros(1, parameters["embedding"].dtype)).dtype
            self.embed = nn.Embedding(model.vocabulary, width, dtype=dtype)
            self.positions = nn.Parameter(torch().tensor(parameters["positions"]))
            with torch().no_grad():
                self.embed.weight.copy_(torch().tensor(parameters["embedding"]))
            for k in range(1, model.layers + 1):
                for name, given in (("query", "query"), ("key", "key"), ("value", "value"), ("attend", "attention")):
                    self.add_module(f"{name}{k}", linear(parameters[f"{given}{k}"]))
                self.add_module(f"encode{k}", linear(parameters[f"in{k}"], parameters[f"bias{k}"]))
                self.add_module(f"hidden{k}", getattr(nn, ACTIVATIONS[model.activation])())
                self.add_module(f"write{k}", linear(parameters[f"out{k}"]))
            layered = model.normalization == "layer"
            self.normalize = nn.LayerNorm(width, elementwise_affine=False) if layered else nn.Identity()
            self.decode = linear(parameters["unembedding"])

        def forward(self, tokens: Any) -> Any:
            """Return logits of the next token, (b, n, vocabulary), after tokens (b, n)."""
            stream = self.embed(tokens.long()) + self.positions[: tokens.shape[-1]]
            for k in range(1, self.model.layers + 1):
                x = self.normalize(stream)
                split = [
                    getattr(self, f"{name}{k}")(x).unflatten(-1, (self.model.heads, -1)).transpose(1, 2)
                    for name in ("query", "key", "value")
                ]
                mixed = nn.functional.scaled_dot_product_attention(*split, is_causal=True)
                stream = stream + getattr(self, f"attend{k}")(mixed.transpose(1, 2).flatten(-2))
                neurons = getattr(self, f"hidden{k}")(getattr(self, f"encode{k}")(self.normalize(stream)))
                stream = stream + getattr(self, f"write{k}")(neurons)
            return self.decode(self.normalize(stream))

    class Whole(nn.Module):  # type: ignore[name-defined, misc]
        """A model that computes everything itself."""

        def __init__(self, model: parts.Model, parameters: Mapping[str, Floats]) -> None:
            super().__init__()
            self.model = model
            for name, values in parameters.items():
                self.register_parameter(name, nn.Parameter(torch().tensor(values)))

        def forward(self, x: Any) -> Any:
            """Return the outputs, (b, outputs), of inputs (b, n)."""
            stacked = {name: value[None] for name, value in self.named_parameters()}
            return self.model.forward(stacked, x, Setting(functional=nn.functional))[1][0]

    return {"residual": Residual, "transformer": Decoder, "whole": Whole}
