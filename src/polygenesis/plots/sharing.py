"""Who shares neurons with whom: pairs by seeds, and neurons by features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.arrays import Booleans, Floats
from polygenesis.checks import floats, plain_array
from polygenesis.errors import bad_argument
from polygenesis.plots.chart import Chart
from polygenesis.plots.panels import Axis, Curves, Matrix, Series

MOST_PAIRS = 30
"""Rows of the picture of pairs: more cannot be read."""

LONGEST = 28
"""Letters of a name on a figure; longer ones are cut."""

BEYOND = "● "
"""What stands before a pair that shares more than chance allows."""


def pairs(
    first: Sequence[str],
    second: Sequence[str],
    counts: ArrayLike,
    expected: ArrayLike,
    *,
    kin: ArrayLike | None = None,
    alt: str = "",
) -> Chart:
    """Draw which pairs of features share neurons, for each seed, beside the number expected by chance.

    ``first``, ``second``: names of the k pairs, most significant first (the first 30 are drawn); ``counts`` (k, runs):
    neurons that a pair shares in each run; ``expected`` (k,): its expectation over all runs together; ``kin`` (k,):
    pairs that share more than chance, which get a dot before their names.

    Args:
        first: names of the first features of the k pairs, most significant first.
        second: names of their partners.
        counts: (k, runs), neurons that a pair shares in each run.
        expected: (k,), over all runs together, by chance.
        kin: (k,), pairs that share more than chance.
        alt: the picture in words, for those who do not see it.

    >>> chart = pairs(["sea"], ["land"], [[1, 2, 0]], [0.4], kin=[True])
    >>> chart.panels[0].rows, chart.panels[0].columns
    (('● sea + land',), ('0', '1', '2'))
    """
    numbers, chance = floats("counts", counts), floats("expected", expected)
    if numbers.ndim != 2 or 0 in numbers.shape:
        raise bad_argument("counts", "have one row a pair and one column a run", f"shape {numbers.shape}")
    k = len(numbers)
    if not (len(first) == len(second) == len(chance) == k) or chance.ndim != 1:
        raise bad_argument("expected", f"have one number for each of {k} pairs, as the names", f"shape {chance.shape}")
    beyond = np.zeros(k, dtype=bool) if kin is None else plain_array("kin", kin).astype(bool)
    if beyond.shape != (k,):
        raise bad_argument("kin", f"say of each of {k} pairs whether it is kin", f"shape {beyond.shape}")
    shown = min(k, MOST_PAIRS)
    names = tuple(
        f"{BEYOND if near else ''}{short(a)} + {short(b)}"
        for a, b, near in zip(first[:shown], second[:shown], beyond, strict=False)
    )
    columns = tuple(str(run) for run in range(numbers.shape[1]))
    largest = float(numbers[:shown].max()) or 1.0
    picture = Matrix(
        numbers[:shown], "run", "", "neurons shared", largest, rows=names, columns=columns, written=True, square=False
    )
    beside = _against_chance(numbers[:shown].sum(axis=1), chance[:shown])
    return Chart((picture, beside), height=max(1.5, 0.95 + 0.19 * shown), alt=alt)


def _against_chance(observed: Floats, expected: Floats) -> Curves:
    """Points at the height of the rows beside: neurons shared in all runs together, and what chance expects."""
    rows = np.arange(len(observed), dtype=float)
    ends = (len(rows) - 0.5, -0.5)
    points = (
        Series("observed", observed, rows, style="points"),
        Series("expected by chance", expected, rows, style="points", role="random direction"),
    )
    reach = 1.06 * float(max(observed.max(), expected.max())) or 1.0
    x = Axis("neurons shared, all runs together", limits=(-0.03 * reach, reach))
    return Curves(x, Axis("", limits=ends, ticks=()), points)


def neuron_map(
    strengths: Sequence[ArrayLike],
    features: Sequence[str],
    neurons: Sequence[Sequence[int]],
    *,
    kin: Sequence[ArrayLike] | None = None,
    titles: Sequence[str] | None = None,
    quantity: str = "weight",
    alt: str = "",
) -> Chart:
    """Draw features by neurons, one panel per run: blue is positive, vermillion negative, dots are kin.

    ``strengths``: a matrix (features, neurons of the run) for each run, NaN where a neuron does not carry a feature;
    ``neurons``: the neurons' numbers in each run; ``kin``: for each run, (features, neurons), the cells of pairs that
    share more than chance. ``titles``: of the panels, by default "run 0", "run 1", …

    Args:
        strengths: for each run a matrix (features, neurons), NaN where a neuron does not carry a feature.
        features: their names.
        neurons: the neurons' numbers, for each run.
        kin: for each run, (features, neurons): cells of pairs that share more than chance.
        titles: of the panels, by default "run 0", "run 1", ….
        quantity: what the colours or the axis show.
        alt: the picture in words, for those who do not see it.

    >>> chart = neuron_map([[[0.9, -0.8]]], ["sea"], [[3, 7]])
    >>> chart.panels[0].columns
    ('3', '7')
    """
    matrices = [floats(f"strengths[{run}]", each) for run, each in enumerate(strengths)]
    for run, (matrix, numbers) in enumerate(zip(matrices, neurons, strict=True)):
        if matrix.shape != (len(features), len(numbers)) or 0 in matrix.shape:
            wanted = f"have a row for each of {len(features)} features and a column for each of {len(numbers)} neurons"
            raise bad_argument(f"strengths[{run}]", wanted, f"shape {matrix.shape}")
    finite = [np.abs(each[np.isfinite(each)]).max(initial=0.0) for each in matrices]
    names, largest = tuple(short(each) for each in features), float(max(finite)) or 1.0
    marks: list[Booleans | None] = [None] * len(matrices)
    if kin is not None:
        marks = [plain_array("kin", each).astype(bool) for each in kin]
    several = len(matrices) > 1
    above = [f"run {run}" if several else "" for run in range(len(matrices))] if titles is None else titles
    panels = [
        Matrix(
            matrix,
            "neuron",
            "",
            quantity,
            largest,
            title=title,
            rows=names,
            columns=tuple(map(str, numbers)),
            square=False,
            marked=mark,
        )
        for matrix, numbers, mark, title in zip(matrices, neurons, marks, above, strict=True)
    ]
    height = len(panels) * (0.75 + 0.13 * len(names))
    return Chart(tuple(panels), height=max(1.8, height), alt=alt, stacked=True)


def short(name: str) -> str:
    """Cut a name to what a figure has room for.

    >>> short("a very long name of a feature indeed")
    'a very long name of a featu…'
    """
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
