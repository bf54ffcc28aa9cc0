"""The weights of one network: which neuron carries which feature, with shared and undecided neurons marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.arrays import Floats, Integers
from polygenesis.checks import floats, plain_array
from polygenesis.errors import bad_argument
from polygenesis.plots.chart import Chart
from polygenesis.plots.panels import Marks, Matrix


def weights(
    values: ArrayLike,
    owner: ArrayLike,
    shared: Mapping[str, Sequence[int]],
    *,
    quantity: str = "Wᵢₖ",
    title: str = "",
    alt: str = "",
) -> Chart:
    """Draw the weights of one network (n, m) sorted by owner: shared neurons first, then the others, as a diagonal.

    ``owner`` (n,): the neuron of each feature, −1 where it has none. ``shared``: kind → neurons that several features
    share, or that are undecided, in the order in which they are drawn; a kind is a role such as "benign", "malign" or
    "undecided". Neurons that own no feature and have no kind are left out, and the axis says how many are drawn.

    Args:
        values: (n, m).
        owner: (n,), the neuron of each feature, −1 where it has none.
        shared: kind → neurons that several features share, or that are undecided, in the order in which they are drawn.
        quantity: what the colours or the axis show.
        title: above the panel.
        alt: the picture in words, for those who do not see it.

    >>> chart = weights([[0.9, 0.0, 0.0], [0.0, 0.0, 0.8], [-0.9, 0.0, 0.0]], [0, 2, 0], {"benign": [0]})
    >>> chart.panels[0].rows, chart.panels[0].columns
    (('0', '2', '1'), ('0', '2'))
    """
    array, home = floats("values", values), plain_array("owner", owner)
    if array.ndim != 2 or 0 in array.shape:
        raise bad_argument("values", "be a matrix (features, neurons)", f"shape {array.shape}")
    if home.shape != (len(array),) or home.max() >= array.shape[1]:
        raise bad_argument("owner", f"hold a neuron below {array.shape[1]} for each of {len(array)} features", owner)
    columns = _column_order(home, [neuron for each in shared.values() for neuron in each])
    rows = _row_order(array, home, columns)
    place = {neuron: at for at, neuron in enumerate(columns)}
    above = tuple(
        Marks(kind, tuple(place[neuron] for neuron in neurons), kind) for kind, neurons in shared.items() if neurons
    )
    shown = array[np.ix_(rows, columns)]
    picture = Matrix(
        shown,
        f"neuron, {len(columns)} of {array.shape[1]}" if len(columns) < array.shape[1] else "neuron",
        "feature",
        quantity,
        float(np.nanmax(np.abs(shown))) or 1.0,
        title,
        rows=tuple(map(str, rows)),
        columns=tuple(map(str, columns)),
        square=len(rows) <= 2 * len(columns),
        above=above,
    )
    return Chart((picture,), height=_height(picture), alt=alt)


def _column_order(owner: Integers, shared: Sequence[int]) -> list[int]:
    """Shared neurons in their order, then those that own a feature; the first neuron where nothing owns any."""
    own = sorted({int(neuron) for neuron in owner if neuron >= 0} - set(shared))
    return [*dict.fromkeys(int(each) for each in shared), *own] or [0]


def _row_order(values: Floats, owner: Integers, columns: list[int]) -> list[int]:
    """Features by the place of their neuron, on a shared one from the most positive weight down; those without last."""
    place = {neuron: at for at, neuron in enumerate(columns)}

    def key(feature: int) -> tuple[int, float, int]:
        at = place.get(int(owner[feature]), len(columns))
        return at, -float(values[feature, owner[feature]]) if owner[feature] >= 0 else 0.0, feature

    return sorted(range(len(owner)), key=key)


def _height(picture: Matrix) -> float:
    """In inches: a cell is as high as it is wide, within what a page can hold."""
    rows, columns = picture.values.shape
    return float(np.clip(0.9 + 3.1 * (rows + picture.strip) / columns, 2.4, 5.5))
