"""The fourth norms: as a table at the end, and as curves over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats, theory
from polygenesis.studies import published
from polygenesis.studies.base import Illustration
from polygenesis.studies.noise_sparsity.claims import SIZES
from polygenesis.studies.noise_sparsity.curves import Curve

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Series


def table(curves: Sequence[Curve]) -> pd.DataFrame:
    """Return one row a noise setting: the fourth norm at the end (95 % t interval), what was published, and more."""
    import pandas as pd

    return pd.DataFrame(
        {
            "noise": curve.noise.kind,
            "excess kurtosis": curve.noise.excess_kurtosis,
            "σ": curve.noise.std,
            "drawn": "once for all inputs" if curve.noise.shared else "for every input",
            "steps": curve.steps,
            "replicates": len(curve.end),
            "diverged": curve.diverged,
            **_fourth_norm(curve),
            "random direction": float(theory.random_row_fourth_norm(SIZES.m)),
            f"published at {published.STEPS:,} steps": _published(curve),
            "row norm": float(curve.row_norm.mean()) if len(curve.end) else np.nan,
            "shared neurons (|W| ≥ 0.5)": float(curve.shared.mean()) if len(curve.end) else np.nan,
        }
        for curve in curves
    )


def _fourth_norm(curve: Curve) -> dict[str, float]:
    if len(curve.end) < 2:
        return dict.fromkeys(("fourth norm", "lower", "upper"), np.nan)
    mean = stats.mean(curve.end)
    return {"fourth norm": mean.value, "lower": mean.lower, "upper": mean.upper}


def _published(curve: Curve) -> str:
    """What the paper shows for this noise; it drew one vector for all inputs."""
    if not curve.noise.shared:
        return ""
    if curve.noise.kind == "gaussian":
        return "{:g} to {:g}".format(*published.GAUSSIAN_FOURTH_NORMS)
    value = published.FOURTH_NORMS.get(curve.noise.kind, {}).get(curve.noise.std)
    return "" if value is None else f"{value:g}"


def illustration(curves: Sequence[Curve]) -> Illustration:
    """Draw the fourth norm over time, one panel a law."""
    from polygenesis import plots

    panels: dict[str, list[Series]] = {}
    for curve in curves:
        if curve.noise.shared or not len(curve.end):
            continue
        means = [stats.mean(column) for column in curve.fourth_norm.T] if len(curve.fourth_norm) > 1 else []
        ends = ([each.lower for each in means], [each.upper for each in means]) if means else None
        mean = curve.fourth_norm.mean(axis=0)
        line = plots.series(f"σ = {curve.noise.std:g}", curve.times, mean, interval=ends)
        panels.setdefault(curve.noise.kind, []).append(line)
    chart = plots.fourth_norms(
        panels,
        random_level=float(theory.random_row_fourth_norm(SIZES.m)),
        time="time t = lr × steps",
        alt="Fourth norm over time, one panel a noise law, one line a strength, with a random direction's level.",
    )
    return Illustration.of(
        chart,
        "fourth-norm",
        f"Mean fourth norm Σ_k W_ik⁴ over features and {len(curves[0].end)} replicates against time, by noise law and "
        "σ; noise drawn for every input; bands are 95 % t intervals over replicates. Dashed: a random direction's "
        "3/(m+2).",
    )
