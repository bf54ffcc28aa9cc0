"""Toy models of superposition: tables and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.studies.base import Illustration
from polygenesis.studies.capacity.estimands import written
from polygenesis.studies.toy_models.comparison import comparison_table
from polygenesis.studies.toy_models.estimands import Found
from polygenesis.studies.toy_models.geometry import FRACTIONS, Arrangement, Toy
from polygenesis.studies.toy_models.phases import Phase, PhaseCell
from polygenesis.studies.toy_models.plan import SPARSE, Way
from polygenesis.studies.toy_models.widths import Width

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Series
    from polygenesis.plots.panels import Curves

WAYS: dict[Way, str] = {
    "L1": "one-hot, λ = 0.016",
    "one-hot": "one-hot, no penalty",
    "toy": f"toy model, p = {SPARSE:g}",
}
"""Names of the ways in the legend."""

ASIDE: dict[Way, float] = {"L1": 0.96, "one-hot": 1.0, "toy": 1.04}
"""By which factor points of a way stand beside the width, so that none hides another."""

FATES: dict[Phase, str] = {"ignored": "GREY", "own dimension": "BLUE", "superposed": "VERMILLION"}
"""Colours of the phases."""


def tables(found: Found) -> dict[str, pd.DataFrame]:
    """Return all tables by name."""
    return {
        "beside the published figures": comparison_table(found),
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

    kinds: tuple[Arrangement, ...] = ("orthogonal", "two pairs", "pentagon", "other")
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
    fine = np.union1d(np.geomspace(rooms[0], rooms[-1], 60), 1.0)
    law = [each for each in found.trained("L1") if np.isfinite(each.chance)]
    at = [each.room for each in law]
    need = plots.series("must be shared, 1 − m/n", fine, np.maximum(0, 1 - fine), color=plots.style.INK)
    slots = plots.series("random slots", at, [w.chance / w.n for w in law], role="slot model")
    beyond = plots.series(
        "random slots", at, [(w.chance - w.forced) / w.n for w in law], role="slot model", legend=False
    )
    law_of_chance = plots.series("n²/4m", fine[fine >= 1], 1 / (4 * fine[fine >= 1]), role="n²/4m")
    first = plots.panel(
        [need, slots, law_of_chance, *(_points(found.trained(way), way, excess=False) for way in WAYS)],
        x="neurons a feature, m/n",
        y="shared dimensions a feature",
        log="x",
        ticks=rooms,
        limits=(-0.03, 0.83),
    )
    second = plots.panel(
        [beyond, *(_points(found.trained(way), way, excess=True) for way in WAYS)],
        x="neurons a feature, m/n",
        y="shared beyond need, a feature",
        log="x",
        ticks=rooms,
        limits=(-0.03, 0.43),
    )
    n = found.widths[0].n
    return Illustration.of(
        plots.row(first, second, alt="Dimensions shared by need and by chance, against neurons a feature.", height=3.1),
        "need-and-chance",
        f"Left: dimensions that n = {n} features share, per feature, (n − ΣD)/n; under a penalty this is the number of "
        "polysemantic neurons over n. Lines: forced sharing, and sharing in random slots. Right: sharing beyond the "
        "forced part (means, 95 % t intervals; points of one width are drawn side by side).",
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
                "D*", sparsity, [each.value for each in means], style="both", role="observed", legend=False,
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
    across = np.concatenate([np.full(len(v), s) for v, s in zip(values, sparsity, strict=True)])
    features = plots.series(
        "one feature", across, np.concatenate(values), style="points", color=plots.style.BLUE, legend=False
    )
    second = plots.panel(
        [features],
        x="1/p",
        y="dimensionality of a feature, Dᵢ",
        log="x",
        levels=[plots.Level(name, value) for value, name in _fractions().items()],
        limits=(0, 1.1),
    )
    n, m = found.equal[0].weights.shape[1:]
    return Illustration.of(
        plots.row(first, second, alt="Dimensions per feature against sparsity.", height=3.1),
        "dimensionality",
        f"{n} features of equal importance in {m} dimensions. Left: D* against 1/p (means of networks, 95 % t "
        "intervals). Right: every represented feature, with the dimensionalities of uniform polytopes: 1 alone, 3/4 "
        "tetrahedron, 2/3 triangle, 1/2 antipodal pair, 2/5 pentagon, 3/8 square antiprism.",
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
    from polygenesis import plots

    panels = []
    for role, said in (("pair", "2 in 1"), ("triple", "3 in 2")):
        cells = found.cells(role)
        panels += [_phases(cells, f"{said}: trained"), _phases(cells, f"{said}: least loss", least=True)]
    return Illustration.of(
        plots.row(*panels, alt="Phase diagrams of two and of three features, trained and computed.", height=2.7),
        "phases",
        "Phase of the last of two features in one dimension, and of the last of three in two, by density and by its "
        "importance relative to the others. Of the trained networks of a cell the one of least loss counts; crosses "
        "mark cells in which its phase differs from that of the exact minimum.",
    )


def _phases(cells: Sequence[PhaseCell], title: str, *, least: bool = False) -> Curves:
    from polygenesis import plots

    curves = []
    for phase, color in FATES.items():
        here = [each for each in cells if (each.expected if least else each.found) == phase]
        curves.append(_at(phase, here, color=getattr(plots.style, color)))
    wrong = [each for each in cells if not each.agrees and not least]
    curves.append(_at("another phase", wrong, role="published"))
    return plots.panel(
        [each for each in curves if len(each.x)],
        x="density p",
        y="" if least else "importance of the last feature",
        log="xy",
        title=title,
    )


def _at(name: str, cells: Sequence[PhaseCell], *, role: str | None = None, color: str | None = None) -> Series:
    from polygenesis import plots

    places = [[each.density for each in cells], [each.importance for each in cells]]
    return plots.series(name, *places, style="points", role=role, color=color)


def _fractions() -> dict[float, str]:
    """Return the polytopes' dimensionalities with what is written beside them: two lie too close for two labels."""
    found = {value: str(Fraction(value).limit_denominator(8)) for value in FRACTIONS.values()}
    low, next_to_low = sorted(found)[:2]
    return found | {next_to_low: f"{found[next_to_low]}, {found[low]}", low: ""}


def _points(widths: Sequence[Width], way: Way, *, excess: bool) -> Series:
    from polygenesis import plots

    parts: list[Floats] = [(each.shared - (each.forced if excess else 0)) / each.n for each in widths]
    means = [stats.mean(part) for part in parts]
    colors = {"L1": plots.style.BLUE, "one-hot": plots.style.ORANGE, "toy": plots.style.VERMILLION}
    return plots.series(
        WAYS[way],
        [each.room * ASIDE[way] for each in widths],
        [each.value for each in means],
        interval=([each.lower for each in means], [each.upper for each in means]),
        style="points",
        color=colors[way],
        legend=not excess,
    )


def _written(toy: Toy) -> str:
    importance = toy.spec.importance
    falls = importance.kind == "geometric"
    return f"falling by {importance.ratio:g}" if falls else "equal"  # type: ignore[union-attr]
