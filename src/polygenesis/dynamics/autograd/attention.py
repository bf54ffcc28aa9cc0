"""Causal attention by hand, head after head and sequence after sequence: mixed = V P, P = softmax(Kᵀ Q / √w).

Queries, keys and values are (width, N), one column a position, sequence after sequence; a head is w rows. What is
worked on is copied to flat arrays whose rows are filled up to whole vectors. Of the weights P only each query's largest
score and the sum are kept; P is computed again on the way back, so that memory does not grow with the square of the
context (as in arXiv:2205.14135). Sums run in one order, so bits depend on the numbers alone. Loops begin at 0: the
compiler cannot use vectors where an index might be negative.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.dynamics.autograd.elementary import exponential
from polygenesis.kernels import compiled, intrinsic

Array = NDArray[Any]

STRIP = 64
"""Bytes of neighbouring sums that :func:`strip` computes at a time."""

WHOLE = 128
"""Bytes of which a row is a multiple: the compiler's loops take as many at a time, and have no rest."""


@intrinsic
def strip(
    typingctx: Any,
    out: Any,
    at: Any,
    left: Any,
    begin: Any,
    apart: Any,
    right: Any,
    first: Any,
    across: Any,
    count: Any,
) -> Any:
    """Write Σ_k left[begin + k apart] × right[first + k across + (0, 1, …)], k < count, into ``out`` from ``at`` on.

    Arrays are flat and of one type. As many numbers as :data:`STRIP` holds are written; no bounds are checked.
    """
    from numba import types

    whole = types.intp
    signature = types.void(out, whole, left, whole, whole, right, whole, whole, whole)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from llvmlite import ir

        number, size = context.get_value_type(out.dtype), out.dtype.bitwidth // 8
        lanes = STRIP // size
        vector, index = ir.VectorType(number, lanes), arguments[1].type
        spread = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
        to, factor, row = (context.make_array(out)(context, builder, arguments[k]).data for k in (0, 2, 5))

        def place(base: Any, where: Any) -> Any:
            return builder.bitcast(builder.gep(base, [where]), vector.as_pointer())

        before = builder.block
        head, body, after = (builder.append_basic_block(each) for each in ("head", "body", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        k, one, many = builder.phi(index), builder.phi(index), builder.phi(index)
        total = builder.phi(vector)
        zero = ir.Constant(vector, [ir.Constant(number, 0.0)] * lanes)
        starts = (ir.Constant(index, 0), arguments[3], arguments[6], zero)
        for phi, start in zip((k, one, many, total), starts, strict=True):
            phi.add_incoming(start, before)
        builder.cbranch(builder.icmp_signed("<", k, arguments[8]), body, after)
        builder.position_at_end(body)
        empty = ir.Constant(vector, ir.Undefined)
        given = builder.insert_element(empty, builder.load(builder.gep(factor, [one])), ir.Constant(ir.IntType(32), 0))
        given = builder.shuffle_vector(given, empty, spread)
        term = builder.fmul(given, builder.load(place(row, many), align=size), flags=("contract",))
        steps = (ir.Constant(index, 1), arguments[4], arguments[7])
        for phi, step in zip((k, one, many), steps, strict=True):
            phi.add_incoming(builder.add(phi, step), body)
        total.add_incoming(builder.fadd(total, term, flags=("contract",)), body)
        builder.branch(head)
        builder.position_at_end(after)
        builder.store(total, place(to, arguments[1]), align=size)
        return context.get_dummy_value()

    return signature, build


@compiled(inner=True)
def take(rows: Array, first: int, begin: int, scale: Any, block: Array, t: int, wide: int) -> None:
    """Write scale × the columns of a sequence, from row ``first`` on, into the rows of ``block``, ``wide`` apart."""
    for c in range(len(block) // wide):
        row, out = rows[first + c][begin : begin + t], block[c * wide : (c + 1) * wide]
        for i in range(t):
            out[i] = scale * row[i]


@compiled(inner=True)
def attend(
    heads: int,
    t: int,
    queries: Array,
    keys: Array,
    values: Array,
    mixed: Array,
    tops: Array,
    shares: Array,
    small: Any,
) -> None:
    """Write what attention mixes of the values into ``mixed``, (width, N).

    ``tops``, ``shares`` (heads, N): largest score of each query, and 1 / Σ exp(score − largest).
    """
    query, key, value, out, _, _, _, weights, _, top, total = small
    wide, w = len(top), queries.shape[0] // heads
    number = query.dtype.type
    zero, one, low, scale = number(0), number(1), number(-np.inf), number(1 / math.sqrt(w))
    lanes, whole = STRIP // query.itemsize, WHOLE // query.itemsize
    for begin in range(0, queries.shape[1], t):
        for h in range(heads):
            first = h * w
            take(queries, first, begin, scale, query, t, wide)
            take(keys, first, begin, one, key, t, wide)
            take(values, first, begin, one, value, t, wide)
            for i in range(wide):
                top[i] = low
                total[i] = zero
            for j in range(t):
                for i in range(j - j % lanes, wide, lanes):
                    strip(weights, j * wide + i, key, j, wide, query, i, wide, w)
                start = j - j % whole
                row, most = weights[j * wide + start : (j + 1) * wide], top[start:]
                for i in range(j - start):
                    row[i] = low
                for i in range(len(row)):
                    most[i] = row[i] if row[i] > most[i] else most[i]
            for j in range(t):
                start = j - j % whole
                row, most, each = weights[j * wide + start : (j + 1) * wide], top[start:], total[start:]
                for i in range(len(row)):
                    row[i] = exponential(row[i] - most[i])
                for i in range(len(row)):
                    each[i] += row[i]
            for c in range(w):
                for i in range(0, wide, lanes):
                    strip(out, c * wide + i, value, c * wide, 1, weights, i, wide, min(t, i + lanes))
            most, share = tops[h][begin : begin + t], shares[h][begin : begin + t]
            for i in range(t):
                most[i] = top[i]
            for i in range(t):
                share[i] = one / total[i]
            for c in range(w):
                row, to = out[c * wide : (c + 1) * wide], mixed[first + c][begin : begin + t]
                for i in range(t):
                    to[i] = row[i] * share[i]


@compiled(inner=True)
def through_attention(
    heads: int,
    t: int,
    queries: Array,
    keys: Array,
    values: Array,
    mixed: Array,
    slope: Array,
    tops: Array,
    shares: Array,
    small: Any,
) -> None:
    """Replace queries, keys and values by the slopes of the loss, given that of what attention mixed.

    Here rows of the weights are queries. A score's slope is P (∂P − r), with r the sum of P ∂P over a query's keys,
    which is also the sum of mixed × slope over the rows of the head.
    """
    query, key, value, out, delta, turned, moved, weights, pushes, r, _ = small
    wide, w, deep = len(r), queries.shape[0] // heads, len(turned) // t
    number = query.dtype.type
    zero, one, scale = number(0), number(1), number(1 / math.sqrt(w))
    lanes, whole = STRIP // query.itemsize, WHOLE // query.itemsize
    for begin in range(0, queries.shape[1], t):
        for h in range(heads):
            first = h * w
            take(queries, first, begin, scale, query, t, wide)
            take(keys, first, begin, one, key, t, wide)
            take(values, first, begin, one, value, t, wide)
            take(slope, first, begin, one, delta, t, wide)
            for i in range(t):
                r[i] = zero
            for c in range(w):
                row, push = mixed[first + c][begin : begin + t], slope[first + c][begin : begin + t]
                for i in range(t):
                    r[i] += row[i] * push[i]
                for j in range(t):
                    turned[j * deep + c] = key[c * wide + j]
            for i in range(t):
                for j in range(0, i + 1, lanes):
                    strip(weights, i * wide + j, query, i, wide, key, j, wide, w)
                    strip(pushes, i * wide + j, delta, i, wide, value, j, wide, w)
                end = i - i % whole + whole
                row, push = weights[i * wide : i * wide + end], pushes[i * wide : i * wide + end]
                top, share, mean = tops[h, begin + i], shares[h, begin + i], r[i]
                for j in range(end):
                    row[j] = exponential(row[j] - top) * share
                for j in range(end):
                    push[j] = row[j] * (push[j] - mean)
                for j in range(i + 1, end):
                    row[j] = zero
                    push[j] = zero
                for c in range(0, deep, lanes):
                    strip(moved, i * deep + c, pushes, i * wide, 1, turned, c, deep, i + 1)
            for c in range(w):
                for j in range(0, t, lanes):
                    strip(out, c * wide + j, delta, c * wide + j, 1, weights, j * wide + j, wide, t - j)
                row, to = out[c * wide : (c + 1) * wide], values[first + c][begin : begin + t]
                for j in range(t):
                    to[j] = row[j]
                for j in range(0, t, lanes):
                    strip(out, c * wide + j, query, c * wide + j, 1, pushes, j * wide + j, wide, t - j)
                to, back = keys[first + c][begin : begin + t], queries[first + c][begin : begin + t]
                for j in range(t):
                    to[j] = row[j]
                for i in range(t):
                    back[i] = scale * moved[i * deep + c]
