"""The baseline: what a researcher writes first, a plain PyTorch autograd loop, and a plain Euler loop in NumPy.

Nothing here is made slow on purpose. All replicates are one batch of one ``nn.Module``, PyTorch uses all cores, and the
loss is the published one (arXiv:2312.03096, §2). PyTorch comes with the extra ``polygenesis[torch]``.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.bench.timing import cores
from polygenesis.extras import is_there

NO_TORCH = "PyTorch is not installed; pip install 'polygenesis[torch]' brings the baseline."

WARM_UP = 2
"""Steps before the clock starts: allocation, and AdamW's moments."""


def torch_is_there() -> bool:
    """Whether the baseline can run."""
    return is_there("torch")


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


class Steps(NamedTuple):
    """What takes one step, and what returns the weights as they are, (r, n, m)."""

    take: Callable[[], None]
    weights: Callable[[], Floats]


def adamw_step(n: int, m: int, replicates: int, *, strength: float, kind: str, device: str = "cpu") -> Steps:
    """Return what takes one AdamW step of all replicates at once, by one of :data:`KINDS`.

    Raises :class:`Missing` where what it needs is not there.
    """
    if kind == "jax":
        return _jax_step(n, m, replicates, strength)
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(cores())
    model = autoencoder(n, m, replicates).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=kind != "plain")
    if kind == "plain":
        return Steps(training_step(model, optimizer, strength), lambda: model.weight.detach().cpu().numpy())
    weight, eye = model.weight, torch.eye(n, device=device)

    def loss() -> Any:
        return ((torch.relu(weight @ weight.mT) - eye) ** 2).sum() + strength * weight.abs().sum()

    def step_autograd() -> None:
        optimizer.zero_grad()
        made().backward()
        optimizer.step()

    def step_closed() -> None:
        with torch.no_grad():
            residual = torch.relu(weight @ weight.mT) - eye
            weight.grad = torch.baddbmm(strength * weight.sign(), residual, weight, alpha=4)
        optimizer.step()

    made = loss
    if kind == "compiled":
        try:
            made = torch.compile(loss)
            made()
        except Exception as error:  # no compiler, or one that it does not know
            raise Missing(f"torch.compile does not work here ({str(error).strip().splitlines()[0]})") from None
    take = step_closed if kind == "closed form" else step_autograd
    return Steps(take, lambda: weight.detach().cpu().numpy())


KINDS = {
    "plain": "a plain PyTorch loop: autograd through the one-hot product, AdamW",
    "fused": "PyTorch: autograd of ReLU(W Wᵀ) without the one-hot product, fused AdamW",
    "compiled": "the same under torch.compile",
    "closed form": "PyTorch: the gradient's closed form, fused AdamW",
    "jax": "JAX: jit and vmap of the closed form",
}
"""What a good user would write, from the first draft on."""


class Missing(Exception):
    """What a baseline needs is not there."""


def _jax_step(n: int, m: int, replicates: int, strength: float) -> Steps:
    """AdamW on the closed form in JAX: one compiled function of all replicates."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        raise Missing("JAX is not installed") from None

    def one(w: Any, first: Any, second: Any, count: Any) -> Any:
        residual = jnp.maximum(w @ w.T, 0) - jnp.eye(n, dtype=w.dtype)
        gradient = 4 * residual @ w + strength * jnp.sign(w)
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        size = jnp.sqrt(second / (1 - 0.999**count)) + 1e-8
        return w * (1 - 1e-3 * 0.01) - 1e-3 * (first / (1 - 0.9**count)) / size, first, second

    step = jax.jit(jax.vmap(one, in_axes=(0, 0, 0, None)), donate_argnums=(0, 1, 2))
    w = jax.random.normal(jax.random.key(0), (replicates, n, m), jnp.float32) / m**0.5
    state = [w, jnp.zeros_like(w), jnp.zeros_like(w), 0]

    def take() -> None:
        state[3] += 1
        state[:3] = step(*state[:3], state[3])
        jax.block_until_ready(state[0])

    return Steps(take, lambda: np.asarray(state[0]))


@functools.cache
def adamw_step_seconds(n: int, m: int, replicates: int, *, strength: float, steps: int, device: str) -> float:
    """Return the time of one step of the plain loop, all replicates at once: the median, or on a GPU the mean."""
    step = adamw_step(n, m, replicates, strength=strength, kind="plain", device=device)
    return _mean_step(step.take, steps) if device.startswith("cuda") else median_step(step.take, steps)


def noisy_step_seconds(n: int, m: int, replicates: int, *, std: float, lr: float, steps: int) -> float:
    """Return the median time of one step of SGD with bipolar hidden noise, of all replicates at once."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(cores())
    model = autoencoder(n, m, replicates, noise=std)
    return median_step(training_step(model, torch.optim.SGD(model.parameters(), lr=lr), 0.0), steps)


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


def median_step(step: Callable[[], None], steps: int) -> float:
    """Return the median time of some steps, after two that do not count."""
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
