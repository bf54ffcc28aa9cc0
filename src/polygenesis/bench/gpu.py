"""The same comparisons on a GPU, where one is at hand."""

from __future__ import annotations

from polygenesis.bench.base import Goal, Row
from polygenesis.bench.baseline import NO_TORCH, torch_is_there


def gpu(name: str, goal: Goal) -> Row:
    """Say why there is nothing to measure: engines for CUDA do not exist yet."""
    return Row(
        name=name,
        what="GPU: headline figure by AdamW step for step, and by flow",
        goal=goal,
        how="not measured",
        skipped=reason(),
    )


def reason() -> str:
    """Why the GPU rows are skipped here."""
    if not torch_is_there():
        return NO_TORCH
    import torch

    if not torch.cuda.is_available():
        return "There is no CUDA device here."
    return "No engine of polygenesis runs on CUDA yet."
