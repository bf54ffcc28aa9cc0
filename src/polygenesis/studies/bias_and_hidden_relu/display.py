"""Table and figure of the study of biases and activations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import theory
from polygenesis.studies.base import Illustration
from polygenesis.studies.bias_and_hidden_relu.measurements import Ends
from polygenesis.studies.measurements import mean_columns

if TYPE_CHECKING:
    import pandas as pd


def table(found: Sequence[Ends]) -> pd.DataFrame:
    """Return one row a network and width: counts, features, loss."""
    import pandas as pd

    return pd.DataFrame([_row(each) for each in found])


def _row(ends: Ends) -> dict[str, object]:
    return {
        "network": ends.name,
        "n": ends.n,
        "m": ends.m,
        "replicates": len(ends.rest),
        "at rest": int(ends.rest.sum()),
        **mean_columns(ends.usable),
        "n²/4m": ends.n**2 / (4 * ends.m),
        "settled features": float(ends.settled.mean()),
        "dead features": float(ends.dead.mean()),
        "represented features": float(ends.represented.mean()),
        "reconstruction loss": float(ends.loss.mean()),
        "output bias over λ/4(n − 1)": float(ends.bias_ratio[ends.rest].mean()) if ends.rest.any() else np.nan,
    }


def illustration(found: Sequence[Ends]) -> Illustration:
    """Draw counts and represented features for every network and width."""
    from polygenesis import plots

    names = list(dict.fromkeys(each.name for each in found))
    widths = sorted({each.m for each in found})
    at = {(each.name, each.m): each for each in found}
    counts, shown, limits = {}, {}, {}
    for m in widths:
        rows = [mean_columns(at[name, m].usable if (name, m) in at else np.zeros(0, dtype=int)) for name in names]
        counts[f"m = {m}"] = [row["mean"] for row in rows]
        limits[f"m = {m}"] = ([row["lower"] for row in rows], [row["upper"] for row in rows])
        shown[f"m = {m}"] = [
            at[name, m].represented.mean() / at[name, m].n if (name, m) in at else 0.0 for name in names
        ]
    clear = {key: np.nan_to_num(np.array(values)) for key, values in counts.items()}
    spans = {key: tuple(np.nan_to_num(np.array(end)) for end in ends) for key, ends in limits.items()}
    chart = plots.bars(
        plots.rates(names, clear, intervals=spans, quantity="polysemantic neurons", limits=None),
        plots.rates(names, shown, intervals={}, quantity="share of features represented"),
        alt="Bars: polysemantic neurons and represented features by network and width.",
    )
    n = found[0].n
    law = ", ".join(f"{float(theory.polysemantic_neurons(n, m)):.3g} at m = {m}" for m in widths if m >= n)
    return Illustration.of(
        chart,
        "biases-and-activations",
        f"Left: polysemantic neurons of networks at rest (n = {n}; means with 95 % quasi-Poisson intervals; n²/4m is "
        f"{law}). Right: features whose own output exceeds 1/2.",
    )
