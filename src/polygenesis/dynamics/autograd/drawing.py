"""Independent features drawn in compiled code: NumPy's own numbers, computed only where they are needed.

NumPy's Philox generator (Philox4x64 with ten rounds, Salmon et al. 2011, doi:10.1145/2063384.2063405) is a function of
a counter: number i of a stream is word i mod 4 of block 1 + ⌊i/4⌋. So a magnitude is computed only where its feature
fires, and the inputs of any step without those before it. ``tests/dynamics`` compares every number with NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.kernels import compiled, intrinsic

Array = NDArray[Any]

ONE, UNIFORM, SYMMETRIC = range(3)
"""Magnitudes: 1; uniform on [0, 1]; uniform on [−1, 1]."""

M0, M1 = 0xD2E7470EE14C6C93, 0xCA5A826395121157
W0, W1 = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B
UNIT = 1.0 / 2**53


@intrinsic
def high(context: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of a product of two whole numbers of 64 bits."""
    from numba import types

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        from llvmlite import ir

        wide = ir.IntType(128)
        product = builder.mul(builder.zext(values[0], wide), builder.zext(values[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@compiled(inline=True)
def words(block: Any, key0: Any, key1: Any) -> Any:
    """Return the four words of a block of the generator's stream, counted from 0."""
    c0, c1, c2, c3 = np.uint64(block) + np.uint64(1), np.uint64(0), np.uint64(0), np.uint64(0)
    k0, k1 = key0, key1
    for _ in range(10):
        high0, low0 = high(np.uint64(M0), c0), np.uint64(M0) * c0
        high1, low1 = high(np.uint64(M1), c2), np.uint64(M1) * c2
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0 += np.uint64(W0)
        k1 += np.uint64(W1)
    return c0, c1, c2, c3


@compiled
def draw_independent(
    key: Array, start: int, apart: int, chances: Array, magnitude: int, four: Array, more: Array, out: Array
) -> None:
    """Write independent features into ``out``, (n, b): input s has the uniform numbers from ``start`` + s n on.

    ``apart``: how much later in the stream the magnitudes stand. ``four``, ``more``: room for four words each.
    """
    n, b = out.shape
    number, zero = out.dtype.type, out.dtype.type(0)
    key0, key1 = key[0], key[1]
    i, s, at, held = 0, 0, start, -1
    end = start + n * b
    while at < end:
        four[0], four[1], four[2], four[3] = words(at // 4, key0, key1)
        for lane in range(at % 4, min(4, at % 4 + end - at)):
            value = zero
            if np.float64(four[lane] >> np.uint64(11)) * UNIT < chances[i]:
                if magnitude == ONE:
                    value = number(1)
                else:
                    place = at + apart
                    if place // 4 != held:
                        held = place // 4
                        more[0], more[1], more[2], more[3] = words(held, key0, key1)
                    size = np.float64(more[place % 4] >> np.uint64(11)) * UNIT
                    value = number(size if magnitude == UNIFORM else 2 * size - 1)
            out[i, s] = value
            at += 1
            i += 1
            if i == n:
                i = 0
                s += 1
