"""Layer outputs: the tensor that a layer returns, whatever it is wrapped in, and which of several uses is meant."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from polygenesis.errors import InputError
from polygenesis.probe.inputs.batches import is_mapping


def tensor_of(output: Any, layer: str, wanted: str | int | None) -> Any:
    """Return a layer's tensor: the first of its output that has an axis, or the one named.

    ``wanted``: a key (of mappings and ModelOutputs) or a position; None takes the first. Raises
    :class:`polygenesis.InputError` for an output without tensors, with what it has.
    """
    if wanted is None:
        found = next(_tensors(output), None)
        if found is None:
            raise InputError(
                f"Layer {layer!r} must return a tensor, but returns {type(output).__name__}{_has(output)}."
            )
        return found
    if _is_tensor(output):
        raise InputError(f"Argument `tensor` is {wanted!r}, but layer {layer!r} returns one tensor; leave it out.")
    parts = _parts(output)
    named = dict(parts)
    if isinstance(wanted, int) and -len(parts) <= wanted < len(parts):
        found = parts[wanted][1]
    elif isinstance(wanted, str) and wanted in named:
        found = named[wanted]
    else:
        raise InputError(f"Argument `tensor` is {wanted!r}, but layer {layer!r} returns {_names(parts)}.")
    if not _is_tensor(found):
        raise InputError(
            f"Argument `tensor` is {wanted!r}, but there layer {layer!r} returns no tensor: {type(found).__name__}."
        )
    return found


def chosen_use(seen: list[Any], layer: str, use: int | None) -> Any:
    """Return what a layer gave in one forward pass, of several uses the one that was asked for."""
    if not seen:
        raise InputError(f"Layer {layer!r} was not used when the module ran.")
    if use is None:
        if len(seen) > 1:
            raise InputError(
                f"Layer {layer!r} is used {len(seen)} times in one forward pass; say which use is meant: use=0 is the "
                "first, use=-1 the last."
            )
        return seen[0]
    if not -len(seen) <= use < len(seen):
        times = "once" if len(seen) == 1 else f"{len(seen)} times"
        raise InputError(f"Argument `use` is {use}, but layer {layer!r} is used {times} in one forward pass.")
    return seen[use]


def _tensors(output: Any) -> Iterator[Any]:
    """Yield the tensors of an output that have an axis, in its order."""
    if _is_tensor(output):
        if output.ndim:
            yield output
        return
    for _, each in _parts(output):
        yield from _tensors(each)


def _parts(output: Any) -> list[tuple[str, Any]]:
    """The named or numbered parts of an output; none of what is no container."""
    if is_mapping(output):
        return [(str(key), output[key]) for key in output.keys()]  # noqa: SIM118 (not all iterate over their keys)
    if dataclasses.is_dataclass(output) and not isinstance(output, type):
        return [(field.name, getattr(output, field.name)) for field in dataclasses.fields(output)]
    if isinstance(output, tuple | list):
        names = getattr(output, "_fields", range(len(output)))
        return [(str(name), each) for name, each in zip(names, output, strict=True)]
    return []


def _names(parts: list[tuple[str, Any]]) -> str:
    shown = [f"{name} ({tuple(each.shape)})" if _is_tensor(each) else name for name, each in parts]
    return ", ".join(shown) or "nothing of that kind"


def _has(output: Any) -> str:
    parts = _parts(output)
    return f" with {', '.join(name for name, _ in parts)}" if parts else ""


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "detach")
