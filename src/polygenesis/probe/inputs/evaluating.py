"""Evaluation for a while: a PyTorch module runs as it would in use, and is then as it was; so are random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@contextmanager
def generators_kept(modules: Sequence[Any]) -> Iterator[None]:
    """Leave PyTorch's random numbers, on the processor and on the modules' devices, as they were.

    Its fused attention is off meanwhile: it goes past the layers inside, so that their hooks hear nothing.
    """
    import torch

    devices = {each.device for module in modules for each in module.parameters() if each.device.type == "cuda"}
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.random.fork_rng(devices=sorted({each.index or 0 for each in devices})):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
