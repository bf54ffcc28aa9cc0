"""What is read off trained classifiers: leaders, winners, how far classes spread, and which neurons they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import probe, theory
from polygenesis.arrays import Floats, Integers
from polygenesis.dynamics.autograd.evaluate import activations
from polygenesis.dynamics.run import Run
from polygenesis.features import Digits, FashionMnist
from polygenesis.spec import RunSpec
from polygenesis.studies.deep_winner_take_all.networks import CLASSES

SCORES = ("growing mode", "readout", "selectivity")
"""Alignments at the start by which a winner may be told; the first is the one that theory names."""


@dataclass(frozen=True, eq=False)
class Readings:
    """One spec's networks, one value a network (r,) unless stated otherwise; all of the layer that is read out.

    ``areas`` (r, scores): chance that the winner of a class started ahead of another neuron, mean over classes.
    ``led`` (r,): classes won by the neuron with the largest growing mode. ``spread`` (r, 2): effective neurons a class
    at start and end. ``per_class`` (r, 2, classes): neurons that select each class, likewise. ``shared`` (r, 2):
    neurons that select two classes or more. ``alive`` (r,): neurons whose activation varies at the end. ``accuracy``:
    on held-out images. ``times`` (T,) and ``course`` (r, T): participation ratio of readout rows during training.
    """

    spec: RunSpec
    areas: Floats
    led: Integers
    spread: Floats
    per_class: Integers
    shared: Integers
    alive: Integers
    accuracy: Floats
    times: Floats
    course: Floats

    @property
    def name(self) -> str:
        """The network in words."""
        layers = self.spec.model.widths
        pressure = f"activation-L1 {self.spec.penalty.strength:g}" if self.spec.penalty.strength else "no penalty"
        data = "digits" if isinstance(self.spec.features, Digits) else "Fashion-MNIST"
        return f"{data}, {len(layers)} hidden layer{'s' if len(layers) > 1 else ''}, {pressure}"

    @property
    def expected(self) -> Floats:
        """Shared neurons by chance at the measured numbers of neurons a class, at start and end, (r, 2)."""
        return theory.shared_by_chance(self.spec.model.m, self.per_class).array


def read(run: Run) -> Readings:
    """Read everything off one run, on the images it was trained on."""
    features = run.spec.features
    assert isinstance(features, Digits | FashionMnist)
    images, labels = features.images()
    start = _layer(run, run.initial_parameters, images, labels)
    end = _layer(run, run.parameters, images, labels)
    winner = end.contributions.argmax(axis=2)
    scores = (theory.growing_mode(start.readout, start.difference), start.readout, start.auroc)
    held_out = Digits(held_out=True) if isinstance(features, Digits) else FashionMnist(features.folder, held_out=True)
    return Readings(
        spec=run.spec,
        areas=np.stack([ahead(score, winner).mean(axis=1) for score in scores], axis=1),
        led=(scores[0].argmax(axis=2) == winner).sum(axis=1),
        spread=np.stack([theory.effective_neurons(each.contributions).mean(axis=1) for each in (start, end)], axis=1),
        per_class=np.stack([each.selected.sum(axis=2) for each in (start, end)], axis=1),
        shared=np.stack([(each.selected.sum(axis=1) >= 2).sum(axis=1) for each in (start, end)], axis=1),
        alive=end.alive,
        accuracy=np.asarray(run.evaluate(held_out).accuracy),
        times=run.times,
        course=run.series["participation_ratio"],
    )


def ahead(score: Floats, winner: Integers) -> Floats:
    """Return the share of other neurons with a smaller score than the winner's, ties half, (r, classes).

    ``score`` (r, classes, neurons), ``winner`` (r, classes). Its mean is the area under the curve of the score as a
    forecast of the winner; ½ by chance.
    """
    mine = np.take_along_axis(score, winner[..., None], axis=2)
    below = (score < mine).sum(axis=2) + 0.5 * ((score == mine).sum(axis=2) - 1)
    return np.asarray(below / (score.shape[2] - 1))


@dataclass(frozen=True, eq=False)
class Layer:
    """The layer that is read out, all (r, classes, neurons) but ``alive`` (r,)."""

    readout: Floats
    difference: Floats
    auroc: Floats
    selected: Floats
    alive: Integers

    @property
    def contributions(self) -> Floats:
        """What each neuron adds to the lead of each class, V d (docs/theory.md, Depth 3)."""
        return self.readout * self.difference


def _layer(run: Run, parameters: dict[str, Floats], images: Floats, labels: Integers) -> Layer:
    hidden = activations(run.spec, parameters, images)[-1]
    of_class = np.stack([hidden[:, labels == c].mean(axis=1) for c in range(CLASSES)], axis=1)
    found = [probe.selectivity(each, labels, kind="classes", permutations=0) for each in hidden]
    return Layer(
        readout=np.asarray(run.spec.model.read(parameters, "readout"), dtype=np.float64),
        difference=of_class.astype(np.float64) - hidden.mean(axis=1, dtype=np.float64)[:, None],
        auroc=np.stack([each.auroc.T for each in found]),
        selected=np.stack([each.selected().T for each in found]),
        alive=np.array([int((~each.constant).sum()) for each in found]),
    )


def still_moving(one: Readings) -> float:
    """Relative change of the mean participation ratio of readout rows between the last two saved times."""
    before, after = one.course.mean(axis=0)[-2:]
    return float(abs(after / before - 1))
