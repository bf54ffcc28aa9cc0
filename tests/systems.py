"""Small systems with known answers, written as plainly as possible, that several tests compare with."""

from __future__ import annotations

import numpy as np


def published_loss(weights, strength, noise=0.0):
    """Σ_i ‖ReLU(W (W_i + ξ_i)) − e_i‖² + λ‖W‖₁, one input at a time (arXiv:2312.03096, §2 and §5)."""
    noise = np.broadcast_to(noise, weights.shape)
    total = strength * np.abs(weights).sum()
    for i, target in enumerate(np.eye(len(weights))):
        output = np.maximum(weights @ (weights.T @ target + noise[i]), 0)
        total += ((output - target) ** 2).sum()
    return total


def slope(function, at, step=1e-6):
    """The gradient of a scalar function by central differences."""
    gradient = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        shift = np.zeros_like(at)
        shift[index] = step
        gradient[index] = (function(at + shift) - function(at - shift)) / (2 * step)
    return gradient
