"""Forecasts, lead times, costs and thresholds: as tables and as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Booleans
from polygenesis.studies.base import Illustration
from polygenesis.studies.collision_criterion.estimands import area_under_curve, lead_times, mover_right
from polygenesis.studies.collision_criterion.pairs import PENALTIES, Survival, Threshold
from polygenesis.studies.collision_criterion.snapshots import AHEAD, Followed, Snapshot
from polygenesis.studies.paper_runs import FLOW_PENALTY

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Curves


def rules(snapshot: Snapshot) -> dict[str, Booleans]:
    """What each rule forecasts to stay, (c,) each."""
    return {
        "signs and forces": snapshot.rates.stays,
        "signs": snapshot.rates.pairs.opposite,
        "initial overlap": snapshot.overlap < 0,
    }


def forecast_table(found: Sequence[Followed]) -> pd.DataFrame:
    """Return one row a width, time and rule: precision and recall for "stays", and the share of fates named."""
    import pandas as pd

    rows = []
    for run in found:
        for snapshot in run.snapshots:
            if not len(snapshot.stayed):
                continue
            opposite = snapshot.rates.pairs.opposite
            within = area_under_curve(snapshot, opposite, level=0.95) if opposite.any() else None
            named, one = mover_right(snapshot)
            for rule, forecast in rules(snapshot).items():
                ours = rule == "signs and forces"
                hits = int((forecast & snapshot.stayed).sum())
                rows.append(
                    {
                        "n": run.n,
                        "m": run.m,
                        "λt": snapshot.time,
                        "rule": rule,
                        "pairs": len(snapshot.stayed),
                        "stay": float(snapshot.stayed.mean()),
                        "precision": hits / forecast.sum() if forecast.any() else np.nan,
                        "recall": hits / snapshot.stayed.sum() if snapshot.stayed.any() else np.nan,
                        "fates named": float((forecast == snapshot.stayed).mean()),
                        "AUC, opposite signs": within.value if within and ours else np.nan,
                        "mover named": float(named[one].mean()) if one.any() and ours else np.nan,
                    }
                )
    return pd.DataFrame(rows)


def lead_table(found: Sequence[Followed]) -> pd.DataFrame:
    """Return one row a width and rule: how long before the decision the forecast is right for good."""
    import pandas as pd

    rows = []
    for run in found:
        for rule, by_sign in (("signs and forces", False), ("signs", True)):
            ahead, _ = lead_times(run, by_sign=by_sign)
            if len(ahead):
                low, middle, high = np.quantile(ahead, (0.25, 0.5, 0.75))
                row = {"collisions": len(ahead), "never right": float((ahead == 0).mean())}
                row |= {"lower quartile, λt": low, "median, λt": middle, "upper quartile, λt": high}
                row |= {f"at least {AHEAD:g}/λ ahead": float((ahead >= AHEAD).mean())}
                rows.append({"n": run.n, "m": run.m, "rule": rule, **row})
    return pd.DataFrame(rows)


def cost_table() -> pd.DataFrame:
    """Return the cost of sharing by relation of signs and co-occurrence, minimized and expanded."""
    import pandas as pd

    joint = float(theory.joint_co_occurrence(FLOW_PENALTY))
    rows = []
    for c in (0.0, 0.001, 0.01, 0.1, 0.5, 0.9, joint, 0.999):
        opposite, same = (
            float(theory.sharing_cost(relation, penalty=FLOW_PENALTY, co_occurrence=c))
            for relation in ("opposite", "same")
        )
        rows.append(
            {
                "λ": FLOW_PENALTY,
                "co-occurrence c": c,
                "opposite signs": opposite,
                "2c − c²/2": 2 * c - c * c / 2,
                "same sign": same,
                "1 − c − (2−√2)λ": 1 - c - (2 - 2**0.5) * FLOW_PENALTY,
            }
        )
    return pd.DataFrame(rows)


def threshold_table(points: Sequence[Threshold]) -> pd.DataFrame:
    """Return one row a threshold: formula, and the bracket of direct flows."""
    import pandas as pd

    return pd.DataFrame(
        {
            "neurons": each.neurons,
            "second / largest weight τ": each.ratio,
            "formula": each.formula,
            "stays up to": each.below,
            "parts from": each.above,
            "found / formula": each.found / each.formula,
        }
        for each in points
    )


def simulated_table(shares: Sequence[Survival]) -> pd.DataFrame:
    """Return one row a λ and c: how many collisions survived, and how many the closed form expected."""
    import pandas as pd

    rows = []
    for each in shares:
        found = stats.proportion(int(each.stayed.sum()), len(each.stayed))
        rows.append(
            {
                "λ": each.penalty,
                "c/λ": each.co_occurrence / each.penalty,
                "collisions": len(each.stayed),
                "survived": found.value,
                "lower": found.lower,
                "upper": found.upper,
                "forecast": float(each.forecast.mean()),
                "fates named": float((each.stayed == each.forecast).mean()),
            }
        )
    return pd.DataFrame(rows)


def forecast_illustration(found: Sequence[Followed]) -> Illustration:
    """Draw precision and recall of every rule over time, at the smallest width."""
    from polygenesis import plots

    run = found[0]
    table = forecast_table([run])
    table = table[(table["λt"] > 0) & (table["λt"] < 0.75)]
    panels = [_over_time(table, quantity) for quantity in ("precision", "recall", "fates named")]
    return Illustration.of(
        plots.row(*panels, alt="Precision, recall and share of fates named, over the time of the forecast, by rule."),
        "forecasts",
        f"Forecasts that a collision stays, by the time at which they are made (n = {run.n}, m = {run.m}, gradient "
        f"flow, λ = {FLOW_PENALTY:g}; pairs that lead on one neuron at that time): precision, recall, and the share of "
        "fates predicted, from signs and forces, from signs, and from the sign of the initial overlap.",
    )


def _over_time(table: pd.DataFrame, quantity: str) -> Curves:
    from polygenesis import plots

    roles = {"signs and forces": "gradient flow", "signs": "n²/4m", "initial overlap": "published"}
    curves = []
    for rule, role in roles.items():
        rows = table[table["rule"] == rule].dropna(subset=[quantity])
        curves.append(plots.series(rule, rows["λt"].to_numpy(), rows[quantity].to_numpy(), style="both", role=role))
    return plots.panel(curves, x="λt of the forecast", y=quantity, limits=(0.0, 1.05))


def pair_illustration(shares: Sequence[Survival]) -> Illustration:
    """Draw the critical co-occurrence, and how many collisions survive at each c/λ."""
    from polygenesis import plots

    tau = np.linspace(0.05, 0.95, 60)
    critical = [
        plots.series(
            f"{neurons} neurons",
            tau,
            theory.critical_co_occurrence(tau, penalty=1.0, neurons=neurons).array,
            role=role,
        )
        for neurons, role in ((3, "gradient flow"), (2, "n²/4m"))
    ]
    table = simulated_table(shares)
    expected, found = [], []
    looks: tuple[tuple[str, plots.style.Marker], ...] = (
        (plots.style.BLUE, "circle"),
        (plots.style.VERMILLION, "square"),
    )
    for penalty, (color, marker) in zip(PENALTIES, looks, strict=True):
        rows = table[table["λ"] == penalty]
        at = rows["c/λ"].to_numpy()
        interval = (rows["lower"].to_numpy(), rows["upper"].to_numpy())
        expected.append(plots.series(f"closed form, λ = {penalty:g}", at, rows["forecast"].to_numpy(), color=color))
        found.append(
            plots.series(
                f"λ = {penalty:g}",
                at,
                rows["survived"].to_numpy(),
                interval=interval,
                style="points",
                color=color,
                marker=marker,
            )
        )
    curves = [*expected, *plots.side_by_side(found, 1.06, factor=True)]
    return Illustration.of(
        plots.row(
            plots.panel(critical, x="second / largest weight τ", y="c*/λ", log="y"),
            plots.panel(curves, x="c/λ", y="share that survives", log="x", limits=(0.0, 1.0)),
            alt="Left: critical co-occurrence over λ against τ. Right: surviving collisions against c/λ.",
        ),
        "co-occurrence",
        "Two features that collide with opposite signs and co-occur with probability c. Left: the co-occurrence above "
        "which they separate, over λ, against the size of their second weights. Right: how many of "
        f"{len(shares[0].stayed)} colliding Gaussian starts on three neurons survive (95 % exact intervals), and how "
        "many the closed form expects.",
    )
