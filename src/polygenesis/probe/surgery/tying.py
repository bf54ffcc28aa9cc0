"""Tied weights: a layer whose numbers are also those of another parameter cannot be changed alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from polygenesis.errors import InputError


def check_untied(module: Any, parts: Iterable[Any]) -> None:
    """Refuse parts of a module whose parameters or buffers are, or lie in the memory of, those of another part."""
    spans = [
        (f"{name}.{kind}".lstrip("."), id(part), _span(tensor))
        for name, part in module.named_modules()
        for kind, tensor in (*part.named_parameters("", False), *part.named_buffers("", False))
    ]
    for owner in {id(part) for part in parts}:
        for mine, _, span in (each for each in spans if each[1] == owner):
            for other, _, theirs in (each for each in spans if each[1] != owner):
                if _overlap(span, theirs):
                    raise InputError(
                        f"Parameters {mine!r} and {other!r} are tied: they share their numbers, and one alone cannot "
                        "change; give each numbers of its own first."
                    )


def _span(tensor: Any) -> tuple[str, int, int]:
    """Where in which memory the numbers of a tensor lie, from and to."""
    try:
        start = tensor.data_ptr()
    except (RuntimeError, ValueError):  # no memory: not yet made, or a wrapper of other tensors
        return ("", 0, 0)
    if not start or not tensor.numel() or tensor.is_sparse:
        return ("", 0, 0)
    reach = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return (str(tensor.device), start, start + (reach + 1) * tensor.element_size())


def _overlap(first: tuple[str, int, int], second: tuple[str, int, int]) -> bool:
    return first[0] == second[0] and max(first[1], second[1]) < min(first[2], second[2])
