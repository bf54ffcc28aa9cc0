"""The baseline: what a researcher writes first, a plain PyTorch autograd loop, and a plain Euler loop in NumPy.

Nothing here is made slow on purpose. All replicates are one batch of one ``nn.Module``, PyTorch uses all cores, and the
loss is the published one (arXiv:2312.03096, §2). PyTorch comes with the extra ``polygenesis[torch]``.
"""

from __future__ import annotations

import functools
import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.bench.timing import cores

NO_TORCH = "PyTorch is not installed; pip install 'polygenesis[torch]' brings the baseline."

WARM_UP = 2
"""Steps before the clock starts: allocation, and AdamW's moments."""


def torch_is_there() -> bool:
    """Whether the baseline can run."""
    return importlib.util.find_spec("torch") is not None


def autoencoder(n: int, m: int, replicates: int, noise: float = 0.0) -> Any:
    """Return the module: tied weights (replicates, n, m), one-hot inputs, ReLU on the output."""
    import torch
    from torch import nn

    class Autoencoder(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(replicates, n, m) / m**0.5)

        def forward(self, inputs: Any) -> Any:
            hidden = torch.einsum("rnm,bn->rbm", self.weight, inputs)
            if noise:
                hidden = hidden + noise * (2 * torch.randint(0, 2, hidden.shape) - 1)
            return torch.relu(torch.einsum("rnm,rbm->rbn", self.weight, hidden))

    return Autoencoder()


def training_step(model: Any, optimizer: Any, strength: float) -> Callable[[], None]:
    """Return one full-batch step on the published loss: squared error plus λ times the L1 norm of all weights."""
    import torch

    inputs = torch.eye(model.weight.shape[1], device=model.weight.device)

    def step() -> None:
        optimizer.zero_grad()
        loss = ((model(inputs) - inputs) ** 2).sum() + strength * model.weight.abs().sum()
        loss.backward()
        optimizer.step()

    return step


@functools.cache
def adamw_step_seconds(n: int, m: int, replicates: int, *, strength: float, steps: int, device: str) -> float:
    """Return the time of one AdamW step of all replicates at once: the median, or on a GPU the mean."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(cores())
    model = autoencoder(n, m, replicates).to(device)
    step = training_step(model, torch.optim.AdamW(model.parameters(), lr=1e-3), strength)
    return _mean_step(step, steps) if device.startswith("cuda") else _median_step(step, steps)


def noisy_step_seconds(n: int, m: int, replicates: int, *, std: float, lr: float, steps: int) -> float:
    """Return the median time of one step of SGD with bipolar hidden noise, of all replicates at once."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(cores())
    model = autoencoder(n, m, replicates, noise=std)
    return _median_step(training_step(model, torch.optim.SGD(model.parameters(), lr=lr), 0.0), steps)


def _mean_step(step: Callable[[], None], steps: int) -> float:
    """Return the mean time of steps that a GPU takes without waiting for each other's end."""
    import torch

    for _ in range(WARM_UP):
        step()
    torch.cuda.synchronize()
    begun = time.perf_counter()
    for _ in range(steps):
        step()
    torch.cuda.synchronize()
    return (time.perf_counter() - begun) / steps


def _median_step(step: Callable[[], None], steps: int) -> float:
    for _ in range(WARM_UP):
        step()
    taken = []
    for _ in range(steps):
        begun = time.perf_counter()
        step()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def euler_loop(weights: Floats, penalty: float, steps: int, step: float = 0.5) -> Floats:
    """Follow one feature's weights (m,) by Euler steps in the paper's clock; what would cross zero stops there."""
    w = weights.copy()
    for _ in range(steps):
        w = w + step * ((1 - np.sum(w**2)) * w - penalty * np.sign(w))
        w = np.maximum(w, 0.0)
    return w
