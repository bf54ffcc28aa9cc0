"""Products that skip zeros: W Wᵀ and ReLU(W Wᵀ) W while a part of the weights lives, by lists of live weights.

Weights are stored by neuron, (m, n). Both products add up rows of a matrix, each times a live weight: a neuron's pull
is a sum of rows of ReLU(W Wᵀ), a feature's overlaps one of rows of W. The matrix is cut into stripes of neighbouring
columns (``simd``); a stripe of 256 rows fits the nearest cache, and the sum of a stripe stays in registers while it
runs over them. This does two thirds as many operations a second as a general product, on live weights alone: it pays
below the shares named here.
"""

from __future__ import annotations

import functools
import math
import warnings
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.flow.simd import BYTES, GROUP, combine, live, lowest, stripe
from polygenesis.dynamics.team import ALONE, Team, shares
from polygenesis.kernels import compiled

PULL_BELOW, OVERLAPS_BELOW = 0.45, 0.4
"""Shares of live weights below which lists beat a general product, and a symmetric one."""

BLOCK = 256
"""Rows of a stripe that fit the nearest cache: features whose overlaps are added up, or neurons, at a time."""

LINE = 64
"""Bytes that a cache loads at once: a stripe that begins with one takes no more of them than it must."""


class Lists(NamedTuple):
    """The live weights of each neuron: their features and values one after the other, and where each neuron's begin.

    ``begin`` (m, blocks of features) says it for every block of features by itself; the last number is their end.
    """

    names: Any
    values: Floats
    begin: Any


def can_list(n: int) -> bool:
    """Whether lists work for so many features: as many as a stripe has columns, and names of two bytes for all."""
    return stripe(4) <= n <= 2**16


_FAILED: set[str] = set()
"""Precisions in which they were tried and did not work."""


@functools.cache
def work(precision: str) -> bool:
    """Whether the products can be compiled here, and are right: tried once, on a matrix of 33 features.

    They are written in LLVM's language, which changes, for little-endian processors. Where they cannot be built the
    general product takes over (more slowly, with other roundings), and a warning says so once.
    """
    weights = np.arange(1, 133, dtype=precision).reshape(4, 33) % 5
    noted, overlap, pulled = lists(66, 8, weights.dtype), np.empty((33, 33), precision), np.empty_like(weights)
    try:
        right = note(weights, noted)
        overlaps(weights, noted, overlap)
        pull(noted, overlap, pulled)
    except Exception as error:  # whatever the compiler of another version raises
        reason = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    else:
        right = right and bool((overlap == weights.T @ weights).all() and (pulled == weights @ overlap).all())
        reason = "their results are wrong"
        if right:
            return True
    _FAILED.add(precision)
    warnings.warn(f"Products that skip zeros do not work here ({reason}); flows take general ones.", stacklevel=2)
    return False


def usable() -> bool:
    """Whether these products have worked in this process wherever they were asked for."""
    return not _FAILED


def lists(n: int, m: int, precision: Any) -> Lists:
    """Room for the lists of n features on m neurons: for a share of ``PULL_BELOW``, and two rows more."""
    assert can_list(n)
    most = int(PULL_BELOW * n * m) + 2 * n
    return Lists(np.empty(most, np.uint16), np.empty(most, precision), np.zeros(m * blocks(n) + 1, np.int64))


@compiled
def blocks(n: int) -> int:
    """How many blocks n features are."""
    return (n + BLOCK - 1) // BLOCK


@compiled
def note(weights: Floats, noted: Lists) -> bool:
    """List the live weights (m, n) of every neuron; say whether there was room for them."""
    m, n = weights.shape
    names, values, row = noted.names, noted.values, weights.reshape(-1)
    c, place, one = 0, 0, np.uint64(1)
    for k in range(m):
        if c + n > len(names):
            return False
        for first in range(0, n, BLOCK):
            noted.begin[place] = c
            place += 1
            last = min(first + BLOCK, n)
            whole = last - (last - first) % GROUP
            for i in range(first, whole, GROUP):
                bits = live(row, k * n + i)
                while bits:
                    j = i + lowest(bits)
                    names[c], values[c] = j, row[k * n + j]
                    c += 1
                    bits &= bits - one
            for j in range(whole, last):
                if row[k * n + j] != 0:
                    names[c], values[c] = j, row[k * n + j]
                    c += 1
    noted.begin[place] = c
    return True


@compiled
def aligned(size: int, like: Floats) -> Floats:
    """Room for numbers of an array's type that begins with a line of the cache."""
    room = np.empty(size + LINE // like.itemsize, like.dtype)
    skip = (-room.ctypes.data % LINE) // like.itemsize
    return room[skip : skip + size]


@compiled
def cut(matrix: Floats, first: int, last: int, start: int, width: int, out: Floats) -> None:
    """Copy ``width`` columns from ``start`` on of some rows to ``out``, row after row."""
    for i in range(first, last):
        row, copy = matrix[i, start : start + width], out[(i - first) * width : (i - first + 1) * width]
        for j in range(width):
            copy[j] = row[j]


def pull(noted: Lists, overlap: Floats, out: Floats, team: Team = ALONE) -> None:
    """Write the weights that are listed, (m, n), times ``overlap`` (n, n) into ``out``."""
    m, n = out.shape
    room = aligned(columns(n, out.itemsize) * n * stripe(out.itemsize), out)
    team.map(lambda part: _stripes(overlap, room, part.start, part.stop), shares(columns(n, out.itemsize), team.size))
    team.map(lambda rows: _pull(noted, room, out, rows.start, rows.stop), shares(m, team.size))


def overlaps(weights: Floats, noted: Lists, out: Floats, team: Team = ALONE) -> None:
    """Write Σ_k W_ki W_kj of ``weights`` (m, n), which are listed, into ``out`` (n, n): one triangle, mirrored.

    A stripe has fewer rows the further right it stands: parts of the triangle that are equally large are not equally
    wide.
    """
    number = columns(len(out), weights.itemsize)
    edges = [round(number * (1 - math.sqrt(1 - k / team.size))) for k in range(team.size + 1)]
    team.map(lambda part: _overlaps(weights, noted, out, *part), pairwise(edges))


@compiled
def columns(n: int, itemsize: int) -> int:
    """How many stripes n columns are."""
    width = BYTES // itemsize
    return (n + width - 1) // width


@compiled
def _stripes(matrix: Floats, out: Floats, begin: int, until: int) -> None:
    """Write a matrix (n, n) into ``out``, stripe after stripe: those from ``begin`` to ``until``."""
    n = len(matrix)
    width = BYTES // matrix.itemsize
    for s in range(begin, until):
        cut(matrix, 0, n, min(s * width, n - width), width, out[s * n * width :])


@compiled
def _pull(noted: Lists, stripes: Floats, out: Floats, begin: int, end: int) -> None:
    """Write the pull on some neurons, from the matrix of overlaps stripe after stripe."""
    n = out.shape[1]
    width, many = BYTES // out.itemsize, blocks(n)
    number = columns(n, out.itemsize)
    sums = out.reshape(-1)
    for first in range(begin, end, BLOCK):
        last = min(first + BLOCK, end)
        out[first:last] = 0
        for s in range(number):
            start = min(s * width, n - width)  # the last stripe ends where the row does, and may overlap the one before
            out[first:last, start : s * width] = 0
            for block in range(many):
                for k in range(first, last):
                    x = k * many + block
                    combine(
                        sums,
                        k * n + start,
                        stripes,
                        s * n * width,
                        noted.names,
                        noted.values,
                        noted.begin[x],
                        noted.begin[x + 1],
                    )


@compiled
def _overlaps(weights: Floats, noted: Lists, out: Floats, begin: int, until: int) -> None:
    """Write the stripes of a triangle from ``begin`` to ``until``, mirrored."""
    m, n = weights.shape
    width, many = BYTES // weights.itemsize, blocks(n)
    sums, rows = aligned((until - begin) * n * width, weights), aligned(BLOCK * width, weights)
    sums[:] = 0
    neurons, values = np.empty(n * BLOCK, np.uint16), np.empty(n * BLOCK, weights.dtype)
    end = np.empty(n, np.int64)
    for first in range(0, m, BLOCK):
        last = min(first + BLOCK, m)
        for i in range(n):
            end[i] = i * BLOCK
        for k in range(first, last):
            for x in range(noted.begin[k * many], noted.begin[(k + 1) * many]):
                i = noted.names[x]
                neurons[end[i]], values[end[i]] = k - first, noted.values[x]
                end[i] += 1
        for s in range(begin, until):
            start = min(s * width, n - width)
            cut(weights, first, last, start, width, rows)
            for i in range(start, n):
                combine(sums, ((s - begin) * n + i) * width, rows, 0, neurons, values, i * BLOCK, end[i])
    for s in range(begin, until):
        start = min(s * width, n - width)
        for i in range(start, n):
            for j in range(start, min(start + width, i + 1)):
                out[i, j] = out[j, i] = sums[((s - begin) * n + i) * width + j - start]
