"""Table and figure of the study of feature distributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats
from polygenesis.studies.base import Illustration
from polygenesis.studies.feature_complexity.estimands import Cell, preference
from polygenesis.studies.margin import LEVEL

if TYPE_CHECKING:
    import pandas as pd


def tables(cells: Sequence[Cell]) -> dict[str, pd.DataFrame]:
    """Return the counts by distribution, and who shares with whom."""
    import pandas as pd

    who = [(cell, preference(cell)) for cell in cells if cell.case.special is not None]
    sharing = [
        {
            "features": cell.case.name,
            "score of a pair": cell.case.pairs,
            "pairs that share": int(cell.counted.usable[cell.counted.pairs.replicate].sum()),
            "mean score": seen,
            "by chance": chance,
            "p (higher)": higher,
            "p (lower)": lower,
        }
        for cell, (seen, chance, higher, lower) in who
    ]
    counts = pd.DataFrame([_row(cell) for cell in cells])
    counts.attrs["level"] = next((each.level for cell in cells if (each := _ratio(cell)) is not None), LEVEL)
    return {
        "counts by features": counts,
        "who shares with whom": pd.DataFrame(sharing),
    }


def _row(cell: Cell) -> dict[str, object]:
    ratio, counts = _ratio(cell), cell.counted.counts
    return {
        "features": cell.case.name,
        "λ": cell.counted.spec.penalty.strength,
        "replicates": len(cell.counted.usable),
        "usable": len(counts),
        "mean": float(counts.mean()) if len(counts) else np.nan,
        "one-hot mean": float(cell.base.counts.mean()) if len(cell.base.counts) else np.nan,
        "ratio": ratio.value if ratio else np.nan,
        "lower": ratio.lower if ratio else np.nan,
        "upper": ratio.upper if ratio else np.nan,
        "predicted": cell.predicted,
        "theory": cell.case.theory,
    }


def _ratio(cell: Cell) -> stats.Estimate | None:
    return None if cell.ratio is None else cell.ratio.estimate


def illustration(cells: Sequence[Cell]) -> Illustration:
    """Draw every count relative to one-hot features beside its prediction."""
    from polygenesis import plots

    shown = [(cell, _ratio(cell)) for cell in cells]
    known = [(cell, ratio) for cell, ratio in shown if ratio is not None]
    names = [cell.case.name for cell, _ in known]
    measured, predicted = np.array([r.value for _, r in known]), np.array([cell.predicted for cell, _ in known])
    ends = (np.array([r.lower for _, r in known]), np.array([r.upper for _, r in known]))
    panel = plots.rates(
        names,
        {"measured": measured, "predicted": predicted},
        intervals={"measured": ends},
        quantity="count / count of one-hot features",
        levels=[plots.Level("one-hot", 1.0, along="x")],
        limits=None,
    )
    chart = plots.bars(panel, alt="Bars: counts of each distribution relative to one-hot features, beside predictions.")
    return Illustration.of(
        chart,
        "feature-complexity",
        f"Polysemantic neurons by the distribution of features, relative to one-hot ones (n = {cells[0].n}, "
        f"m = {cells[0].m}; 90 % intervals), and what the race of two features predicts.",
    )
