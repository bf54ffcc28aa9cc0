"""Convergence: do the shared neurons stay when the network is trained on?"""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError
from polygenesis.numerals import counted
from polygenesis.probe.battery.base import Base
from polygenesis.probe.evidence import Evidence, Missing
from polygenesis.probe.surgery.network import of_run
from polygenesis.probe.surgery.relaxing import descend, relax, stacked

STEPS = 2_000
"""Steps of gradient flow on a run's own loss: enough to see whether its neurons stay."""

STABLE = 0.05
"""Part of the shared neurons that may change when a network is trained on; one neuron always may."""


def ask(base: Base) -> Evidence | Missing:
    """Train each run on by gradient flow on its own loss and see whether its shared neurons stay."""
    from polygenesis.detect import census as classify

    if base.finished is True:
        return Evidence("convergence", 0.0, "0 shared neurons change", None, None,
                        "Every run that is read is certified to be at rest.", True)  # fmt: skip
    if base.weights is None:
        return Missing("convergence", "activations alone do not show whether training had converged")
    if base.objective is None and base.run is None:
        return Missing("convergence", "the loss is not known", "the loss that it was trained on", "objective")
    try:
        later = [_trained_on(base, r) for r in range(base.runs)]
    except InputError as error:  # a run whose loss cannot be evaluated
        return Missing("convergence", str(error).rstrip("."))
    shared = classify(np.stack(later), base.census.thresholds).polysemantic
    moved = int(np.abs(shared - base.census.polysemantic).sum())
    total = int(base.census.polysemantic.sum())
    stable = moved <= max(1, STABLE * total)
    said = f"{counted(total, 'shared neuron')} before and {int(shared.sum())} after training on"
    return Evidence("convergence", float(moved), "0 shared neurons change", None, None, f"{said}.", bool(stable))


def _trained_on(base: Base, r: int) -> Floats:
    """The weights (n, m) of one run after gradient flow on the given loss, or on the run's own."""
    assert base.weights is not None
    if base.objective is not None:
        return relax(base.objective, base.weights[r]).weights
    subject = of_run(base.run, base.rows[r])
    end = descend(subject.objective, stacked(subject.network), steps=STEPS)
    return subject.read({name: value[0] for name, value in end.stack.items()})
