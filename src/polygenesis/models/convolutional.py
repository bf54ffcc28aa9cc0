"""Convolutional classifiers of square images."""

from __future__ import annotations

import math
from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeFloat, PositiveInt, part
from polygenesis.initial import Initial
from polygenesis.models.base import Activation, Layer, Parameters, Reading, Setting, activate, draw_bias

READOUT = Reading("readout", "Which channels of the last convolution vote for each class, and with which sign.")
FIRST = Reading("encoder", "Which channels of the first convolution each pixel of the kernel excites.")


@part
class Convolutional:
    """A convolutional network: ``layers`` convolutions without padding, the mean over positions, and a readout.

    ``n`` pixels of a square image, ``m`` channels of every convolution. ``outputs``: number of classes. ``kernel``:
    pixels of its side. ``stride``: pixels between two positions. ``activation``: of every channel. ``bias_std``:
    standard deviation of the normal law from which biases start.
    """

    n: PositiveInt
    m: PositiveInt
    outputs: PositiveInt
    layers: Annotated[PositiveInt, Field(le=4)] = 2
    kernel: Annotated[PositiveInt, Field(le=11)] = 3
    stride: Annotated[PositiveInt, Field(le=4)] = 1
    activation: Activation = "relu"
    bias_std: NonNegativeFloat = 0.0
    kind: Literal["convolutional"] = field(default="convolutional", kw_only=True, repr=False)
    layers_by_hand: ClassVar[tuple[Layer, ...] | None] = None
    readings: ClassVar[tuple[Reading, ...]] = (READOUT, FIRST)
    untrained: ClassVar[tuple[str, ...]] = ()
    whole_inputs: ClassVar[bool] = True
    takes_noise: ClassVar[bool] = False

    def check(self) -> str | None:
        """Say what of its fields does not go together, or None."""
        if math.isqrt(self.n) ** 2 != self.n:
            return f"`model.n` must be the square of an image's side for a convolutional model, but is {self.n}"
        if min(self.sides) < 1:
            return (
                f"`model.kernel` must leave a position in each of {self.layers} convolutions of "
                f"{math.isqrt(self.n)} × {math.isqrt(self.n)} pixels, but is {self.kernel}"
            )
        return None

    @property
    def sides(self) -> tuple[int, ...]:
        """Positions along one side after each convolution."""
        found = [math.isqrt(self.n)]
        for _ in range(self.layers):
            found.append((found[-1] - self.kernel) // self.stride + 1 if found[-1] >= self.kernel else 0)
        return tuple(found[1:])

    @property
    def positions(self) -> int:
        """Positions of the first convolution: how often its weights are used for an input."""
        return max(1, self.sides[0] ** 2)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Kernels layer{k} (kernel² × channels before, m) and biases (m,); the readout, (m, outputs) and (outputs,)."""
        found: dict[str, tuple[int, ...]] = {}
        for k in range(1, self.layers + 1):
            found |= {f"layer{k}": (self.kernel**2 * (1 if k == 1 else self.m), self.m), f"bias{k}": (self.m,)}
        last = self.layers + 1
        return found | {f"layer{last}": (self.m, self.outputs), f"bias{last}": (self.outputs,)}

    @property
    def widths(self) -> tuple[int, ...]:
        """As many hidden layers as convolutions, all of m channels."""
        return (self.m,) * self.layers

    @property
    def breaks_rotations(self) -> str | None:
        """The activation."""
        return None if self.activation == "identity" else f"the hidden activation {self.activation!r}"

    def draw(self, name: str, law: Initial, generator: np.random.Generator) -> Floats:
        """Draw one replicate's parameter: the law's (outputs, inputs), transposed; a bias by ``bias_std``."""
        shape = self.shapes[name]
        if name.startswith("bias"):
            return draw_bias(generator, shape, self.bias_std)
        return law.sample(generator, shape[1], shape[0]).T

    def forward(self, parameters: Parameters, inputs: Any, setting: Setting) -> tuple[tuple[Any, ...], Any]:
        """Return each convolution's channels, averaged over positions, (r, b, m), and the outputs, (r, b, outputs)."""
        side = math.isqrt(self.n)
        x, hidden = inputs.reshape(*inputs.shape[:-1], side, side, 1), []
        for k in range(1, self.layers + 1):
            before = self._convolved(x, parameters[f"layer{k}"]) + parameters[f"bias{k}"][..., None, None, None, :]
            x = activate(self.activation, before)
            hidden.append(x.mean((-3, -2)))
        last = self.layers + 1
        return tuple(hidden), hidden[-1] @ parameters[f"layer{last}"] + parameters[f"bias{last}"][..., None, :]

    def _convolved(self, x: Any, weights: Any) -> Any:
        """Return the convolution of (…, b, side, side, channels) with (r, kernel² × channels, m)."""
        size, channels = (x.shape[-2] - self.kernel) // self.stride + 1, x.shape[-1]
        end, found = self.stride * (size - 1) + 1, 0
        for i in range(self.kernel):
            for j in range(self.kernel):
                patch = x[..., i : i + end : self.stride, j : j + end : self.stride, :]
                flat = patch.reshape(*patch.shape[:-4], -1, channels)
                at = (i * self.kernel + j) * channels
                found = found + flat @ weights[..., at : at + channels, :]
        return found.reshape(*found.shape[:-2], -1, size, size, weights.shape[-1])  # type: ignore[attr-defined]

    def matrices(self, parameters: Parameters) -> dict[str, Any]:
        """All weights, each with channels last: the readout is transposed."""
        names = [f"layer{k + 1}" for k in range(self.layers + 1)]
        return {name: parameters[name].mT if name == names[-1] else parameters[name] for name in names}

    def read(self, parameters: Parameters, name: str) -> Any:
        """Return one reading: the readout (r, outputs, m) or the first kernels (r, kernel², m)."""
        return parameters["layer1"] if name == "encoder" else parameters[f"layer{self.layers + 1}"].mT
