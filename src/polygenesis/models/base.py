"""What every model says of itself, in operators that NumPy and PyTorch share: no module here imports either's engine.

The leading axis of every parameter is r, the replicates: ``@`` multiplies the matrices of each replicate by those of
the same replicate, so one program trains them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.initial import Initial

Parameters = Mapping[str, Any]
"""Parameters by name, each an array or tensor (r, …)."""

Activation = Literal["identity", "relu", "gelu"]
"""What is applied to each unit of a layer; gelu is x Φ(x), exactly (arXiv:1606.08415)."""

Normalization = Literal["none", "batch", "layer"]
"""What centres and scales a hidden layer before its activation, without learned gain or shift."""

STEADY = 1e-5
"""Added to a variance before its root is taken, as is usual."""


class Reading(NamedTuple):
    """A matrix (features, neurons) that a census can read off a model, and why one would."""

    name: str
    why: str


class Layer(NamedTuple):
    """One layer x → f(x W + b): its parameters by name, (inputs, outputs) and (outputs,) or None, and f.

    ``turned``: the weights are stored as (outputs, inputs), as those of a tied decoder are.
    """

    weights: str
    bias: str | None
    activation: Activation
    turned: bool = False


class Setting(NamedTuple):
    """What surrounds a forward pass.

    ``probabilities``: of the inputs, (b,), or None where all are alike. ``disturb``: called with each hidden layer
    (r, b, m) and its number from 0, which returns it with noise. ``functional``: PyTorch's functions
    (``torch.nn.functional``), for models that need more than operators.
    """

    probabilities: Any = None
    disturb: Callable[[Any, int], Any] | None = None
    functional: Any = None


class GeneralModel(Protocol):
    """What a model must have to be trained by the general engine."""

    @property
    def n(self) -> int:
        """Number of inputs."""

    @property
    def m(self) -> int:
        """Number of neurons in a hidden layer."""

    @property
    def kind(self) -> str:
        """Its name in spec files."""

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of one replicate's parameters."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the hidden layers, first to last."""

    @property
    def layers_by_hand(self) -> tuple[Layer, ...] | None:
        """The layers of a network that is nothing but layers, for which there is compiled code; None for others."""

    @property
    def untrained(self) -> tuple[str, ...]:
        """Parameters that stay as they were drawn."""

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The matrices that a census can read; the first is a run's ``final``."""

    @property
    def breaks_rotations(self) -> str | None:
        """What of the model singles out the neurons among the directions of its hidden space, or None."""

    def draw(self, name: str, law: Initial, generator: np.random.Generator) -> Floats:
        """Draw one replicate's parameter."""

    def forward(self, parameters: Parameters, inputs: Any, setting: Setting) -> tuple[tuple[Any, ...], Any]:
        """Return the hidden layers, each (r, b, m), and the outputs (r, b, …)."""

    def matrices(self, parameters: Parameters) -> dict[str, Any]:
        """Return the weight matrices by parameter as (r, features, neurons): what penalties see (no biases)."""

    def read(self, parameters: Parameters, name: str) -> Any:
        """Return one reading, (r, features, neurons)."""


def activate(name: Activation, x: Any) -> Any:
    """Apply an activation to a tensor."""
    if name == "relu":
        return x.relu()
    if name == "gelu":
        return 0.5 * x * (1 + (x * 0.5**0.5).erf())
    return x


def normalize(name: Normalization, x: Any, probabilities: Any = None) -> Any:
    """Centre and scale (r, b, m): each neuron over the inputs (arXiv:1502.03167), or each input over the neurons
    (arXiv:1607.06450)."""
    if name == "none":
        return x
    if name == "layer":
        centred = x - x.mean(-1)[..., None]
        return centred / ((centred**2).mean(-1)[..., None] + STEADY) ** 0.5
    if probabilities is None:
        centred = x - x.mean(-2)[..., None, :]
        return centred / ((centred**2).mean(-2)[..., None, :] + STEADY) ** 0.5
    shares = probabilities[..., None]
    centred = x - (shares * x).sum(-2)[..., None, :]
    return centred / ((shares * centred**2).sum(-2)[..., None, :] + STEADY) ** 0.5


def disturbed(setting: Setting, hidden: Any, layer: int = 0) -> Any:
    """Return a hidden layer with the noise of the setting, if there is any."""
    return hidden if setting.disturb is None else setting.disturb(hidden, layer)


def draw_bias(generator: np.random.Generator, shape: tuple[int, ...], std: float) -> Floats:
    """Draw a bias from a normal law, or zeros where its standard deviation is 0."""
    return generator.standard_normal(shape) * std if std else np.zeros(shape)


def reading_names(readings: Sequence[Reading]) -> tuple[str, ...]:
    """The names of readings, the default first."""
    return tuple(each.name for each in readings)
