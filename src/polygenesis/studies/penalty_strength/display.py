"""Counts by penalty: as a table and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import theory
from polygenesis.studies import published
from polygenesis.studies.base import Illustration
from polygenesis.studies.measurements import Measured, mean_columns
from polygenesis.studies.penalty_strength.claims import STRENGTHS

if TYPE_CHECKING:
    import pandas as pd

SLOW = 0.5
"""From this λ√m (paper's clock) on, the penalty rivals the force that grows a feature, and features may die."""


def slowness(run: Measured) -> float:
    """λ√m in the paper's clock: the race is slow while this is well below 1."""
    strength: float = run.spec.penalty.strength
    return float(strength / 4 * run.m**0.5)


def fast(measured: Sequence[Measured]) -> list[str]:
    """Name the runs outside the slow regime."""
    return [
        f"At λ = {each.spec.penalty.strength:g} and m = {each.m} under {each.training}, λ√m/4 = {slowness(each):.2g}: "
        f"outside the slow regime, where features may die before they settle ({int(each.dead_features.sum())} did)."
        for each in measured
        if slowness(each) >= SLOW
    ]


def table(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a run: counts with their interval, the published median, and how the replicates ended."""
    import pandas as pd

    return pd.DataFrame(
        {
            "training": each.training,
            "n": each.n,
            "m": each.m,
            "λ": each.spec.penalty.strength,
            "λ√m (paper's clock)": slowness(each),
            "replicates": len(each.outcomes),
            "counted": len(each.counts),
            **mean_columns(each.counts),
            "median": float(np.median(each.counts)) if len(each.counts) else np.nan,
            "published median": published_median(each),
            "n²/4m": float(theory.polysemantic_neurons(each.n, each.m)),
            "dead features": int(each.dead_features.sum()),
            "split features": int(each.split_features.sum()),
        }
        for each in measured
    )


def published_median(run: Measured) -> float:
    """The published median at this size and λ; NaN where there is none."""
    medians = published.MEDIANS_BY_PENALTY.get(run.m, {}) if run.n == published.FEATURES else {}
    return medians.get(run.spec.penalty.strength, np.nan)


def illustration(measured: Sequence[Measured]) -> Illustration:
    """Draw the count relative to n²/4m against λ, the groups a little beside each other."""
    from polygenesis import plots

    rows = table(measured).dropna(subset=["mean"])
    curves = []
    for k, ((training, n, m), of) in enumerate(rows.groupby(["training", "n", "m"], sort=False)):
        law = of["n²/4m"].to_numpy()
        curves.append(
            plots.series(
                f"{training}, n = {n}, m = {m}",
                of["λ"].to_numpy() * 1.06**k,
                of["mean"].to_numpy() / law,
                interval=(of["lower"].to_numpy() / law, of["upper"].to_numpy() / law),
                style="both",
            )
        )
    panel = plots.panel(
        curves,
        x="penalty λ (in the loss)",
        y="count / (n²/4m)",
        log="x",
        levels=[plots.Level("n²/4m", 1.0)],
        ticks=STRENGTHS,
    )
    return Illustration.of(
        plots.row(panel, alt="Counts relative to the law against the penalty's strength.", height=3.1),
        "penalty-strength",
        "Polysemantic neurons relative to n²/4m against the penalty λ, with 95 % quasi-Poisson intervals; groups are "
        "shifted a little sideways to tell them apart.",
    )
