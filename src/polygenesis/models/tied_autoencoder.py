"""The paper's model: a tied autoencoder with a linear hidden layer."""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import PositiveInt, part
from polygenesis.initial import Initial
from polygenesis.models.base import Layer, Parameters, Reading, Setting, disturbed


@part
class TiedAutoencoder:
    """A tied autoencoder y = ReLU(W Wᵀ x) with a linear hidden layer and no bias (arXiv:2312.03096, §2).

    ``n`` features, ``m`` neurons; weights have shape (n, m), row i encodes feature i.

    >>> TiedAutoencoder(n=64, m=128)
    TiedAutoencoder(n=64, m=128)
    """

    n: PositiveInt
    m: PositiveInt
    kind: Literal["tied-autoencoder"] = field(default="tied-autoencoder", kw_only=True, repr=False)
    readings: ClassVar[tuple[Reading, ...]] = (
        Reading("weights", "The one matrix there is: row i writes feature i into the neurons and reads it back."),
    )
    breaks_rotations: ClassVar[str | None] = None
    untrained: ClassVar[tuple[str, ...]] = ()
    layers_by_hand: ClassVar[tuple[Layer, ...]] = (
        Layer("weights", None, "identity"),
        Layer("weights", None, "relu", turned=True),
    )

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The weights, (n, m)."""
        return {"weights": (self.n, self.m)}

    @property
    def widths(self) -> tuple[int, ...]:
        """One hidden layer."""
        return (self.m,)

    def draw(self, name: str, law: Initial, generator: np.random.Generator) -> Floats:
        """Draw one replicate's weights."""
        return law.sample(generator, self.n, self.m)

    def forward(self, parameters: Parameters, inputs: Any, setting: Setting) -> tuple[tuple[Any, ...], Any]:
        """Return the hidden layer x W, (r, b, m), and the outputs ReLU(h Wᵀ), (r, b, n)."""
        weights = parameters["weights"]
        hidden = inputs @ weights
        return (hidden,), (disturbed(setting, hidden) @ weights.mT).relu()

    def matrices(self, parameters: Parameters) -> dict[str, Any]:
        """The weights."""
        return {"weights": parameters["weights"]}

    def read(self, parameters: Parameters, name: str) -> Any:
        """Return the weights."""
        return parameters[name]
