"""Hidden noise as tensors, drawn at the same addresses and in the same blocks as by the compiled engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.dynamics.autograd.batches import inputs_a_step
from polygenesis.dynamics.autograd.objective import Disturb
from polygenesis.dynamics.devices import torch
from polygenesis.noise import NoNoise
from polygenesis.spec import RunSpec

NOISE_AT_ONCE = 2**18
"""Noise values drawn at once for one replicate: the same number as in ``dynamics.descent``, so that streams agree."""


def disturbances(spec: RunSpec, replicates: Sequence[int], dtype: Any, place: Any) -> Iterator[Disturb | None]:
    """Yield what disturbs the hidden layers at each step, without end; None where there is no noise."""
    if isinstance(spec.noise, NoNoise):
        while True:
            yield None
    widths = spec.model.widths
    rows = 1 if spec.noise.shared else inputs_a_step(spec)
    steps = max(1, NOISE_AT_ONCE // (rows * sum(widths)))
    generators = {each: seeds.generator(spec.seed, spec.streams.noise, "noise", each) for each in replicates}
    edges = np.cumsum((0, *widths))
    multiplies = bool(getattr(spec.noise, "multiplies", False))
    while True:
        drawn = {name: spec.noise.sample(each, (steps, rows, sum(widths))) for name, each in generators.items()}
        block = torch().as_tensor(np.stack([drawn[each] for each in replicates]), dtype=dtype, device=place)
        for step in range(steps):
            now = block[:, step]
            yield (
                lambda hidden, layer, now=now: (  # type: ignore[misc]
                    hidden * now[..., edges[layer] : edges[layer + 1]]
                    if multiplies
                    else hidden + now[..., edges[layer] : edges[layer + 1]]
                )
            )
