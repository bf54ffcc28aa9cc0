"""Where training starts: the initial parameters that a spec draws."""

from __future__ import annotations

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Weights
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec

Start = dict[str, Weights]
"""Initial parameters by name, (r, …) each."""


def initial(spec: RunSpec) -> Weights:
    """Draw the initial weights of a spec, (r, n, m): replicate k is the same whatever the number of replicates.

    Of a model with several matrices it is the one that the census reads by default.
    """
    return np.ascontiguousarray(spec.model.read(initial_parameters(spec), spec.model.readings[0].name))


def initial_parameters(spec: RunSpec) -> Start:
    """Draw the initial parameters of a spec by name, (r, …) each; each has an address of its own."""
    found = {
        name: np.empty((spec.replicates, *shape), dtype=spec.precision) for name, shape in spec.model.shapes.items()
    }
    for name, values in found.items():
        purpose = "initial" if isinstance(spec.model, TiedAutoencoder) else f"initial/{name}"
        for replicate in range(spec.replicates):
            generator = seeds.generator(spec.seed, spec.stream, purpose, replicate)
            values[replicate] = spec.model.draw(name, spec.initial, generator)
    return found
