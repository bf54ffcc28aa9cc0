"""Split a neuron between two weight matrices exactly: one that several features share becomes two."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from polygenesis.arguments import whole
from polygenesis.arrays import Floats
from polygenesis.checks import plain_array
from polygenesis.errors import InputError, bad_argument

SHARE = 0.5
"""Of the outgoing weights that no feature claims, the part that goes to the new neuron."""


def split_weights(
    incoming: Any, outgoing: Any, neuron: int, outputs: Sequence[int] | None = None, *, bias: Any = None
) -> tuple[Floats, Floats] | tuple[Floats, Floats, Floats]:
    """Split one neuron between two weight matrices into two equal ones, and divide its outgoing weights between them.

    ``incoming``: (inputs, m), ``outgoing``: (m, outputs), ``bias``: (m,), arrays or tensors, such as ``W_in``,
    ``W_out`` and ``b_in`` of TransformerLens; any element-wise nonlinearity may stand between them. The weights to
    ``outputs`` move to the new neuron, the last; without ``outputs`` each is halved. Returns (incoming, outgoing) with
    one neuron more, and the bias where one is given. Raises :class:`polygenesis.InputError` for shapes that do not fit.

    Args:
        incoming: (inputs, m), array or tensor.
        outgoing: (m, outputs), alike.
        neuron: which one is split.
        outputs: those whose weights move to the new neuron; without them each weight is halved.
        bias: (m,), alike.
    """
    first, second = plain_array("incoming", incoming), plain_array("outgoing", outgoing)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != len(second):
        raise InputError(
            "Arguments `incoming` (inputs, m) and `outgoing` (m, outputs) must have the same m, "
            f"but have shapes {first.shape} and {second.shape}."
        )
    check_place("neuron", neuron, len(second))
    moved = moved_part(outputs, second.shape[1])
    grown_in = np.concatenate([first, first[:, [neuron]]], axis=1)
    grown_out = np.concatenate([second, second[[neuron]] * moved])
    grown_out[neuron] = second[neuron] * (1 - moved)
    if bias is None:
        return grown_in, grown_out
    offsets = plain_array("bias", bias)
    if offsets.shape != (len(second),):
        raise bad_argument("bias", f"have shape ({len(second)},)", f"shape {offsets.shape}")
    return grown_in, grown_out, np.append(offsets, offsets[neuron])


def moved_part(outputs: Sequence[int] | None, width: int) -> Floats:
    """Return which part of the weight to each output moves, (width,)."""
    if outputs is None:
        return np.full(width, SHARE)
    moved = np.zeros(width)
    moved[places("outputs", outputs, width)] = 1
    return moved


def places(name: str, values: Any, size: int) -> list[int]:
    """Return places from 0 to size − 1 as a list: of a list, a tuple, a set, an array or a tensor."""
    found = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(found, str | Mapping) or not isinstance(found, Collection):
        raise bad_argument(name, "be a list of whole numbers", values)
    for each in found:
        check_place(name, each, size)
    return [int(each) for each in found]


def check_place(name: str, value: Any, size: int) -> None:
    """Refuse what is not one of the places 0 … size − 1."""
    whole(name, value, least=0, most=size - 1)
