"""W Wᵀ and ReLU(W Wᵀ) W of small networks, in registers (``products``).

For float64 and numbers of features and neurons that are multiples of four; sums over neurons are short enough not to be
cut. There every number is the sum, term by term, that OpenBLAS forms on processors with AVX2 too, rounded alike.
"""

from __future__ import annotations

from typing import Any

from polygenesis.arrays import Floats
from polygenesis.dynamics.products import ROWS, product
from polygenesis.kernels import compiled

LONGEST = 256
"""Terms of a sum that is not cut."""


@compiled(inline=True)
def fit(n: Any, m: Any, size: Any) -> Any:
    """Whether n features on m neurons, in numbers of so many bytes, are multiplied here."""
    return size == 8 and n % ROWS == 0 and m % ROWS == 0 and m <= LONGEST


@compiled(inner=True)
def overlaps(weights: Floats, overlap: Floats) -> None:
    """Write W Wᵀ, (n, n), of weights by neuron (m, n)."""
    m, n = weights.shape
    product(weights, weights, overlap, n, n, m, 1, n, True)
    for i in range(n):
        for j in range(i):
            overlap[i, j] = overlap[j, i]


@compiled(inner=True)
def pull(weights: Floats, overlap: Floats, out: Floats) -> None:
    """Write W, by neuron (m, n), times a matrix (n, n)."""
    m, n = weights.shape
    product(weights, overlap, out, m, n, n, n, 1, False)
