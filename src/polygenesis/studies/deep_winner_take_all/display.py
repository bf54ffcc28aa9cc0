"""Networks as tables, edges and spreads as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.studies.base import Illustration
from polygenesis.studies.deep_winner_take_all.networks import CLASSES
from polygenesis.studies.deep_winner_take_all.readings import SCORES, Readings

if TYPE_CHECKING:
    import pandas as pd


def network_table(found: Sequence[Readings]) -> pd.DataFrame:
    """Return one row a network: accuracy, edges, winners by default, spread, and shared neurons against chance."""
    import pandas as pd

    rows = []
    for one in found:
        area = _mean(one.areas[:, 0])
        rows.append(
            {
                "network": one.name,
                "neurons": one.spec.model.m,
                "networks": len(one.led),
                "accuracy (held out)": float(one.accuracy.mean()),
                "edge": area[0],
                "lower": area[1],
                "upper": area[2],
                "edge by readout": float(one.areas[:, 1].mean()),
                "edge by selectivity": float(one.areas[:, 2].mean()),
                "best aligned wins": float(one.led.mean() / CLASSES),
                "effective neurons at start": float(one.spread[:, 0].mean()),
                "at end": float(one.spread[:, 1].mean()),
            }
        )
    return pd.DataFrame(rows)


def sharing_table(found: Sequence[Readings]) -> pd.DataFrame:
    """Return one row a network and moment: neurons a class, shared neurons, and what chance expects."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "network": one.name,
                "when": when,
                "neurons a class": float(one.per_class[:, index].mean()),
                "shared": float(one.shared[:, index].mean()),
                "by chance": float(one.expected[:, index].mean()),
                "live neurons": float(one.alive.mean()) if index else np.nan,
            }
            for one in found
            for index, when in enumerate(("start", "end"))
        ]
    )


def edge_illustration(found: Sequence[Readings]) -> Illustration:
    """Draw the edge of each alignment, one dot a network and score."""
    from polygenesis import plots

    each = {score: np.array([_mean(one.areas[:, index]) for one in found]) for index, score in enumerate(SCORES)}
    panel = plots.rates(
        [one.name for one in found],
        {score: values[:, 0] for score, values in each.items()},
        intervals={score: (values[:, 1], values[:, 2]) for score, values in each.items()},
        quantity="the winner started ahead",
        levels=[plots.Level("chance", 0.5, along="x")],
        dots=True,
    )
    chart = plots.bars(panel, alt="Dots: how often the winner of a class started ahead of another neuron, by network.")
    return Illustration.of(
        chart,
        "initial-edge",
        "Probability that the neuron with the largest final contribution to a class started ahead of another neuron, "
        "by three measures of initial alignment (means over classes and networks, 95 % intervals between networks).",
    )


def spread_illustration(found: Sequence[Readings]) -> Illustration:
    """Draw readout rows during training, one panel a data set: how many neurons a class reads."""
    from polygenesis import plots

    panels = []
    for data in dict.fromkeys(one.name.split(",")[0] for one in found):
        here = [one for one in found if one.name.startswith(data)]
        colors = dict(zip(sorted({len(one.spec.model.widths) for one in here}), plots.ramp(3), strict=False))
        curves = []
        for one in here:
            means = np.array([_mean(column) for column in one.course.T])
            color = colors[len(one.spec.model.widths)]
            style: Literal["both", "line"] = "both" if one.spec.penalty.strength else "line"
            label = one.name.split(", ", 1)[1]
            curves.append(plots.Series(label, one.times, means[:, 0], means[:, 1], means[:, 2], style, None, color))
        panels.append(
            plots.panel(curves, x="learning rate × steps", y="participation ratio of readout rows", log="x", title=data)
        )
    chart = plots.row(*panels, alt="Curves: participation ratio of readout rows during training.", height=3.3)
    return Illustration.of(
        chart,
        "readout-rows",
        "Effective number of neurons of a class's readout row during training, by depth (pale to dark), without "
        "(lines) and with (markers) L1 on activations; bands are 95 % intervals between networks. The toy model ends "
        "at 1. The claims judge other numbers: how many neurons contribute to a class's lead, at the start and at the "
        "end, which the table gives.",
    )


def _mean(values: Floats) -> tuple[float, float, float]:
    """Mean and 95 % interval over networks."""
    if len(values) < 2:
        return float(values.mean()), np.nan, np.nan
    found = stats.mean(values)
    return found.value, found.lower, found.upper
