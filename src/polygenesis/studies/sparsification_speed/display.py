"""The curves of surviving weights and norm: as a table at the published times, and as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.studies import published
from polygenesis.studies.base import Illustration
from polygenesis.studies.sparsification_speed.races import NEURONS, PENALTY, SCALE, Races, index

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Series


def table(races: Races) -> pd.DataFrame:
    """Return one row a time: measured (95 % t interval), by Euler, published, and predicted survivors and norms."""
    import pandas as pd

    rows = []
    for time in published.SURVIVORS:
        at = index(races, time)
        now = float(races.times[at])
        survivors, norm = stats.mean(races.survivors[:, at]), stats.mean(races.l1[:, at])
        rows.append(
            {
                "t": now,
                "m′ exact": survivors.value,
                "lower": survivors.lower,
                "upper": survivors.upper,
                "m′ by Euler (first row)": float(races.euler.survivors[at]),
                "m′ exact (first row)": races.survivors[0, at],
                "m′ published figure": published.SURVIVORS[time],
                "m′ published formula": float(theory.surviving_entries(now, NEURONS, PENALTY)),
                "m′ continuum": float(theory.surviving_entries(now, NEURONS, PENALTY, model="continuum", scale=SCALE)),
                "m′ (λt)²": survivors.value * (PENALTY * now) ** 2,
                "‖w‖₁ exact": norm.value,
                "‖w‖₁ published figure": published.L1_NORMS.get(time, np.nan),
                "‖w‖₁ published formula": float(theory.l1_norm(now, NEURONS, PENALTY)),
                "‖w‖₁ continuum": float(theory.l1_norm(now, NEURONS, PENALTY, model="continuum", scale=SCALE)),
            }
        )
    return pd.DataFrame(rows)


def illustration(races: Races) -> Illustration:
    """Draw survivors and norm over time: exact, by Euler, published and predicted."""
    from polygenesis import plots

    survivors = curves(races, "survivors", published.SURVIVORS)
    norms = curves(races, "l1", published.L1_NORMS)
    chart = plots.sparsification(
        survivors,
        norms,
        alt="Surviving weights and L1 norm over time, log-log: exact rows, Euler's loop, the published formula and "
        "figure, and the exact limit of many neurons.",
    )
    return Illustration.of(
        chart,
        "sparsification",
        f"One feature's surviving weights m′(t) and norm ‖w‖₁ (m = {NEURONS:,}, λ = {plain(PENALTY)}, paper's clock; "
        f"mean of {len(races.survivors)} rows solved exactly), with the published formula (1/√m + λt)⁻² and its root, "
        "the published figure's values, and the exact limit of many neurons.",
    )


def plain(number: float) -> str:
    """Write a number without a padded exponent: 1e-5."""
    return f"{number:g}".replace("e-0", "e-")


def curves(races: Races, quantity: str, figure: dict[float, float]) -> list[Series]:
    """Return one panel's curves of ``survivors`` or ``l1``; ``figure`` holds the published values by time."""
    from polygenesis import plots

    predict = theory.surviving_entries if quantity == "survivors" else theory.l1_norm
    mean: Floats = getattr(races, quantity).mean(axis=0)
    euler = np.asarray(getattr(races.euler, quantity), dtype=float)
    continuum = predict(races.times, NEURONS, PENALTY, model="continuum", scale=SCALE).array
    return [
        plots.series("exact rows (mean)", races.times, mean, role="gradient flow"),
        plots.series("exact limit of many neurons", races.times, continuum, role="exact"),
        plots.series("published formula", races.times, predict(races.times, NEURONS, PENALTY).array, role="n²/4m"),
        plots.series(
            "Euler's loop (one row)", races.euler.times[::8], euler[::8], style="points", role="gradient descent"
        ),
        plots.series("published figure", list(figure), list(figure.values()), style="points", role="published"),
    ]
