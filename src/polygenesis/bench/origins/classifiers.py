"""Classifiers with one hidden layer, several seeds trained at once in NumPy: a second for five of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.errors import InputError, unknown_name

DECAYS = (0.9, 0.999)
"""Adam's memories of the gradient and of its square (Kingma and Ba, arXiv:1412.6980)."""

NONLINEARITIES = ("relu", "gelu", "tanh")

Kernel = np.ndarray[Any, np.dtype[np.float32]]
"""float32, units before samples: products, softmax and nonlinearity all run along samples."""


@dataclass(frozen=True)
class Training:
    """Full-batch Adam on mean cross-entropy + ``penalty`` · mean over samples of Σ|h|, h the hidden activations.

    Weights start uniform in ±1/√fan-in, as PyTorch's ``nn.Linear`` does, biases at 0. ``gelu`` is the tanh form
    (Hendrycks and Gimpel, arXiv:1606.08415).
    """

    units: int = 64
    nonlinearity: Literal["relu", "gelu", "tanh"] = "relu"
    penalty: float = 0.0
    steps: int = 250
    rate: float = 0.01


@dataclass(frozen=True, eq=False)
class Classifiers:
    """Hidden activations of R networks before and after training, each (R, samples, units), and accuracy (R,)."""

    initial: Floats
    final: Floats
    accuracy: Floats


def train(
    inputs: Any, labels: Any, training: Training, draws: Sequence[np.random.Generator], *, evaluated: Any = None
) -> Classifiers:
    """Train one network for each generator in ``draws``.

    ``inputs``: (samples, d), the same for all, or (R, samples, d); ``labels``: classes from 0, (samples,) or
    (R, samples). ``evaluated``: inputs on which to read the hidden layer instead of those trained on. Raises
    :class:`polygenesis.InputError` for an unknown nonlinearity or sets that are not one or R.
    """
    if training.nonlinearity not in NONLINEARITIES:
        raise unknown_name("nonlinearity", training.nonlinearity, NONLINEARITIES)
    x, y = _columns(inputs), np.atleast_2d(np.asarray(labels))
    if len(x) not in (1, len(draws)) or len(y) not in (1, len(draws)):
        raise InputError(f"There must be one data set or {len(draws)}, one a network, but there are {len(x)}.")
    target = (y[:, None] == np.arange(int(y.max()) + 1)[:, None]).astype(np.float32)
    network = _Network.start(x.shape[1], training.units, target.shape[1], draws)
    seen = x if evaluated is None else _columns(evaluated)
    before = network.hidden(seen, training.nonlinearity)[0]
    _descend(network, x, target, training)
    after = network.hidden(seen, training.nonlinearity)[0]
    right = network.scores(network.hidden(x, training.nonlinearity)[0]).argmax(axis=1) == y
    return Classifiers(before.transpose(0, 2, 1), after.transpose(0, 2, 1), np.asarray(right.mean(axis=1)))


@dataclass(frozen=True, eq=False)
class _Network:
    """R networks in one buffer (R, parameters), so that Adam is a few operations whatever the layers."""

    values: Kernel
    shapes: tuple[tuple[int, int], ...]

    @classmethod
    def start(cls, width: int, units: int, classes: int, draws: Sequence[np.random.Generator]) -> _Network:
        shapes = ((units, width), (units, 1), (classes, units), (classes, 1))
        made = cls(np.zeros((len(draws), sum(a * b for a, b in shapes)), dtype=np.float32), shapes)
        first, _, second, _ = made.parts(made.values)
        for r, rng in enumerate(draws):
            first[r] = rng.uniform(-1, 1, first.shape[1:]) / width**0.5
            second[r] = rng.uniform(-1, 1, second.shape[1:]) / units**0.5
        return made

    def parts(self, buffer: Kernel) -> list[Kernel]:
        """Views of a buffer as incoming weights, hidden biases, outgoing weights, biases, (R, …) each."""
        ends = np.cumsum([a * b for a, b in self.shapes])
        return [buffer[:, e - a * b : e].reshape(-1, a, b) for e, (a, b) in zip(ends, self.shapes, strict=True)]

    def hidden(self, x: Kernel, nonlinearity: str) -> tuple[Kernel, Any]:
        """Activations (R, units, samples) and their slopes."""
        weights, biases, _, _ = self.parts(self.values)
        z = np.matmul(weights, x)
        z += biases
        return _apply(nonlinearity, z)

    def scores(self, hidden: Kernel) -> Kernel:
        """Scores of the classes, (R, classes, samples)."""
        _, _, weights, biases = self.parts(self.values)
        found = np.matmul(weights, hidden)
        found += biases
        return np.asarray(found)


def _descend(network: _Network, x: Kernel, target: Kernel, training: Training) -> None:
    gradient, mean, square = (np.zeros_like(network.values) for _ in range(3))
    slots, turned = network.parts(gradient), np.ascontiguousarray(x.transpose(0, 2, 1))
    outgoing = network.parts(network.values)[2]
    samples = np.float32(x.shape[2])
    a, b = (np.float32(each) for each in DECAYS)
    for step in range(1, training.steps + 1):
        hidden, slope = network.hidden(x, training.nonlinearity)
        wrong = _softmax(network.scores(hidden))
        wrong -= target
        wrong /= samples
        np.matmul(wrong, hidden.transpose(0, 2, 1), out=slots[2])
        wrong.sum(axis=2, keepdims=True, out=slots[3])
        back = np.matmul(outgoing.transpose(0, 2, 1), wrong)
        if training.penalty:
            pull = np.float32(training.penalty) / samples
            back += pull if training.nonlinearity == "relu" else pull * np.sign(hidden)
        back *= slope
        np.matmul(back, turned, out=slots[0])
        back.sum(axis=2, keepdims=True, out=slots[1])
        mean += (1 - a) * (gradient - mean)
        square += (1 - b) * (gradient * gradient - square)
        size = np.sqrt(square / np.float32(1 - DECAYS[1] ** step)) + np.float32(1e-8)
        network.values[:] -= np.float32(training.rate / (1 - DECAYS[0] ** step)) * mean / size


def _apply(nonlinearity: str, z: Kernel) -> tuple[Kernel, Any]:
    """The nonlinearity and its derivative at ``z``, which is overwritten."""
    if nonlinearity == "relu":
        on = z > 0
        z *= on
        return z, on
    if nonlinearity == "tanh":
        np.tanh(z, out=z)
        return z, 1 - z * z
    c, k = np.float32((2 / np.pi) ** 0.5), np.float32(0.044715)
    t = z * z
    inner = 1 + 3 * k * t  # derivative of z + k z³
    t *= k
    t += 1
    t *= z
    t *= c
    np.tanh(t, out=t)
    inner *= 1 - t * t
    inner *= c * z
    t += 1
    inner += t
    inner /= 2
    t *= z
    t /= 2
    return t, inner


def _softmax(scores: Kernel) -> Kernel:
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def _columns(inputs: Any) -> Kernel:
    """Inputs as (sets, d, samples) in float32."""
    array = np.asarray(inputs, dtype=np.float32)
    array = array[None] if array.ndim == 2 else array
    return np.ascontiguousarray(array.transpose(0, 2, 1))


def gaussian_classes(
    samples: int, classes: int, dimensions: int, rng: np.random.Generator, *, paired: bool = False
) -> tuple[Floats, Integers]:
    """Inputs and classes: spherical Gaussians around random means; ``paired``: those of 2p and 2p + 1 are close."""
    means = 2.5 * rng.standard_normal((classes, dimensions)) / dimensions**0.5
    if paired:
        means[1::2] = means[::2] + 0.4 * means[1::2]
    labels = rng.integers(0, classes, samples)
    return means[labels] + 0.35 * rng.standard_normal((samples, dimensions)), labels


def hidden_activations(inputs: Any, labels: Any, units: int, rng: np.random.Generator, *, steps: int = 250) -> Floats:
    """Train one ReLU classifier; return its activations (samples, units). It learns at least 90 % of its samples."""
    found = train(inputs, labels, Training(units, steps=steps), [rng])
    assert found.accuracy[0] > 0.9, "the classifier has learned"
    return np.asarray(found.final[0])
