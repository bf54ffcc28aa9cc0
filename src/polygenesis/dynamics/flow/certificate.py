"""When weights are at rest, and the evidence for it: computed in float64, from nothing but the weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis.arrays import Booleans, Floats, Weights
from polygenesis.dynamics.outcome import Certificate


def certify(weights: Weights, strength: float, kept: Sequence[Booleans | None] | None = None) -> Certificate:
    """Collect the evidence for convergence of weights (r, n, m) under the penalty λ, in float64 and from scratch.

    At rest every live weight has force λ sign W, every zero a force of at most λ; a feature is settled when it has
    exactly one weight, and stable when no other feature of its neuron has the same sign (arXiv:2312.03096, §3).
    ``kept``: which pairs interfere, (n, n) a replicate or None for all; others exert no force and do not clash.
    """
    pairs = [None] * len(weights) if kept is None else kept
    rows = [
        _certify(np.asarray(each, dtype=np.float64), strength / 4, of) for each, of in zip(weights, pairs, strict=True)
    ]
    residual, excess, dead, split, clashing = (np.array(column) for column in zip(*rows, strict=True))
    return Certificate(residual=4 * residual, excess=4 * excess, dead=dead, split=split, clashing=clashing)


def _certify(w: Floats, strength: float, kept: Booleans | None) -> tuple[float, float, int, int, int]:
    if not np.isfinite(w).all():
        return np.nan, np.nan, 0, 0, 0
    w = w[:, (w != 0).any(axis=0)]  # nothing pushes a weight of a neuron without weights
    live = w != 0
    with np.errstate(over="ignore", invalid="ignore"):  # diverged weights: the outcome says so
        overlap = np.maximum(w @ w.T, 0)
        if kept is not None:
            overlap *= kept | np.eye(len(w), dtype=bool)
        force = w - overlap @ w
    residual = np.abs(force - strength * np.sign(w))[live].max(initial=0.0)
    excess = np.abs(force[~live]).max(initial=0.0) - strength
    weights = live.sum(axis=1)
    clashing = pushing(w > 0, kept) | pushing(w < 0, kept)
    return (
        float(residual),
        float(excess),
        int((weights == 0).sum()),
        int((weights > 1).sum()),
        int(clashing.sum()),
    )


def at_rest(by_neuron: Floats, kept: Floats | None) -> bool:
    """Whether every feature has at most one weight, and no two push each other; weights (m, n)."""
    positive, negative = by_neuron > 0, by_neuron < 0
    alone = (positive | negative).sum(axis=0).max() <= 1
    return bool(alone and not any(pushing(side.T, kept).any() for side in (positive, negative)))


def pushing(side: Booleans, kept: Floats | Booleans | None) -> Booleans:
    """On which neurons, (m,), two features of one sign push each other: ``side`` (n, m) says who has that sign there.

    ``kept`` (n, n): which pairs interfere; None for all.
    """
    if kept is None:
        return np.asarray(side.sum(axis=0) > 1)
    others = (kept != 0) & ~np.eye(len(side), dtype=bool)
    return np.asarray((side & (others.astype(float) @ side > 0)).any(axis=0))
