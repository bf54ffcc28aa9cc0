"""The published figures (arXiv:2209.10652) one by one, with what the networks of this study give beside each.

What the paper found is taken from its text and captions. Values that only a plotted curve shows are not quoted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from polygenesis.studies.toy_models.estimands import ON, Found
from polygenesis.studies.toy_models.geometry import FRACTIONS, NEAR, STICKY, Arrangement, Toy, near_fraction
from polygenesis.studies.toy_models.phases import PhaseCell
from polygenesis.studies.toy_models.plan import FEW
from polygenesis.studies.wording import out_of

if TYPE_CHECKING:
    import pandas as pd

CAPTION = (
    "The figures of “Toy Models of Superposition” (https://transformer-circuits.pub/2022/toy_model/index.html) beside "
    "this study. What the paper found is taken from its text and captions; p is the density, one less the paper's "
    "sparsity S."
)


class Row(NamedTuple):
    """One published figure, or one panel of it: setting and finding of the paper, ours, and why the two differ."""

    figure: str
    setting: str
    published: str
    here: str
    differences: str


INTRODUCTION: dict[float, tuple[str, str, Arrangement, str]] = {
    FEW[0]: (
        "p = 1",
        "The two most important features have orthogonal dimensions of their own; the other three are not embedded.",
        "orthogonal",
        "The paper shows one network and advises, for two dimensions, to fit several times and keep the lowest loss; "
        "here every trained network counts.",
    ),
    FEW[1]: (
        "p = 0.2",
        "The four most important features form two antipodal pairs; the least important is not embedded.",
        "two pairs",
        "As above: one network there, every trained network here.",
    ),
    FEW[2]: (
        "p = 0.1",
        "All five features form a pentagon.",
        "pentagon",
        "Trained at half the paper's density: at p = 0.05 its section on non-uniform superposition has a regular "
        "pentagon, of equally important features.",
    ),
}
"""Panels of the introductory figure by our density: the paper's density, finding and arrangement, and differences."""

DIAGRAMS = {"pair": (2, 1), "triple": (3, 2)}
"""Phase diagrams: features and dimensions."""


def comparison_table(found: Found) -> pd.DataFrame:
    """Return one row a published figure or panel that was reproduced."""
    import pandas as pd

    names = ("published figure", "published setting", "published", "here", "differences")
    frame = pd.DataFrame(list(rows(found)), columns=list(names))
    frame.attrs["caption"] = CAPTION
    return frame


def rows(found: Found) -> Iterator[Row]:
    """Yield the rows in the order of the paper."""
    for toy in found.five:
        yield _introduction(toy)
    for toy in found.falling:
        yield _basic(toy)
    for role in DIAGRAMS:
        if cells := found.cells(role):
            yield _diagram(cells, *DIAGRAMS[role])
    if found.equal:
        yield from _uniform(sorted(found.equal, key=lambda each: -each.density))


def _introduction(toy: Toy) -> Row:
    density, published, kind, differences = INTRODUCTION[toy.density]
    names = toy.arrangements
    counts = [out_of(names.count(kind), len(names), "networks") + f" {_ARRANGED[kind]}"]
    counts += [f"{names.count(other)} {other}" for other in sorted(set(names) - {kind})]
    setting = f"n = 5, m = 2, importance falling, {density}"
    return Row("Introduction", setting, published, f"p = {toy.density:g}: {'; '.join(counts)}", differences)


_ARRANGED: dict[Arrangement, str] = {
    "orthogonal": "have two orthogonal features",
    "two pairs": "have two antipodal pairs",
    "pentagon": "are pentagons",
    "other": "have another arrangement",
}


def _basic(toy: Toy) -> Row:
    n, here = toy.weights.shape[1], toy.represented
    shared = (toy.dimensionality[here] < ON).mean() if here.any() else 0.0
    if toy.density == 1:
        published = f"The ReLU output model represents the {toy.m} most important features, as a linear model does."
    else:
        published = (
            "More features than dimensions, in antipodal pairs at first; in the sparsest models all share dimensions."
        )
    counted = f"{_represented(toy)} of {n} features have a norm of ½ or more"
    return Row(
        "Demonstrating Superposition: basic results",
        "n = 20, m = 5, importance 0.7^i, several sparsities",
        published,
        f"p = {toy.density:g}: {counted}; {100 * shared:.0f} % of these share dimensions (D < {ON:g})",
        "The paper states no counts in its text.",
    )


def _diagram(cells: Sequence[PhaseCell], n: int, m: int) -> Row:
    densities, importances = ({getattr(each, name) for each in cells} for name in ("density", "importance"))
    hits = out_of(sum(each.agrees for each in cells), len(cells), "cells")
    return Row(
        f"Superposition as a Phase Change: diagram of {n} features in {m} dimension{'s' if m > 1 else ''}",
        "p from 1 to 0.01, importance of the last feature 0.1 to 10; mean of ten models less the one of highest loss",
        "Trained and theoretical diagrams have the same three phases, with sharp boundaries: the last feature is "
        "ignored, superposed, or has a dimension of its own.",
        f"{hits} have the phase of least loss (p from {max(densities):g} to {min(densities):g}, importance "
        f"{min(importances):g} to {max(importances):g})",
        "The best network of a cell counts here, not a mean, and theory is "
        + ("the exact minimum of the loss" if n == 2 else "composed of exact minima for two features in one dimension")
        + " instead of a few fixed arrangements.",
    )


def _uniform(toys: Sequence[Toy]) -> Iterator[Row]:
    """The figures of uniform superposition, densest toys first."""
    n, m = toys[0].weights.shape[1:]
    means = {each.density: float(each.per_feature.mean()) for each in toys}
    sticky = "; ".join(
        f"within {STICKY:g} of {name} at {_near(means, value)}" for name, value in (("1", 1.0), ("1/2", 0.5))
    )
    figure, setting = "The Geometry of Superposition: ", "n = 400, m = 30, equal importance"
    size = f"n = {n} and m = {m} here; the paper says that both matter little as long as n is much larger than m"
    yield Row(
        f"{figure}dimensions per feature, D* = m/‖W‖²",
        setting,
        "D* is “sticky” at 1 and at 1/2, where features are antipodal pairs.",
        f"D* is {sticky}",
        f"{size}. At p = {toys[-1].density:g} {_represented(toys[-1])} of our {n} features are represented.",
    )
    kept = [each for each in toys if each.density < 1 and means[each.density] >= min(FRACTIONS.values())]
    if kept:
        yield Row(
            f"{figure}dimensionality of each feature",
            setting,
            "Features cluster at 3/4 (tetrahedron), 2/3 (triangle), 1/2 (antipodal pair), 2/5 (pentagon), 3/8 (square "
            "antiprism) and 0 (not learned).",
            _clusters(kept),
            f"{size}. {_sparser([each for each in toys if each.density < 1 and each not in kept])}",
        )
    sums = [float(each.dimensionality.sum(axis=1).mean() / each.m) for each in toys]
    yield Row(
        f"{figure}sum of the dimensionalities",
        setting,
        "Empirically the dimensionalities of all features add up to the number of dimensions.",
        f"ΣD is {min(sums):.4g} to {max(sums):.4g} times m",
        "None.",
    )


def _near(means: dict[float, float], value: float) -> str:
    """Write the densities at which D* stays near a value."""
    densities = [f"{density:g}" for density, mean in means.items() if abs(mean - value) <= STICKY]
    return f"p = {', '.join(densities)}" if densities else "no density"


def _represented(toy: Toy) -> str:
    return f"{toy.represented.sum(axis=1).mean():.3g}"


def _clusters(toys: Sequence[Toy]) -> str:
    """Write which share of the represented features lies near each fraction."""
    values = np.concatenate([each.dimensionality[each.represented] for each in toys])
    shares = [
        f"{Fraction(value).limit_denominator(8)}: {100 * (np.abs(values - value) <= NEAR).mean():.0f} %"
        for value in FRACTIONS.values()
    ]
    densities = [each.density for each in toys]
    span = f"p from {max(densities):g} to {min(densities):g}" if len(densities) > 1 else f"p = {densities[0]:g}"
    return f"At {span}, of the represented features within {NEAR:g} of {', '.join(shares)}"


def _sparser(toys: Sequence[Toy]) -> str:
    """Write how many features of the sparser toys lie near a fraction."""
    if not toys:
        return "No sparser features were trained here."
    values = np.concatenate([each.dimensionality[each.represented] for each in toys])
    share = f"{100 * near_fraction(values).mean():.0f} %"
    sparsest = max(each.density for each in toys)
    return f"Where D* is below 3/8 (p ≤ {sparsest:g}), {share} lie near one of these fractions."
