"""Forecast: how long selecting features takes, and how much memory, before it begins."""

from __future__ import annotations

import os
from dataclasses import dataclass

from polygenesis.probe.inputs.activations import CHUNK, IN_MEMORY, Activations
from polygenesis.probe.selection.effects import LEAST_SAMPLES, MOST_CLASSES
from polygenesis.probe.selection.occurrence import Occurrence
from polygenesis.progress import duration

SORTED, COUNTED = 60e-9, 20e-9
"""Seconds to sort an activation, or to count a half-precision one; measured on one core, as are the next two."""

LISTED = 6e-9
"""Seconds to add one label of one activation."""

PAIR = 4e-7
"""Seconds for one neuron and one feature, whatever the samples."""

ORDERS = 2
"""Orders of the labels: as given, and permuted."""

PAIR_BYTES = 72
"""Bytes for one neuron and one feature: four effects, and what adjusting p-values takes at its peak."""


@dataclass(frozen=True)
class Forecast:
    """Seconds and bytes that one run's selection is likely to take."""

    seconds: float
    size: float

    def __str__(self) -> str:
        return f"about {duration(self.seconds)} and {self.size / 2**30:.1f} GB"


def forecast(source: Activations, known: Occurrence) -> Forecast:
    """Forecast one run's selection from its sizes; other work on the machine is not known."""
    samples, neurons, features = source.samples, source.neurons, len(known.counts)
    counted = source.half and known.exclusive and samples >= LEAST_SAMPLES and features <= MOST_CLASSES
    activations, labels = neurons * samples, neurons * len(known.features)
    cores = max(1, min(os.cpu_count() or 1, 8))
    busy = activations * (COUNTED if counted else SORTED) + ORDERS * labels * LISTED
    held = min(source.size, IN_MEMORY) + 2 * CHUNK
    return Forecast(busy / cores + neurons * features * PAIR, held + PAIR_BYTES * neurons * features)
