"""Threads that compute pieces of one replicate at once, where cores are left over: the same bits on any number.

What is cut into pieces is cut by sizes alone, never by how many threads there are, or in a way that no number sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.replicates import hands

Found = TypeVar("Found")

LARGE = 2**28
"""n²m from which products are cut into blocks: below, to wake a thread takes too large a part of a product."""

BLOCK = 512
"""Features of a block of W Wᵀ, and neurons of a block of ReLU(W Wᵀ) W."""


def cuts(size: int, block: int) -> list[slice]:
    """Cut a range into two parts or more, nearly as long as each other and at most ``block``.

    >>> cuts(1200, 512)
    [slice(0, 400, None), slice(400, 800, None), slice(800, 1200, None)]
    """
    return shares(size, max(2, -(-size // block)))


def shares(size: int, number: int) -> list[slice]:
    """Cut a range into so many parts, nearly as long as each other.

    >>> shares(7, 2)
    [slice(0, 3, None), slice(3, 7, None)]
    """
    edges = [size * k // number for k in range(number + 1)]
    return [slice(*edge) for edge in pairwise(edges)]


class Team:
    """The threads of one replicate: this one, and others where cores are left over.

    Args:
        work: n²m, multiplications of a product; small products are computed by this thread alone, in one piece.
    """

    def __init__(self, work: int) -> None:
        self.blocks = work >= LARGE
        self.size = hands() if self.blocks else 1
        self._others = ThreadPoolExecutor(self.size - 1, thread_name_prefix="team") if self.size > 1 else None

    def map(self, call: Callable[..., Found], pieces: Iterable[Any]) -> list[Found]:
        """Return ``call(piece)`` of every piece, in order."""
        left = list(enumerate(pieces))[::-1]
        found: list[Any] = [None] * len(left)

        def some() -> None:
            while left:
                try:
                    place, piece = left.pop()
                except IndexError:  # another thread took the last one
                    return
                found[place] = call(piece)

        if self._others is None or len(left) < 2:
            some()
            return found
        others = [self._others.submit(some) for _ in range(min(self.size, len(left)) - 1)]
        try:
            some()
        finally:
            left.clear()
            for other in others:
                other.result()
        return found

    def gram(self, weights: Floats) -> Floats:
        """Return WᵀW of an (m, n) matrix, symmetric to the last bit: half a general product."""
        if not self.blocks:
            return weights.T @ weights  # one triangle, mirrored
        n = weights.shape[1]
        out = np.empty((n, n), weights.dtype)
        parts = cuts(n, BLOCK)

        def one(pair: tuple[slice, slice]) -> None:
            a, b = pair
            np.matmul(weights[:, a].T, weights[:, b], out=out[a, b])
            if a != b:
                out[b, a] = out[a, b].T

        self.map(one, [(a, b) for i, a in enumerate(parts) for b in parts[:i]] + [(a, a) for a in parts])
        return out

    def matmul(self, left: Floats, right: Floats, out: Floats) -> None:
        """Write a product into ``out``, by rows."""
        if not self.blocks:
            np.matmul(left, right, out=out)
            return
        self.map(lambda rows: np.matmul(left[rows], right, out=out[rows]), cuts(len(left), BLOCK))

    def by_columns(self, call: Callable[..., Sequence[Floats]], n: int, *given: Any) -> list[Floats]:
        """Call a pass that ends with sums over neurons on every thread's features; return the sums over all, (n,)."""
        if self.size == 1:
            return list(call(*given, 0, n))
        found = self.map(lambda part: call(*given, part.start, part.stop), shares(n, self.size))
        return [np.concatenate(each) for each in zip(*found, strict=True)]

    def by_rows(self, call: Callable[..., Any], arrays: Sequence[Floats], *constants: Any) -> list[Any]:
        """Call an element-wise pass on every thread's rows of some arrays; return what each call returns."""
        if self.size == 1:
            return [call(*arrays, *constants)]
        return self.map(
            lambda rows: call(*(each[rows] for each in arrays), *constants), shares(len(arrays[0]), self.size)
        )


ALONE = Team(0)
"""This thread alone."""
