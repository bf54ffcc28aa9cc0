"""Transformers by hand: forward pass, backward pass and optimizer of one replicate as one compiled loop.

Everything is stored by unit, (units, N), one column a position of a sequence, so that loops over positions are vectors.
Linear maps are rows of a table as in ``layers``. No loop reassociates sums, so a replicate's bits depend on its own
numbers alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.dynamics.autograd.attention import attend, through_attention
from polygenesis.dynamics.autograd.layers import (
    BIAS,
    WEIGHTS,
    add_bias,
    add_product,
    cross_entropy,
    excite,
    multiply,
    row_sums,
    update,
)
from polygenesis.kernels import compiled

Array = NDArray[Any]

SIZES = ("width", "neurons", "heads", "layers", "normalized", "activation", "context")
"""What the sizes of a transformer are, in their order; normalized: 1 for layer normalization."""

MAPS = ("query", "key", "value", "attention", "in", "out")
"""Linear maps of a layer, in the order of the table: embedding and positions stand before them, unembedding after."""

STEADY = 1e-5
"""Added to a variance before its root is taken, as PyTorch does."""


@compiled(inner=True)
def normalize(normalized: bool, x: Array, out: Array, inverse: Array, mean: Array) -> None:
    """Write each column of ``x``, (d, N), centred and divided by its standard deviation; ``inverse``: 1/σ, (N,)."""
    d, n = x.shape
    zero, one = x.dtype.type(0), x.dtype.type(1)
    share, steady = x.dtype.type(1 / d), x.dtype.type(STEADY)
    if not normalized:
        for c in range(d):
            row, to = x[c], out[c]
            for s in range(n):
                to[s] = row[s]
        return
    for s in range(n):
        mean[s] = zero
        inverse[s] = zero
    for c in range(d):
        row = x[c]
        for s in range(n):
            mean[s] += row[s]
    for s in range(n):
        mean[s] *= share
    for c in range(d):
        row, to = x[c], out[c]
        for s in range(n):
            to[s] = row[s] - mean[s]
        for s in range(n):
            inverse[s] += to[s] * to[s]
    for s in range(n):
        inverse[s] = one / np.sqrt(inverse[s] * share + steady)
    for c in range(d):
        to = out[c]
        for s in range(n):
            to[s] *= inverse[s]


@compiled(inner=True)
def through_normalization(
    normalized: bool, normal: Array, inverse: Array, delta: Array, rows: Array, slope: Array
) -> None:
    """Add what ``delta``, the slope of normalized columns, says of the columns before to ``slope``; all (d, N)."""
    d, n = normal.shape
    zero, share = normal.dtype.type(0), normal.dtype.type(1 / d)
    if not normalized:
        for c in range(d):
            row, to = delta[c], slope[c]
            for s in range(n):
                to[s] += row[s]
        return
    mean, product = rows[0], rows[1]
    for s in range(n):
        mean[s] = zero
        product[s] = zero
    for c in range(d):
        row, y = delta[c], normal[c]
        for s in range(n):
            mean[s] += row[s]
        for s in range(n):
            product[s] += row[s] * y[s]
    for s in range(n):
        mean[s] *= share
        product[s] *= share
    for c in range(d):
        row, y, to = delta[c], normal[c], slope[c]
        for s in range(n):
            to[s] += inverse[s] * (row[s] - mean[s] - y[s] * product[s])


@compiled(inner=True)
def embed(theta: Array, table: Array, tokens: Array, context: int, stream: Array) -> None:
    """Write embeddings of tokens and positions into ``stream``, (d, N)."""
    d = stream.shape[0]
    letters, places = theta[table[0, WEIGHTS] :], theta[table[1, WEIGHTS] :]
    for c in range(d):
        row = stream[c]
        for begin in range(0, len(tokens), context):
            for i in range(context):
                row[begin + i] = letters[tokens[begin + i] * d + c] + places[i * d + c]


@compiled(inner=True)
def through_embedding(table: Array, tokens: Array, context: int, delta: Array, slope: Array) -> None:
    """Write the slopes of both embeddings."""
    d, zero = delta.shape[0], delta.dtype.type(0)
    for k in range(2):
        begin = table[k, WEIGHTS]
        for i in range(begin, begin + table[k, 0] * d):
            slope[i] = zero
    letters, places = slope[table[0, WEIGHTS] :], slope[table[1, WEIGHTS] :]
    for c in range(d):
        row = delta[c]
        for begin in range(0, len(tokens), context):
            for i in range(context):
                letters[tokens[begin + i] * d + c] += row[begin + i]
                places[i * d + c] += row[begin + i]


@compiled(inner=True)
def add(x: Array, to: Array) -> None:
    """Add ``x`` to ``to``; both (d, N)."""
    for c in range(x.shape[0]):
        row, out = x[c], to[c]
        for s in range(len(row)):
            out[s] += row[s]


@compiled(inline=True)
def forward(theta: Array, table: Array, sizes: Array, tokens: Array, work: Any) -> None:
    """Write the logits of every position, (vocabulary, N), into the first rows of the work's ``wide``.

    ``kept`` holds of each layer: the input of attention, queries, keys, values, what they mix, the input of the
    perceptron (width rows each), and f′ and f of its neurons; then the input of the unembedding.
    """
    kept, inverses, stream, _, wide, _, rows, _, tops, shares, small = work
    d, m, heads, layers, normalized, kind, t = sizes
    each = 6 * d + 2 * m
    embed(theta, table, tokens, t, stream)
    for k in range(layers):
        own, maps = kept[k * each : (k + 1) * each], table[2 + 6 * k : 8 + 6 * k]
        normalize(normalized != 0, stream, own[:d], inverses[2 * k], rows[0])
        for part in range(3):
            multiply(theta, maps[part], own[:d], own[(part + 1) * d : (part + 2) * d], False)
        queries, keys, values, mixed = own[d : 2 * d], own[2 * d : 3 * d], own[3 * d : 4 * d], own[4 * d : 5 * d]
        attend(heads, t, queries, keys, values, mixed, tops[k * heads :], shares[k * heads :], small)
        multiply(theta, maps[3], own[4 * d : 5 * d], wide[:d], False)
        add(wide[:d], stream)
        normalize(normalized != 0, stream, own[5 * d : 6 * d], inverses[2 * k + 1], rows[0])
        before, after = own[6 * d : 6 * d + m], own[6 * d + m :]
        multiply(theta, maps[4], own[5 * d : 6 * d], before, False)
        add_bias(theta, maps[4, BIAS], before)
        excite(kind, before, after)
        multiply(theta, maps[5], after, wide[:d], False)
        add(wide[:d], stream)
    last = kept[layers * each :]
    normalize(normalized != 0, stream, last, inverses[2 * layers], rows[0])
    multiply(theta, table[2 + 6 * layers], last, wide[: table[0, 0]], False)


@compiled(inline=True)
def backward(theta: Array, table: Array, sizes: Array, tokens: Array, work: Any) -> None:
    """Write the gradient of the loss into the work's ``slope``, (P,); ``wide`` holds the slopes of the logits."""
    kept, inverses, stream, change, wide, other, rows, slope, tops, shares, small = work
    d, m, heads, layers, normalized, _, t = sizes
    each = 6 * d + 2 * m
    last, unembedding = kept[layers * each :], table[2 + 6 * layers]
    add_product(unembedding, last, wide[: table[0, 0]], slope, slope)
    multiply(theta, unembedding, wide[: table[0, 0]], other[:d], True)
    for c in range(d):
        row = change[c]
        for s in range(len(row)):
            row[s] = row.dtype.type(0)
    through_normalization(normalized != 0, last, inverses[2 * layers], other[:d], rows, change)
    for k in range(layers - 1, -1, -1):
        own, maps = kept[k * each : (k + 1) * each], table[2 + 6 * k : 8 + 6 * k]
        excited, after = own[6 * d : 6 * d + m], own[6 * d + m :]
        add_product(maps[5], after, change, slope, slope)
        multiply(theta, maps[5], change, wide[:m], True)
        for j in range(m):
            row, factor = wide[j], excited[j]
            for s in range(len(row)):
                row[s] *= factor[s]
        row_sums(wide[:m], maps[4, BIAS], slope)
        add_product(maps[4], own[5 * d : 6 * d], wide[:m], slope, slope)
        multiply(theta, maps[4], wide[:m], other[:d], True)
        through_normalization(normalized != 0, own[5 * d : 6 * d], inverses[2 * k + 1], other[:d], rows, change)
        add_product(maps[3], own[4 * d : 5 * d], change, slope, slope)
        multiply(theta, maps[3], change, wide[:d], True)
        queries, keys, values, mixed = own[d : 2 * d], own[2 * d : 3 * d], own[3 * d : 4 * d], own[4 * d : 5 * d]
        through_attention(
            heads, t, queries, keys, values, mixed, wide[:d], tops[k * heads :], shares[k * heads :], small
        )
        for part in range(3):
            delta = own[(part + 1) * d : (part + 2) * d]
            add_product(maps[part], own[:d], delta, slope, slope)
            multiply(theta, maps[part], delta, stream if part else other[:d], True)
            if part:
                add(stream, other[:d])
        through_normalization(normalized != 0, own[:d], inverses[2 * k], other[:d], rows, change)
    through_embedding(table, tokens, t, change, slope)


@compiled
def advance(
    theta: Array,
    spare: Array,
    first: Array,
    second: Array,
    network: Any,
    given: Any,
    room: Any,
    work: Any,
    constants: Array,
    schedule: Array,
    flags: Array,
    begin: int,
    until: int,
) -> tuple[int, bool]:
    """Take steps ``begin`` to ``until``; all as ``layers.advance``, of a transformer."""
    table, sizes, segments = network
    rows, classes, chosen = given
    tokens, labels = room
    context, slope = rows.shape[1], work[7]
    adaptive, taken = flags[2] != 0, flags[3]
    here, there, swapped = theta, spare, False
    for step in range(begin, until):
        for a in range(chosen.shape[1]):
            row = chosen[step % len(chosen), a]
            for i in range(context):
                tokens[a * context + i] = rows[row, i]
                labels[a * context + i] = classes[row, i]
        forward(here, table, sizes, tokens, work)
        cross_entropy(work[4][: table[0, 0]], labels, work[6])
        backward(here, table, sizes, tokens, work)
        fresh = taken + step - begin == 0
        if not update(here, there, slope, segments, first, second, constants, schedule[step - begin], adaptive, fresh):
            return step - begin, swapped
        here, there, swapped = there, here, not swapped
    return until - begin, swapped
