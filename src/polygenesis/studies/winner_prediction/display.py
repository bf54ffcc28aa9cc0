"""Forecasts by width and cost: as a table and as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats
from polygenesis.studies.base import Illustration
from polygenesis.studies.shares import share
from polygenesis.studies.winner_prediction.claims import ROOM, area_under_curve, pooled, successes
from polygenesis.studies.winner_prediction.forecasts import (
    ASSIGNED,
    FIFTH,
    HURRIED,
    INITIAL,
    LEADER,
    RACED,
    RELAXED,
    TENTH,
    Forecast,
    at,
)

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Curves

INITIAL_LEADER = "initial leader"
"""The forecast that all others are held against, in the figures."""


def accuracy_table(forecasts: Sequence[Forecast]) -> pd.DataFrame:
    """Return one row a run, source of weights and rule: share of winners named (95 % interval) and its cost."""
    import pandas as pd

    rows = []
    for each in forecasts:
        for rule, named in each.named.items():
            found = share(*successes(named))
            rows.append(
                {
                    "training": each.training,
                    "n": each.n,
                    "m": each.m,
                    "read from": each.source,
                    "rule": rule,
                    "replicates": len(named),
                    "winners named": found.value,
                    "lower": found.lower,
                    "upper": found.upper,
                    "evaluations": float(each.evaluations.mean()),
                    "share of the run's": float(each.cost.mean()),
                }
            )
    return pd.DataFrame(rows)


def chances_table(forecasts: Sequence[Forecast]) -> pd.DataFrame:
    """Return one row a run and source: sharpness, calibration and AUC on held-out replicates."""
    import pandas as pd

    return pd.DataFrame(_chances(each) for each in forecasts)


def _chances(each: Forecast) -> dict[str, object]:
    area, table = area_under_curve(each), stats.calibration(*pooled([each]))
    return {
        "training": each.training,
        "n": each.n,
        "m": each.m,
        "read from": each.source,
        "held-out replicates": len(each.chance),
        "sharpness/√m": each.sharpness / each.m**0.5,
        "mean chance": float(each.chance.mean()),
        "share right": float(each.hit.mean()),
        "Brier score": table.brier,
        "calibration error": table.error,
        "AUC polysemantic": area.value if area else np.nan,
        "lower": area.lower if area else np.nan,
        "upper": area.upper if area else np.nan,
        "expected polysemantic": float(each.sharing.sum(axis=1).mean()),
        "polysemantic": float(each.polysemantic.sum(axis=1).mean()),
    }


def accuracy_illustration(table: pd.DataFrame) -> Illustration:
    """Draw the share of winners named against m/n, for gradient flow and for AdamW."""
    from polygenesis import plots

    panels = [_accuracy_panel(rows, str(training)) for training, rows in table.groupby("training", sort=False)]
    sizes = ", ".join(f"{training}: n = {_usual(rows)}" for training, rows in table.groupby("training", sort=False))
    return Illustration.of(
        plots.row(*panels, alt="Share of winners named against m/n, one line a forecaster; by training."),
        "winners-named",
        "Share of features whose final neuron and sign are predicted, against m/n, by the weights that the forecast "
        f"uses ({sizes}; 95 % intervals, replicates in which every feature settled). Slots are assigned, except for "
        "the initial leader.",
    )


def _usual(rows: pd.DataFrame) -> int:
    return int(rows["n"].mode().iloc[0])


def _accuracy_panel(rows: pd.DataFrame, training: str) -> Curves:
    from polygenesis import plots

    rows = rows[rows["n"] == _usual(rows)]
    leader = rows[(rows["read from"] == INITIAL) & (rows["rule"] == LEADER)].assign(name=INITIAL_LEADER)
    assigned = rows[rows["rule"] == ASSIGNED].assign(name=rows["read from"])
    curves = []
    for table in (leader, assigned):
        for name, of in table.groupby("name", sort=False):
            curves.append(
                plots.series(
                    str(name),
                    (of["m"] / of["n"]).to_numpy(),
                    of["winners named"].to_numpy(),
                    interval=(of["lower"].to_numpy(), of["upper"].to_numpy()),
                    style="both",
                    color=_color(str(name)),
                )
            )
    ticks = sorted({float(room) for room in rows["m"] / rows["n"]})
    return plots.panel(
        curves,
        x="neurons per feature m/n",
        y="share of winners named",
        log="x",
        limits=(0.0, 1.0),
        ticks=ticks,
        title=training,
    )


def chances_illustration(forecasts: Sequence[Forecast], table: pd.DataFrame) -> Illustration:
    """Draw what came true against the chance given, and the share of winners named against its cost."""
    from polygenesis import plots

    panels = [_reliability(forecasts), _costs(table)]
    return Illustration.of(
        plots.row(*panels, alt="Left: share right against chance given. Right: share of winners named against cost."),
        "chances-and-cost",
        f"Left: calibration of the forecasts under gradient flow at m = {ROOM}n on held-out replicates, share correct "
        "against the forecast probability, in ten bins (Wilson's 95 % intervals, features taken as independent); the "
        f"diagonal is perfect. Right: share of winners predicted at m = {ROOM}n against the cost in gradient "
        "evaluations, as a share of the run's.",
    )


def _reliability(forecasts: Sequence[Forecast]) -> Curves:
    from polygenesis import plots

    curves = [plots.series("perfect", [0.0, 1.0], [0.0, 1.0], role="random direction")]
    for source in (RELAXED, HURRIED):
        found = at(forecasts, "gradient flow", source, ROOM)
        if found is not None:
            bins = stats.calibration(*pooled([found]))
            interval = (bins.observed_lower, bins.observed_upper)
            curves.append(
                plots.series(
                    source, bins.forecast, bins.observed, interval=interval, style="points", color=_color(source)
                )
            )
    return plots.panel(curves, x="chance given", y="share that came true", limits=(0.0, 1.0))


def _costs(table: pd.DataFrame) -> Curves:
    from polygenesis import plots

    rows = table[(table["m"] == ROOM * table["n"]) & (table["rule"] == ASSIGNED)]
    curves = []
    for (training, n), of in rows.groupby(["training", "n"], sort=False):
        ordered = of.sort_values("share of the run's")
        curves.append(
            plots.series(
                f"{training}, n = {n}",
                ordered["share of the run's"].to_numpy(),
                ordered["winners named"].to_numpy(),
                interval=(ordered["lower"].to_numpy(), ordered["upper"].to_numpy()),
                style="both",
                role=str(training),
                color=None if n == rows.loc[rows["training"] == training, "n"].max() else plots.style.SKY,
            )
        )
    return plots.panel(curves, x="share of the run's gradient evaluations", y="share of winners named", limits=(0, 1))


def _color(forecaster: str) -> str:
    """One colour a forecaster, in every figure."""
    from polygenesis.plots import style

    return {
        INITIAL_LEADER: style.GREY,
        INITIAL: style.SKY,
        RELAXED: style.GREEN,
        HURRIED: style.PURPLE,
        RACED: style.ORANGE,
        TENTH: style.VERMILLION,
        FIFTH: style.BLUE,
    }[forecaster]
