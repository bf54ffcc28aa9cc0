"""Residual networks of perceptron blocks: what a transformer's multilayer perceptrons do, without attention."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeFloat, PositiveInt, part
from polygenesis.initial import Initial
from polygenesis.models.base import Activation, Layer, Parameters, Reading, Setting, activate, disturbed, draw_bias

DECODER = Reading("decoder", "What each neuron of the last block adds to every output, through the unembedding.")
ENCODER = Reading("encoder", "Which neurons of the first block each input excites, through the embedding.")


@part
class ResidualPerceptron:
    """Residual blocks s ← s + f(s A + b) B on a stream s = x E, read by y = s Eᵀ, or y = s U where it is not ``tied``.

    ``n`` inputs and outputs, ``m`` neurons a block. ``width``: of the stream. ``layers``: number of blocks.
    ``activation``: f. ``embedding``: rows of E drawn from the initial law, random directions of norm 1, or the identity
    (width = n). ``train_embedding``: whether E and U are trained; a fixed embedding is the usual toy model of
    computation in superposition. ``bias``: whether blocks have a bias b. ``bias_std``: standard deviation of the normal
    law from which biases start.
    """

    n: PositiveInt
    m: PositiveInt
    width: PositiveInt
    layers: Annotated[PositiveInt, Field(le=8)] = 1
    activation: Activation = "relu"
    tied: bool = True
    embedding: Literal["drawn", "unit", "identity"] = "unit"
    train_embedding: bool = False
    bias: bool = True
    bias_std: NonNegativeFloat = 0.0
    kind: Literal["residual-perceptron"] = field(default="residual-perceptron", kw_only=True, repr=False)
    layers_by_hand: ClassVar[tuple[Layer, ...] | None] = None
    readings: ClassVar[tuple[Reading, ...]] = (DECODER, ENCODER)

    def check(self) -> str | None:
        """Say what of its fields does not go together, or None."""
        if self.embedding == "identity" and self.width != self.n:
            return f"`model.width` must be n = {self.n} for an identity as embedding, but is {self.width}"
        return None

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Embedding (n, width); of each block in{k} (width, m), bias{k} (m,), out{k} (m, width); unembedding."""
        found: dict[str, tuple[int, ...]] = {"embedding": (self.n, self.width)}
        for k in range(1, self.layers + 1):
            found |= {f"in{k}": (self.width, self.m), f"out{k}": (self.m, self.width)}
            found |= {f"bias{k}": (self.m,)} if self.bias else {}
        return found if self.tied else found | {"unembedding": (self.width, self.n)}

    @property
    def widths(self) -> tuple[int, ...]:
        """As many hidden layers as blocks, all of m neurons."""
        return (self.m,) * self.layers

    @property
    def untrained(self) -> tuple[str, ...]:
        """The embedding and unembedding, unless they are trained."""
        return () if self.train_embedding else tuple(name for name in self.shapes if "embedding" in name)

    @property
    def breaks_rotations(self) -> str | None:
        """The activation."""
        return None if self.activation == "identity" else f"the hidden activation {self.activation!r}"

    def draw(self, name: str, law: Initial, generator: np.random.Generator) -> Floats:
        """Draw one replicate's parameter: the law's (outputs, inputs), transposed; an embedding as it says."""
        rows, columns = (self.shapes[name] + (0,))[:2]
        if name.startswith("bias"):
            return draw_bias(generator, self.shapes[name], self.bias_std)
        if "embedding" in name:
            found = self._embedding(law, generator)
            return found if name == "embedding" else found.T
        return law.sample(generator, columns, rows).T

    def _embedding(self, law: Initial, generator: np.random.Generator) -> Floats:
        if self.embedding == "identity":
            return np.eye(self.n)
        if self.embedding == "drawn":
            return law.sample(generator, self.n, self.width)
        found = generator.standard_normal((self.n, self.width))
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))

    def forward(self, parameters: Parameters, inputs: Any, setting: Setting) -> tuple[tuple[Any, ...], Any]:
        """Return the hidden layer of each block, (r, b, m), and the outputs, (r, b, n)."""
        stream, hidden = inputs @ parameters["embedding"], []
        for k in range(1, self.layers + 1):
            before = stream @ parameters[f"in{k}"]
            if self.bias:
                before = before + parameters[f"bias{k}"][..., None, :]
            hidden.append(activate(self.activation, before))
            stream = stream + disturbed(setting, hidden[-1], k - 1) @ parameters[f"out{k}"]
        return tuple(hidden), stream @ self._unembedding(parameters)

    def matrices(self, parameters: Parameters) -> dict[str, Any]:
        """What each block reads and writes, (r, width, m) each; not the embedding."""
        found: dict[str, Any] = {}
        for k in range(1, self.layers + 1):
            found |= {f"in{k}": parameters[f"in{k}"], f"out{k}": parameters[f"out{k}"].mT}
        return found

    def read(self, parameters: Parameters, name: str) -> Any:
        """Return one reading, (r, n, m)."""
        if name == "encoder":
            return parameters["embedding"] @ parameters["in1"]
        return (parameters[f"out{self.layers}"] @ self._unembedding(parameters)).mT

    def _unembedding(self, parameters: Parameters) -> Any:
        return parameters["embedding"].mT if self.tied else parameters["unembedding"]
