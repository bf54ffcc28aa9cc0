"""Sample labels: which label goes with which input, place of an image or token of a text, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Integers
from polygenesis.errors import InputError
from polygenesis.probe.inputs.columns import is_table
from polygenesis.probe.inputs.dense_labels import IGNORED, LabelKind
from polygenesis.probe.inputs.labels import Labels, read_labels
from polygenesis.probe.inputs.sparse_labels import is_sparse
from polygenesis.probe.inputs.tags import are_tags
from polygenesis.probe.inputs.values import plain


@dataclass(frozen=True, eq=False)
class Seen:
    """What one batch had: its labels or None, and of each layer the inputs and their places, (inputs, ...).

    ``kept``: of each layer the places that are samples, (inputs, ...), or None where all are. ``text``: inputs and
    tokens of a batch of texts, or None.
    """

    labels: np.ndarray[Any, Any] | None
    shapes: dict[str, tuple[int, ...]]
    kept: dict[str, Booleans | None]
    text: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """Labels, one for each sample that has one; ``rows``: which samples of the layer have, or None where all do."""

    labels: Any
    rows: Booleans | None = None

    @property
    def ignored(self) -> int:
        """Samples without a label."""
        return 0 if self.rows is None else int((~self.rows).sum())


def fitted_labels(
    given: Any, batches: Sequence[Seen], layer: str, each_place: bool, kind: LabelKind | None = None
) -> Fitted | None:
    """Return one label for each sample of a layer, or None where neither caller nor loader has labels.

    ``given``: labels for all batches at once, instead of the loader's. ``each_place``: every place that counts is a
    sample, and gets its input's label, or its own where labels are (inputs, places...). ``kind``: "multi-label" says
    that labels are columns even where there are as many as places. Samples with the label −100 are left out.
    """
    seen = [_One(batch, layer) for batch in batches]
    labels = _loaded(seen, each_place, kind) if given is None else _given(given, seen, each_place, kind)
    if labels is None:
        return None
    return Fitted(labels) if kind in ("multi-label", "continuous") else _without_ignored(labels)


class _One:
    """One batch as a layer sees it."""

    def __init__(self, batch: Seen, layer: str) -> None:
        self.labels, self.layer = batch.labels, layer
        self.tokens = None if batch.text is None else batch.text[1]
        self.shape, self.kept = batch.shapes[layer], batch.kept[layer]
        self.inputs = self.shape[0]
        counts = np.full(self.inputs, prod(self.shape[1:]))
        self.counts: Integers = counts if self.kept is None else self.kept.sum(axis=tuple(range(1, self.kept.ndim)))

    def own(self, labels: np.ndarray[Any, Any]) -> bool:
        """Whether every place has a label of its own."""
        return len(self.shape) > 1 and labels.shape[: len(self.shape)] == self.shape

    def of_places(self, labels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Labels (inputs, places...), or of all places in one axis, as one for each place that counts."""
        own = labels.shape[len(self.shape) :] if self.own(labels) else labels.shape[1:]
        flat = labels.reshape(-1, *own)
        return flat if self.kept is None else flat[self.kept.reshape(-1)]


# The loader's labels


def _loaded(seen: Sequence[_One], each_place: bool, kind: LabelKind | None) -> np.ndarray[Any, Any] | None:
    labels = [one.labels for one in seen if one.labels is not None]
    if not labels:
        return None
    if len(labels) < len(seen):
        raise InputError(
            f"Argument `loader` must yield labels always or never, but does in {len(labels)} batches only."
        )
    flat = [each_place and len(each) == prod(one.shape) != one.inputs for each, one in zip(labels, seen, strict=True)]
    for label, one, each in zip(labels, seen, flat, strict=True):
        if len(label) != one.inputs and not each:
            raise _miscounted("loader", one, len(label), one.inputs, " of a batch")
    if all(flat):
        return np.concatenate([one.of_places(label) for label, one in zip(labels, seen, strict=True)])
    _check_meaning(labels, seen, each_place, kind)
    if each_place:
        own = kind != "multi-label" and all(one.own(label) for label, one in zip(labels, seen, strict=True))
        labels = [
            one.of_places(label) if own else np.repeat(label, one.counts, axis=0)
            for label, one in zip(labels, seen, strict=True)
        ]
    if len({label.shape[1:] for label in labels}) > 1:
        found = " and ".join(str(shape) for shape in sorted({label.shape for label in labels})[:2])
        raise InputError(f"Argument `loader` must yield labels of one shape but for the inputs, but yields {found}.")
    return np.concatenate(labels)


# Labels that are given


def _given(given: Any, seen: Sequence[_One], each_place: bool, kind: LabelKind | None) -> Any:
    """Bring labels that were given for all batches at once to the samples; names stay."""
    inputs, samples = sum(one.inputs for one in seen), sum(int(one.counts.sum()) for one in seen)
    places = sum(prod(one.shape) for one in seen)
    if each_place and (listed := _by_lists(given, seen, inputs)) is not None:
        return listed
    if are_tags(given) or is_sparse(given) or is_table(given):
        given = read_labels(given, kind)
    named = isinstance(given, Labels)
    given = given if named else plain("labels", given)
    array = given.present if named else given
    count = int(array.shape[0]) if array.ndim else 0
    if each_place and count in (samples, places) and count != inputs:
        kept = [np.ones(one.shape, bool) if one.kept is None else one.kept for one in seen]
        return given if count == samples else _taken(given, np.concatenate([each.reshape(-1) for each in kept]))
    if count != inputs:
        raise _miscounted("labels", seen[0], count, inputs)
    parts: list[Any] = []
    if not named:
        parts = np.split(array, np.cumsum([one.inputs for one in seen])[:-1])
        parts = [_trimmed(part, one) for part, one in zip(parts, seen, strict=True)]
        _check_meaning(parts, seen, each_place, kind)
    if not each_place:
        return given
    if not named and kind != "multi-label" and all(one.own(part) for part, one in zip(parts, seen, strict=True)):
        return np.concatenate([one.of_places(part) for part, one in zip(parts, seen, strict=True)])
    return _taken(given, np.repeat(np.arange(inputs), np.concatenate([one.counts for one in seen])))


def _by_lists(given: Any, seen: Sequence[_One], inputs: int) -> np.ndarray[Any, Any] | None:
    """Labels as a list for each input, of as many as it has tokens; None for labels of another form."""
    if not isinstance(given, list | tuple) or len(given) != inputs:
        return None
    if not all(isinstance(each, list | tuple | np.ndarray) or hasattr(each, "detach") for each in given):
        return None
    each = [plain("labels", one) for one in given]
    if any(one.ndim != 1 for one in each):
        return None
    counts = np.concatenate([one.counts for one in seen])
    lengths = np.array([len(one) for one in each])
    if len(set(lengths.tolist())) == 1 and not (lengths == counts).all():
        return None  # an array, written as a list
    if not (lengths == counts).all():
        at = int(np.argmax(lengths != counts))
        raise InputError(
            f"Argument `labels` must have one label for each token of an input, but for input {at} has {lengths[at]} "
            f"labels for {counts[at]} tokens."
        )
    return np.concatenate(each)


def _trimmed(labels: np.ndarray[Any, Any], one: _One) -> np.ndarray[Any, Any]:
    """Labels of tokens without the columns beyond the batch's tokens, where these hold −100 alone."""
    if labels.ndim != 2 or len(one.shape) != 2 or labels.dtype.kind != "i" or labels.shape[1] <= one.shape[1]:
        return labels
    return labels[:, : one.shape[1]] if (labels[:, one.shape[1] :] == IGNORED).all() else labels


def _taken(given: Any, rows: Any) -> Any:
    """Some rows of labels, or rows repeated."""
    if isinstance(given, Labels):
        return replace(given, present=given.present[rows])
    return given[rows]


# What can be meant


def _check_meaning(
    labels: Sequence[np.ndarray[Any, Any]], seen: Sequence[_One], each_place: bool, kind: LabelKind | None
) -> None:
    """Ask where labels (inputs, k) could be columns, one a feature, or belong to the k tokens of each text."""
    first, one = labels[0], seen[0]
    if first.ndim > 2 and not each_place:
        raise InputError(
            f'Labels have shape {first.shape}, one for each place; pool="each" makes every place a sample.'
        )
    if first.ndim > 2 and not one.own(first) and first.shape[1:-1] != one.shape[1:]:
        raise InputError(
            f"Labels have shape {first.shape}, but layer {one.layer!r} has places of shape {one.shape}; give one label "
            "for each of these places, or one for each input."
        )
    if first.ndim != 2 or first.shape[1] < 2:
        return
    tokens = [(len(one.shape) == 2 and one.shape[1]) or one.tokens for one in seen]
    fits = all(label.ndim == 2 and label.shape[1] == count for label, count in zip(labels, tokens, strict=True))
    placed = all(len(one.shape) == 2 for one in seen)
    whole = all(label.dtype.kind in "iub" for label in labels)
    binary = whole and all(((label == 0) | (label == 1)).all() for label in labels)
    if fits and kind in (None, "classes") and not (each_place and placed):
        instead = f", layer {one.layer!r} has none" if not placed else ', pool="each" makes every token a sample'
        raise InputError(
            f"Labels have shape {first.shape} for texts of {tokens[0]} tokens: if they belong to tokens{instead}; if "
            'they are columns, one a feature, say kind="multi-label"; an attention mask goes in as '
            "{'input_ids': …, 'attention_mask': …, 'labels': …}."
        )
    if fits and placed and kind is None and binary:
        raise InputError(
            f'Labels have shape {first.shape} for texts of {tokens[0]} tokens, and are 0 or 1: say kind="classes" if '
            'each token has one, or kind="multi-label" if they are columns, one a feature.'
        )
    if not fits and tokens[0] and whole and not binary and kind is None:
        raise InputError(
            f"Labels have shape {first.shape}, neither one for each input nor for each of its {tokens[0]} tokens; "
            'say kind="continuous" if they are columns, one a concept.'
        )


def _without_ignored(labels: Any) -> Fitted:
    """Leave out the samples of no class, whose label is −100, PyTorch's word for what a loss should not look at."""
    if not isinstance(labels, np.ndarray) or labels.dtype.kind != "i" or not labels.size:
        return Fitted(labels)
    none = labels == IGNORED
    if not none.any() or (labels[~none] < 0).any():
        return Fitted(labels)
    if labels.ndim > 1 and labels.shape[1] > 1:
        raise InputError(f"Labels in columns must be known for every sample, but {int(none.sum())} are {IGNORED}.")
    if none.all():
        raise InputError(f"Labels must name a class for some samples, but all are {IGNORED}, PyTorch's word for none.")
    rows = ~none.reshape(len(labels))
    return Fitted(labels[rows], rows)


def _miscounted(name: str, one: _One, count: int, inputs: int, where: str = "") -> InputError:
    second = len(one.shape) > 1 and one.shape[1] == count and name == "loader"
    hint = "; its first axis must be that of samples (batch_first=True)" if second else ""
    return InputError(
        f"Argument `{name}` must have one label for each of the {inputs} inputs{where}, "
        f"as layer {one.layer!r} sees them, but has {count}{hint}."
    )
