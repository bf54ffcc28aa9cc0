"""Which weights of a model surround a neuron, and how the features that share it move to another, in and out at once.

A reading says what features are: rows of a matrix (features, neurons) of a hidden layer. Where the incoming weights of
that layer have a row for each feature, the rows of the moved features move; so do the outgoing columns, where each is
a feature's. Weights of other things are copied where they come in; where they go out, they are copied too if the
incoming rows were divided, and what a bias would then add twice is taken off the next bias, as in `split_module`. So
the function stays exactly the same where the incoming weights are copied, and otherwise for features that do not occur
together and pass no other's output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError
from polygenesis.models import Autoencoder, Perceptron, TiedAutoencoder

if TYPE_CHECKING:
    from polygenesis.spec import RunSpec
from polygenesis.targets import Inputs

Network = dict[str, Floats]
"""Parameters of one network by name."""


@dataclass(frozen=True)
class Surroundings:
    """The parameters around one hidden layer, by name; "" where there is none.

    ``incoming`` (inputs, m) and ``outgoing`` (m, outputs); a tied model has one matrix, (features, m), which is its
    incoming. ``bias`` (m,), ``next_bias`` (outputs,). ``rows``, ``columns``: whether inputs and outputs are the
    features. ``activation``: of the layer.
    """

    incoming: str
    outgoing: str = ""
    bias: str = ""
    next_bias: str = ""
    rows: bool = True
    columns: bool = True
    activation: str = "identity"

    def grown(self, network: Network) -> Network:
        """Return a network with one neuron more, without weights and bias."""
        found = dict(network)
        for name, axis in ((self.incoming, 1), (self.outgoing, 0), (self.bias, 0)):
            if name:
                shape = list(np.shape(found[name]))
                shape[axis] = 1
                found[name] = np.concatenate([found[name], np.zeros(shape)], axis=axis)
        return found

    def unused(self, network: Network) -> list[int]:
        """Return the neurons without any weight."""
        used = np.any(network[self.incoming], axis=0)
        if self.outgoing:
            used = used | np.any(network[self.outgoing], axis=1)
        return [int(k) for k in np.flatnonzero(~used)]

    def moved(self, network: Network, neuron: int, features: Sequence[int], to: int) -> Network:
        """Return a network in which some features have left a neuron for an unused one."""
        found: Network = {name: np.array(value, dtype=np.float64) for name, value in network.items()}
        rows = list(features)
        if self.bias:
            found[self.bias][to] = found[self.bias][neuron]
        into = found[self.incoming]
        if self.rows:
            into[rows, to], into[rows, neuron] = into[rows, neuron], 0
        else:
            into[:, to] = into[:, neuron]
        if self.outgoing and self.columns:
            out = found[self.outgoing]
            out[to, rows], out[neuron, rows] = out[neuron, rows], 0
        elif self.outgoing:
            self._copy_outgoing(found, neuron, to)
        return found

    def _copy_outgoing(self, found: Network, neuron: int, to: int) -> None:
        out = found[self.outgoing]
        out[to] = out[neuron]
        if self.bias and self.next_bias:
            found[self.next_bias] -= out[neuron] * _activated(self.activation, float(found[self.bias][neuron]))


def surroundings(spec: RunSpec, reading: str) -> Surroundings:
    """Return what surrounds the neurons that a reading is of.

    Raises :class:`polygenesis.InputError` for layer normalization, where a neuron changes what all others are scaled
    by, and for a model of which it is not known which weights are a neuron's.
    """
    model = spec.model
    if getattr(model, "normalization", "none") != "none":
        raise InputError(
            f"A neuron under {model.normalization} normalization cannot be split: "  # type: ignore[union-attr]
            "what it does depends on the scale of all weights, or on all neurons of its layer, not on its own."
        )
    if isinstance(model, TiedAutoencoder):
        return Surroundings("weights")
    if isinstance(model, Autoencoder):
        bias, following = "hidden_bias" * model.hidden_bias, "output_bias" * model.output_bias
        if model.tied:
            return Surroundings("weights", "", bias, following, activation=model.hidden)
        return Surroundings("encoder", "decoder", bias, following, activation=model.hidden)
    if isinstance(model, Perceptron):
        return _of_perceptron(spec, model, reading)
    raise InputError(f"Neurons of {model.kind!r} cannot be split: it is not known which weights are theirs.")


def _of_perceptron(spec: RunSpec, model: Perceptron, reading: str) -> Surroundings:
    """Inputs and outputs are the same features where it reconstructs; where it classifies, the reading's are."""
    layer = 1 if reading == "encoder" else model.layers
    classifies = bool(getattr(spec.features, "classes", 0)) or not isinstance(spec.target, Inputs)
    inside, outside = layer == 1, layer == model.layers
    rows = inside and (not classifies or reading == "encoder")
    columns = outside and (not classifies or reading == "readout")
    return Surroundings(
        f"layer{layer}", f"layer{layer + 1}", f"bias{layer}", f"bias{layer + 1}", rows, columns, model.activation
    )


def _activated(name: str, value: float) -> float:
    from scipy.special import ndtr

    if name == "relu":
        return max(value, 0.0)
    return value * float(ndtr(value)) if name == "gelu" else value
