"""The headline figure on a GPU, where one is at hand: flow with its dense part there, against the baseline there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from polygenesis.bench.base import Goal, Row
from polygenesis.bench.baseline import NO_TORCH, torch_is_there
from polygenesis.bench.headline import SLOW_PENALTY, headline
from polygenesis.dynamics.devices import DEVICE


def gpu(name: str, goal: Goal, *, device: str = "cuda", **sizes: Any) -> Row:
    """Measure the figure's runs by ``flow-torch`` on a device; without it say why there is nothing to measure."""
    what = "GPU: headline figure by gradient flow"
    missing = reason(device)
    if missing:
        return Row(name=name, what=what, goal=goal, how="not measured", skipped=missing)
    with _on(device):
        row = headline(name, goal, strength=SLOW_PENALTY, device=device, **sizes)
    return replace(row, what=f"GPU: {row.what}", how=f"{row.how} on {device}; ours by {row.details['engines']}")


def reason(device: str = "cuda") -> str:
    """Why the row is skipped here; empty where it is not."""
    if not torch_is_there():
        return NO_TORCH
    import torch

    if device.startswith("cuda") and not torch.cuda.is_available():
        return "There is no CUDA device here."
    return ""


@contextlib.contextmanager
def _on(device: str) -> Iterator[None]:
    """Name a device in the environment, which worker processes inherit."""
    before = os.environ.get(DEVICE)
    os.environ[DEVICE] = device
    try:
        yield
    finally:
        if before is None:
            del os.environ[DEVICE]
        else:
            os.environ[DEVICE] = before
