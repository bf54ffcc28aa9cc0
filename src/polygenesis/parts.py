"""Bases for parts of one's own: a penalty, a model, a law that is yours and stands in a spec beside the built-in ones.

A class extends one of these bases, has ``@part`` above it, and lies in a file. An instance goes into a spec; files and
the command name it by where it is imported from, ``kind = "my_penalties:LogPenalty"``. Before anything is trained each
part is tried on small arrays (``dynamics/trial.py``), and refused where it contradicts itself.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, dataclass_transform

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.checks import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from polygenesis.errors import InputError
from polygenesis.features.base import Batch
from polygenesis.interference import Stage
from polygenesis.models.base import Reading, Setting
from polygenesis.own import Own, finished
from polygenesis.penalties.base import Activations

__all__ = [
    "Activations",
    "Batch",
    "Features",
    "Importance",
    "Initial",
    "Interference",
    "Model",
    "Noise",
    "NonNegativeFloat",
    "NonNegativeInt",
    "Penalty",
    "PositiveFloat",
    "PositiveInt",
    "Reading",
    "Setting",
    "Stage",
    "Target",
    "part",
]

T = TypeVar("T")


class Penalty(Own):
    """A penalty on weights or activations; it needs ``strength`` and ``value``.

    ``strength``: a field or property, λ of what makes a race; gradient flow gives up after 50/λ. ``proximal``: whether
    it has a kink at zero that ``shrink`` takes exactly; ``smooth`` is then the rest. ``breaks_rotations``: whether it
    singles out neurons among the directions of the hidden space; without that a census means nothing. Write operators
    that NumPy and PyTorch share.
    """

    _field = "penalty"
    _needs = ("strength",)
    strength: float
    proximal: ClassVar[bool] = False
    breaks_rotations: ClassVar[bool] = True

    @abc.abstractmethod
    def value(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return the whole penalty of each replicate, (r,).

        Args:
            matrices: weight matrices by name, (r, features, neurons) each, as the model's ``matrices`` returns them.
            activations: hidden layers, (r, b, m) each, and the share of each of the b inputs in the loss.

        Returns:
            The penalty in units of the loss, (r,); a plain number where it is the same for all, such as 0.
        """

    def smooth(self, matrices: Mapping[str, Any], activations: Activations) -> Any:
        """Return what ``shrink`` leaves, (r,): the whole, unless it is ``proximal``.

        Args:
            matrices: weight matrices by name, (r, features, neurons) each.
            activations: hidden layers, (r, b, m) each, and the share of each of the b inputs in the loss.
        """
        return self.value(matrices, activations)

    def shrink(self, weights: Any, step: Any) -> Any:
        """Return the proximal map of step × the kink: the weights as they are, unless it is ``proximal``.

        Args:
            weights: one weight matrix, (r, features, neurons).
            step: length of the step in the loss's clock (the learning rate, for training in steps): one number, or
                one a replicate, (r, 1, 1).

        Returns:
            New weights, shaped alike.
        """
        return weights


class Model(Own):
    """A network, which says its parameters, what it computes, and which matrices a census reads.

    It needs the fields or properties ``n``, ``m``, ``shapes``, ``readings`` and ``breaks_rotations``, and the methods
    ``draw``, ``forward`` and ``matrices``. ``n`` inputs and ``m`` neurons a hidden layer. ``readings``: the matrices
    that a census can read, the default first. ``breaks_rotations``: what singles out the neurons, in words, or None.
    ``takes_noise``: whether ``forward`` calls ``setting.disturb`` on each hidden layer, without which hidden noise is
    refused. ``untrained``: parameters that stay as they were drawn. The leading axis of every parameter is r, the
    replicates.
    """

    _field = "model"
    _needs = ("n", "m", "readings", "breaks_rotations")
    n: int
    m: int
    readings: tuple[Reading, ...]
    breaks_rotations: str | None
    untrained: ClassVar[tuple[str, ...]] = ()
    layers_by_hand: ClassVar[None] = None
    takes_noise: ClassVar[bool] = False
    whole_inputs: ClassVar[bool] = True

    @property
    @abc.abstractmethod
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of one replicate's parameters."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the hidden layers, first to last: one of ``m`` neurons."""
        return (self.m,)

    @abc.abstractmethod
    def draw(self, name: str, law: Any, generator: np.random.Generator) -> Floats:
        """Draw one replicate's parameter.

        Args:
            name: of the parameter, a key of ``shapes``.
            law: the spec's initial law; ``law.sample(generator, rows, columns)`` draws a matrix from it.
            generator: the only source of randomness.

        Returns:
            An array of the shape that ``shapes`` gives.
        """

    @abc.abstractmethod
    def forward(self, parameters: Mapping[str, Any], inputs: Any, setting: Setting) -> tuple[tuple[Any, ...], Any]:
        """Return the hidden layers, (r, b, m) each, and the outputs, (r, b, outputs).

        Args:
            parameters: by name, (r, …) each.
            inputs: (b, n), the same for all replicates, or (r, b, n).
            setting: a :class:`polygenesis.parts.Setting`: the inputs' probabilities, what adds noise to a hidden
                layer, and PyTorch's functions.
        """

    @abc.abstractmethod
    def matrices(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return what penalties see by name, (r, features, neurons) each: views of the parameters, without biases.

        Args:
            parameters: by name, (r, …) each.
        """

    def read(self, parameters: Mapping[str, Any], name: str) -> Any:
        """Return one reading, (r, features, neurons): the matrix of that name.

        Args:
            parameters: by name, (r, …) each.
            name: of one of the ``readings``.
        """
        return self.matrices(parameters)[name]


class Features(Own):
    """A distribution of inputs; it needs ``firing_probabilities``, ``mean_squares`` and ``sample``.

    ``samples``: size of the data set that every replicate draws once, or 0 for fresh inputs at every step.
    """

    _field = "features"
    samples: ClassVar[int] = 0

    @abc.abstractmethod
    def firing_probabilities(self, n: int) -> Floats:
        """Return the probability that each feature is not zero, (n,).

        This is asked before anything is trained: raise :class:`polygenesis.InputError` here for an n that does not fit.

        Args:
            n: number of features, the model's inputs (pixels of an image, tokens of a context).
        """

    @abc.abstractmethod
    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,), by which the loss is divided.

        Args:
            n: number of features, the model's inputs.
        """

    @abc.abstractmethod
    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n), from the generator alone.

        Args:
            generator: the only source of randomness.
            n: number of features, the model's inputs.
            count: number of inputs; a data set that all replicates share returns all that it has.

        Returns:
            A :class:`polygenesis.parts.Batch` of ``inputs``, (count, n), and of what else is known of them.
        """

    def importance(self, n: int) -> Floats | None:
        """Return how much each feature counts, (n,), or None where all do the same.

        Args:
            n: number of features, the model's inputs.
        """
        return None

    def enumerate(self, n: int) -> Batch | None:
        """Return every input with its probability, or None where there are too many.

        Args:
            n: number of features, the model's inputs.
        """
        return None


class Target(Own):
    """What a network is to answer; it needs ``answers``.

    It has n outputs, and its answers are numbers, unless ``outputs``, ``classes`` and ``labels`` say otherwise.
    """

    _field = "target"

    @abc.abstractmethod
    def answers(self, inputs: Floats) -> Floats:
        """Return the wanted outputs, (b, outputs).

        Args:
            inputs: (b, n), b inputs of n features each.
        """

    def outputs(self, n: int) -> int:
        """Return how many outputs a model of n inputs needs.

        Raise :class:`polygenesis.InputError` here for an n that does not fit.

        Args:
            n: number of the model's inputs.
        """
        return n

    def classes(self, n: int) -> int:
        """Return the number of classes, or 0 where the answers are numbers.

        Args:
            n: number of the model's inputs.
        """
        return 0

    def labels(self, inputs: Floats) -> Integers | None:
        """Return the class of each input, (b,), from 0, or None where the answers are numbers.

        Args:
            inputs: (b, n), b inputs of n features each.
        """
        return None

    def importance(self, importance: Floats) -> Floats:
        """Return how much each output counts in the loss, (outputs,).

        Args:
            importance: how much each input counts, (n,), none negative.

        Raises:
            polygenesis.InputError: where the outputs are not the n inputs, and the class does not say otherwise.
        """
        if self.outputs(len(importance)) != len(importance):
            raise InputError(f"Target {self.kind!r} has no `importance` of its outputs, which are not its n inputs.")
        return importance


class Initial(Own):
    """A law of initial weights; it needs ``sample``."""

    _field = "initial"

    @abc.abstractmethod
    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, (n, m), from the generator alone.

        Args:
            generator: the only source of randomness.
            n: number of rows: features, or a layer's outputs.
            m: number of columns: neurons, or a layer's inputs.
        """


class Noise(Own):
    """A law of hidden noise; it needs ``sample``.

    ``shared``: one vector for all inputs of a step. ``multiplies``: whether hidden layers are multiplied by what is
    drawn. ``breaks_rotations``: whether it singles out neurons, as every law but the normal one does.
    """

    _field = "noise"
    shared: ClassVar[bool] = False
    multiplies: ClassVar[bool] = False
    breaks_rotations: ClassVar[bool] = True

    @abc.abstractmethod
    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Draw noise of a shape from the generator alone.

        Args:
            generator: the only source of randomness.
            shape: of what is drawn, such as (steps, b, m); all entries are independent.
        """


class Interference(Own):
    """Which pairs of features interfere, and until when; it needs ``stages``.

    For gradient flow of the tied autoencoder with one-hot features.
    """

    _field = "interference"

    @abc.abstractmethod
    def stages(self, start: Floats) -> tuple[Stage, ...]:
        """Return the stages of one replicate in the order of their ends (loss's clock); the last is without end.

        Args:
            start: the replicate's initial weights, (n, m).

        Returns:
            One :class:`polygenesis.parts.Stage` or more, each later than the one before; ``kept`` is symmetric and
            false on the diagonal.
        """


class Importance(Own):
    """How much each feature counts in the loss; it needs ``of``."""

    _field = "importance"

    @abc.abstractmethod
    def of(self, n: int) -> Floats | None:
        """Return one number a feature, (n,), none negative and not all 0, or None where all count the same.

        Args:
            n: number of features.
        """


FAMILIES = {
    each.__name__: each for each in (Penalty, Model, Features, Target, Initial, Noise, Interference, Importance)
}
"""The bases by name."""


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def part(cls: type[T]) -> type[T]:
    """Make a class that extends one of the bases a part: a frozen value whose fields are checked.

    Args:
        cls: the class; its annotated names are its fields, such as ``strength: NonNegativeFloat``.

    Raises:
        polygenesis.InputError: for a class that lacks what its base needs, extends a built-in part, or has fields that
            are no numbers, texts, switches or tuples of these.

    >>> @part
    ... class Saturating(Penalty):
    ...     strength: NonNegativeFloat
    ...     def value(self, matrices, activations):
    ...         return self.strength * sum((w * w / (1 + w * w)).sum((-2, -1)) for w in matrices.values())
    >>> Saturating(0.5).value({"weights": np.array([[[1.0, 2.0]]])}, None)
    array([0.65])
    """
    return finished(cls, FAMILIES)
