"""Decoder-only transformers: what language models are, small."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import PositiveInt, part
from polygenesis.initial import Initial
from polygenesis.models.base import Layer, Parameters, Reading, Setting

READOUT = Reading("readout", "Which tokens each neuron of the last perceptron votes for, through the unembedding.")
FIRST = Reading("encoder", "Which neurons of the first perceptron each token excites by its embedding alone.")


@part
class Transformer:
    """A decoder-only transformer: attention, then a perceptron, in every layer; it predicts the next token.

    ``n`` tokens of context, ``m`` neurons a perceptron. ``vocabulary``: number of tokens. ``width``: of the residual
    stream. ``heads``: of attention; they divide ``width``. ``layers``: of attention and perceptron each.
    ``activation``: of the perceptrons. ``normalization``: before every attention and perceptron, and before the
    unembedding; layer normalization is without learned gain or shift (arXiv:1607.06450). Positions are learned.
    """

    n: PositiveInt
    m: PositiveInt
    vocabulary: Annotated[PositiveInt, Field(ge=2)]
    width: Annotated[PositiveInt, Field(ge=2)] = 32
    heads: PositiveInt = 4
    layers: Annotated[PositiveInt, Field(le=12)] = 1
    activation: Literal["relu", "gelu"] = "gelu"
    normalization: Literal["none", "layer"] = "layer"
    kind: Literal["transformer"] = field(default="transformer", kw_only=True, repr=False)
    layers_by_hand: ClassVar[tuple[Layer, ...] | None] = None
    readings: ClassVar[tuple[Reading, ...]] = (READOUT, FIRST)
    untrained: ClassVar[tuple[str, ...]] = ()
    whole_inputs: ClassVar[bool] = True
    takes_noise: ClassVar[bool] = False
    reads_tokens: ClassVar[bool] = True

    def check(self) -> str | None:
        """Say what of its fields does not go together, or None."""
        if self.width % self.heads:
            return f"`model.heads` must divide the width {self.width}, but is {self.heads}"
        return None

    @property
    def outputs(self) -> int:
        """One output a token of the vocabulary, at every position."""
        return self.vocabulary

    @property
    def positions(self) -> int:
        """Positions of an input."""
        return self.n

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Embedding (vocabulary, width), positions (n, width); of each layer query, key, value, attention (width,
        width), in (width, m), bias (m,), out (m, width); unembedding (width, vocabulary)."""
        d = self.width
        found: dict[str, tuple[int, ...]] = {"embedding": (self.vocabulary, d), "positions": (self.n, d)}
        for k in range(1, self.layers + 1):
            found |= {f"{name}{k}": (d, d) for name in ("query", "key", "value", "attention")}
            found |= {f"in{k}": (d, self.m), f"bias{k}": (self.m,), f"out{k}": (self.m, d)}
        return found | {"unembedding": (d, self.vocabulary)}

    @property
    def widths(self) -> tuple[int, ...]:
        """As many hidden layers as perceptrons, all of m neurons."""
        return (self.m,) * self.layers

    @property
    def breaks_rotations(self) -> str | None:
        """The activation."""
        return f"the hidden activation {self.activation!r}"

    def draw(self, name: str, law: Initial, generator: np.random.Generator) -> Floats:
        """Draw one replicate's parameter: the law's (outputs, inputs), transposed; zeros for a bias."""
        shape = self.shapes[name]
        if name.startswith("bias"):
            return np.zeros(shape)
        if name in ("embedding", "positions"):
            return law.sample(generator, *shape)
        return law.sample(generator, shape[1], shape[0]).T

    def forward(self, parameters: Parameters, inputs: Any, setting: Setting) -> tuple[tuple[Any, ...], Any]:
        """Return each perceptron's neurons, (r, b × n, m), and logits of the next token, (r, b, n, vocabulary).

        ``inputs``: tokens by number, (b, n) or (r, b, n).
        """
        embedding = parameters["embedding"]
        r, d, (b, t) = embedding.shape[0], self.width, inputs.shape[-2:]
        tokens = inputs.long().reshape(-1, b * t, 1).expand(r, -1, d)
        stream = embedding.gather(1, tokens).reshape(r, b, t, d) + parameters["positions"][:, None, :t]
        hidden = []
        for k in range(1, self.layers + 1):
            stream = stream + self._attention(parameters, self._normalized(stream, setting), setting, k)
            given = self._normalized(stream, setting).reshape(r, b * t, d)
            before = given @ parameters[f"in{k}"] + parameters[f"bias{k}"][:, None, :]
            hidden.append(getattr(setting.functional, self.activation)(before))
            stream = stream + (hidden[-1] @ parameters[f"out{k}"]).reshape(r, b, t, d)
        last = self._normalized(stream, setting).reshape(r, b * t, d)
        return tuple(hidden), (last @ parameters["unembedding"]).reshape(r, b, t, self.vocabulary)

    def _normalized(self, x: Any, setting: Setting) -> Any:
        return setting.functional.layer_norm(x, (self.width,)) if self.normalization == "layer" else x

    def _attention(self, parameters: Parameters, x: Any, setting: Setting, k: int) -> Any:
        """Return what causal attention of one layer adds to the stream, (r, b, t, width)."""
        r, b, t, d = x.shape
        flat = x.reshape(r, b * t, d)
        split = [
            (flat @ parameters[f"{name}{k}"]).reshape(r * b, t, self.heads, d // self.heads).transpose(1, 2)
            for name in ("query", "key", "value")
        ]
        mixed = setting.functional.scaled_dot_product_attention(*split, is_causal=True)
        return (mixed.transpose(1, 2).reshape(r, b * t, d) @ parameters[f"attention{k}"]).reshape(r, b, t, d)

    def matrices(self, parameters: Parameters) -> dict[str, Any]:
        """What each perceptron reads and writes, (r, width, m) each; not attention and embeddings."""
        found: dict[str, Any] = {}
        for k in range(1, self.layers + 1):
            found |= {f"in{k}": parameters[f"in{k}"], f"out{k}": parameters[f"out{k}"].mT}
        return found

    def read(self, parameters: Parameters, name: str) -> Any:
        """Return one reading, (r, vocabulary, m)."""
        if name == "encoder":
            return parameters["embedding"] @ parameters["in1"]
        return (parameters[f"out{self.layers}"] @ parameters["unembedding"]).mT
