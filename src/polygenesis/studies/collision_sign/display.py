"""Fates by sign, origins and signs at the end: as tables and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.arrays import Integers
from polygenesis.detect import FATES, ORIGINS
from polygenesis.studies.base import Illustration
from polygenesis.studies.measurements import Measured
from polygenesis.studies.shares import share

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Bars

SHOWN = (1, 2, 4, 8, 16)
"""The widths in the figure, in units of n."""


def fate_table(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a width and sign: initial pairs in converged replicates, and the share of each fate."""
    names = [fate.name.lower().replace("_", " ") for fate in FATES]
    signs = ("opposite", "same")
    return _shares(
        names,
        [
            ({"n": each.n, "m": each.m, "sign": sign}, each.fates[each.usable].sum(axis=0)[k])
            for each in measured
            for k, sign in enumerate(signs)
        ],
    )


def origin_table(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a width: pairs that share a neuron in converged replicates, by origin."""
    names = [origin.name.lower().replace("_", " ") for origin in ORIGINS]
    return _shares(names, [({"n": each.n, "m": each.m}, each.origins[each.usable].sum(axis=0)) for each in measured])


def _shares(names: Sequence[str], rows: Sequence[tuple[dict[str, object], Integers]]) -> pd.DataFrame:
    """Return rows of pairs and their division; shares of no pairs are NaN."""
    import pandas as pd

    return pd.DataFrame(
        {
            **label,
            "pairs": int(counts.sum()),
            **{
                name: count / counts.sum() if counts.any() else np.nan
                for name, count in zip(names, counts, strict=True)
            },
        }
        for label, counts in rows
    )


def sign_table(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a width: replicates at rest, and the pairs that share a neuron there, by sign."""
    import pandas as pd

    return pd.DataFrame(
        {
            "n": each.n,
            "m": each.m,
            "replicates at rest": int(each.at_rest.sum()),
            "opposite signs": int(each.end_opposite[each.at_rest].sum()),
            "same sign": int(each.end_same[each.at_rest].sum()),
        }
        for each in measured
    )


def illustration(measured: Sequence[Measured]) -> Illustration:
    """Draw the fates by sign and the origins by width; a width without pairs has no bar."""
    from polygenesis import plots

    shown = [each for each in measured if each.m in {room * each.n for room in SHOWN}]
    names = [f"m = {each.m}" for each in shown]
    kept = [[_first(each.fates[each.usable][:, k]) for each in shown] for k in (0, 1)]
    led = [_first(each.origins[each.usable]) for each in shown]
    fates, origins = fate_table(shown).fillna(0.0), origin_table(shown).fillna(0.0)
    panels = []
    for sign, title, ends in (("opposite", "opposite signs", kept[0]), ("same", "same sign", kept[1])):
        rows = fates[fates["sign"] == sign]
        parts = {
            "survived": rows["survived"],
            "dissolved": rows["one left"] + rows["both left"] + rows["moved together"],
            "sign changed": rows["turned"],
        }
        parts = {name: values for name, values in parts.items() if name != "sign changed" or fates["turned"].any()}
        made = plots.shares(names, {name: values.to_numpy() for name, values in parts.items()}, title=title)
        panels.append(_with_interval(made, ends))
    ways = {name: origins[name].to_numpy() for name in ("both led", "one moved in", "both moved in")}
    origin = plots.shares(names, ways, quantity="share of shared pairs", title="origins at the end")
    panels.append(_with_interval(origin, led))
    panels = [replace(each, values=replace(each.values, limits=(0.0, 1.0))) for each in panels]
    chart = plots.bars(*panels, alt="Stacked bars: fates of initial collisions by sign, and origins of shared neurons.")
    return Illustration.of(
        chart,
        "fates-and-origins",
        f"Left and middle: what became of the pairs of features that shared their top neuron at the start, by sign, at "
        f"n = {shown[0].n} in converged replicates (survived: both ended there; dissolved: at least one settled "
        "elsewhere). Right: how the two features of each pair that shares a neuron at the end came there. Each panel "
        "has the 95 % interval over networks of its first share. "
        + (
            f"{len(shown)} of {len(measured)} widths are drawn; the tables have all."
            if len(shown) < len(measured)
            else "All widths are drawn."
        ),
    )


def _first(counts: Integers) -> tuple[float, float]:
    """The 95 % interval over networks of the first share of counts (networks, kinds); NaN without pairs."""
    pairs = counts.sum(axis=1)
    if not pairs.any():
        return np.nan, np.nan
    found = share(counts[:, 0], pairs)
    return found.lower, found.upper


def _with_interval(panel: Bars, ends: Sequence[tuple[float, float]]) -> Bars:
    """Return a panel whose first part has an interval."""
    first, *others = panel.parts
    low, high = (np.array(end) for end in zip(*ends, strict=True))
    bounded = replace(first, low=np.minimum(low, first.values), high=np.maximum(high, first.values))
    return replace(panel, parts=(bounded, *others))
