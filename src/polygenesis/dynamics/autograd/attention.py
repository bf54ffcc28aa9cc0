"""Causal attention by hand, head after head and sequence after sequence: P = softmax(Kᵀ Q / √w), mixed = V P.

Queries, keys and values are (width, N), one column a position, sequence after sequence; a head is w rows. The weights P
(keys, queries) are computed again on the way back, so that memory does not grow with the square of the context
(as in arXiv:2205.14135). No loop reassociates sums.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.dynamics.autograd.elementary import exponential
from polygenesis.kernels import compiled

Array = NDArray[Any]


@compiled(inner=True)
def take(rows: Array, first: int, begin: int, scale: Any, block: Array) -> None:
    """Write scale × a block of ``rows``, from a row and a column on, into ``block``."""
    for c in range(block.shape[0]):
        row, out = rows[first + c], block[c]
        for i in range(len(out)):
            out[i] = scale * row[begin + i]


@compiled(inner=True)
def put(block: Array, scale: Any, rows: Array, first: int, begin: int) -> None:
    """Write scale × ``block`` into ``rows``, from a row and a column on."""
    for c in range(block.shape[0]):
        row, given = rows[first + c], block[c]
        for i in range(len(given)):
            row[begin + i] = scale * given[i]


@compiled(inner=True)
def weigh(query: Array, key: Array, weights: Array, top: Array, total: Array) -> None:
    """Write the weight of key j for query i ≥ j into ``weights``, (t, t), and 0 for the others."""
    t, zero, one = len(top), top.dtype.type(0), top.dtype.type(1)
    np.dot(key.T, query, weights)
    for i in range(t):
        top[i] = weights[0, i]
        total[i] = zero
    for j in range(1, t):
        row = weights[j]
        for i in range(j, t):
            top[i] = row[i] if row[i] > top[i] else top[i]
    for j in range(t):
        row = weights[j]
        for i in range(j):
            row[i] = zero
        for i in range(j, t):
            row[i] = exponential(row[i] - top[i])
        for i in range(j, t):
            total[i] += row[i]
    for i in range(t):
        total[i] = one / total[i]
    for j in range(t):
        row = weights[j]
        for i in range(j, t):
            row[i] *= total[i]


@compiled(inner=True)
def attend(heads: int, queries: Array, keys: Array, values: Array, mixed: Array, small: Any) -> None:
    """Write what attention mixes of the values into ``mixed``, (width, N)."""
    query, key, value, delta, _, weights, _, top, total = small
    w, t = query.shape
    one = query.dtype.type(1)
    scale = query.dtype.type(1 / math.sqrt(w))
    for begin in range(0, queries.shape[1], t):
        for first in range(0, heads * w, w):
            take(queries, first, begin, scale, query)
            take(keys, first, begin, one, key)
            take(values, first, begin, one, value)
            weigh(query, key, weights, top, total)
            np.dot(value, weights, delta)
            put(delta, one, mixed, first, begin)


@compiled(inner=True)
def through_attention(heads: int, queries: Array, keys: Array, values: Array, mixed: Array, small: Any) -> None:
    """Replace queries, keys and values by the slopes of the loss; ``mixed`` holds those of what attention wrote."""
    query, key, value, delta, out, weights, slopes, top, total = small
    w, t = query.shape
    zero, one = query.dtype.type(0), query.dtype.type(1)
    scale = query.dtype.type(1 / math.sqrt(w))
    for begin in range(0, queries.shape[1], t):
        for first in range(0, heads * w, w):
            take(queries, first, begin, scale, query)
            take(keys, first, begin, one, key)
            take(values, first, begin, one, value)
            take(mixed, first, begin, one, delta)
            weigh(query, key, weights, top, total)
            np.dot(delta, weights.T, out)
            put(out, one, values, first, begin)
            np.dot(value.T, delta, slopes)
            for i in range(t):
                total[i] = zero
            for j in range(t):
                row, weight = slopes[j], weights[j]
                for i in range(j, t):
                    total[i] += weight[i] * row[i]
            for j in range(t):
                row, weight = slopes[j], weights[j]
                for i in range(j):
                    row[i] = zero
                for i in range(j, t):
                    row[i] = weight[i] * (row[i] - total[i])
            np.dot(key, slopes, out)
            put(out, scale, queries, first, begin)
            np.dot(query, slopes.T, out)
            put(out, one, keys, first, begin)
