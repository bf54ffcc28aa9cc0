"""Table and figure of the study of untied weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from polygenesis import theory
from polygenesis.studies.base import Illustration
from polygenesis.studies.measurements import mean_columns
from polygenesis.studies.shares import share
from polygenesis.studies.untied_weights.measurements import Ends, pairs_of

if TYPE_CHECKING:
    import pandas as pd


def table(found: Sequence[Ends]) -> pd.DataFrame:
    """Return one row a run: counts, live features, and the slot model for them."""
    import pandas as pd

    return pd.DataFrame([_row(each) for each in found])


def _row(ends: Ends) -> dict[str, object]:
    live = ends.live.sum()
    untied = not ends.tied
    return {
        "weights": "tied" if ends.tied else "untied",
        "n": ends.n,
        "m": ends.m,
        "replicates": len(ends.usable),
        "usable": int(ends.usable.sum()),
        **mean_columns(ends.counts[ends.usable]),
        "slot model, live features": float(ends.expected[ends.usable].mean()) if ends.usable.any() else float("nan"),
        "dead features": float(ends.dead.mean()),
        "predicted dead": float(ends.unlit.mean()) if untied else float("nan"),
        "fates right": float(ends.right.sum() / (ends.n * len(ends.right))) if untied else float("nan"),
        "leader in |E + D| wins": float(ends.led_both.sum() / live) if untied else float("nan"),
        "leader in |E| wins": float(ends.led_encoder.sum() / live),
        "same-sign pairs": int(ends.same[ends.usable].sum()),
        "pairs": int(ends.pairs[ends.usable].sum()),
    }


def illustration(found: Sequence[Ends]) -> Illustration:
    """Draw the share of dead features and the counts against the width."""
    from polygenesis import plots

    pairs = pairs_of(found)
    widths = [untied.m for _, untied in pairs]
    dead = [share(untied.dead, untied.dead * 0 + untied.n) for _, untied in pairs]
    predicted = [untied.unlit.mean() / untied.n for _, untied in pairs]
    free = [float(theory.unlit_share(m)) for m in widths]
    first = plots.panel(
        [
            plots.series("measured", widths, [each.value for each in dead], interval=_ends(dead), style="points"),
            plots.series("from the initial rows", widths, predicted),
            plots.series("from random rows", widths, free),
        ],
        x="neurons m",
        y="share of features that die",
        log="x",
        ticks=widths,
        limits=(0.0, 0.55),
        levels=(plots.Level("signs alone", 0.5),),
    )
    tables = [[mean_columns(each.counts[each.usable]) for each in pair] for pair in pairs]
    curves = [
        plots.series(
            name,
            widths,
            [row[k]["mean"] for row in tables],
            interval=([row[k]["lower"] for row in tables], [row[k]["upper"] for row in tables]),
            style="points",
        )
        for k, name in enumerate(("tied", "untied"))
    ]
    laws = [
        plots.series(f"slot model, {name}", widths, [float(pair[k].expected.mean()) for pair in pairs])
        for k, name in enumerate(("all features", "live features"))
    ]
    second = plots.panel([*curves, *laws], x="neurons m", y="polysemantic neurons", log="xy", ticks=widths)
    chart = plots.row(first, second, alt="Shares of dead features and counts of polysemantic neurons against m.")
    n = pairs[0][0].n
    return Illustration.of(
        chart,
        "untied-weights",
        f"Left: dead features of untied networks (n = {n}), and the share of initial rows whose product E·D never "
        "turns positive as the weights shrink, in these networks and for random rows. Right: polysemantic neurons of "
        "tied and untied networks, with the slot model for all and for the live features (95 % intervals).",
    )


def _ends(estimates: Sequence[object]) -> tuple[list[float], list[float]]:
    return [each.lower for each in estimates], [each.upper for each in estimates]  # type: ignore[attr-defined]
