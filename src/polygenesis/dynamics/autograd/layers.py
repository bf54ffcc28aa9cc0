"""Layered networks by hand: forward pass, backward pass and optimizer of one replicate as one compiled loop.

Activations are stored by unit, (units, inputs), so that the loops over inputs are vectors. A layer is a row of a table
(:data:`FIELDS`); a tied decoder is a layer that reads the encoder's weights the other way round. No loop reassociates
sums, so a replicate's bits depend on its own numbers alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  numba's np.dot calls this BLAS: load it before its threads are limited
from numpy.typing import NDArray

from polygenesis.dynamics.autograd.drawing import draw_independent
from polygenesis.dynamics.autograd.elementary import exponential, tail_over_bell
from polygenesis.dynamics.products import panel_width, product_of_rows, wide_product
from polygenesis.kernels import compiled

Array = NDArray[Any]

FIELDS = ("inputs", "outputs", "weights", "turned", "bias", "activation", "again")
"""Of a layer: sizes; where its weights begin in the flat parameters; 1 where they are stored (outputs, inputs) instead
of (inputs, outputs); where its bias begins, or −1; its activation; and 1 where a later layer has the same weights."""

INPUTS, OUTPUTS, WEIGHTS, TURNED, BIAS, ACTIVATION, AGAIN = range(7)
IDENTITY, RELU, GELU = range(3)

SEGMENT = ("begin", "end", "penalized", "trained")
"""Of a stretch of the flat parameters."""

CONSTANTS = ("beta1", "beta2", "epsilon", "momentum", "clip")
"""Of training; a clip of 0 is none."""

CLIP_STEADY = 1e-6
"""Added to a gradient's norm before it divides, as PyTorch does."""

PER_STEP = ("lr", "size", "correction", "decay", "l1", "l2", "shrink", "coupled")
"""Of a step: learning rate; Adam's lr / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ); the factor of decoupled weight decay; λ of the
penalty's subgradient; 2μ of μ ΣW²; the soft threshold lr × λ; and weight decay that is part of the gradient."""

FEW = 64
"""Weights of a layer up to which a product is a plain loop: a call of BLAS takes longer."""

MANY, SMALL = 1024, 2**13
"""Inputs from which, and weights up to which, layers are multiplied in registers in float32: 1.2 to 2 times as fast
as by BLAS, which copies all inputs first. In float64 the two are equally fast."""


@compiled(inline=True)
def in_registers(weights: Any, x: Any) -> Any:
    """Whether a layer of so many weights is multiplied here, on inputs (units, b)."""
    return x.itemsize == 4 and x.shape[1] >= MANY and FEW < weights <= SMALL


@compiled
def multiply(theta: Array, layer: Array, x: Array, out: Array, back: bool) -> None:
    """Write Wᵀ x, (outputs, b), or W x of the backward pass, (inputs, b), into ``out``."""
    rows, columns, begin = layer[INPUTS], layer[OUTPUTS], layer[WEIGHTS]
    flat, b = theta[begin : begin + rows * columns], x.shape[1]
    down, across = (1, rows) if layer[TURNED] else (columns, 1)
    if back:
        down, across = across, down
    if in_registers(rows * columns, x):
        terms = x.shape[0]
        panel = np.empty(terms * panel_width(theta.itemsize), theta.dtype)
        wide_product(flat, x, out, out.shape[0], b, terms, across, down, panel)
        return
    if rows * columns > FEW:
        if layer[TURNED]:
            stored = flat.reshape(columns, rows)
            if back:
                np.dot(stored.T, x, out)
            else:
                np.dot(stored, x, out)
        else:
            plain = flat.reshape(rows, columns)
            if back:
                np.dot(plain, x, out)
            else:
                np.dot(plain.T, x, out)
        return
    for j in range(out.shape[0]):
        row = out[j]
        for i in range(x.shape[0]):
            weight, given = flat[i * down + j * across], x[i]
            if i == 0:
                for s in range(b):
                    row[s] = weight * given[s]
            else:
                for s in range(b):
                    row[s] += weight * given[s]


@compiled
def add_product(layer: Array, x: Array, delta: Array, part: Array, slope: Array) -> None:
    """Write x δᵀ, as the weights of a layer are stored, to its part of ``slope``, or add it there."""
    rows, columns, begin = layer[INPUTS], layer[OUTPUTS], layer[WEIGHTS]
    size = rows * columns
    to = part[:size] if layer[AGAIN] else slope[begin : begin + size]
    if in_registers(size, x):
        if layer[TURNED]:
            product_of_rows(delta, x, to, columns, rows, x.shape[1])
        else:
            product_of_rows(x, delta, to, rows, columns, x.shape[1])
    elif layer[TURNED]:
        np.dot(delta, x.T, to.reshape(columns, rows))
    else:
        np.dot(x, delta.T, to.reshape(rows, columns))
    if layer[AGAIN]:
        for k in range(size):
            slope[begin + k] += part[k]


@compiled
def add_rows(layer: Array, delta: Array, slope: Array) -> None:
    """Do the same for one-hot inputs: the weights of input s get δ_s."""
    begin, zero = layer[WEIGHTS], delta.dtype.type(0)
    down, across = (1, layer[INPUTS]) if layer[TURNED] else (layer[OUTPUTS], 1)
    for s in range(delta.shape[1]):
        for j in range(delta.shape[0]):
            place = begin + s * down + j * across
            slope[place] = (slope[place] if layer[AGAIN] else zero) + delta[j, s]


@compiled(inner=True)
def excite(kind: int, before: Array, after: Array) -> None:
    """Write f(``before``) into ``after`` and f′ over ``before``; f is ReLU or GELU, x Φ(x).

    Of the identity f′ is not written.
    """
    number = before.dtype.type
    zero, half, one, root = number(0), number(0.5), number(1), number(math.sqrt(0.5))
    peak = number(1 / math.sqrt(2 * math.pi))
    for j in range(before.shape[0]):
        z, a = before[j], after[j]
        if kind == GELU:
            for s in range(len(z)):
                x = z[s]
                far = abs(x) * root
                bell = exponential(-far * far)
                tail = half * bell * tail_over_bell(far)
                below = tail if x < zero else one - tail
                a[s] = x * below
                z[s] = below + x * (peak * bell)
        elif kind == RELU:
            for s in range(len(z)):
                a[s] = zero if z[s] <= zero else z[s]  # NaN stays NaN
            for s in range(len(z)):
                z[s] = zero if z[s] <= zero else one
        else:
            for s in range(len(z)):
                a[s] = z[s]


@compiled(inner=True)
def through(kind: int, slopes: Array, delta: Array) -> None:
    """Multiply ``delta`` by f′, which :func:`excite` left in ``slopes``; both (units, N)."""
    if kind == IDENTITY:
        return
    for j in range(slopes.shape[0]):
        row, d = slopes[j], delta[j]
        for s in range(len(d)):
            d[s] *= row[s]


@compiled
def add_bias(theta: Array, begin: int, out: Array) -> None:
    """Add a bias to each unit's row."""
    for j in range(out.shape[0]):
        bias, row = theta[begin + j], out[j]
        for s in range(out.shape[1]):
            row[s] += bias


@compiled
def row_sums(delta: Array, begin: int, slope: Array) -> None:
    """Write Σ_s δ_js into the slope of a bias: eight sums side by side."""
    b = delta.shape[1]
    whole = b - b % 8
    for j in range(delta.shape[0]):
        row, zero = delta[j], delta.dtype.type(0)
        s0, s1, s2, s3, s4, s5, s6, s7 = zero, zero, zero, zero, zero, zero, zero, zero
        for s in range(0, whole, 8):
            s0 += row[s]
            s1 += row[s + 1]
            s2 += row[s + 2]
            s3 += row[s + 3]
            s4 += row[s + 4]
            s5 += row[s + 5]
            s6 += row[s + 6]
            s7 += row[s + 7]
        rest = zero
        for s in range(whole, b):
            rest += row[s]
        slope[begin + j] = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)) + rest


@compiled
def squared_error(outputs: Array, targets: Array, shares: Array, weights: Array, delta: Array) -> None:
    """Write ∂L/∂y = 2 share_s a_js (y_js − t_js), (outputs, b); ``weights``: (0, 0), (outputs, 1) or (outputs, b)."""
    two, b = outputs.dtype.type(2), outputs.shape[1]
    for j in range(outputs.shape[0]):
        y, t, d = outputs[j], targets[j], delta[j]
        for s in range(b):
            d[s] = two * shares[s] * (y[s] - t[s])
        if weights.shape[1] == 1:
            weight = weights[j, 0]
            for s in range(b):
                d[s] *= weight
        elif weights.shape[1] > 1:
            row = weights[j]
            for s in range(b):
                d[s] *= row[s]


@compiled(inner=True)
def cross_entropy(logits: Array, labels: Array, rows: Array) -> None:
    """Replace logits (vocabulary, N) by the slopes of the mean cross-entropy, (softmax − e_label)/N."""
    v, n = logits.shape
    zero, one = logits.dtype.type(0), logits.dtype.type(1)
    top, total = rows[0], rows[1]
    first = logits[0]
    for s in range(n):
        top[s] = first[s]
        total[s] = zero
    for j in range(1, v):
        row = logits[j]
        for s in range(n):
            top[s] = row[s] if row[s] > top[s] else top[s]
    for j in range(v):
        row = logits[j]
        for s in range(n):
            row[s] = exponential(row[s] - top[s])
        for s in range(n):
            total[s] += row[s]
    share = one / logits.dtype.type(n)
    for s in range(n):
        total[s] = share / total[s]
    for j in range(v):
        row = logits[j]
        for s in range(n):
            row[s] *= total[s]
    for s in range(n):
        logits[labels[s], s] -= share


@compiled
def slopes(
    theta: Array,
    layers: Array,
    units: Array,
    x: Array,
    one_hot: bool,
    targets: Array,
    labels: Array,
    shares: Array,
    weights: Array,
    before: Array,
    after: Array,
    delta: Array,
    other: Array,
    part: Array,
    slope: Array,
) -> None:
    """Write the gradient of one replicate's loss without penalty into ``slope``, (P,).

    ``units`` (layers + 1,): where the units of each layer begin in ``before`` and ``after``, (units, b). ``one_hot``:
    whether the inputs are the identity. ``labels`` (b,) are empty where the loss is the squared error. ``delta``,
    ``other`` (widest and at least 2, b) and ``part`` are room to work in.
    """
    count, b = len(layers), x.shape[1]
    for k in range(count):
        layer = layers[k]
        z, a = before[units[k] : units[k + 1]], after[units[k] : units[k + 1]]
        if k == 0 and one_hot:
            begin = layer[WEIGHTS]
            down, across = (1, layer[INPUTS]) if layer[TURNED] else (layer[OUTPUTS], 1)
            for j in range(layer[OUTPUTS]):
                for s in range(b):
                    z[j, s] = theta[begin + s * down + j * across]
        else:
            given = x if k == 0 else after[units[k - 1] : units[k]]
            multiply(theta, layer, given, z, False)
        if layer[BIAS] >= 0:
            add_bias(theta, layer[BIAS], z)
        excite(layer[ACTIVATION], z, a)
    outputs = after[units[count - 1] : units[count]]
    now, then = delta, other
    d = now[: layers[count - 1, OUTPUTS]]
    if len(labels):
        for j in range(d.shape[0]):
            for s in range(b):
                d[j, s] = outputs[j, s]
        cross_entropy(d, labels, other)
    else:
        squared_error(outputs, targets, shares, weights, d)
    for k in range(count - 1, -1, -1):
        layer = layers[k]
        d = now[: layer[OUTPUTS]]
        through(layer[ACTIVATION], before[units[k] : units[k + 1]], d)
        if layer[BIAS] >= 0:
            row_sums(d, layer[BIAS], slope)
        if k == 0 and one_hot:
            add_rows(layer, d, slope)
        else:
            add_product(layer, x if k == 0 else after[units[k - 1] : units[k]], d, part, slope)
        if k > 0:
            multiply(theta, layer, d, then[: layer[INPUTS]], True)
            now, then = then, now


@compiled
def pressed(theta: Array, slope: Array, kink: Any, square: Any) -> None:
    """Add λ sign W, sign(0) = 0, and a multiple of W to a slope."""
    number = theta.dtype.type
    zero, one = number(0), number(1)
    for i in range(len(theta)):
        weight = theta[i]
        sign = one if weight > zero else (-one if weight < zero else zero)
        slope[i] += kink * sign + square * weight


@compiled
def remembered(moment: Array, slope: Array, keep: Any, take: Any) -> None:
    """Write keep × moment + take × slope into ``moment``; below the smallest normal number it becomes 0."""
    zero, tiny = moment.dtype.type(0), np.finfo(moment.dtype).tiny
    for i in range(len(moment)):
        mean = keep * moment[i] + take * slope[i]
        moment[i] = zero if abs(mean) < tiny else mean  # NaN stays NaN


@compiled
def remembered_squares(moment: Array, slope: Array, keep: Any, take: Any) -> None:
    """Write keep × moment + take × slope² into ``moment``; below the smallest normal number it becomes 0."""
    zero, tiny = moment.dtype.type(0), np.finfo(moment.dtype).tiny
    for i in range(len(moment)):
        spread = keep * moment[i] + take * (slope[i] * slope[i])
        moment[i] = zero if spread < tiny else spread


@compiled
def adapted(theta: Array, new: Array, mean: Array, spread: Array, step: Array, epsilon: Any) -> None:
    """Write Adam's step into ``new``."""
    size, correction, decay = step[1], step[2], step[3]
    for i in range(len(theta)):
        new[i] = theta[i] * decay - size * mean[i] / (np.sqrt(spread[i]) * correction + epsilon)


@compiled
def descended(theta: Array, new: Array, speed: Array, lr: Any, threshold: Any) -> None:
    """Write a step of descent into ``new``, through the soft threshold where there is one."""
    zero = theta.dtype.type(0)
    for i in range(len(theta)):
        new[i] = theta[i] - lr * speed[i]
    if threshold > zero:
        for i in range(len(theta)):
            moved = new[i]
            new[i] = moved - min(max(moved, -threshold), threshold)


@compiled
def clipped(slope: Array, segments: Array, most: Any) -> None:
    """Scale the gradient of the trained parameters down to a norm."""
    total = 0.0
    for k in range(len(segments)):
        if segments[k, 3]:
            for i in range(segments[k, 0], segments[k, 1]):
                total += np.float64(slope[i]) * slope[i]
    share = most / (math.sqrt(total) + CLIP_STEADY)
    if share < 1:
        factor = slope.dtype.type(share)
        for i in range(len(slope)):
            slope[i] *= factor


@compiled
def finite(values: Array) -> bool:
    """Whether no value is infinite or NaN."""
    largest, broken = np.finfo(values.dtype).max, 0
    for i in range(len(values)):
        broken += not abs(values[i]) <= largest
    return broken == 0


@compiled
def update(
    theta: Array,
    new: Array,
    slope: Array,
    segments: Array,
    first: Array,
    second: Array,
    constants: Array,
    step: Array,
    adaptive: bool,
    fresh: bool,
) -> bool:
    """Write the parameters after one step into ``new`` and return whether all are finite; ``slope`` is used up.

    ``step``: the numbers of :data:`PER_STEP`. Each loop writes one array, so that it becomes vector instructions.
    """
    number = theta.dtype.type
    zero, one = number(0), number(1)
    beta1, beta2, epsilon, momentum = constants[0], constants[1], constants[2], constants[3]
    if step[4] > zero or step[5] > zero:
        for k in range(len(segments)):
            if segments[k, 2]:
                pressed(
                    theta[segments[k, 0] : segments[k, 1]], slope[segments[k, 0] : segments[k, 1]], step[4], step[5]
                )
    if constants[4] > zero:
        clipped(slope, segments, constants[4])
    for k in range(len(segments)):
        begin, end, penalized, trained = segments[k]
        old, moved, push = theta[begin:end], new[begin:end], slope[begin:end]
        mean, spread = first[begin:end], second[begin:end]
        if not trained:
            for i in range(len(old)):  # a slice would take five seconds to compile
                moved[i] = old[i]
            continue
        threshold = step[6] if penalized else zero
        if step[7] > zero:
            pressed(old, push, zero, step[7])
        if adaptive:
            remembered(mean, push, beta1, one - beta1)
            remembered_squares(spread, push, beta2, one - beta2)
            adapted(old, moved, mean, spread, step, epsilon)
        elif momentum > zero:
            remembered(mean, push, zero if fresh else momentum, one)
            descended(old, moved, mean, step[0], threshold)
        else:
            descended(old, moved, push, step[0], threshold)
    return finite(new)


@compiled
def gather(rows: Array, chosen: Array, out: Array) -> None:
    """Write chosen rows of (N, n) into ``out``, (n, b)."""
    for s in range(len(chosen)):
        row = rows[chosen[s]]
        for i in range(len(row)):
            out[i, s] = row[i]


FIXED, DRAWN, ROWS = range(3)
"""Where the inputs of a step come from: they stay; independent features are drawn; rows of an array are chosen."""


@compiled
def load(source: int, step: int, given: Any, room: Any) -> None:
    """Put the inputs of a step in their place, and targets, labels and weights where they change with the inputs."""
    key, place, chances, magnitude, rows, wanted, classes, relevance, chosen = given
    x, targets, labels, weights, four, more = room
    if source == DRAWN:
        draw_independent(key, place[0] + step * x.size, place[1], chances, magnitude, four, more, x)
    elif source == ROWS:
        gather(rows, chosen[step], x)
        if wanted.shape[0]:
            gather(wanted, chosen[step], targets)
        if relevance.shape[0]:
            gather(relevance, chosen[step], weights)
        for s in range(len(labels)):
            labels[s] = classes[chosen[step, s]]


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
    """Take steps ``begin`` to ``until`` of what is given; return how many were taken, and whether θ is in ``spare``.

    It stops before a step that would make a parameter infinite or NaN. ``schedule``: :data:`PER_STEP` of each of these
    steps. ``flags``: source, whether inputs are the identity, Adam rather than descent, and steps taken before.
    """
    layers, units, segments, shares = network
    x, targets, labels, weights, _, _ = room
    before, after, delta, other, part, slope = work
    source, one_hot, adaptive, taken = flags[0], flags[1] != 0, flags[2] != 0, flags[3]
    here, there, swapped = theta, spare, False
    for step in range(begin, until):
        load(source, step, given, room)
        slopes(
            here, layers, units, x, one_hot, targets, labels, shares, weights, before, after, delta, other, part, slope
        )
        fresh = taken + step - begin == 0
        if not update(here, there, slope, segments, first, second, constants, schedule[step - begin], adaptive, fresh):
            return step - begin, swapped
        here, there, swapped = there, here, not swapped
    return until - begin, swapped
