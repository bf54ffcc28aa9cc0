"""Polysemantic neurons over n and m, from half as many neurons as features to 32 times as many: docs/figures.

    python examples/phase_diagram.py

Computes what is missing of phase_diagram.sweep.toml (a minute on two cores) and draws docs/figures/phase-diagram.png.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from polygenesis import plots, stats, theory
from polygenesis.sweeps import Store, collect, read_grid, run_sweep

HERE = Path(__file__).parent
FIGURE = HERE.parent / "docs" / "figures" / "phase-diagram"
ALT = (
    "Two panels on log axes. Left: mean numbers of polysemantic neurons fall with the number of neurons m, one curve "
    "for each of n = 16, 32, 64 and 128 features. Right: divided by n and drawn over m/n, the four curves are one, "
    "which falls with the slot model's line from m = n/2 to m = 32n and lies mostly a little below it."
)


def table() -> pd.DataFrame:
    """One row a trained network."""
    grid = read_grid(HERE / "phase_diagram.sweep.toml")
    run_sweep(grid)
    return collect(Store(grid.store), grid)


def curve(rows: pd.DataFrame, n: int, color: str, *, scaled: bool) -> plots.Series:
    """Mean counts of n features with 95% intervals over m, or for each feature over m/n."""
    found = [(m, stats.mean_count(counts.to_numpy())) for m, counts in rows.groupby("model.m")["polysemantic"]]
    unit = n if scaled else 1
    x = np.array([m for m, _ in found]) / unit
    y, low, high = (np.array([getattr(each, name) for _, each in found]) / unit for name in ("value", "lower", "upper"))
    return plots.series(f"n = {n}", x, y, interval=(low, high), style="points", color=color)


def diagram(rows: pd.DataFrame) -> plots.Chart:
    """Draw counts over m, and beside it what they have in common."""
    sizes = list(dict.fromkeys(rows["model.n"]))
    colors = plots.ramp(len(sizes))
    parts = [(n, rows[rows["model.n"] == n], color) for n, color in zip(sizes, colors, strict=True)]
    counts = [curve(part, n, color, scaled=False) for n, part, color in parts]
    shares = [curve(part, n, color, scaled=True) for n, part, color in parts]
    ratios = 2.0 ** np.arange(-1, 6)
    slots = [theory.slot_model(1024, int(1024 * ratio)).mean / 1024 for ratio in ratios]
    law = plots.series("slot model, n²/4m for large n", ratios, slots, role="n²/4m")
    left = plots.panel(counts, x="neurons m", y="polysemantic neurons", log="xy", limits=(0.05, 100))
    right = plots.panel(
        [*shares, law],
        x="neurons for each feature, m/n",
        y="polysemantic neurons for each feature",
        log="xy",
        limits=(0.002, 1),
        ticks=ratios,
    )
    return plots.row(left, right, alt=ALT, height=2.7)


def agreement(rows: pd.DataFrame) -> stats.Estimate:
    """Counts divided by the slot model's, where there are at least as many neurons as features."""
    rows = rows[rows["model.m"] >= rows["model.n"]]
    laws = [theory.slot_model(n, m).mean for n, m in zip(rows["model.n"], rows["model.m"], strict=True)]
    return stats.ratio_to_prediction(rows["polysemantic"].to_numpy(), np.array(laws))


if __name__ == "__main__":
    found = table()
    print(f"Counts over the slot model's, m >= n: {agreement(found)}")
    for path in plots.save(diagram(found).draw(), FIGURE, ("png",)):
        print(path)
