"""The general engine: any model, features, pressure and training, by automatic differentiation (PyTorch)."""

from __future__ import annotations

from polygenesis.dynamics.autograd.engine import autograd, block_size
from polygenesis.dynamics.autograd.evaluate import Evaluation, activations, evaluate
from polygenesis.dynamics.autograd.together import flow_together

__all__ = ["Evaluation", "activations", "autograd", "block_size", "evaluate", "flow_together"]
