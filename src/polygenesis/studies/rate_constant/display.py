"""The law of the count: cell by cell, law by law, and why, as tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.detect import Origin
from polygenesis.studies.base import Illustration
from polygenesis.studies.evidence import test
from polygenesis.studies.margin import LEVEL
from polygenesis.studies.measurements import mean_columns
from polygenesis.studies.rate_constant.cells import Cell, of
from polygenesis.studies.rate_constant.claims import CONSTANT
from polygenesis.studies.rate_constant.laws import Law, crowded_fit, deviances, log_ratio, published

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Bars, Curves, Series

_WORDS = {
    stats.Verdict.EQUIVALENT: "yes",
    stats.Verdict.DIFFERENT: "no",
    stats.Verdict.UNDECIDED: "undecided",
}


def cell_table(found: Sequence[Cell], published: Sequence[Law]) -> pd.DataFrame:
    """Return one row a cell: the mean count (95 % interval), its ratio to each published law, whether within 5 %."""
    import pandas as pd

    rows = []
    for cell in found:
        row = {
            "cells": cell.role,
            "training": cell.training,
            "λ": cell.measured.spec.penalty.strength,
            "n": cell.n,
            "m": cell.m,
            "θ": cell.crowding,
            "networks": len(cell.counts),
            "of": len(cell.measured.usable),
            **mean_columns(cell.measured.counts),
        }
        for law in published:
            row |= _against(cell, law)
        rows.append(row)
    return pd.DataFrame(rows)


def _against(cell: Cell, law: Law) -> dict[str, object]:
    margin = CONSTANT.margin  # a law holds in a cell as n²/4m would over all of them
    width = 100 * (margin.upper - margin.lower) / 2
    ratio, close = f"over {law.name}", f"within {width:g} % of {law.name}"
    if len(cell.counts) < 2 or not cell.counts.any():
        return {ratio: np.nan, close: "undecided"}
    found = test(stats.ratio_to_prediction(cell.counts, law.predict(cell), level=LEVEL), *margin.bounds())
    return {ratio: found.estimate.value, close: _WORDS[found.verdict]}


def score_table(laws: Sequence[Law], training: Sequence[Cell], held_out: Sequence[Cell]) -> pd.DataFrame:
    """Return one row a law: its deviance a count and its errors on a log scale, on training and held-out cells."""
    import pandas as pd

    counted = [cell for cell in held_out if cell.counts.any()]

    return pd.DataFrame(
        {
            "law": law.name,
            "formula": law.formula,
            "deviance a count, training": float(deviances(law, training).mean()),
            "deviance a count, held-out": float(deviances(law, held_out).mean()),
            "mean |log ratio|, held-out": float(np.mean([abs(log_ratio(law, cell)) for cell in counted])),
            "largest |log ratio|, held-out": max(abs(log_ratio(law, cell)) for cell in counted),
        }
        for law in laws
    )


def origin_table(flows: Sequence[Cell]) -> pd.DataFrame:
    """Return one row a cell: leads kept, and pairs by origin over what independent features would give."""
    import pandas as pd

    return pd.DataFrame(
        {
            "n": cell.n,
            "m": cell.m,
            "θ": cell.crowding,
            "leads kept": cell.kept,
            "both led / p²": leading(cell),
            "one moved in / 2p(1−p)": _share(cell, Origin.ONE_MOVED_IN, 2 * cell.kept * (1 - cell.kept)),
            "both moved in / (1−p)²": _share(cell, Origin.BOTH_MOVED_IN, (1 - cell.kept) ** 2),
            "told by a hurried race": float(cell.told.mean()),
            "polysemantic": float(cell.counts.mean()),
        }
        for cell in flows
    )


def leading(cell: Cell) -> float:
    """Pairs of two leaders, over the slot model times p²."""
    return _share(cell, Origin.BOTH_LED, cell.kept**2)


def led_pairs(cell: Cell) -> tuple[Floats, float]:
    """Pairs of two leaders, and what the slot model times p² gives."""
    return cell.pairs(Origin.BOTH_LED), cell.slots * cell.kept**2


def moved_pairs(cell: Cell) -> tuple[Floats, float]:
    """Pairs with a mover, and what the slot model times 1 − p² gives."""
    return cell.pairs(Origin.ONE_MOVED_IN, Origin.BOTH_MOVED_IN), cell.slots * (1 - cell.kept**2)


def _share(cell: Cell, origin: Origin, chance: float) -> float:
    return float(cell.pairs(origin).mean() / (cell.slots * chance)) if chance else np.nan


def crowding_illustration(found: Sequence[Cell]) -> Illustration:
    """Draw the count over the slot model against θ with the fitted law, and the same by origin."""
    from polygenesis import plots

    flows = of(found, "training", "held-out", "dilute")
    fit = crowded_fit(of(found, "training"))
    theta = np.geomspace(min(cell.crowding for cell in flows), max(cell.crowding for cell in flows), 40)
    law = fit.constant.value * theta ** fit.exponents["θ"].value
    curves = [_ratios("training cells", of(found, "training")), _ratios("held-out cells", of(found, "held-out"))]
    if dilute := of(found, "dilute"):
        curves.append(_ratios("dilute cells", dilute))
    guide = plots.series("fitted to training cells", theta, law, role="slot model")
    first = _over_slots([*curves, guide], "count / slot model")
    second = _over_slots(
        [
            _origins("both led", flows, led_pairs, "both led"),
            _origins("at least one moved in", flows, moved_pairs, "one moved in"),
        ],
        "pairs / chance",
    )
    return Illustration.of(
        plots.row(first, second, alt="Counts and pairs relative to free slots, against the crowding θ."),
        "crowding",
        "Left: polysemantic neurons over the slot model against the crowding θ ≈ n/√(2πm), one point per cell under "
        "gradient flow, 95 % quasi-Poisson intervals, with the law fitted to the training cells; dilute and held-out "
        "cells were not fitted. Right: pairs that "
        "share a neuron at the end, over the expectation for independent features in free slots: both features kept "
        "their leads (both led), or at least one moved in (95 % quasi-Poisson intervals).",
    )


def _over_slots(curves: Sequence[Series], y: str) -> Curves:
    from polygenesis import plots

    ticks = (0.5, 1, 2, 4, 8)
    return plots.panel(curves, x="crowding θ", y=y, log="x", levels=[plots.Level("free slots", 1.0)], ticks=ticks)


def _ratios(name: str, cells: Sequence[Cell]) -> Series:
    from polygenesis import plots

    shown = sorted((cell for cell in cells if len(cell.counts) > 1), key=lambda cell: cell.crowding)
    means = [stats.mean_count(cell.counts) for cell in shown]
    slots = np.array([cell.slots for cell in shown])
    return plots.series(
        name,
        [cell.crowding for cell in shown],
        np.array([mean.value for mean in means]) / slots,
        interval=([m.lower for m in means] / slots, [m.upper for m in means] / slots),
        style="points",
    )


def _origins(name: str, cells: Sequence[Cell], counted: Callable[[Cell], tuple[Floats, float]], role: str) -> Series:
    from polygenesis import plots

    shown = sorted(
        (cell for cell in cells if len(cell.counts) > 1 and counted(cell)[1]), key=lambda cell: cell.crowding
    )
    found = [(stats.mean_count(pairs), chance) for pairs, chance in map(counted, shown)]
    value, low, high = (
        np.array([getattr(mean, end) / chance for mean, chance in found]) for end in ("value", "lower", "upper")
    )
    theta = [cell.crowding for cell in shown]
    return plots.series(name, theta, value, interval=(low, high), style="points", role=role)


def law_illustration(laws: Sequence[Law], new: Sequence[Cell]) -> Illustration:
    """Draw measured over predicted counts on new cells with their intervals: published laws, and fitted ones."""
    from polygenesis import plots

    counted = (cell for cell in new if len(cell.counts) > 1 and cell.counts.any())
    shown = sorted(counted, key=lambda cell: cell.crowding)
    known = {law.name for law in published()}
    groups = {
        "published": [law for law in laws if law.name in known],
        "fitted or computed": [law for law in laws if law.name not in known],
    }
    panels = [_over_laws(title, group, shown) for title, group in groups.items() if group]
    return Illustration.of(
        plots.bars(*panels, alt="Dots: measured over predicted counts on new cells, by law."),
        "laws-on-new-cells",
        "Measured over predicted mean count in cells that no law was fitted to, held-out and dilute ones, in the order "
        "of their crowding θ, with the 95 % quasi-Poisson interval of the measured mean. Left: published laws. Right: "
        "laws fitted to the training cells, and what hurried races from the initial weights expect, fitted to those "
        "cells and not fitted.",
    )


def _over_laws(title: str, laws: Sequence[Law], cells: Sequence[Cell]) -> Bars:
    from polygenesis import plots

    means = [stats.mean_count(cell.counts) for cell in cells]
    ratios, intervals = {}, {}
    for law in laws:
        ratios[law.name] = np.array([np.exp(log_ratio(law, cell)) for cell in cells])
        over = ratios[law.name] / [cell.counts.mean() for cell in cells]
        intervals[law.name] = (over * [mean.lower for mean in means], over * [mean.upper for mean in means])
    return plots.rates(
        [f"n = {cell.n}, m = {cell.m} (θ = {cell.crowding:.2g})" for cell in cells],
        ratios,
        intervals=intervals,
        quantity="measured / predicted count",
        levels=[plots.Level("exact", 1.0, along="x")],
        limits=None,
        title=title,
        dots=True,
    )
