"""Tail integrals of |g| for a standard normal g, accurate for any x >= 0 (through the scaled erfc)."""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats


def beyond(x: Floats) -> Floats:
    """Q₂(x) = P(|g| > x) = erfc(x/√2)."""
    from scipy import special

    return np.asarray(special.erfc(x / np.sqrt(2)))


def excess(x: Floats) -> Floats:
    """E(|g| - x)₊ = 2φ(x) - x Q₂(x)."""
    return _twice_density(x) * (1 - x * _mills(x))


def squared_excess(x: Floats) -> Floats:
    """h(x) = E(|g| - x)₊² = (1 + x²) Q₂(x) - 2xφ(x), which is 4φ(x)/x³ (1 - 6/x² + …) for large x."""
    return _twice_density(x) * ((1 + x * x) * _mills(x) - x)


def _twice_density(x: Floats) -> Floats:
    return np.asarray(np.sqrt(2 / np.pi) * np.exp(-x * x / 2))


def _mills(x: Floats) -> Floats:
    """(1 - Φ(x))/φ(x)."""
    from scipy import special

    return np.asarray(np.sqrt(np.pi / 2) * special.erfcx(x / np.sqrt(2)))
