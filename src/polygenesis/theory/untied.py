"""Untied encoder and decoder: which features never light up, and who leads the race of the others.

With encoder rows E_i, decoder rows D_i and an output ReLU, output i answers its own feature by z_i = E_i·D_i. Where
z_i ≤ 0 the ReLU is off and the feature earns nothing; the L1 penalty alone acts on its weights and shrinks both
rows at one rate, so that after a shrinkage c (docs/theory.md, eq. untied-product)

    z_i(c) = Σ_k sign(E_ik D_ik) (|E_ik| − c)₊ (|D_ik| − c)₊.

If z_i(c) turns positive for some c, the output switches on and the feature grows from there; if it never does, both
rows reach zero: the feature is unlit from the start and dies. A tied row has z_i = ‖W_i‖² > 0 and is never unlit.
"""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.checks import floats, plain_array
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import Prediction

DRAWS = 20_000
"""Rows drawn for a share: its standard error is at most 0.0035."""


def unlit_features(encoder: Floats, decoder: Floats) -> Booleans:
    """Return which features' outputs never turn on without interference, (…, n), from encoder and decoder (…, n, m).

    Exact for rows without interference (eq. untied-product): between two drop-outs z(c) is a quadratic in c, whose
    largest value is at an end or at its vertex. Raises InputError for shapes that differ.

    Args:
        encoder: (…, n, m), a row for each feature.
        decoder: (…, n, m), alike.
    """
    e, d = floats("encoder", encoder), floats("decoder", decoder)
    if e.shape != d.shape or not e.ndim:
        raise bad_argument("decoder", f"have the encoder's shape {e.shape}", f"shape {d.shape}")
    sign, e, d = np.sign(e * d), np.abs(e), np.abs(d)
    order = np.argsort(-np.minimum(e, d), axis=-1)
    sign, e, d = (np.take_along_axis(each, order, axis=-1) for each in (sign, e, d))
    upper = np.minimum(e, d)  # the first k + 1 weights are alive while c lies in [upper[k + 1], upper[k])
    lower = np.concatenate([upper[..., 1:], np.zeros_like(upper[..., :1])], axis=-1)
    constant, slope, square = (np.cumsum(sign * each, axis=-1) for each in (e * d, e + d, np.ones_like(e)))
    largest = constant - slope * lower + square * lower**2
    with np.errstate(divide="ignore", invalid="ignore"):
        vertex = slope / (2 * square)
        inside = (square < 0) & (vertex > lower) & (vertex < upper)
        peak = np.where(inside, constant - slope**2 / (4 * square), -np.inf)
    return np.asarray((np.maximum(largest, peak) <= 0).all(axis=-1))


def unlit_share(m: int, *, draws: int = DRAWS, seed: int = 0) -> Prediction:
    """Return the share of features whose outputs never turn on, for independent Gaussian rows of m neurons.

    One half at m = 1 (the signs of two numbers), falling slowly with m: each drop-out gives a row another chance to
    turn positive. Computed from ``draws`` rows; ``interval`` is the 95 % interval of that computation.
    Source: docs/theory.md, eq. untied-product.

    Args:
        m: number of neurons.
        draws: how many rows are drawn.
        seed: of these draws.
    """
    arguments.whole("m", m)
    arguments.whole("draws", draws)
    generator = np.random.default_rng([seed, m])
    unlit = 0
    for start in range(0, draws, most := max(1, 2_000_000 // m)):
        rows = generator.standard_normal((2, min(most, draws - start), m))
        unlit += int(unlit_features(rows[0], rows[1]).sum())
    share = unlit / draws
    error = 1.96 * (share * (1 - share) / draws) ** 0.5
    return Prediction(
        share,
        interval=(share - error, share + error),
        regime="Independent exchangeable Gaussian rows, no interference, λ small beside the weights.",
        source="docs/theory.md, eq. untied-product",
    )


def untied_leaders(encoder: Floats, decoder: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """Return the neuron that leads each feature's race, argmax_k |E_ik + D_ik|, (…, n).

    In the sum and difference S = (E + D)/2, R = (E − D)/2 the benefit is dS = 2(1 − z)S, dR = −2(1 − z)R in the
    loss's clock (eq. untied-modes): the sum races as a tied row of penalty 2λ at half the speed, the difference
    decays.

    Args:
        encoder: (…, n, m), a row for each feature.
        decoder: (…, n, m), alike.
    """
    both = plain_array("encoder", encoder) + plain_array("decoder", decoder)
    return np.asarray(np.abs(both).argmax(axis=-1))
