"""The general engine: any model, features, pressure and training, by automatic differentiation (PyTorch)."""

from __future__ import annotations

from polygenesis.dynamics.autograd.engine import autograd, block_size

__all__ = ["autograd", "block_size"]
