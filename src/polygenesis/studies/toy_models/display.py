"""Toy models of superposition: tables and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.studies.base import Illustration
from polygenesis.studies.capacity.estimands import written
from polygenesis.studies.toy_models.estimands import Found
from polygenesis.studies.toy_models.geometry import FRACTIONS, Toy
from polygenesis.studies.toy_models.phases import Phase, PhaseCell
from polygenesis.studies.toy_models.plan import SPARSE, Way
from polygenesis.studies.toy_models.widths import Width

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Matrix, Series
    from polygenesis.plots.panels import Curves

LEVELS: dict[Phase, float] = {"ignored": 0.0, "own dimension": 1.0, "superposed": -1.0}
"""Colours of the phases: white, blue and vermillion."""

WAYS: dict[Way, str] = {
    "L1": "one-hot, λ = 0.016",
    "one-hot": "one-hot, no penalty",
    "toy": f"toy model, p = {SPARSE:g}",
}
"""Names of the ways in the legend."""

NEVER = 1e-3
"""Shares below this are drawn at it on a log axis."""


def tables(found: Found) -> dict[str, pd.DataFrame]:
    """Return all tables by name."""
    return {
        "dimensions by density": density_table((*found.falling, *found.equal)),
        "five features in two dimensions": arrangement_table(found.five),
        "phases": phase_table(found.phases),
        "forced and by chance": width_table(found.widths),
    }


def density_table(toys: Sequence[Toy]) -> pd.DataFrame:
    """Return one row a toy: its represented features, D*, ΣD and the features on a polytope."""
    import pandas as pd

    return pd.DataFrame(
        {
            "importance": _written(each),
            "n": each.weights.shape[1],
            "m": each.m,
            "p": each.density,
            "networks": len(each.weights),
            "represented": float(each.represented.sum(axis=1).mean()),
            "D*": float(each.per_feature.mean()),
            "ΣD / m": float(each.dimensionality.sum(axis=1).mean() / each.m),
            "share on a polytope": float(each.on_polytope.sum() / max(1, each.represented.sum())),
        }
        for each in toys
    )


def arrangement_table(toys: Sequence[Toy]) -> pd.DataFrame:
    """Return one row a density: how many networks ended in which arrangement."""
    import pandas as pd

    kinds = ("orthogonal", "two pairs", "pentagon", "other")
    counts = [(each, Counter(each.arrangements)) for each in toys]
    return pd.DataFrame(
        {"p": each.density, "networks": len(each.weights), **{kind: found[kind] for kind in kinds}}
        for each, found in counts
    )


def phase_table(cells: Sequence[PhaseCell]) -> pd.DataFrame:
    """Return one row a cell of the phase diagrams."""
    import pandas as pd

    return pd.DataFrame(
        {
            "n": each.spec.model.n,
            "m": each.spec.model.m,
            "p": each.density,
            "importance": each.importance,
            "trained": each.found,
            "least loss": each.expected,
        }
        for each in cells
    )


def width_table(widths: Sequence[Width]) -> pd.DataFrame:
    """Return one row a width and way: shared dimensions, what is forced, and what chance gives."""
    import pandas as pd

    return pd.DataFrame(
        {
            "trained": WAYS[each.way],
            "n": each.n,
            "m": each.m,
            "m/n": written(each.room),
            "networks": len(each.shared),
            "forced": each.forced,
            "dimensions shared, n − ΣD": float(each.shared.mean()),
            "polysemantic neurons": float(each.counts.mean()) if len(each.counts) else np.nan,
            "slot model": each.chance,
            "n²/4m": each.n**2 / 4 / each.m,
        }
        for each in widths
    )


def illustrations(found: Found) -> tuple[Illustration, ...]:
    """Return all figures, that of the whole question first."""
    return sharing(found), dimensionality(found), arrangements(found), diagram(found)


def sharing(found: Found) -> Illustration:
    """Draw what is shared by need and by chance from a quarter of a neuron a feature to four."""
    from polygenesis import plots

    rooms = sorted({each.room for each in found.widths})
    fine = np.geomspace(rooms[0], rooms[-1], 60)
    law = [each for each in found.trained("L1") if np.isfinite(each.chance)]
    need = np.maximum(0, 1 - fine)
    first = plots.panel(
        [
            plots.series("must be shared, 1 − m/n", fine, need, role="exact"),
            plots.series("slot model", [w.room for w in law], [w.chance / w.n for w in law], role="slot model"),
            plots.series("n²/4m", fine[fine >= 1], 1 / (4 * fine[fine >= 1]), role="n²/4m"),
            *(_points(found.trained(way), way, excess=False) for way in WAYS),
        ],
        x="neurons a feature, m/n",
        y="shared dimensions a feature",
        log="x",
        ticks=rooms,
        limits=(-0.03, 0.83),
    )
    second = plots.panel(
        [_points(found.trained(way), way, excess=True) for way in WAYS]
        + [
            plots.series(
                "slot model", [w.room for w in law], [max(NEVER, (w.chance - w.forced) / w.n) for w in law],
                role="slot model", legend=False,
            )
        ],
        x="neurons a feature, m/n",
        y="shared by chance, a feature",
        log="xy",
        ticks=rooms,
    )  # fmt: skip
    n = found.widths[0].n
    return Illustration.of(
        plots.row(first, second, alt="Dimensions shared by need and by chance, against neurons a feature.", height=3.1),
        "need-and-chance",
        f"Left: dimensions shared a feature, (n − ΣD)/n, by n = {n} features, which in a sparse basis is the share of "
        "polysemantic neurons; what must be shared, and what random slots share (means, 95 % t intervals). Right: what "
        f"is not forced, on log axes; values below {NEVER:g} are drawn there.",
    )


def dimensionality(found: Found) -> Illustration:
    """Draw dimensions per feature, and every feature's, against sparsity."""
    from polygenesis import plots

    toys = sorted(found.equal, key=lambda each: -each.density)
    sparsity = [1 / each.density for each in toys]
    means = [stats.mean(each.per_feature) for each in toys]
    first = plots.panel(
        [
            plots.series(
                "D*", sparsity, [each.value for each in means], style="both", role="observed",
                interval=([each.lower for each in means], [each.upper for each in means]),
            )
        ],
        x="1/p",
        y="dimensions per feature, D* = m/‖W‖²",
        log="x",
        levels=[plots.Level("1", 1.0), plots.Level("1/2", 0.5)],
        limits=(0, 1.1),
    )  # fmt: skip
    values = [each.dimensionality[each.represented] for each in toys]
    second = plots.panel(
        [
            plots.series(
                "one feature", np.concatenate([np.full(len(v), s) for v, s in zip(values, sparsity, strict=True)]),
                np.concatenate(values), style="points", role="random direction",
            )
        ],
        x="1/p",
        y="dimensionality of a feature, Dᵢ",
        log="x",
        levels=[plots.Level(name, value) for name, value in FRACTIONS.items()],
        limits=(0, 1.1),
    )  # fmt: skip
    n, m = found.equal[0].weights.shape[1:]
    return Illustration.of(
        plots.row(first, second, alt="Dimensions per feature against sparsity.", height=3.1),
        "dimensionality",
        f"{n} features of equal importance in {m} dimensions. Left: D* against 1/p (means of networks, 95 % t "
        "intervals). Right: every represented feature, with the dimensionalities of uniform polytopes.",
    )


def arrangements(found: Found) -> Illustration:
    """Draw five features in two dimensions, one network a density."""
    from polygenesis.plots.chart import Chart

    return Illustration.of(
        Chart(tuple(_vectors(each) for each in found.five), 2.6, "Five features in two dimensions at three densities."),
        "arrangements",
        "Weights of five features in two dimensions, most frequent arrangement at each density; the most important "
        "feature is drawn first (blue), then vermillion, green, orange and purple.",
    )


def _vectors(toy: Toy) -> Curves:
    from polygenesis import plots
    from polygenesis.plots.panels import Axis, Curves

    names = toy.arrangements
    common = Counter(names).most_common(1)[0][0]
    weights = toy.weights[names.index(common)]
    lines = tuple(
        plots.series(f"feature {i + 1}", [0, w[0]], [0, w[1]], style="both", color=plots.style.CYCLE[i], legend=False)
        for i, w in enumerate(weights)
    )
    reach = (-1.4, 1.4)
    title = f"p = {toy.density:g}: {common}, {names.count(common)} of {len(names)}"
    return Curves(Axis("dimension 1", limits=reach), Axis("dimension 2", limits=reach), lines, title=title)


def diagram(found: Found) -> Illustration:
    """Draw the phases of trained networks beside those of least loss."""
    from polygenesis.plots.chart import Chart

    panels = []
    for role, said in (("pair", "n = 2, m = 1"), ("triple", "n = 3, m = 2")):
        cells = found.cells(role)
        panels += [_phases(cells, f"{said}, trained"), _phases(cells, f"{said}, least loss", least=True)]
    return Illustration.of(
        Chart(tuple(panels), 2.9, "Phase diagrams of two and of three features, trained and computed."),
        "phases",
        "What becomes of the last feature, by density and by its importance relative to the others: ignored (white), a "
        "dimension of its own (blue), superposed (vermillion). Of trained networks the best one counts; dots mark the "
        "cells in which it is not in the phase of least loss.",
    )


def _phases(cells: Sequence[PhaseCell], title: str, *, least: bool = False) -> Matrix:
    from polygenesis import plots

    importances = sorted({each.importance for each in cells}, reverse=True)
    densities = sorted({each.density for each in cells}, reverse=True)
    at = {(each.importance, each.density): each for each in cells}
    grid = [[at[weight, p] for p in densities] for weight in importances]
    values = np.array([[LEVELS[each.expected if least else each.found] for each in row] for row in grid])
    wrong = np.array([[not each.agrees for each in row] for row in grid])
    return plots.Matrix(
        values,
        "density p",
        "importance",
        "phase",
        1.5,
        title,
        rows=tuple(f"{each:.2g}" for each in importances),
        columns=tuple(f"{each:.2g}" for each in densities),
        square=False,
        marked=None if least else wrong,
    )


def _points(widths: Sequence[Width], way: Way, *, excess: bool) -> Series:
    from polygenesis import plots

    parts: list[Floats] = [(each.shared - (each.forced if excess else 0)) / each.n for each in widths]
    means = [stats.mean(part) for part in parts]
    least = NEVER if excess else -np.inf
    value, low, high = (
        np.maximum([getattr(each, end) for each in means], least) for end in ("value", "lower", "upper")
    )
    colors = {"L1": plots.style.BLUE, "one-hot": plots.style.ORANGE, "toy": plots.style.VERMILLION}
    return plots.series(
        WAYS[way], [each.room for each in widths], value, interval=(low, high), style="points", color=colors[way],
        legend=not excess,
    )  # fmt: skip


def _written(toy: Toy) -> str:
    importance = toy.spec.importance
    return f"falling by {importance.ratio:g}" if importance.kind == "geometric" else "equal"
