"""What is read off each network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import detect, theory
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec
from polygenesis.studies.network_counts import ENDED


@dataclass(frozen=True, eq=False)
class Ends:
    """How one network ended, (r,) unless stated otherwise.

    ``rest``: replicates at rest, or that took all their steps. ``counts``: polysemantic neurons; ``settled``,
    ``dead``: features. ``represented``: features whose own output exceeds 1/2. ``loss``: reconstruction loss.
    ``bias_ratio``: output bias of the features that are alone on their neuron over what theory says, averaged over them
    (NaN where there is no bias).
    """

    name: str
    spec: RunSpec
    rest: Booleans
    counts: Integers
    settled: Integers
    dead: Integers
    represented: Integers
    loss: Floats
    bias_ratio: Floats

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    @property
    def usable(self) -> Integers:
        """Counts of the replicates at rest."""
        return self.counts[self.rest]


def measure(name: str, run: Run) -> Ends:
    """Read everything off one run."""
    census = detect.census(run.final)
    outputs = _outputs(run)
    n = run.spec.model.n
    return Ends(
        name=name,
        spec=run.spec,
        rest=np.array([each in ENDED for each in run.outcome]),
        counts=census.polysemantic,
        settled=census.settled_features,
        dead=census.dead_features,
        represented=(np.diagonal(outputs, axis1=1, axis2=2) > 0.5).sum(axis=1),
        loss=((outputs - np.eye(n)) ** 2).sum(axis=(1, 2)),
        bias_ratio=_bias_ratio(run.spec, run, census),
    )


def _outputs(run: Run) -> Floats:
    """Return what each network answers to each feature, (r, n, n): row i is the output for input i."""
    from polygenesis.models.base import Setting

    model = run.spec.model
    if isinstance(model, TiedAutoencoder):
        return np.maximum(run.final @ run.final.swapaxes(1, 2), 0)
    from polygenesis.dynamics.devices import torch

    tensors = {name: torch().tensor(values) for name, values in run.parameters.items()}
    inputs = torch().eye(model.n, dtype=next(iter(tensors.values())).dtype)
    return np.asarray(model.forward(tensors, inputs, Setting())[1].numpy())


def _bias_ratio(spec: RunSpec, run: Run, census: detect.Census) -> Floats:
    if "output_bias" not in run.parameters:
        return np.full(len(run.outcome), np.nan)
    company = np.take_along_axis(census.features_per_neuron, np.maximum(census.neuron, 0), axis=1)
    alone = census.settled & (company == 1)
    predicted = theory.bias_at_rest(spec.model.n, spec.penalty.strength)
    ratio = np.where(alone, run.parameters["output_bias"] / predicted, 0)
    return np.asarray(ratio.sum(axis=1) / np.maximum(alone.sum(axis=1), 1))
