"""Evaluation mode for a while: a PyTorch module runs as it would in use, and is then as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def evaluating(module: Any) -> Iterator[None]:
    """Run a module in evaluation mode without gradients; each of its parts is then in the mode in which it was."""
    import torch

    training = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for part, mode in training:  # one by one: a part may be frozen in evaluation mode inside one that trains
            part.training = mode
