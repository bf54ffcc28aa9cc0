"""Checkpoints: parameters kept in files, folders or state dictionaries, read into copies of a module."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from polygenesis.errors import InputError, bad_argument

PICKLED = (".pt", ".pth", ".bin", ".ckpt")
"""Endings of files that PyTorch writes; only tensors are read from them, no code is run."""

FILES = ("model.safetensors", "pytorch_model.bin")
INDEX = "model.safetensors.index.json"
"""Files in which Hugging Face folders keep parameters."""

NESTED = ("state_dict", "model_state_dict", "model")
"""Keys under which training loops keep a state dictionary beside the optimizer's."""


def with_checkpoint(module: Any, checkpoint: Any, name: str) -> Any:
    """Return a copy of a module with the parameters of a checkpoint: a path, or a state dictionary.

    Paths are of .safetensors files, files of ``torch.save`` with tensors in them, or folders of ``save_pretrained``.
    Raises :class:`polygenesis.InputError` naming ``name`` for files that cannot be read and parameters that do not fit.
    """
    state = _tensors(checkpoint) if isinstance(checkpoint, Mapping) else _read(Path(checkpoint), name)
    twin = copy.deepcopy(module)
    wanted = twin.state_dict()
    state = _unwrapped(state, wanted)
    try:
        missing, unexpected = twin.load_state_dict(state, strict=False)
    except RuntimeError as error:
        said = " ".join(str(error).split())[:300].rstrip(".")
        raise InputError(f"Argument `{name}` does not fit the module: {said}.") from None
    tied = {tensor.data_ptr() for key, tensor in wanted.items() if key in state and tensor.numel()}
    missing = [key for key in missing if wanted[key].data_ptr() not in tied]  # kept once, under another name
    if missing or unexpected:
        first = f"lacks {missing[0]!r}" if missing else f"has {unexpected[0]!r}, which the module has not"
        raise InputError(
            f"Argument `{name}` does not fit the module: the checkpoint {first}, and {len(missing) + len(unexpected)} "
            "names differ in all; give the module that it was saved from."
        )
    return twin


def _read(path: Path, name: str) -> Mapping[str, Any]:
    """Read a state dictionary from a file or a folder."""
    if path.is_dir():
        return _read_folder(path, name)
    if not path.exists():
        raise InputError(f"Argument `{name}`: {str(path)!r} does not exist.")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        if path.suffix in PICKLED:
            import torch

            return _tensors(torch.load(path, map_location="cpu", weights_only=True))
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"Argument `{name}`: {str(path)!r} cannot be read as a checkpoint: {_unread(error)}."
        ) from None
    endings = ", ".join((".safetensors", *PICKLED))
    raise bad_argument(name, f"be a module, a state dictionary, or a checkpoint that ends in {endings}", str(path))


def _unread(error: Exception) -> str:
    """Say why a checkpoint is not read; PyTorch's own words are advice to read it unsafely."""
    said = str(error)
    if "GLOBAL" in said or "Unsupported class" in said:
        return "it holds objects beside tensors, which can run code when opened; save module.state_dict() alone"
    if type(error).__name__ == "UnpicklingError":
        return "it is no file of torch.save, or is damaged"
    return (said.strip().splitlines() or [type(error).__name__])[0][:200].rstrip(" .")


def _read_folder(folder: Path, name: str) -> Mapping[str, Any]:
    index = folder / INDEX
    if index.exists():
        try:
            parts = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        except (ValueError, KeyError, AttributeError):
            raise InputError(f"Argument `{name}`: {str(index)!r} is no index of a checkpoint.") from None
        return {key: value for part in parts for key, value in _read(folder / Path(part).name, name).items()}
    for each in FILES:
        if (folder / each).exists():
            return _read(folder / each, name)
    raise InputError(f"Argument `{name}`: folder {str(folder)!r} holds none of {', '.join((*FILES, INDEX))}.")


def _tensors(state: Any) -> Mapping[str, Any]:
    """Return a state dictionary itself, where it lies among an optimizer's and other values."""
    for key in NESTED:
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    if not isinstance(state, Mapping) or not state or not all(hasattr(each, "detach") for each in state.values()):
        raise InputError("A checkpoint must hold a state dictionary, module.state_dict(), of names and tensors.")
    return state


def _unwrapped(state: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take off all names what one wrapper after the other put before them, until some are the module's.

    Data-parallel, compiled and averaged modules put "module." or "_orig_mod." there, a Lightning module the name of
    its field, such as "net."; a count of averages stands beside them.
    """
    state = {key: each for key, each in state.items() if key != "n_averaged" or key in wanted}
    while state and not any(key in wanted for key in state):
        starts = {key.partition(".")[0] for key in state}
        if len(starts) > 1 or not all("." in key for key in state):
            break
        state = {key.partition(".")[2]: each for key, each in state.items()}
    return state
