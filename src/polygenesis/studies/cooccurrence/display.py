"""Tables and figures of the study of features that occur together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.studies.base import Illustration
from polygenesis.studies.cooccurrence.estimands import Found
from polygenesis.studies.cooccurrence.halving import FITTED, Halving, predicted_curve
from polygenesis.studies.margin import LEVEL

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis import plots


SIDE = 0.004
"""Distance in p/λ between points of several λ at one place."""


def tables(found: Found) -> dict[str, pd.DataFrame]:
    """Return the counts by p, p* by size and λ, and what became of existing pairs."""
    import pandas as pd

    every = (*found.curves, *found.others, found.sampled)
    rows = [row for each in every for row in _counts(each)]
    halves = [_half(each, found) for each in every]
    lasting = [
        {"λ": each.strength, "p": p, "pairs": each.cases, "still together": int(kept)}
        for each in found.lasting
        for p, kept in zip(each.probabilities, each.kept, strict=True)
    ]
    steps = [
        {
            "λ": each.strength,
            "kick ρ": each.ratio,
            "what": "parted" if each.ratio else "leaked",
            "p": p,
            "p / theory": p / each.expected,
            "networks": each.cases,
            "happened": int(count),
        }
        for each in (*found.kicked, *(one.leaks for one in found.lasting))
        for p, count in zip(each.probabilities, each.happened, strict=True)
    ]
    by_size = pd.DataFrame(halves)
    by_size.attrs["level"] = LEVEL
    return {
        "counts by p": pd.DataFrame(rows),
        "p* by size and λ": by_size,
        "existing pairs trained on": pd.DataFrame(lasting),
        "thresholds of existing pairs": pd.DataFrame(steps),
    }


def _counts(halving: Halving) -> list[dict[str, object]]:
    return [
        {
            "n": halving.n,
            "m": halving.m,
            "λ": halving.strength,
            "inputs": halving.way,
            "p / λ": ratio,
            "p": ratio * halving.strength,
            "replicates": len(cell.usable),
            "usable": len(cell.counts),
            "mean": float(cell.counts.mean()) if len(cell.counts) else np.nan,
        }
        for ratio, cell in zip(halving.ratios, halving.cells, strict=True)
    ]


def _half(halving: Halving, found: Found) -> dict[str, object]:
    e = halving.estimate
    return {
        "n": halving.n,
        "m": halving.m,
        "λ": halving.strength,
        "inputs": halving.way,
        "p* / λ": e.value,
        "lower": e.lower,
        "upper": e.upper,
        "predicted": found.predicted[halving.n, halving.m],
        "p*": e.value * halving.strength,
    }


def captions() -> tuple[str, ...]:
    """What the study does not say."""
    return (
        "Sizes are small because expectations are exact sums over all 2ⁿ inputs. The theory treats pairs of features; "
        "it neglects co-occurrence of three, of order p², and interference during the race.",
        "p* is where half of the count of one-hot features is left; the decrease is gradual, about exp(−11 p/λ).",
        "Existing pairs last because neurons without weights receive no force. Training that revives dead neurons "
        "(noise on weights, resets) perturbs a pair and separates it above the p of the barrier.",
    )


def illustrations(found: Found, pairs: int) -> tuple[Illustration, ...]:
    """Draw survival against p/λ with p* against λ, and existing pairs against p."""
    return (_formation(found, pairs), _existing(found))


def _formation(found: Found, pairs: int) -> Illustration:
    from polygenesis import plots

    first = found.curves[0]
    grid = np.linspace(0, FITTED, 11)
    race = plots.series("race of two features", grid, predicted_curve(first.n, first.m, grid, pairs))
    measured = [_survival(each, f"λ = {each.strength:g}") for each in found.curves]
    left = plots.panel(
        [race, *plots.side_by_side(measured, SIDE)], x="p / λ", y="count / count at p = 0", limits=(0, 1.15)
    )
    strengths = np.array([each.strength for each in found.curves])
    values = [each.estimate for each in found.curves]
    points = plots.series(
        "measured p*",
        strengths,
        strengths * [e.value for e in values],
        interval=(strengths * [e.lower for e in values], strengths * [e.upper for e in values]),
        style="points",
        color=plots.style.INK,
    )
    line = plots.series("race of two features", strengths, strengths * found.predicted[first.n, first.m])
    right = plots.panel([line, points], x="penalty λ", y="p*", log="xy", ticks=sorted(strengths))
    chart = plots.row(left, right, alt="Counts against p over λ fall on one curve; p* is proportional to λ.")
    return Illustration.of(
        chart,
        "formation",
        f"Polysemantic neurons of features that fire with probability p, relative to one-hot features (n = {first.n}, "
        f"m = {first.m}, from random weights; 90 % intervals of the counts), against p/λ, where points of several λ "
        "stand side by side; and the p* at which half are left, against λ (90 % bootstrap intervals).",
    )


def _survival(halving: Halving, name: str) -> plots.Series:
    from polygenesis import plots, stats

    base = halving.cells[0].counts.mean()
    shown = halving.ratios <= FITTED
    cells = [cell for cell, show in zip(halving.cells, shown, strict=True) if show]
    means = [stats.mean_count(cell.counts, level=0.9) for cell in cells]
    ends = (np.array([e.lower for e in means]) / base, np.array([e.upper for e in means]) / base)
    return plots.series(
        name, halving.ratios[shown], np.array([e.value for e in means]) / base, interval=ends, style="points"
    )


def _existing(found: Found) -> Illustration:
    from polygenesis import plots

    kept = [_shares(f"λ = {each.strength:g}", each.probabilities, each.kept, each.cases) for each in found.lasting]
    left = plots.panel(
        plots.side_by_side(kept, 0.012), x="p", y="pairs still together", limits=(-0.05, 1.05), title="no kick"
    )
    parted = [
        _shares(
            f"λ = {each.strength:g}, ρ = {each.ratio:g}",
            each.probabilities / each.expected,
            each.happened,
            each.cases,
        )
        for each in found.kicked
    ]
    right = plots.panel(
        plots.side_by_side(parted, 0.012),
        x="p / theory",
        y="pairs parted",
        limits=(-0.05, 1.05),
        levels=[plots.Level("barrier", 1.0, along="x")],
        title="kicked",
    )
    chart = plots.row(left, right, alt="Existing pairs last up to p near one half; kicked ones part at the barrier.")
    return Illustration.of(
        chart,
        "existing-pairs",
        "Trained networks, trained further with features that fire with probability p: pairs that still share, and "
        "pairs that separate after one feature got a share ρ of its weight on an unused neuron. Marks at one p stand "
        "side by side; 90 % exact intervals.",
    )


def _shares(name: str, x: Floats, happened: Floats, cases: int) -> plots.Series:
    """Shares of pairs with their exact intervals, as points."""
    from polygenesis import plots, stats

    found = [stats.proportion(int(count), cases, level=0.9) for count in happened]
    ends = ([each.lower for each in found], [each.upper for each in found])
    return plots.series(name, x, [each.value for each in found], interval=ends, style="points")
