"""Convergence: do the shared neurons stay when the network is trained on?"""

from __future__ import annotations

import numpy as np

from polygenesis.probe.battery.base import Base
from polygenesis.probe.evidence import Evidence, Missing
from polygenesis.probe.surgery.objective import relax

STABLE = 0.05
"""Part of the shared neurons that may change when a network is trained on; one neuron always may."""


def ask(base: Base) -> Evidence | Missing:
    """Train each run on by gradient flow on its own loss and see whether its shared neurons stay."""
    from polygenesis.detect import census as classify

    if base.finished is True:
        return Evidence("convergence", 0.0, "0 shared neurons change", None, None,
                        "Every run that is read is certified to be at rest.", True)  # fmt: skip
    if base.objective is None or base.weights is None:
        return Missing("convergence", "the loss is not known", "the loss that it was trained on", "objective")
    relaxed = [relax(base.objective, each) for each in base.weights]
    later = classify(np.stack([each.weights for each in relaxed]), base.census.thresholds).polysemantic
    moved = int(np.abs(later - base.census.polysemantic).sum())
    total = int(base.census.polysemantic.sum())
    stable = moved <= max(1, STABLE * total)
    said = f"{total} shared neurons before and {int(later.sum())} after training on"
    return Evidence("convergence", float(moved), "0 shared neurons change", None, None, f"{said}.", bool(stable))
