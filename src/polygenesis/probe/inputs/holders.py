"""Holders: what keeps several arrays, or makes them, where one is wanted; refused with the call that would work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polygenesis.errors import InputError
from polygenesis.probe.inputs.batches import is_mapping
from polygenesis.probe.inputs.networks import is_module


def check_array(name: str, value: Any) -> None:
    """Refuse caches, archives and mappings of arrays, and networks, where an array, or a list of them, is wanted."""
    for each in value if isinstance(value, list | tuple) else [value]:
        if is_module(each):
            raise _module(name, each)
        if hasattr(each, "collect") and hasattr(each, "lazy"):
            raise InputError(
                f"Argument `{name}` must be an array, but is a {type(each).__name__}; pass its .collect()."
            )
        if hasattr(each, "coefs_") and hasattr(each, "fit"):
            raise InputError(
                f"Argument `{name}` must be an array, but is a {type(each).__name__}; pass what its hidden layer "
                "gives, numpy.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)."
            )
        if is_mapping(each) and not _is_table(each):
            raise _several(name, each)


def _module(name: str, value: Any) -> InputError:
    held = [each for each in ("W_dec", "W_out", "weight") if hasattr(getattr(value, each, None), "shape")]
    weights = f", or pass its weights, .{held[0]}" if held else ""
    return InputError(
        f"Argument `{name}` is a module, {type(value).__name__}; diagnose_module(module, layer, loader) reads its "
        f"activations{weights}."
    )


def _several(name: str, value: Any) -> InputError:
    names = [str(each) for each in value.keys()]  # noqa: SIM118 (not all iterate over their keys)
    more = f" and {len(names) - 3} more" if names[3:] else ""
    return InputError(
        f"Argument `{name}` must be an array, but is a {type(value).__name__} of "
        f"{', '.join(map(repr, names[:3])) or 'nothing'}{more}; pass one of them, or, where each is a seed, a list."
    )


def check_parts(listed: Any, labels: Any) -> None:
    """Refuse a list of batches, which would be read as a list of runs, where all together have the labels' samples."""
    if not isinstance(listed, list | tuple) or not listed or not hasattr(labels, "__len__") or is_mapping(labels):
        return
    shapes = [tuple(np.shape(each)) for each in listed if hasattr(each, "shape")]
    if len(shapes) < len(listed) or any(len(each) != 2 for each in shapes):
        return
    counts, samples = [each[0] for each in shapes], _samples(labels)
    if len(counts) > 1 and samples not in counts and sum(counts) == samples:
        raise InputError(
            f"Argument `activations` is a list of {len(counts)} runs of {_range(counts)} samples, but `labels` has "
            f"{samples}; if they are batches of one run, pass iter(activations)."
        )
    if len(counts) > 1 and samples not in counts and len(counts) == samples:
        raise InputError(
            f"Argument `activations` is a list of {len(counts)} runs of {_range(counts)} samples, and `labels` has one "
            "label for each; if each is one text of several tokens, pass [each.mean(0) for each in activations]."
        )


def _samples(labels: Any) -> int:
    shape = getattr(labels, "shape", None)
    return int(shape[0]) if shape else len(labels)


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def _is_table(value: Any) -> bool:
    """Whether a value with keys is one table or series, as those of pandas are."""
    return any(hasattr(value, each) for each in ("to_numpy", "iloc", "column_names"))
