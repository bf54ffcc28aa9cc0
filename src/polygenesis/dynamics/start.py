"""Where training starts: the initial parameters that a spec draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Weights
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec

Start = dict[str, Weights]
"""Initial parameters by name, (r, …) each."""


def initial(spec: RunSpec, replicates: Iterable[int] | None = None) -> Weights:
    """Draw the initial weights of a spec, (r, n, m): replicate k is the same whatever the number of replicates.

    Of a model with several matrices it is the one that the census reads by default. ``replicates``: which to draw, by
    default all.
    """
    return np.ascontiguousarray(spec.model.read(initial_parameters(spec, replicates), spec.model.readings[0].name))


def initial_parameters(spec: RunSpec, replicates: Iterable[int] | None = None) -> Start:
    """Draw the initial parameters of a spec by name, (r, …) each; each has an address of its own.

    They are drawn in float64 and rounded to the spec's precision.
    """
    chosen = range(spec.replicates) if replicates is None else tuple(replicates)
    return {name: _parameter(spec, name, chosen) for name in spec.model.shapes}


def _parameter(spec: RunSpec, name: str, replicates: Sequence[int]) -> Weights:
    law: Any = spec.initial
    values = np.empty((len(replicates), *spec.model.shapes[name]), dtype=spec.precision)
    for place, replicate in enumerate(replicates):
        generator = seeds.generator(spec.seed, spec.streams.start, _purpose(spec, name), replicate)
        values[place] = spec.model.draw(name, law, generator)
    return values


def _purpose(spec: RunSpec, name: str) -> str:
    """The address of a parameter; before schema 2 that of the smallest model's weights was a shorter one."""
    return "initial" if spec.schema == 1 and isinstance(spec.model, TiedAutoencoder) else f"initial/{name}"
