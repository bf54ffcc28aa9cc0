"""Autoencoders with one hidden layer: tied or not, with biases, activations and normalization."""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar, Literal

import numpy as np

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

TIED = (Reading("weights", "The one matrix there is: row i writes feature i into the neurons and reads it back."),)
UNTIED = (
    Reading("decoder", "Which neurons produce each output: it is here that the output's ReLU tells signs apart."),
    Reading("encoder", "Which neurons each feature excites: what a probe of activations would see."),
    Reading("product", "How much of each feature's path runs through each neuron: encoder × decoder, entry by entry."),
)


@part
class Autoencoder:
    """An autoencoder y = g(f(x E + b) D + c) with one hidden layer of any width; D = Eᵀ if it is ``tied``.

    ``n`` features, ``m`` neurons. ``hidden``: the activation f. ``output``: the activation g. ``hidden_bias``: whether
    there is a bias b. ``output_bias``: whether there is a bias c. ``normalization``: applied to x E + b before f.
    The encoder E has shape (n, m), the decoder D (m, n). ``bias_std``: standard deviation of the normal law from which
    biases start; 0 starts them at zero. ``fixed``: names of parameters that are not trained.
    """

    n: PositiveInt
    m: PositiveInt
    tied: bool = False
    hidden: Activation = "identity"
    output: Activation = "relu"
    hidden_bias: bool = False
    output_bias: bool = False
    normalization: Normalization = "none"
    bias_std: NonNegativeFloat = 0.0
    fixed: tuple[str, ...] = ()
    kind: Literal["autoencoder"] = field(default="autoencoder", kw_only=True, repr=False)
    added: ClassVar[tuple[str, ...]] = ("bias_std", "fixed")

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Weights (n, m), or encoder (n, m) and decoder (m, n); biases (m,) and (n,)."""
        n, m = self.n, self.m
        found: dict[str, tuple[int, ...]] = {"weights": (n, m)} if self.tied else {"encoder": (n, m), "decoder": (m, n)}
        if self.hidden_bias:
            found["hidden_bias"] = (m,)
        if self.output_bias:
            found["output_bias"] = (n,)
        return found

    @property
    def widths(self) -> tuple[int, ...]:
        """One hidden layer."""
        return (self.m,)

    @property
    def layers_by_hand(self) -> tuple[Layer, ...] | None:
        """Encoder and decoder, unless there is normalization."""
        if self.normalization != "none":
            return None
        encoder, decoder = ("weights", "weights") if self.tied else ("encoder", "decoder")
        return (
            Layer(encoder, "hidden_bias" if self.hidden_bias else None, self.hidden),
            Layer(decoder, "output_bias" if self.output_bias else None, self.output, turned=self.tied),
        )

    @property
    def untrained(self) -> tuple[str, ...]:
        """The fixed parameters."""
        return self.fixed

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Tied: the weights. Untied: decoder (as (n, m)), encoder, and their product entry by entry."""
        return TIED if self.tied else UNTIED

    @property
    def breaks_rotations(self) -> str | None:
        """A hidden activation, or normalization neuron by neuron."""
        if self.hidden != "identity":
            return f"the hidden activation {self.hidden!r}"
        return "batch normalization" if self.normalization == "batch" else None

    def draw(self, name: str, law: Initial, generator: np.random.Generator) -> Floats:
        """Draw one replicate's parameter: the law's (n, m), for a decoder its transpose; a bias by ``bias_std``."""
        if name.endswith("bias"):
            return draw_bias(generator, self.shapes[name], self.bias_std)
        drawn = law.sample(generator, self.n, self.m)
        return drawn.T if name == "decoder" else drawn

    def forward(self, parameters: Parameters, inputs: Any, setting: Setting) -> tuple[tuple[Any, ...], Any]:
        """Return the hidden layer, (r, b, m), and the outputs, (r, b, n)."""
        before = inputs @ parameters["weights" if self.tied else "encoder"]
        if self.hidden_bias:
            before = before + parameters["hidden_bias"][..., None, :]
        hidden = activate(self.hidden, normalized(self.normalization, before, setting.probabilities))
        outputs = disturbed(setting, hidden) @ (parameters["weights"].mT if self.tied else parameters["decoder"])
        if self.output_bias:
            outputs = outputs + parameters["output_bias"][..., None, :]
        return (hidden,), activate(self.output, outputs)

    def matrices(self, parameters: Parameters) -> dict[str, Any]:
        """The weights; untied, encoder and transposed decoder: (r, n, m) each."""
        if self.tied:
            return {"weights": parameters["weights"]}
        return {"encoder": parameters["encoder"], "decoder": parameters["decoder"].mT}

    def read(self, parameters: Parameters, name: str) -> Any:
        """Return one reading, (r, n, m)."""
        if name == "product":
            return parameters["encoder"] * parameters["decoder"].mT
        return parameters["decoder"].mT if name == "decoder" else parameters[name]
