"""Are the counts those of the flow, or of how it is computed and counted? Half the step, other engines, thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis import detect
from polygenesis.dynamics import simulate
from polygenesis.dynamics.run import Run
from polygenesis.training import GradientFlow

if TYPE_CHECKING:
    import pandas as pd

ROOMS = (0.75, 1, 2)
"""Widths, in units of n, that are computed again."""

NETWORKS = 8
"""Networks of each that are computed again, from the same initial weights."""

THRESHOLDS = (0.3, 0.5, 0.7)
"""Other magnitudes from which a neuron carries a feature; all weights end near 0 or 1."""

HALF_STEP = GradientFlow(tolerance=GradientFlow().tolerance / 4)
"""A quarter of the tolerance is half the step, as the local error grows as step²."""


def stability_table(runs: Mapping[tuple[Any, ...], Run]) -> pd.DataFrame:
    """Return one row a width and way of computing or counting: the mean count, and how many networks change theirs."""
    import pandas as pd

    again = [name for name in runs if name in {("penalty", room) for room in ROOMS}]
    return pd.DataFrame([row for name in again for row in _again(runs[name])])


def _again(run: Run) -> list[dict[str, object]]:
    start = run.initial[:NETWORKS]
    spec = run.spec.replace(replicates=len(start))
    base = detect.census(run.final[:NETWORKS])
    ends = {
        "as in the study": run.final[:NETWORKS],
        "half the step": simulate(spec.replace(training=HALF_STEP), initial_weights=start).final,
        "dense products throughout": simulate(spec, initial_weights=start, engine="flow-dense").final,
        "active set throughout": simulate(spec, initial_weights=start, engine="flow-active-set").final,
    }
    counted = {name: detect.census(final) for name, final in ends.items()}
    counted |= {
        f"|W| ≥ {above:g}": detect.census(run.final[:NETWORKS], detect.Thresholds(carries_from=above))
        for above in THRESHOLDS
    }
    return [
        {
            "n": spec.model.n,
            "m": spec.model.m,
            "computed or counted": name,
            "networks": len(start),
            "mean count": float(each.polysemantic.mean()),
            "networks with another count": int((each.polysemantic != base.polysemantic).sum()),
            "share of features elsewhere": float(np.mean((each.neuron != base.neuron) | (each.sign != base.sign))),
        }
        for name, each in counted.items()
    ]
