"""Calling a module on a batch of any kind, on a copy of it, so that nothing of the module or of chance is used up."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from polygenesis.errors import InputError
from polygenesis.probe.inputs.evaluating import evaluating

Run = Callable[[Any], Any]
"""What runs a module: ``lambda net: net(inputs)``, or a loss."""


def calling(module: Any, inputs: Any) -> Run:
    """Return how to call a module on a batch: a tensor, a mapping of keywords, a tuple of arguments, or with labels.

    Of a mapping only those keywords are given that the module knows; a tuple that it does not take as arguments is read
    as inputs first and labels behind. ``module`` is run to find out, and may be a copy. Raises
    :class:`polygenesis.InputError` where no way works.
    """
    first: Exception | None = None
    for arguments, keywords in _ways(module, inputs):
        try:
            with undisturbed(module):
                module(*fresh(arguments), **fresh(keywords))
        except Exception as error:
            check_memory(error)
            first = first or error
        else:
            return _calling(arguments, keywords)
    if first is None:
        raise InputError("Argument `inputs` must be a batch for the module, but is empty.")
    raise InputError(f"The module does not run on `inputs`: {said(first)}.")


def _calling(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Run:
    return lambda module: module(*fresh(arguments), **fresh(keywords))


def fresh(batch: Any) -> Any:
    """Return a batch with copies of its tensors, which a module may write into."""
    if hasattr(batch, "detach") and hasattr(batch, "clone"):
        return batch.detach().clone()
    if isinstance(batch, Mapping) and type(batch) is dict:
        return {name: fresh(each) for name, each in batch.items()}
    if type(batch) in (tuple, list):
        return type(batch)(fresh(each) for each in batch)
    return batch


def _ways(module: Any, inputs: Any) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    if isinstance(inputs, Mapping):
        known = _keywords(module)
        given = {str(name): each for name, each in inputs.items()}
        yield (), given if known is None else {name: each for name, each in given.items() if name in known}
        yield (inputs,), {}
    elif isinstance(inputs, tuple | list):
        if len(inputs):
            yield tuple(inputs), {}
            for k in range(len(inputs) - 1, 0, -1):  # what stands behind may be labels
                yield from _ways(module, inputs[0]) if k == 1 else [(tuple(inputs[:k]), {})]
            if len(inputs) == 1:
                yield from _ways(module, inputs[0])
        yield (inputs,), {}
    else:
        yield (inputs,), {}


def _keywords(module: Any) -> set[str] | None:
    """Which keywords the module takes, None where it takes all."""
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters):
        return None
    return {each.name for each in parameters}


def copied(module: Any) -> Any:
    """Return a deep copy of a module, or say why there is none."""
    try:
        return copy.deepcopy(module)
    except Exception as error:
        check_memory(error)
        raise InputError(f"The module cannot be copied, and is split in a copy only: {said(error)}.") from None


@contextmanager
def undisturbed(module: Any, seed: int = 0) -> Iterator[None]:
    """Run a module in evaluation mode, without gradients; random numbers are the same each time and none is used up."""
    import torch

    devices = {each.device for each in (*module.parameters(), *module.buffers()) if each.device.type == "cuda"}
    python, numbers = random.getstate(), np.random.get_state()  # noqa: NPY002 the user's module may draw from it
    products, convolutions = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    try:
        with torch.random.fork_rng(devices=[each.index or 0 for each in devices]), evaluating(module):
            torch.manual_seed(seed)
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False  # rounds to 10 bits
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = products, convolutions
        random.setstate(python)
        np.random.set_state(numbers)  # noqa: NPY002


def said(error: BaseException) -> str:
    """Return the first line of what an error says, without a full stop."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def check_memory(error: BaseException) -> None:
    """Let go on what no other way would mend: memory that has run out."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        raise error
