"""Matrices: how the start correlates with the end, and how features overlap."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.arrays import Floats
from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.plots.chart import Chart
from polygenesis.plots.panels import Axis, Curves, Matrix, Series


def matrix(
    values: ArrayLike, *, x: str, y: str, quantity: str, largest: float | None = None, title: str = ""
) -> Matrix:
    """Build a panel of a matrix in colours symmetric around zero; ``largest`` defaults to the largest magnitude.

    Args:
        values: (rows, columns).
        x: the label of the x axis.
        y: the label of the y axis.
        quantity: what the colours or the axis show.
        largest: the magnitude of the strongest colour, by default the largest there is.
        title: above the panel.
    """
    array = floats("values", values)
    if array.ndim != 2 or 0 in array.shape:
        raise bad_argument("values", "be a matrix (rows, columns)", f"shape {array.shape}")
    reach = float(np.nanmax(np.abs(array))) if largest is None else float(largest)
    return Matrix(array, x, y, quantity, reach or 1.0, title)


def start_end(values: ArrayLike, *, alt: str = "") -> Chart:
    """Draw the start–end correlation Σ_k W0_ik W_jk, (n, n), beside the distributions on and off its diagonal.

    The matrix alone shows that the diagonal stands out; the distributions show by how much.

    Args:
        values: Σ_k W0_ik W_jk, (n, n).
        alt: the picture in words, for those who do not see it.
    """
    array = floats("values", values)
    picture = matrix(array, x="feature j at the end", y="feature i at the start", quantity="Σₖ W⁰ᵢₖ Wⱼₖ")
    if array.shape[0] != array.shape[1] or len(array) < 2:
        raise bad_argument("values", "be a square matrix of at least two features", f"shape {array.shape}")
    same = np.diagonal(array)
    others = array[~np.eye(len(array), dtype=bool)]
    edges = np.histogram_bin_edges(array, bins=48)
    densities = (
        _density("same feature", same, edges),
        _density("other features", others, edges, role="random direction"),
    )
    return Chart((picture, Curves(Axis("Σₖ W⁰ᵢₖ Wⱼₖ"), Axis("density"), densities)), height=3.1, alt=alt)


def overlaps(values: ArrayLike, *, title: str = "", alt: str = "") -> Chart:
    """Draw the overlaps W_i·W_j of features, (n, n): vermillion pairs are clipped by the ReLU, blue ones cost loss.

    Args:
        values: W_i·W_j, (n, n).
        title: above the panel.
        alt: the picture in words, for those who do not see it.
    """
    picture = matrix(values, x="feature j", y="feature i", quantity="Wᵢ·Wⱼ", largest=1.0, title=title)
    return Chart((picture,), height=3.4, alt=alt)


def _density(name: str, sample: Floats, edges: Floats, role: str | None = None) -> Series:
    """Return a histogram as the outline of its bars."""
    heights = np.histogram(sample, bins=edges)[0] / (len(sample) * np.diff(edges))
    outline = np.repeat(edges, 2)
    return Series(name, outline, np.concatenate([[0.0], np.repeat(heights, 2), [0.0]]), role=role)
