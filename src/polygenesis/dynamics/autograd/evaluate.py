"""Evaluation: what networks lose, on the inputs they were trained on or on others, and what their neurons do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats
from polygenesis.checks import check_weights
from polygenesis.dynamics.autograd.batches import Feed, as_feed, positions
from polygenesis.dynamics.autograd.objective import accuracy, losses
from polygenesis.dynamics.compatibility import check_features, normalizes_over_inputs
from polygenesis.dynamics.devices import device, steady, torch
from polygenesis.errors import bad_argument
from polygenesis.features import Batch
from polygenesis.models import Setting
from polygenesis.spec import RunSpec

SAMPLES = 4096
"""Inputs drawn where a distribution cannot be enumerated: the same for all replicates. Sequences: tokens drawn, …"""

FEWEST_SAMPLES = 64
"""… in at least so many sequences."""

NUMBERS_AT_ONCE = 2**24
"""Activations held at once."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One number a replicate, (r,): the loss without the penalty and without noise, the penalty, and, where inputs have
    classes, the share that is right (NaN elsewhere)."""

    loss: Floats
    penalty: Floats
    accuracy: Floats

    def __repr__(self) -> str:
        right = "" if np.isnan(self.accuracy).all() else f", accuracy {self.accuracy.mean():.3f}"
        return f"Evaluation(loss {self.loss.mean():.4g}, penalty {self.penalty.mean():.4g}{right})"


def evaluate(spec: RunSpec, parameters: Mapping[str, Floats], *, features: Any = None) -> Evaluation:
    """Return the losses of networks with stacked parameters, (r, …) each: ``run.parameters`` or changed ones.

    ``features``: a distribution or data set to evaluate on instead of the spec's, such as ``Digits(held_out=True)``.
    Expectations are exact where inputs can be enumerated, else means over 4,096 inputs (a whole data set where it is
    one). Of features with ``samples`` it is their distribution that counts, not the data set that a replicate drew.
    Needs PyTorch. Raises :class:`polygenesis.InputError` for features and parameters that do not fit the model.
    """
    spec = spec if features is None else spec.replace(features=features)
    check_features(spec)
    found: list[list[Floats]] = []
    feed = _feed(spec)
    with steady(), torch().no_grad():
        for state in pieces(spec, parameters, feed.size):
            task, pressure, outputs = losses(spec, state, feed)
            right = accuracy(outputs, feed) if feed.labels is not None else task * np.nan
            found.append([each.cpu().numpy() for each in (task, task * 0 + pressure, right)])
    return Evaluation(*(np.concatenate(each) for each in zip(*found, strict=True)))


def activations(spec: RunSpec, parameters: Mapping[str, Floats], inputs: Any) -> tuple[Floats, ...]:
    """Return the hidden layers, (r, b, m) each, of networks with stacked parameters at inputs (b, n), without noise."""
    given = check_weights("inputs", inputs, dimensions=2)
    if given.shape[1] != spec.model.n:
        raise bad_argument("inputs", f"have {spec.model.n} columns", f"shape {given.shape}")
    if normalizes_over_inputs(spec) and len(given) < 2:
        raise bad_argument("inputs", "have at least 2 rows for batch normalization", f"shape {given.shape}")
    found: list[list[Floats]] = []
    x = torch().as_tensor(given, dtype=torch().float64, device=device())
    with steady(), torch().no_grad():
        for state in pieces(spec, parameters, len(given)):
            layers, _ = spec.model.forward(state, x, Setting(functional=torch().nn.functional))
            found.append([each.cpu().numpy() for each in layers])
    return tuple(np.concatenate(each) for each in zip(*found, strict=True))


def _feed(spec: RunSpec) -> Feed:
    n, features = spec.model.n, spec.features
    whole: Batch | None = features.enumerate(n)
    if whole is None:
        shared = bool(getattr(features, "shared", False))
        samples = max(FEWEST_SAMPLES, SAMPLES // positions(spec)) if getattr(features, "tokens", False) else SAMPLES
        whole = features.sample(
            seeds.generator(spec.seed, spec.streams.data, "evaluation"), n, features.samples if shared else samples
        )
    return as_feed(spec, [whole], torch().float64, device())


def pieces(spec: RunSpec, parameters: Mapping[str, Floats], inputs: int) -> Iterator[dict[str, Any]]:
    """Yield the parameters of some replicates at a time, in float64, so that activations fit in memory."""
    shapes = spec.model.shapes
    for name, shape in shapes.items():
        found = np.shape(parameters[name]) if name in parameters else ()
        if found[1:] != shape:
            raise bad_argument("parameters", f"have {name} of shape (r, …) = (r, {str(shape)[1:]}", f"shape {found}")
    count = len(parameters[next(iter(shapes))])
    numbers = inputs * positions(spec) * (sum(spec.model.widths) + spec.model.n)
    size = max(1, NUMBERS_AT_ONCE // max(1, numbers))
    for first in range(0, count, size):
        yield {
            name: torch()
            .as_tensor(np.asarray(parameters[name][first : first + size]), dtype=torch().float64)
            .to(device())
            for name in shapes
        }
