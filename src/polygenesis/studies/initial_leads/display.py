"""Leaders that win, and the start–end correlation: as a table and as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import detect
from polygenesis.arrays import Booleans, Floats
from polygenesis.dynamics.run import Run
from polygenesis.studies.base import Illustration
from polygenesis.studies.initial_leads.claims import kept_and_features
from polygenesis.studies.measurements import Measured
from polygenesis.studies.shares import share

if TYPE_CHECKING:
    import pandas as pd


def table(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a run: share of features that keep their lead (95 % interval), winners' ranks, correlation."""
    import pandas as pd

    return pd.DataFrame(
        {
            "training": each.training,
            "n": each.n,
            "m": each.m,
            "replicates": int(each.usable.sum()),
            **_leads(each),
            "winner among first 3": _mean(each.winner_rank[each.usable] < 3),
            "winner among first 10": _mean(each.winner_rank[each.usable] < 10),
            "diagonal": _mean(each.diagonal[each.usable]),
            "off-diagonal": _mean(each.off_diagonal[each.usable]),
        }
        for each in measured
    )


def _leads(run: Measured) -> dict[str, float]:
    kept, features = kept_and_features(run)
    if len(kept) < 2:
        return dict.fromkeys(("initial leader wins", "lower", "upper"), np.nan)
    found = share(kept, features)
    return {"initial leader wins": found.value, "lower": found.lower, "upper": found.upper}


def _mean(values: Booleans | Floats) -> float:
    return float(values.mean()) if values.size else np.nan


def leads_illustration(measured: Sequence[Measured]) -> Illustration:
    """Draw the share of leaders that win against m/n."""
    from polygenesis import plots

    rows = table(measured).dropna(subset=["initial leader wins"])
    curves = []
    for (training, n), of in rows.groupby(["training", "n"], sort=False):
        curves.append(
            plots.series(
                f"{training}, n = {n}",
                (of["m"] / of["n"]).to_numpy(),
                of["initial leader wins"].to_numpy(),
                interval=(of["lower"].to_numpy(), of["upper"].to_numpy()),
                style="both",
                role=str(training),
            )
        )
    leads = plots.panel(
        curves,
        x="neurons per feature m/n",
        y="share of leaders that win",
        log="x",
        levels=[plots.Level("half", 0.5)],
        limits=(0.0, 1.0),
        ticks=(1, 2, 4, 8, 16),
    )
    return Illustration.of(
        plots.row(leads, alt="The share of features that end on their initial leader, against m/n, by training."),
        "initial-leaders",
        "Share of features that end on the neuron where their initial weight was largest, with its sign, against m/n "
        "(replicates in which every feature settled; 95 % intervals).",
    )


def correlation_illustration(run: Run, usable: Booleans) -> Illustration:
    """Draw the start–end correlation, averaged over usable replicates (all, where none is), as the paper's E4 does."""
    from polygenesis import plots

    kept = usable if usable.any() else np.ones_like(usable)
    chart = plots.start_end(
        detect.start_end_correlation(run.initial[kept], run.final[kept]).matrix,
        alt="The matrix of start–end correlations, and its entries on and off the diagonal.",
    )
    return Illustration.of(
        chart,
        "start-end-correlation",
        f"Start–end correlation Σ_k W0_ik W_jk under gradient flow at n = {run.spec.model.n}, "
        f"m = {run.spec.model.m}, averaged over {int(usable.sum())} converged replicates (the paper's E4 shows "
        "AdamW's), with the distributions on and off its diagonal.",
    )
