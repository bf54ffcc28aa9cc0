"""Labels: which features are present in which sample, from classes, 0/1 columns, tags or continuous concepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Booleans, Integers
from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.probe.inputs.columns import (
    check_not_tokenized,
    columns_of,
    could_be_classes,
    is_categorical,
    is_table,
    read_columns,
)
from polygenesis.probe.inputs.dense_labels import KINDS, LabelKind, named, read_dense
from polygenesis.probe.inputs.sparse_labels import above_middle, all_binary, compressed, is_sparse
from polygenesis.probe.inputs.tags import are_tags, listed, read_tags
from polygenesis.probe.inputs.values import check_known, of_one_kind, plain


@dataclass(frozen=True)
class LeftOut:
    """A feature that no neuron can discriminate, because all samples are alike in it; its place among those given."""

    name: str
    place: int
    where: Literal["nowhere", "in every sample"]


@dataclass(frozen=True, eq=False)
class Labels:
    """Which features are present in which sample: ``present`` (samples, features), ``names``, and their kind.

    ``present``: truth values, a dense array, or a ``scipy.sparse.csr_array`` where sparse labels or tags were given.
    A continuous concept counts as present above its median, or, where its median is its largest value, at it.
    ``left_out``: features that are present everywhere or nowhere, which are not among ``present``. ``notes``: what a
    reader should know of how they were read.
    """

    kind: LabelKind
    present: Booleans | Any
    names: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.present.shape[0])

    @cached_property
    def counts(self) -> Integers:
        """Samples with each feature, (features,)."""
        return _counts(self.present)

    def rows(self, samples: Any) -> Booleans:
        """Return which features some samples have, (some, features), dense."""
        found = self.present[samples]
        return np.asarray(found.toarray() if hasattr(found, "toarray") else found)

    def without(self, features: Iterable[LeftOut]) -> Labels:
        """Return the labels without some features, of which some may be left out already.

        Raises :class:`polygenesis.InputError` if no feature is left.
        """
        gone = {each.place: each for each in (*features, *self.left_out)}
        before = {each.place for each in self.left_out}
        at = [place for place in range(len(self.names) + len(before)) if place not in before]
        keep = np.array([place not in gone for place in at])
        if keep.all():
            return self
        if not keep.any():
            raise InputError("Argument `labels` must have a feature that varies in every run, but none does.")
        names = tuple(name for name, stays in zip(self.names, keep, strict=True) if stays)
        return Labels(
            self.kind,
            self.present[:, np.flatnonzero(keep)],
            names,
            tuple(gone[place] for place in sorted(gone)),
            self.notes,
        )

    def __repr__(self) -> str:
        samples, features = self.present.shape
        gone = f", {len(self.left_out)} left out" if self.left_out else ""
        return f"Labels({self.kind}: {samples} samples, {features} features{gone})"


def read_labels(labels: Any, kind: LabelKind | None = None) -> Labels:
    """Read who has which feature from whatever says so.

    ``labels``: (samples,) classes; (samples, features) of 0 and 1, or concepts; the same as a sparse matrix of SciPy's
    or a sparse tensor, which are never made dense; a list of tags for each sample, ``[["sea", "sky"], []]``; or columns
    with names, as a dictionary or a data frame of pandas or polars, where a column of texts or categories becomes a
    feature for each, "size=large".

    Without ``kind``: whole numbers, texts and truth values in one column are classes, columns of 0 and 1 are
    multi-label, other real columns are continuous. One column of floats could be either and is refused until
    ``kind`` says which. A feature that is present everywhere or nowhere is left out, and listed in ``left_out``.
    Raises :class:`polygenesis.InputError` for a label that is missing (NaN, None, NA), for a single class, and where no
    feature varies.

    >>> read_labels([["sea", "sky"], [], ["sea"]]).names
    ('sea', 'sky')
    """
    if isinstance(labels, Labels):
        return labels
    if kind is not None and kind not in KINDS:
        raise unknown_name("kind of labels", kind, KINDS)
    check_not_tokenized(labels)
    return replace(_varied(*_read(labels, kind)), notes=() if kind else could_be_classes(_columns(labels)))


def _columns(labels: Any) -> Iterator[tuple[str, Any]]:
    """The names and values of several dense columns, but of those whose type says that they are categories."""
    if is_sparse(labels) or hasattr(labels, "sparse"):
        return
    if is_table(labels):
        columns = columns_of(labels)
        yield from ((each.name, each.values) for each in columns if len(columns) > 1 and not each.categories)
    elif getattr(labels, "ndim", 0) == 2:
        array = plain("labels", labels)
        yield from ((str(at), array[:, at]) for at in range(array.shape[1]) if array.shape[1] > 1)


Read = tuple[LabelKind, Any, tuple[str, ...]]


def _read(labels: Any, kind: LabelKind | None) -> Read:
    if hasattr(labels, "columns") and len(labels.columns) and hasattr(labels, "sparse"):  # pandas, sparse columns
        return _sparse(labels.sparse.to_coo(), kind, [str(each) for each in labels.columns])
    if is_sparse(labels):
        return _sparse(labels, kind, [])
    if is_table(labels):
        columns = columns_of(labels)
        if len(columns) > 1 and kind != "classes":
            chosen, present, names = read_columns(columns, kind)
            return next(each for each in KINDS if each == chosen), present, names
        if len(columns) == 1:
            return _one_column(columns[0].given, columns[0].name, kind)
        raise bad_argument("labels", "be one column for classes", f"shape {(len(columns[0].values), len(columns))}")
    return _one_column(labels, "", kind)


def _one_column(labels: Any, name: str, kind: LabelKind | None) -> Read:
    """What has no names for its columns, or only one column."""
    labels = listed(labels)
    if isinstance(labels, Iterator):
        raise InputError(
            f"Argument `labels` must be an array or a list, but is a {type(labels).__name__}; write list(labels)."
        )
    if are_tags(labels):
        if kind not in (None, "multi-label"):
            raise bad_argument("kind", "be 'multi-label' for lists of tags", kind)
        return ("multi-label", *read_tags(list(labels)))
    if isinstance(labels, list | tuple) and any(isinstance(each, tuple) for each in labels):
        raise InputError(
            "Argument `labels` must be one label a sample, or an array (samples, features), but has tuples; "
            "write each class as one text or number."
        )
    lengths = {len(each) for each in labels if isinstance(each, list)} if isinstance(labels, list) else ()
    if len(lengths) > 1:
        raise InputError(
            "Argument `labels` must have as many columns for every sample, but has lists of "
            f"{min(lengths)} to {max(lengths)} numbers; tags are lists of texts, or sets."
        )
    values = plain("labels", labels)
    if is_categorical(labels) and kind in (None, "classes"):
        values, kind = of_one_kind(values), "classes"
        check_known(values)
        values = values.astype(str) if values.dtype.kind == "f" else values
    return read_dense(values, [name] if name else [], kind)


def _sparse(labels: Any, kind: LabelKind | None, names: list[str]) -> Read:
    if getattr(labels, "ndim", 2) == 1:
        return read_dense(plain("labels", labels), names, kind)
    matrix = compressed("labels", labels)
    if 0 in matrix.shape:
        raise bad_argument("labels", "have shape (samples,) or (samples, features)", f"shape {matrix.shape}")
    if matrix.shape[1] == 1 and kind != "multi-label":
        return read_dense(matrix.toarray(), names, kind)
    if kind == "classes":
        raise bad_argument("labels", "be one column for classes", f"shape {matrix.shape}")
    binary = all_binary(matrix)
    if kind == "multi-label" and not binary:
        raise InputError("Argument `labels` must be 0 or 1 everywhere for multi-label features.")
    chosen: LabelKind = kind or ("multi-label" if binary else "continuous")
    present = matrix.astype(bool) if chosen == "multi-label" else above_middle(matrix)
    return chosen, present, named(names, matrix.shape[1])


def _varied(kind: LabelKind, present: Any, names: tuple[str, ...]) -> Labels:
    """Leave out what is present everywhere or nowhere; refuse where nothing else is left."""
    counts = _counts(present)
    flat = (counts == 0) | (counts == present.shape[0])
    gone = tuple(
        LeftOut(names[at], int(at), "nowhere" if counts[at] == 0 else "in every sample") for at in np.flatnonzero(flat)
    )
    if present.shape[0] == 1 < present.shape[1]:
        raise InputError(f"Argument `labels` must have one row a sample, but has 1 row of {present.shape[1]:,} labels.")
    if flat.all():
        first = gone[0]
        raise InputError(
            f"Feature {first.name!r} must be present in some samples and absent in others, but is {first.where}"
            f"{f', as are all {len(gone)} features' if len(gone) > 1 else ''}."
        )
    if not gone:
        return Labels(kind, present, names)
    kept = np.flatnonzero(~flat)
    return Labels(kind, present[:, kept], tuple(names[at] for at in kept), gone)


def _counts(present: Any) -> Integers:
    return np.asarray(present.sum(axis=0, dtype=np.int64)).ravel()


__all__ = ["KINDS", "LabelKind", "Labels", "LeftOut", "plain", "read_labels"]
