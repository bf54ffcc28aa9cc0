"""Loader order: whether a loader shuffles, so that what was listed in another order would not fit its inputs."""

from __future__ import annotations

from typing import Any

from polygenesis.errors import InputError

SHUFFLING = ("RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler")
"""Samplers of PyTorch's, and what is derived from them, that draw samples in an order of their own."""


def check_order(loader: Any, names: list[str]) -> None:
    """Refuse a loader that shuffles where ``names``, arguments with one value a sample, are in the data's order."""
    if names and any(_shuffles(each) for each in _samplers(loader)):
        raise InputError(
            f"Argument `loader` shuffles, so `{names[0]}`, given in the order of the data, would not fit its inputs; "
            "write DataLoader(dataset, shuffle=False)."
        )


def _samplers(loader: Any) -> list[Any]:
    batches = getattr(loader, "batch_sampler", None)
    return [getattr(loader, "sampler", None), batches, getattr(batches, "sampler", None)]


def _shuffles(sampler: Any) -> bool:
    kinds = {each.__name__ for each in type(sampler).__mro__}
    return bool(kinds & set(SHUFFLING)) or getattr(sampler, "shuffle", False) is True
