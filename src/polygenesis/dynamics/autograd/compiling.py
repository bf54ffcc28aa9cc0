"""The losses as a compiled program: a setting, for it pays only where inputs are many and training is long."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from polygenesis.dynamics.autograd.batches import Feed
from polygenesis.dynamics.devices import torch
from polygenesis.errors import InputError
from polygenesis.noise import NoNoise
from polygenesis.penalties import L1Schedule
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

COMPILE = "POLYGENESIS_COMPILE"
"""Environment variable: 1 lets torch.compile fuse the losses and their gradient. Their bits differ from the others'."""

Program = Callable[[Mapping[str, Any], Feed], Any]


def compiles(spec: RunSpec) -> bool:
    """Whether the losses of a spec are compiled: asked for, in steps, and without noise or a penalty that changes."""
    asked = os.environ.get(COMPILE, "0")
    if asked not in ("", "0", "1"):
        raise InputError(f"{COMPILE} must be 0 or 1, but is {asked!r}.")
    changes = isinstance(spec.penalty, L1Schedule) or isinstance(spec.training, GradientFlow)
    return asked == "1" and not changes and isinstance(spec.noise, NoNoise)


def compiled(losses: Callable[..., Any], spec: RunSpec, *, whole: bool) -> Program:
    """Return ``losses`` of a spec as a compiled program of parameters and feed; the same one for the same parts."""
    program, failures = _program(losses, spec.replace(seed=0, replicates=1), whole), compiler_failures()

    def run(parameters: Mapping[str, Any], feed: Feed) -> Any:
        try:
            return program(parameters, feed)
        except failures as error:
            said = str(error).strip().partition("\n")[0] or type(error).__name__
            raise InputError(f"{COMPILE} is 1, but torch.compile fails here: {said}") from error

    return run


def compiler_failures() -> type[Exception]:
    """Return what torch.compile raises by itself, from a missing C++ compiler to an unknown operator."""
    found: type[Exception] = import_module("torch._dynamo.exc").TorchDynamoException
    return found


@lru_cache(maxsize=16)
def _program(losses: Callable[..., Any], spec: RunSpec, whole: bool) -> Program:
    def run(parameters: Mapping[str, Any], feed: Feed) -> Any:
        return losses(spec, parameters, feed, None, whole=whole)

    found: Program = torch().compile(run, dynamic=False)
    return found
