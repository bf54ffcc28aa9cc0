"""Wrappers: modules around another one, such as torch.compile's, and the names of layers without theirs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from polygenesis.errors import InputError, unknown_name

AROUND = {
    "OptimizedModule": "_orig_mod",
    "DataParallel": "module",
    "DistributedDataParallel": "module",
    "AveragedModel": "module",
    "_FabricModule": "_original_module",
}
"""Kinds of modules, of PyTorch and Lightning Fabric, that only run another one, and where they hold it."""

ADDED = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_original_module", "_forward_module")
"""Parts of dotted names that wrappers add anywhere: compiled blocks, sharded and checkpointed ones, Fabric's."""


def inside(module: Any) -> str | None:
    """Return under which name a wrapper of PyTorch's holds the module it runs; None for any other module."""
    kinds = (each.__name__ for each in type(module).__mro__)
    name = next((AROUND[each] for each in kinds if each in AROUND), None)
    return name if name is not None and hasattr(module, name) else None


def unwrapped(module: Any) -> Any:
    """Return the module that ``torch.compile``, data-parallel training or weight averaging was put around.

    It has the same parameters, and its layers have their plain names.
    """
    while (name := inside(module)) is not None:
        module = getattr(module, name)
    return module


def layer_name(module: Any, layer: Any) -> str:
    """Return the dotted name of a layer of an unwrapped module.

    Both the plain name and the one that a wrapper's ``named_modules()`` lists are known: "0.fc", "module.0.fc",
    "_orig_mod.0.fc", and, where a block is compiled, "0._orig_mod.fc"; so are the names under which TransformerLens
    lists its hook points. Raises :class:`polygenesis.InputError` for
    other names, and for a layer that is given itself, with its name.
    """
    names: dict[str, Any] = {name: part for name, part in module.named_modules(remove_duplicate=False) if name}
    if isinstance(layer, str) and layer in names:
        return layer
    if isinstance(layer, str):
        plain = _plain(layer)
        for name in names:
            if _plain(name, leading=False) in (plain, _plain(layer, leading=False)):
                return name
        hooks = getattr(module, "hook_dict", None)  # TransformerLens: hook points under several names
        point = hooks.get(layer) if isinstance(hooks, Mapping) else None
        if point is not None and (found := _name_of(point, names)) is not None:
            return found
    if (own := _name_of(layer, names)) is not None:
        raise InputError(
            f"Argument `layer` must be the dotted name of a layer; that {type(layer).__name__} is {own!r}."
        )
    raise unknown_name("layer", layer, names)


def _name_of(part: Any, names: Mapping[str, Any]) -> str | None:
    return next((name for name, each in names.items() if each is part), None)


@contextmanager
def uncompiled() -> Iterator[None]:
    """Run compiled modules as they were written for a while: a compiled one may not call the hooks of its layers."""
    if "torch._dynamo" not in sys.modules:  # nothing is compiled
        yield
        return
    import torch

    stance = getattr(torch.compiler, "set_stance", None)
    if stance is None:  # before PyTorch 2.6
        yield
        return
    with stance("force_eager"):
        yield


def _plain(name: str, leading: bool = True) -> str:
    parts = [each for each in name.split(".") if each not in ADDED]
    while leading and len(parts) > 1 and parts[0] == "module":
        parts = parts[1:]
    return ".".join(parts)
