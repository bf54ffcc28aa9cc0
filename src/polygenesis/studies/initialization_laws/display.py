"""Tables and figure of the study of initial weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import theory
from polygenesis.initial import Rademacher
from polygenesis.studies.base import Illustration
from polygenesis.studies.initialization_laws.claims import Cell
from polygenesis.studies.measurements import mean_columns

if TYPE_CHECKING:
    import pandas as pd


def table(cells: Sequence[Cell]) -> pd.DataFrame:
    """Return one row a law and width: the count with its interval, how replicates ended, leaders kept, and theory."""
    import pandas as pd

    return pd.DataFrame([_row(cell) for cell in cells])


def _row(cell: Cell) -> dict[str, object]:
    measured, counts = cell.measured, cell.measured.counts
    kept = measured.kept_lead[measured.usable]
    has_leader = not isinstance(cell.start.part, Rademacher)  # where all weights are alike, none leads
    return {
        "initial weights": cell.start.name,
        "n": measured.n,
        "m": measured.m,
        "replicates": len(measured.usable),
        "usable": len(counts),
        **mean_columns(counts),
        "n²/4m": float(theory.polysemantic_neurons(measured.n, measured.m)),
        "initial leader wins": float(kept.mean() / measured.n) if len(kept) and has_leader else np.nan,
        "dead features": int(measured.dead_features.sum()),
        "split features": int(measured.split_features.sum()),
        "theory": cell.start.theory,
    }


def illustration(cells: Sequence[Cell]) -> Illustration:
    """Draw every law's count relative to n²/4m, one panel a width."""
    from polygenesis import plots

    rows = table(cells)
    panels = []
    for m, of in rows.groupby("m"):
        law = of["n²/4m"].to_numpy()
        panels.append(
            plots.rates(
                of["initial weights"].tolist(),
                {"count / (n²/4m)": of["mean"].to_numpy() / law},
                intervals={"count / (n²/4m)": (of["lower"].to_numpy() / law, of["upper"].to_numpy() / law)},
                quantity="count / (n²/4m)",
                levels=[plots.Level("n²/4m", 1.0, along="x")],
                limits=None,
                title=f"m = {m}",
                dots=True,
            )
        )
    chart = plots.bars(*panels, alt="Dots: polysemantic neurons relative to n²/4m for each law of initial weights.")
    return Illustration.of(
        chart,
        "initial-weights",
        f"Polysemantic neurons relative to n²/4m by the law of the initial weights (n = {cells[0].measured.n}, "
        "gradient flow, λ = 0.016; means of converged replicates with 95 % quasi-Poisson intervals)." + _without(rows),
    )


def _without(rows: pd.DataFrame) -> str:
    """Say which laws have no dot."""
    none = rows[rows["mean"].isna()]
    said = [f"{law} at m = {m}" for law, m in zip(none["initial weights"], none["m"], strict=True)]
    return f" Without a dot, because too few replicates converged: {', '.join(said)}." if said else ""
