"""Places: which label goes with which place of an image or token of a text, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from polygenesis.errors import InputError
from polygenesis.probe.inputs.labels import Labels, plain


@dataclass(frozen=True, eq=False)
class Batch:
    """What one batch had: its labels or None, and of each layer the inputs and their places, (inputs, ...)."""

    labels: np.ndarray[Any, Any] | None
    shapes: dict[str, tuple[int, ...]]


def loaded_labels(batches: Sequence[Batch], layer: str, each_place: bool, columns: bool) -> Any:
    """Return the loader's labels, one for each sample of a layer, or None where the loader has none.

    ``each_place``: every place is a sample, and gets its input's label, or its own where each batch has labels
    (inputs, places...). ``columns``: labels (inputs, features) are columns even where there are as many as places.
    """
    labels = [batch.labels for batch in batches if batch.labels is not None]
    if not labels:
        return None
    if len(labels) < len(batches):
        raise InputError(
            f"Argument `loader` must yield labels always or never, but does in {len(labels)} batches only."
        )
    shapes = [batch.shapes[layer] for batch in batches]
    for label, shape in zip(labels, shapes, strict=True):
        count = len(label) if label.ndim else 0
        if count != shape[0] and not (each_place and count == prod(shape)):
            raise _miscounted("loader", layer, count, shape[0], " of a batch")
    if each_place:
        own = not columns and all(_by_place(label, shape) for label, shape in zip(labels, shapes, strict=True))
        labels = [_placed(label, shape, own) for label, shape in zip(labels, shapes, strict=True)]
    if len({label.shape[1:] for label in labels}) > 1:
        found = " and ".join(str(shape) for shape in sorted({label.shape for label in labels})[:2])
        raise InputError(f"Argument `loader` must yield labels of one shape but for the inputs, but yields {found}.")
    return np.concatenate(labels)


def given_labels(given: Any, batches: Sequence[Batch], layer: str, each_place: bool, columns: bool) -> Any:
    """Return labels that were given for all batches at once, one for each sample of a layer; names stay."""
    given = given if isinstance(given, Labels) or hasattr(given, "columns") else plain("labels", given)
    array = given.present if isinstance(given, Labels) else plain("labels", given)
    shapes = [batch.shapes[layer] for batch in batches]
    count, inputs = array.shape[0] if array.ndim else 0, sum(shape[0] for shape in shapes)
    if each_place and count == sum(map(prod, shapes)):
        return given
    if count != inputs:
        raise _miscounted("labels", layer, count, inputs)
    if not each_place:
        return given
    whole = (inputs, *shapes[0][1:])
    if not columns and {shape[1:] for shape in shapes} == {whole[1:]} and _by_place(array, whole):
        return _placed(array, whole, True)
    rows = np.repeat(np.arange(inputs), [prod(shape[1:]) for shape in shapes for _ in range(shape[0])])
    if isinstance(given, Labels):
        return replace(given, present=given.present[rows])
    return given.iloc[rows] if hasattr(given, "iloc") else given[rows]


def _by_place(labels: np.ndarray[Any, Any], shape: tuple[int, ...]) -> bool:
    """Whether every place has a label of its own."""
    return len(labels) != shape[0] or (len(shape) > 1 and labels.shape[: len(shape)] == shape)


def _placed(labels: np.ndarray[Any, Any], shape: tuple[int, ...], own: bool) -> np.ndarray[Any, Any]:
    """Bring one batch's labels to its samples: flattened where each place has its own, else repeated."""
    if len(labels) != shape[0]:
        return labels
    if own:
        return labels.reshape(-1, *labels.shape[len(shape) :])
    return np.repeat(labels, prod(shape[1:]), axis=0)


def _miscounted(name: str, layer: str, count: int, inputs: int, where: str = "") -> InputError:
    return InputError(
        f"Argument `{name}` must have one label for each of the {inputs} inputs{where}, "
        f"as layer {layer!r} sees them, but has {count}."
    )
