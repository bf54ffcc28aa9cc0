"""Networks: one module or several, as they are or as checkpoints, and the starts from which they were trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from polygenesis.errors import InputError, bad_argument, shortened
from polygenesis.probe.inputs.checkpoints import with_checkpoint
from polygenesis.probe.inputs.wrappers import unwrapped

ARRAYS = (".npy", ".npz", ".parquet")
"""Endings of files that hold activations, not parameters."""


def read_networks(module: Any, checkpoints: Any = None) -> list[Any]:
    """Return the networks to diagnose: those of a module or a list of modules, or copies of a module at checkpoints.

    Raises :class:`polygenesis.InputError` for what is no module, and for a module that is listed twice: a network
    beside itself says nothing about other seeds.
    """
    several = list(module) if isinstance(module, list | tuple) else [module]
    if not several:
        raise bad_argument("module", "be a torch.nn.Module or a list of them", module)
    for each in several:
        check_module("module", each)
    several = [unwrapped(each) for each in several]
    if checkpoints is None:
        return _distinct("module", several)
    if len(several) > 1:
        raise InputError("Argument `checkpoints` needs one module into which each is read, but `module` is a list.")
    if isinstance(checkpoints, str | Path | Mapping) or not isinstance(checkpoints, Sequence) or not checkpoints:
        raise bad_argument("checkpoints", "be a list of paths or state dictionaries, one a network", checkpoints)
    return [_network(each, several[0], "checkpoints") for each in checkpoints]


def read_starts(initial: Any, networks: Sequence[Any]) -> list[Any] | None:
    """Return the networks before training, one for each network, or None where ``initial`` holds no networks.

    They are modules, or checkpoints, which are read into copies of the networks.
    """
    listed = list(initial) if isinstance(initial, list | tuple) else [initial]
    if initial is None or not listed or not any(_is_network(each) for each in listed):
        return None
    if len(listed) != len(networks):
        must = "one network" if len(networks) == 1 else f"one network for each of the {len(networks)} networks"
        raise InputError(f"Argument `initial` must have {must}, but has {len(listed)}.")
    starts = [_network(each, net, "initial") for each, net in zip(listed, networks, strict=True)]
    for start, net in zip(starts, networks, strict=True):
        if start is net:
            raise InputError(
                "Argument `initial` is the trained network itself; keep a copy from before training: "
                "copy.deepcopy(module)."
            )
    return _distinct("initial", starts)


def is_module(value: Any) -> bool:
    """Whether a value is a module of PyTorch, by what it can do."""
    known = hasattr(value, "named_modules") and hasattr(value, "register_forward_hook")
    return known and not isinstance(value, type)


def _network(value: Any, module: Any, name: str) -> Any:
    if is_module(value):
        check_module(name, value)
        return unwrapped(value)
    if isinstance(value, str | Path | Mapping):
        return with_checkpoint(module, value, name)
    raise bad_argument(name, "hold modules, state dictionaries or paths of checkpoints", type(value).__name__)


def _is_network(value: Any) -> bool:
    """Whether a value is a module or a checkpoint, not activations or a file of them."""
    if isinstance(value, str | Path):
        return Path(str(value).partition(":")[0]).suffix.lower() not in ARRAYS and ":" not in str(value)[2:]
    return is_module(value) or isinstance(value, Mapping)


def _distinct(name: str, networks: list[Any]) -> list[Any]:
    if len({id(each) for each in networks}) < len(networks):
        raise InputError(
            f"Argument `{name}` lists one network twice; networks of other seeds are needed, not the same again."
        )
    return networks


def check_module(name: str, value: Any) -> None:
    """Refuse what is no module of PyTorch's that can be listened to, with the call that would work."""
    if not is_module(value):
        raise InputError(f"Argument `{name}` must be a torch.nn.Module, but is {_said(value)}.")
    if any(hasattr(each, "_c") and hasattr(each, "code") for each in value.modules()):
        raise InputError(
            f"Argument `{name}` is a TorchScript module, which takes no hooks; pass the module it was made of."
        )
    if type(value).__name__ == "ModuleList":
        raise InputError(
            f"Argument `{name}` is a ModuleList, which cannot be run; pass list(modules) for several seeds."
        )


def _said(value: Any) -> str:
    """What a value is that is no module, and how to come by one."""
    if isinstance(value, type):
        return f"the class {value.__name__}; pass an object of it"
    if isinstance(value, str | Path):
        return f"the text {shortened(str(value))}; load the model first, or give its weights as checkpoints=[…]"
    if isinstance(value, Mapping) and value and all(is_module(each) for each in value.values()):
        return f"a {type(value).__name__} of modules; pass list(modules.values()) for several seeds"
    held = next((each for each in ("model", "module") if is_module(getattr(value, each, None))), None)
    return type(value).__name__ + (f"; pass its .{held}" if held else "")
