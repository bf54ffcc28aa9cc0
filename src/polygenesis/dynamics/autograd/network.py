"""One trained network as a plain PyTorch module, for whatever reads modules."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from polygenesis.arrays import Floats
from polygenesis.dynamics.autograd.modules import linear, module, whole
from polygenesis.dynamics.devices import torch
from polygenesis.models import (
    Autoencoder,
    Convolutional,
    Perceptron,
    ResidualPerceptron,
    TiedAutoencoder,
    Transformer,
)
from polygenesis.own import Own
from polygenesis.spec import RunSpec


def network(spec: RunSpec, parameters: Mapping[str, Floats]) -> Any:
    """Return a ``torch.nn.Module`` with one network's parameters; ``hidden1``, ``hidden2``, … end hidden layers.

    Layers are named encode1, normalize1, hidden1, …, decode, output. It has its own copy of the parameters, no noise,
    and computes what the engine does; normalization over inputs uses those of each call. A model of one's own has its
    parameters by name and no named layers.
    """
    if isinstance(spec.model, ResidualPerceptron | Convolutional | Transformer):
        return module(spec.model, parameters)
    if isinstance(spec.model, Own):
        return whole(spec.model, parameters)
    nn = torch().nn
    model, layers = spec.model, OrderedDict[str, Any]()
    for k, (weights, bias) in enumerate(_hidden(model, parameters), start=1):
        layers[f"encode{k}"] = linear(weights, bias)
        if isinstance(model, Autoencoder | Perceptron) and model.normalization != "none":
            width = weights.shape[1]
            batch = model.normalization == "batch"
            layers[f"normalize{k}"] = (
                nn.BatchNorm1d(width, affine=False, track_running_stats=False, dtype=_dtype(weights))
                if batch
                else nn.LayerNorm(width, elementwise_affine=False)
            )
        layers[f"hidden{k}"] = _activation(_hidden_activation(model))
    weights, bias = _readout(model, parameters)
    layers["decode"] = linear(weights, bias)
    layers["output"] = _activation("relu" if isinstance(model, TiedAutoencoder) else model.output)
    return nn.Sequential(layers).eval()


def _hidden(model: Any, parameters: Mapping[str, Floats]) -> list[tuple[Floats, Floats | None]]:
    if isinstance(model, Perceptron):
        return [(parameters[f"layer{k + 1}"], parameters[f"bias{k + 1}"]) for k in range(model.layers)]
    name = "encoder" if "encoder" in parameters else "weights"
    return [(parameters[name], parameters.get("hidden_bias"))]


def _readout(model: Any, parameters: Mapping[str, Floats]) -> tuple[Floats, Floats | None]:
    if isinstance(model, Perceptron):
        return parameters[f"layer{model.layers + 1}"], parameters[f"bias{model.layers + 1}"]
    weights = parameters["decoder"] if "decoder" in parameters else parameters["weights"].T
    return weights, parameters.get("output_bias")


def _hidden_activation(model: Any) -> str:
    if isinstance(model, Perceptron):
        return model.activation
    return model.hidden if isinstance(model, Autoencoder) else "identity"


def _dtype(weights: Floats) -> Any:
    return torch().as_tensor(weights[:1]).dtype


def _activation(name: str) -> Any:
    nn = torch().nn
    return {"identity": nn.Identity, "relu": nn.ReLU, "gelu": nn.GELU}[name]()
