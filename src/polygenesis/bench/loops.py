"""Plain PyTorch loops on toy models, as a notebook has them: what the general engine is compared with.

Each function trains for some steps in float32 and returns nothing; the caller takes the time, after a call that does
not count. Replicates are one batch, or networks one after the other where layers of ``torch.nn`` are used.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def bottleneck(replicates: int, probability: float, *, n: int, m: int, batch: int, steps: int) -> None:
    """Train ReLU(x W Wᵀ + b) on sparse uniform features by Adam, all replicates as one batch (arXiv:2209.10652)."""
    import torch

    weights = torch.nn.Parameter(torch.randn(replicates, n, m) / m**0.5)
    bias = torch.nn.Parameter(torch.zeros(replicates, n))
    optimizer = torch.optim.Adam([weights, bias], lr=1e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        x = torch.rand(replicates, batch, n) * (torch.rand(replicates, batch, n) < probability)
        y = torch.relu(x @ weights @ weights.mT + bias[:, None])
        ((y - x) ** 2).mean(1).sum().backward()
        optimizer.step()


def untied(networks: int, *, n: int, m: int, steps: int) -> None:
    """Train untied autoencoders on the one-hot inputs by Adam with an L1 penalty, one after the other."""
    import torch

    inputs = torch.eye(n)
    for _ in range(networks):
        encode, decode = torch.nn.Linear(n, m, bias=False), torch.nn.Linear(m, n)
        model = torch.nn.Sequential(encode, decode, torch.nn.ReLU())
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(steps):
            optimizer.zero_grad()
            penalty = 0.016 * (encode.weight.abs().sum() + decode.weight.abs().sum())
            (((model(inputs) - inputs) ** 2).sum() + penalty).backward()
            optimizer.step()


def classifiers(networks: int, images: Any, labels: Any, *, m: int, steps: int) -> None:
    """Train perceptrons on all images at once by Adam, one after the other; ``images`` (N, pixels), ``labels`` (N,)."""
    import torch

    inputs, classes = torch.tensor(np.asarray(images), dtype=torch.float32), torch.tensor(np.asarray(labels))
    for _ in range(networks):
        layers = (torch.nn.Linear(inputs.shape[1], m), torch.nn.ReLU(), torch.nn.Linear(m, int(classes.max()) + 1))
        model = torch.nn.Sequential(*layers)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(inputs), classes).backward()
            optimizer.step()


def transformers(networks: int, model: Any, *, batch: int, steps: int) -> None:
    """Train transformers by Adam on random tokens, one after the other; ``model()`` makes one."""
    import torch

    for seed in range(networks):
        network = model(seed).train()
        size, context = network.embed.num_embeddings, len(network.positions)
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
        for _ in range(steps):
            tokens = torch.randint(size, (batch, context + 1))
            optimizer.zero_grad()
            logits = network(tokens[:, :-1])
            torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()).backward()
            optimizer.step()
