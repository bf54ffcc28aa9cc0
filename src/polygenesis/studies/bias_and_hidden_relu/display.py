"""Table and figure of the study of biases and activations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import theory
from polygenesis.studies.base import Illustration
from polygenesis.studies.bias_and_hidden_relu.measurements import Ends
from polygenesis.studies.measurements import mean_columns
from polygenesis.studies.shares import share

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
    counts, shown = (
        {f"m = {m}": np.array([value(at.get((name, m))) for name in names]).T for m in widths}
        for value in (_counted, _represented)
    )
    panels = [
        plots.rates(
            names,
            {name: rows[0] for name, rows in of.items()},
            intervals={name: (rows[1], rows[2]) for name, rows in of.items()},
            quantity=quantity,
            limits=limits,
            dots=True,
        )
        for of, quantity, limits in (
            (counts, "polysemantic neurons", None),
            (shown, "share of features represented", (0.0, 1.05)),
        )
    ]
    chart = plots.bars(*panels, alt="Dots: polysemantic neurons and represented features by network and width.")
    n = found[0].n
    law = ", ".join(f"{float(theory.polysemantic_neurons(n, m)):.3g} at m = {m}" for m in widths if m >= n)
    return Illustration.of(
        chart,
        "biases-and-activations",
        f"Left: polysemantic neurons of networks at rest (n = {n}; means with 95 % quasi-Poisson intervals; n²/4m is "
        f"{law}). Right: features whose own output exceeds 1/2, of every network (95 % intervals over networks). A "
        "network without a mark at a width was not run there.",
    )


def _counted(ends: Ends | None) -> tuple[float, float, float]:
    """Polysemantic neurons at rest, with the 95 % interval of their mean; NaN where nothing was run."""
    row = mean_columns(np.zeros(0, dtype=int) if ends is None else ends.usable)
    return row["mean"], row["lower"], row["upper"]


def _represented(ends: Ends | None) -> tuple[float, float, float]:
    """Share of represented features with its 95 % interval; NaN where nothing was run."""
    if ends is None:
        return np.nan, np.nan, np.nan
    found = share(ends.represented, np.full(len(ends.represented), ends.n))
    return found.value, found.lower, found.upper
