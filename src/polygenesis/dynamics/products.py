"""Products that skip zeros: W Wᵀ and ReLU(W Wᵀ) W while a part of the weights lives, by rows of whole features.

Weights are stored by neuron, (m, n). The list of a neuron's live features says which rows of ReLU(W Wᵀ) add up to its
pull: a product takes as many rows as there are live weights, each passed over at the speed of the second cache. A
general product is faster a number, but takes them all: lists pay below the shares named here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.passes import compiled

PULL_BELOW, OVERLAPS_BELOW = 0.3, 0.15
"""Shares of live weights below which lists beat a general product, and a symmetric one."""

BLOCK = 128
"""Neurons whose weights are added to all overlaps at a time: they stay in the second cache meanwhile."""


@compiled
def note(weights: Floats, feature: Any, number: Any) -> None:
    """Write the live features of every neuron into ``feature`` (m, n + 1), and how many they are into ``number``."""
    m, n = weights.shape
    for k in range(m):
        row, names, c = weights[k], feature[k], 0
        for i in range(n):  # written always, counted if live: a branch would be guessed wrong
            names[c] = i
            c += row[i] != 0
        number[k] = c


@compiled
def pull(weights: Floats, feature: Any, number: Any, overlap: Floats, out: Floats) -> None:
    """Write ``weights`` (m, n) times ``overlap`` (n, n) into ``out``, four rows of overlaps at a time."""
    m, n = weights.shape
    for k in range(m):
        sums, names, row, c = out[k], feature[k], weights[k], number[k]
        x = c % 4
        if x == 0:
            sums[:] = 0
        elif x == 1:
            a, p = row[names[0]], overlap[names[0]]
            for j in range(n):
                sums[j] = a * p[j]
        elif x == 2:
            a, b = row[names[0]], row[names[1]]
            p, q = overlap[names[0]], overlap[names[1]]
            for j in range(n):
                sums[j] = a * p[j] + b * q[j]
        else:
            a, b, d = row[names[0]], row[names[1]], row[names[2]]
            p, q, r = overlap[names[0]], overlap[names[1]], overlap[names[2]]
            for j in range(n):
                sums[j] = a * p[j] + b * q[j] + d * r[j]
        while x < c:
            a, b, d, e = row[names[x]], row[names[x + 1]], row[names[x + 2]], row[names[x + 3]]
            p, q, r, s = overlap[names[x]], overlap[names[x + 1]], overlap[names[x + 2]], overlap[names[x + 3]]
            for j in range(n):
                sums[j] += (a * p[j] + b * q[j]) + (d * r[j] + e * s[j])
            x += 4


@compiled
def overlaps(weights: Floats, feature: Any, number: Any, out: Floats) -> None:
    """Write Σ_k W_ki W_kj of ``weights`` (m, n) into ``out`` (n, n): one triangle, mirrored."""
    m, n = weights.shape
    out[:] = 0
    neurons, values, carried = (
        np.empty((n, BLOCK), np.int32),
        np.empty((n, BLOCK), weights.dtype),
        np.empty(n, np.int32),
    )
    for begin in range(0, m, BLOCK):
        carried[:] = 0
        for k in range(begin, min(begin + BLOCK, m)):
            for x in range(number[k]):
                i = feature[k, x]
                neurons[i, carried[i]] = k
                values[i, carried[i]] = weights[k, i]
                carried[i] += 1
        for i in range(n):
            sums, names, value, c, x = out[i], neurons[i], values[i], carried[i], 0
            while x + 4 <= c:
                a, b, d, e = value[x], value[x + 1], value[x + 2], value[x + 3]
                p, q, r, s = weights[names[x]], weights[names[x + 1]], weights[names[x + 2]], weights[names[x + 3]]
                for j in range(i + 1):
                    sums[j] += (a * p[j] + b * q[j]) + (d * r[j] + e * s[j])
                x += 4
            for y in range(x, c):
                a, p = value[y], weights[names[y]]
                for j in range(i + 1):
                    sums[j] += a * p[j]
    for i in range(n):
        for j in range(i):
            out[j, i] = out[i, j]
