"""Sample labels: which label goes with which input, place of an image or token of a text, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans
from polygenesis.errors import InputError, shortened
from polygenesis.numerals import counted
from polygenesis.probe.inputs.collated import collated
from polygenesis.probe.inputs.columns import check_not_tokenized, is_table, named_columns
from polygenesis.probe.inputs.dense_labels import IGNORED, LabelKind
from polygenesis.probe.inputs.label_meanings import (
    check_meaning,
    miscounted,
    no_features,
    of_tokens,
    padded,
    ragged,
)
from polygenesis.probe.inputs.labels import Labels, read_labels
from polygenesis.probe.inputs.seen import One, Seen
from polygenesis.probe.inputs.sparse_labels import is_sparse
from polygenesis.probe.inputs.tags import are_tags, listed
from polygenesis.probe.inputs.values import plain

Array = np.ndarray[Any, Any]


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
    seen = [One(batch, layer) for batch in batches]
    labels = _loaded(seen, each_place, kind) if given is None else _given(given, seen, each_place, kind)
    if labels is None:
        return None
    return Fitted(labels) if kind in ("multi-label", "continuous") else _without_ignored(labels)


# The loader's labels


def _loaded(seen: Sequence[One], each_place: bool, kind: LabelKind | None) -> Array | None:
    labels = [one.labels for one in seen if one.labels is not None]
    if not labels:
        return None
    if len(labels) < len(seen):
        some = counted(len(labels), "batch", "batches")
        raise InputError(f"Argument `loader` must yield labels always or never, but does in {some} only.")
    return _joined("loader", labels, seen, each_place, kind)


def _joined(name: str, labels: Sequence[Array], seen: Sequence[One], each_place: bool, kind: LabelKind | None) -> Array:
    """Join the labels of batches, one for each input or place; ``name``: the argument that they came in."""
    pairs = list(zip(labels, seen, strict=True))
    flat = each_place and all(len(label) in (one.places, one.samples) for label, one in pairs)
    flat = flat and any(len(label) != one.inputs for label, one in pairs)
    for label, one in pairs:
        if len(label) != one.inputs and not flat:
            raise miscounted(name, [one], len(label), each_place, " of a batch")
    _check_ids(labels, seen, kind)
    if flat:
        return np.concatenate([one.of_places(label) for label, one in pairs])
    if each_place and kind not in ("multi-label", "continuous"):
        labels = _trimmed(labels, seen)
    check_meaning(labels, seen, each_place, kind, name == "labels")
    if each_place:
        own = _have_own(labels, seen) and (kind != "multi-label" or labels[0].ndim > len(seen[0].shape))
        labels = [
            one.of_places(label) if own else np.repeat(label, one.counts, axis=0)
            for label, one in zip(labels, seen, strict=True)
        ]
    if len({label.shape[1:] for label in labels}) > 1:
        found = " and ".join(str(shape) for shape in sorted({label.shape for label in labels})[:2])
        verbs = ("yield", "yields") if name == "loader" else ("have", "has")
        raise InputError(
            f"Argument `{name}` must {verbs[0]} labels of one shape but for the inputs, but {verbs[1]} {found}."
        )
    return np.concatenate(labels)


def _have_own(labels: Sequence[Array], seen: Sequence[One]) -> bool:
    return all(one.own(label) for label, one in zip(labels, seen, strict=True))


def _check_ids(labels: Sequence[Array], seen: Sequence[One], kind: LabelKind | None) -> None:
    """Refuse what a collator for language models made of the token ids, unless it is said that they are classes."""
    if kind is None and (said := collated(labels, [one.ids for one in seen])):
        raise no_features(said)


# Labels that are given


def _given(given: Any, seen: Sequence[One], each_place: bool, kind: LabelKind | None) -> Any:
    """Bring labels that were given for all batches at once to the samples; names stay."""
    inputs, samples, places = (sum(getattr(one, each) for one in seen) for each in ("inputs", "samples", "places"))
    check_not_tokenized(given)
    given, parts = _by_batches(given, seen)
    if parts is not None:
        return _joined("labels", parts, seen, each_place, kind)
    if (flat := _by_lists(given, seen, each_place, kind)) is not None:
        return flat
    if is_table(given):
        given = _columns_of_places(given, seen, each_place)
    given = _without_names(given, seen, kind)
    if are_tags(given) or is_sparse(given) or is_table(given):
        given = read_labels(given, kind)
    named = isinstance(given, Labels)
    given = given if named else plain("labels", given)
    array = given.present if named else given
    count = int(array.shape[0]) if array.ndim else 0
    if each_place and count in (samples, places) and count != inputs:
        found = given if count == samples else _taken(given, np.concatenate([one.all_kept for one in seen]))
        return found if named else _checked(found, seen, kind)
    if count != inputs:
        raise miscounted("labels", seen, count, each_place)
    if not named:
        return _joined("labels", _split(array, seen), seen, each_place, kind)
    return (
        _taken(given, np.repeat(np.arange(inputs), np.concatenate([one.counts for one in seen])))
        if each_place
        else given
    )


def _split(array: Array, seen: Sequence[One]) -> list[Array]:
    """What was given for all inputs, as the parts of the batches."""
    return np.split(array, np.cumsum([one.inputs for one in seen])[:-1])


def _checked(flat: Array, seen: Sequence[One], kind: LabelKind | None) -> Array:
    """Return labels of all places that count, in one axis, unless they are the token ids there."""
    if kind is None and all(one.ids is not None and one.ids.shape == one.shape for one in seen):
        ids = np.concatenate([one.of_places(np.asarray(one.ids)) for one in seen])
        if said := collated([flat], [ids]):
            raise no_features(said)
    return flat


def _by_batches(given: Any, seen: Sequence[One]) -> tuple[Any, list[Array] | None]:
    """Labels that are a list, one for each batch, as arrays; lists inside it are put one after the other instead."""
    if not isinstance(given, list | tuple) or len(given) != len(seen) or not all(map(_is_list, given)):
        return given, None
    if not all(len(each) in (one.inputs, one.samples, one.places) for each, one in zip(given, seen, strict=True)):
        return given, None
    nested = all(_is_matrix(each) for each in given)
    if len(given) == sum(one.inputs for one in seen) and not nested:
        return given, None  # one for each input, in batches of one
    if not nested and all(isinstance(each, list | tuple) for each in given):
        return [one for each in given for one in each], None
    return given, [plain("labels", each) for each in given]


def _is_matrix(value: Any) -> bool:
    """Whether a value has several axes: an array, or lists of one length."""
    if not isinstance(value, list | tuple):
        return len(value.shape) > 1
    return len(value) > 0 and all(map(_is_list, value)) and len({len(each) for each in value}) == 1


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple | np.ndarray) or hasattr(value, "detach")


def _by_lists(given: Any, seen: Sequence[One], each_place: bool, kind: LabelKind | None) -> Array | None:
    """Labels as a list for each input, of as many as it has tokens; None for labels of another form."""
    counts = np.concatenate([one.counts for one in seen])
    if not isinstance(given, list | tuple) or len(given) != len(counts) or not all(map(_is_list, given)):
        return None
    each = [plain("labels", one) for one in given]
    if any(one.ndim != 1 for one in each) or not any(len(one.shape) > 1 for one in seen):
        return None
    lengths = np.array([len(one) for one in each])
    same, texts = bool((lengths == counts).all()), any(one.dtype.kind in "US" for one in each)
    if (texts and kind == "multi-label") or (len(set(lengths.tolist())) == 1 and not same):
        return None  # tags, or an array, written as a list
    if not each_place:
        if (same and texts and counts.max() > 1) or (not texts and len(set(lengths.tolist())) > 1):
            raise ragged(lengths, texts)
        return None
    if not same:
        at = int(np.argmax(lengths != counts))
        otherwise = '; if they are tags, say kind="multi-label"' if texts else ""
        raise InputError(
            f"Argument `labels` must have one label for each token of an input, but for input {at} has "
            f"{counted(int(lengths[at]), 'label')} for {counted(int(counts[at]), 'token')}{otherwise}."
        )
    return _checked(np.concatenate(each), seen, kind)


def _columns_of_places(table: Any, seen: Sequence[One], each_place: bool) -> Any:
    """A table whose columns have a label for each token of each text, with a row for each that counts, or as it is."""
    found = [(str(name), column, _column_of_places(name, listed(column), seen, each_place))
             for name, column in named_columns(table)]  # fmt: skip
    if all(flat is None for _, _, flat in found):
        return table
    return {name: column if flat is None else flat for name, column, flat in found}


def _column_of_places(name: Any, column: Any, seen: Sequence[One], each_place: bool) -> Array | None:
    """One column (inputs, tokens), or of lists, as one for each place that counts; None for a column of other form."""
    if isinstance(column, list | tuple) and len(column) and all(map(_is_list, column)):
        lengths = [len(each) for each in column]
        if are_tags(column) and not (each_place and lengths == np.concatenate([one.counts for one in seen]).tolist()):
            return None
        if (flat := _by_lists(column, seen, each_place, None)) is not None or len(set(lengths)) > 1:
            return flat
        column = plain("labels", column)
    if getattr(column, "ndim", 1) != 2 or len(column) != sum(one.inputs for one in seen):
        return None
    parts = _trimmed(_split(plain("labels", column), seen), seen)
    if each_place and _have_own(parts, seen):
        return np.concatenate([one.of_places(part) for part, one in zip(parts, seen, strict=True)])
    if not of_tokens(parts, seen) or not all(one.placed for one in seen):
        return None
    said = f"Column {shortened(name)} of the labels has shape {tuple(column.shape)}"
    if not each_place:
        raise InputError(f'{said}, one for each token; pool="each" makes every token a sample.')
    raise padded(said, (*column.shape, 1), seen)


def _without_names(given: Any, seen: Sequence[One], kind: LabelKind | None) -> Any:
    """Columns without names, of a sparse matrix or a data frame, as an array where they could be tokens."""
    if kind == "multi-label" or getattr(given, "ndim", 0) != 2 or not of_tokens([given], seen):
        return given
    numbered = hasattr(given, "iloc") and list(given.columns) == list(range(given.shape[1]))
    whole = int(given.shape[0]) == sum(one.inputs for one in seen)
    return plain("labels", given) if whole and (numbered or is_sparse(given)) else given


def _trimmed(labels: Sequence[Array], seen: Sequence[One]) -> list[Array]:
    """Labels of tokens without what stands beyond each batch's tokens, on the side of the pads, where it is −100."""
    pairs = list(zip(labels, seen, strict=True))
    if not all(one.placed and each.ndim > 1 and each.dtype.kind == "i" and each.shape[1] >= one.tokens
               for each, one in pairs):  # fmt: skip
        return list(labels)
    masks = [one.kept for one in seen if one.kept is not None]
    left, right = (any(not mask[:, side].all() for mask in masks) for side in (0, -1))
    ends = [(each[:, one.tokens :], each[:, : each.shape[1] - one.tokens]) for each, one in pairs]
    of_pads = [all(bool((end[side] == IGNORED).all()) for end in ends) for side in (0, 1)]
    after, before = of_pads[0] and (right or not left), of_pads[1] and (left or not right)
    if after == before:
        return list(labels)  # nothing to take off, or on which side is not known
    return [each[:, : one.tokens] if after else each[:, each.shape[1] - one.tokens :] for each, one in pairs]


def _taken(given: Any, rows: Any) -> Any:
    """Some rows of labels, or rows repeated."""
    if isinstance(given, Labels):
        return replace(given, present=given.present[rows])
    return given[rows]


def _without_ignored(labels: Any) -> Fitted:
    """Leave out the samples of no class, whose label is −100, PyTorch's word for what a loss should not look at."""
    if not isinstance(labels, np.ndarray) or labels.dtype.kind != "i" or not labels.size:
        return Fitted(labels)
    none = labels == IGNORED
    if not none.any() or (labels[~none] < 0).any():
        return Fitted(labels)
    if labels.ndim > 1 and labels.shape[1] > 1:
        raise InputError(
            f"Labels in columns must be known for every sample, but {counted(int(none.sum()), 'is', 'are')} {IGNORED}."
        )
    if none.all():
        raise InputError(f"Labels must name a class for some samples, but all are {IGNORED}, PyTorch's word for none.")
    rows = ~none.reshape(len(labels))
    return Fitted(labels[rows], rows)
