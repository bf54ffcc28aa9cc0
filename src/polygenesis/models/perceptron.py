"""Multilayer perceptrons: one to four hidden layers, to reconstruct their inputs or to name their class."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeFloat, PositiveInt, part
from polygenesis.initial import Initial
from polygenesis.models.base import (
    Activation,
    Layer,
    Normalization,
    Parameters,
    Reading,
    Setting,
    activate,
    disturbed,
    draw_bias,
)
from polygenesis.models.base import normalize as normalized

READOUT = Reading(
    "readout", "Which neurons of the last hidden layer vote for each output or class, and with which sign."
)
FIRST = Reading("encoder", "Which neurons of the first hidden layer each input excites.")


@part
class Perceptron:
    """A multilayer perceptron with ``layers`` hidden layers of m neurons each, and biases.

    ``n`` inputs, ``m`` neurons a hidden layer. ``outputs``: number of outputs or classes; by default n, to reconstruct
    the inputs. ``activation``: of every hidden layer. ``output``: of the outputs (identity for classes).
    ``normalization``: applied in every hidden layer before its activation. Layer l has weights ``layer{l}`` (inputs,
    outputs) and ``bias{l}``; each row of the transposed weights is drawn from the initial law, so that its default is
    1/√(inputs of the layer). ``bias_std``: standard deviation of the normal law from which biases start; 0 starts them
    at zero. ``fixed``: names of parameters that are not trained.
    """

    n: PositiveInt
    m: PositiveInt
    layers: Annotated[PositiveInt, Field(le=4)] = 1
    outputs: PositiveInt | None = None
    activation: Activation = "relu"
    output: Activation = "identity"
    normalization: Normalization = "none"
    bias_std: NonNegativeFloat = 0.0
    fixed: tuple[str, ...] = ()
    kind: Literal["perceptron"] = field(default="perceptron", kw_only=True, repr=False)
    added: ClassVar[tuple[str, ...]] = ("bias_std", "fixed")

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Weights layer1 (n, m), … and biases bias1 (m,), …; the last layer is the readout, (m, outputs)."""
        sizes = (self.n, *self.widths, self.outputs or self.n)
        weights: dict[str, tuple[int, ...]] = {
            f"layer{k + 1}": (sizes[k], sizes[k + 1]) for k in range(self.layers + 1)
        }
        return weights | {f"bias{k + 1}": (sizes[k + 1],) for k in range(self.layers + 1)}

    @property
    def widths(self) -> tuple[int, ...]:
        """As many hidden layers as ``layers``, all of m neurons."""
        return (self.m,) * self.layers

    @property
    def layers_by_hand(self) -> tuple[Layer, ...] | None:
        """The hidden layers and the readout, unless there is normalization."""
        if self.normalization != "none":
            return None
        acts = (*[self.activation] * self.layers, self.output)
        return tuple(Layer(f"layer{k}", f"bias{k}", act) for k, act in enumerate(acts, start=1))

    @property
    def untrained(self) -> tuple[str, ...]:
        """The fixed parameters."""
        return self.fixed

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The readout (outputs, m), and the first layer (n, m)."""
        return (READOUT, FIRST)

    @property
    def breaks_rotations(self) -> str | None:
        """A hidden activation, or normalization neuron by neuron."""
        if self.activation != "identity":
            return f"the hidden activation {self.activation!r}"
        return "batch normalization" if self.normalization == "batch" else None

    def draw(self, name: str, law: Initial, generator: np.random.Generator) -> Floats:
        """Draw one replicate's parameter: the law's (outputs, inputs), transposed; a bias by ``bias_std``."""
        shape = self.shapes[name]
        if name.startswith("bias"):
            return draw_bias(generator, shape, self.bias_std)
        return law.sample(generator, shape[1], shape[0]).T

    def forward(self, parameters: Parameters, inputs: Any, setting: Setting) -> tuple[tuple[Any, ...], Any]:
        """Return the hidden layers, each (r, b, m), and the outputs, (r, b, outputs)."""
        layers, x = [], inputs
        for k in range(self.layers):
            before = x @ parameters[f"layer{k + 1}"] + parameters[f"bias{k + 1}"][..., None, :]
            layers.append(activate(self.activation, normalized(self.normalization, before, setting.probabilities)))
            x = disturbed(setting, layers[-1], k)
        last = self.layers + 1
        outputs = x @ parameters[f"layer{last}"] + parameters[f"bias{last}"][..., None, :]
        return tuple(layers), activate(self.output, outputs)

    def matrices(self, parameters: Parameters) -> dict[str, Any]:
        """All weights, each with the neurons of a hidden layer last: the readout is transposed."""
        names = [f"layer{k + 1}" for k in range(self.layers + 1)]
        return {name: parameters[name].mT if name == names[-1] else parameters[name] for name in names}

    def read(self, parameters: Parameters, name: str) -> Any:
        """Return one reading: the readout (r, outputs, m) or the first layer (r, n, m)."""
        return parameters["layer1"] if name == "encoder" else parameters[f"layer{self.layers + 1}"].mT
