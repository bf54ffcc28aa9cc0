"""W Wᵀ and ReLU(W Wᵀ) W of small networks: in registers (``products``), or by BLAS.

In registers for float64 and numbers of features and neurons that are multiples of four; sums over neurons are short
enough not to be cut. There every number is the sum, term by term, that OpenBLAS forms on processors with AVX2 too,
rounded alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  numba's np.dot calls this BLAS: load it before its threads are limited

from polygenesis.arrays import Floats
from polygenesis.dynamics.products import ROWS, product
from polygenesis.kernels import compiled

LONGEST = 256
"""Terms of a sum that is not cut."""


@compiled(inline=True)
def fit(n: Any, m: Any, size: Any) -> Any:
    """Whether n features on m neurons, in numbers of so many bytes, are multiplied in registers."""
    return size == 8 and n % ROWS == 0 and m % ROWS == 0 and m <= LONGEST


@compiled
def overlaps_in_registers(weights: Floats, overlap: Floats) -> None:
    """Write W Wᵀ, (n, n), of weights by neuron (m, n) that fit."""
    m, n = weights.shape
    product(weights, weights, overlap, n, n, m, 1, n, True)
    for i in range(n):
        for j in range(i):
            overlap[i, j] = overlap[j, i]


@compiled
def pull_in_registers(weights: Floats, overlap: Floats, out: Floats) -> None:
    """Write W, by neuron (m, n), times a matrix (n, n), where they fit."""
    m, n = weights.shape
    product(weights, overlap, out, m, n, n, n, 1, False)


@compiled(inner=True)
def overlaps(weights: Floats, overlap: Floats) -> None:
    """Write W Wᵀ, (n, n), of weights by neuron (m, n)."""
    m, n = weights.shape
    if fit(n, m, weights.itemsize):
        overlaps_in_registers(weights, overlap)
    else:
        np.dot(weights.T, weights, overlap)


@compiled(inner=True)
def pull(weights: Floats, overlap: Floats, out: Floats) -> None:
    """Write W, by neuron (m, n), times a matrix (n, n)."""
    m, n = weights.shape
    if fit(n, m, weights.itemsize):
        pull_in_registers(weights, overlap, out)
    else:
        np.dot(weights, overlap, out)


@compiled(inner=True)
def towards(overlap: Floats, direction: Floats) -> Any:
    """Return a matrix (n, n) times a direction (n,), and how long that is."""
    ahead = np.dot(overlap, direction)
    return ahead, np.sqrt(np.dot(ahead, ahead))
