"""What is read off a tied and an untied run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import detect, theory
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec

EVEN = 0.05
"""Encoder and decoder are equal where they differ by at most this share of their mean's norm."""


@dataclass(frozen=True, eq=False)
class Ends:
    """How one run ended, (r,) unless stated otherwise.

    ``usable``: replicates at rest, with every live feature settled. ``counts``: polysemantic neurons. ``live``,
    ``dead``: features. ``expected``: the slot model's mean for the live features. Untied only (None for tied ones):
    ``unlit``: features that theory says must die; ``right``: features whose fate it names; ``led_both``,
    ``led_encoder``: live features whose winner led in |E + D| and in |E|; ``even``: live features with E = D; ``same``,
    ``pairs``: same-sign pairs and all pairs that share a neuron.
    """

    spec: RunSpec
    usable: Booleans
    counts: Integers
    live: Integers
    expected: Floats
    pairs: Integers
    same: Integers
    unlit: Integers
    right: Integers
    led_both: Integers
    led_encoder: Integers
    even: Integers

    @property
    def tied(self) -> bool:
        """Whether encoder and decoder are the same weights."""
        return isinstance(self.spec.model, TiedAutoencoder)

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    @property
    def dead(self) -> Integers:
        """Dead features, (r,)."""
        return self.n - self.live


def measure(run: Run) -> Ends:
    """Read everything off one run; untied, the census reads the decoder."""
    census = detect.census(run.final)
    pairs = detect.follow(run.initial, run.final).end
    n, m = run.spec.model.n, run.spec.model.m
    live = n - census.dead_features
    start, end = _rows(run.initial_parameters, run.initial), _rows(run.parameters, run.final)
    alive = census.neuron >= 0
    unlit = theory.unlit_features(*start)
    winner = census.neuron
    gap = np.linalg.norm(end[0] - end[1], axis=-1)
    size = np.linalg.norm(end[0] + end[1], axis=-1) / 2
    return Ends(
        spec=run.spec,
        usable=run.converged & (census.split_features == 0),
        counts=census.polysemantic,
        live=live,
        expected=live * (live - 1) / (2 * (2 * m - 1)),
        pairs=pairs.opposite_counts + pairs.same_counts,
        same=pairs.same_counts,
        unlit=unlit.sum(axis=1),
        right=(unlit == ~alive).sum(axis=1),
        led_both=(alive & (theory.untied_leaders(*start) == winner)).sum(axis=1),
        led_encoder=(alive & (np.abs(start[0]).argmax(axis=-1) == winner)).sum(axis=1),
        even=(alive & (gap <= EVEN * size)).sum(axis=1),
    )


def _rows(parameters: dict[str, Floats], weights: Floats) -> tuple[Floats, Floats]:
    """Return encoder and decoder rows, (r, n, m) each; a tied network's are the same."""
    if "encoder" not in parameters:
        return weights, weights
    return parameters["encoder"], parameters["decoder"].swapaxes(1, 2)


Pair = tuple[Ends, Ends]
"""A tied and an untied run of one size."""


def pairs_of(found: Sequence[Ends]) -> list[Pair]:
    """Return the tied and the untied run of every width."""
    untied = {each.m: each for each in found if not each.tied}
    return [(each, untied[each.m]) for each in found if each.tied]
