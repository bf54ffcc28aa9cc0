"""Forced, incidental and superposed features: tables and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.studies.base import Illustration
from polygenesis.studies.capacity.cells import Cell
from polygenesis.studies.capacity.estimands import of, written
from polygenesis.studies.measurements import mean_columns

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Series

TICKS = (0.5, 1, 2, 4, 8, 16, 32)
"""Widths in units of n along the axis."""

_NAMES = {"cut": "cut off", "penalty": "penalty", "weak": "a quarter of it", "none": "no penalty"}


def count_table(found: Sequence[Cell]) -> pd.DataFrame:
    """Return one row a width and penalty: the count with its interval, what is forced, and what any basis shows."""
    import pandas as pd

    return pd.DataFrame([_counts(cell) for cell in found if cell.role != "cut"])


def _counts(cell: Cell) -> dict[str, object]:
    slots = np.nan if cell.is_crowded else theory.slot_model(cell.n, cell.m).mean
    counted = mean_columns(cell.counts)
    return {
        "penalty": _NAMES[cell.role],
        "λ": cell.spec.penalty.strength,
        "n": cell.n,
        "m": cell.m,
        "m/n": written(cell.room),
        "networks": len(cell.usable),
        "converged": int(cell.usable.sum()),
        **counted,
        "forced": cell.forced,
        "excess": counted["mean"] - cell.forced,
        "slot model": slots,
        "settled features": float(cell.settled.mean()),
        "dead features": float(cell.dead.mean()),
        "dimensions shared, n − ΣCᵢ": float(cell.shared.mean()),
        "rank": float(cell.rank.mean()),
        "loss": float(cell.loss.mean()),
    }


def superposition_table(found: Sequence[Cell]) -> pd.DataFrame:
    """Return one row a width below n/2 and penalty: what features without a slot cost, and whether networks rest."""
    import pandas as pd

    return pd.DataFrame(
        {
            "penalty": _NAMES[cell.role],
            "n": cell.n,
            "m": cell.m,
            "m/n": written(cell.room),
            "networks": len(cell.loss),
            "at rest": int(cell.resting.sum()),
            "features without a slot": cell.unplaced,
            "dead features": float(cell.dead.mean()),
            "loss": float(cell.loss.mean()),
            "least loss": float(cell.loss.min()),
            "loss if they died": cell.unplaced,
            "least known loss": float(theory.least_known_loss(cell.n, cell.m)),
            "missing norm": float(cell.told.mean()),
            "ΣCᵢ / m": float(cell.capacity.mean() / cell.m),
        }
        for cell in found
        if cell.is_crowded
    )


def cut_table(found: Sequence[Cell]) -> pd.DataFrame:
    """Return one row a penalty that was cut off: what had settled then, and after training on without one."""
    import pandas as pd

    return pd.DataFrame(
        {
            "λ": cell.spec.penalty.strength,
            "∫λ dt": cell.spent,
            "n": cell.n,
            "m": cell.m,
            "networks": len(cell.settled),
            "settled at the cut": float(cell.settled.mean() / cell.n),
            "settled later": float(cell.later.mean() / cell.n),
            "settled features that moved": int(cell.moved.sum()),
        }
        for cell in of(found, "cut")
    )


def cluster_table(found: Sequence[Cell]) -> pd.DataFrame:
    """Return one row a kind of cluster: at which width, how many features in how many dimensions, and how often."""
    import pandas as pd

    rows = []
    for cell in found:
        common: Counter[str] = cell.clusters
        rows += [
            {"m/n": written(cell.room), "networks": len(cell.loss), "cluster": name, "found": number}
            for name, number in sorted(common.items(), key=lambda each: (-each[1], each[0]))
        ]
    return pd.DataFrame(rows, columns=["m/n", "networks", "cluster", "found"])


def count_illustration(found: Sequence[Cell]) -> Illustration:
    """Draw counts with what is forced, and the excess, against the width."""
    from polygenesis import plots

    shown = [cell for cell in of(found, "penalty") if not cell.is_crowded and len(cell.counts) > 1]
    means = [stats.mean_count(cell.counts) for cell in shown]
    room, n = np.array([cell.room for cell in shown]), shown[0].n
    value, low, high = (np.array([getattr(each, name) for each in means]) for name in ("value", "lower", "upper"))
    forced = np.array([cell.forced for cell in shown])
    law = np.array([theory.slot_model(cell.n, cell.m).mean for cell in shown])
    first = plots.panel(
        [
            plots.series("gradient flow", room, value, interval=(low, high), style="points", role="gradient flow"),
            plots.series("slot model", room, law, role="slot model"),
            plots.series("forced, n − m", room, forced, role="n²/4m"),
        ],
        x="neurons a feature, m/n",
        y="polysemantic neurons",
        log="x",
        ticks=TICKS,
    )
    second = plots.panel(
        [
            plots.series(
                "gradient flow", room, (value - forced) / n, interval=((low - forced) / n, (high - forced) / n),
                style="points", role="gradient flow", legend=False,
            ),
            plots.series("slot model", room, (law - forced) / n, role="slot model", legend=False),
        ],
        x="neurons a feature, m/n",
        y="not forced, a feature",
        log="x",
        levels=[plots.Level("all forced", 0.0)],
        ticks=TICKS,
    )  # fmt: skip
    return Illustration.of(
        plots.row(first, second, alt="Shared neurons and those that are not forced, against neurons a feature."),
        "forced-and-incidental",
        f"Left: polysemantic neurons of {n} features against the width (means of converged networks, 95 % intervals), "
        "the smallest possible number, and the slot model. Right: sharing beyond the forced part, per feature.",
    )


def capacity_illustration(found: Sequence[Cell]) -> Illustration:
    """Draw shared dimensions with and without a penalty, and the loss of features without a slot."""
    from polygenesis import plots

    penalty, free = of(found, "penalty"), of(found, "none")
    roomy = [[cell for cell in cells if not cell.is_crowded] for cells in (penalty, free)]
    tight = [[cell for cell in cells if cell.is_crowded] for cells in (penalty, free)]
    first = plots.panel(
        [
            _means("λ = 0.016", roomy[0], [cell.shared[cell.usable] for cell in roomy[0]], plots.style.BLUE),
            _means("no penalty", roomy[1], [cell.shared for cell in roomy[1]], plots.style.VERMILLION),
        ],
        x="neurons a feature, m/n",
        y="dimensions shared, n − ΣCᵢ",
        log="xy",
        ticks=TICKS,
    )
    known = [float(theory.least_known_loss(cell.n, cell.m)) / cell.unplaced for cell in tight[1]]
    blue, red, named = plots.style.BLUE, plots.style.VERMILLION, "best arrangement with a name"
    means = [
        _means(name, cells, [cell.loss / cell.unplaced for cell in cells], color, legend=False)
        for name, cells, color in (("λ = 0.016", tight[0], blue), ("no penalty", tight[1], red))
    ]
    second = plots.panel(
        [
            *plots.side_by_side(means, 0.004),
            plots.series(named, [cell.room for cell in tight[1]], known, role="exact", style="both"),
        ],
        x="neurons a feature, m/n",
        y="loss per feature without a slot",
        levels=[plots.Level("dead", 1.0)],
        limits=(0.0, 1.1),
        ticks=[cell.room for cell in tight[1]],
    )
    return Illustration.of(
        plots.row(first, second, alt="Dimensions shared with and without a penalty; the loss below m = n/2."),
        "superposed",
        "Left: dimensions that features share, n − ΣCᵢ, which is the number of polysemantic neurons at convergence and "
        "means the same in any basis. Right: below m = n/2, the loss per feature without a slot, which is 1 if it dies "
        "(means with 95 % t intervals; marks at one width stand side by side).",
    )


def _means(name: str, cells: Sequence[Cell], values: Sequence[Floats], color: str, *, legend: bool = True) -> Series:
    from polygenesis import plots

    kept = [(cell.room, stats.mean(each)) for cell, each in zip(cells, values, strict=True) if len(each) > 1]
    ends = np.array([(mean.lower, mean.upper) for _, mean in kept])
    return plots.series(
        name,
        [room for room, _ in kept],
        [mean.value for _, mean in kept],
        interval=(np.maximum(ends[:, 0], 1e-9), ends[:, 1]),
        style="points",
        color=color,
        legend=legend,
    )
