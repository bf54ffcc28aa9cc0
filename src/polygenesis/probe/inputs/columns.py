"""Columns with names: data frames, tables and dictionaries, each column read by what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans
from polygenesis.errors import InputError, shortened
from polygenesis.probe.inputs.dense_labels import IGNORED
from polygenesis.probe.inputs.sparse_labels import above
from polygenesis.probe.inputs.tags import are_tags, read_tags
from polygenesis.probe.inputs.values import Array, check_known, is_binary, of_one_kind, plain


@dataclass(frozen=True)
class Column:
    """One named column as it was given, its values, and whether its type says that they are categories."""

    name: str
    given: Any
    values: Array
    categories: bool


def is_table(value: Any) -> bool:
    """Whether a value has columns with names: a mapping, a data frame (pandas, polars), a table of pyarrow's."""
    if isinstance(value, Mapping):
        return True
    return hasattr(value, "__getitem__") and (hasattr(value, "column_names") or hasattr(value, "columns"))


def check_not_tokenized(value: Any) -> None:
    """Refuse a tokenizer's output, which has the columns of a table but no labels."""
    if isinstance(value, list | tuple) and len(value) and all(isinstance(each, Mapping) for each in value):
        value = value[0]  # one a text
    if not is_table(value):
        return
    names = [str(name) for name in (value if isinstance(value, Mapping) else _names(value))]
    held = [name for name in ("input_ids", "attention_mask") if name in names]
    if held:
        raise InputError(
            f"Argument `labels` must hold labels, but this is a tokenizer's output, not labels: it has "
            f"{' and '.join(held)}."
        )


def columns_of(table: Any) -> list[Column]:
    """Return the columns of a table, all of one length.

    Raises :class:`polygenesis.InputError` for a table without columns, and for columns of different lengths.
    """
    found = [_column(str(name), each) for name, each in named_columns(table)]
    if not found:
        raise InputError("Argument `labels` must have a column, but its table has none.")
    for each in found:
        if len(each.values) != len(found[0].values):
            raise InputError(
                f"Argument `labels` must have columns of one length, but {found[0].name!r} has "
                f"{len(found[0].values)} and {each.name!r} {len(each.values)} rows."
            )
    return found


def named_columns(table: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the names and columns of a table as they are."""
    if isinstance(table, Mapping):
        yield from table.items()
    elif hasattr(table, "iloc"):  # names of a pandas frame may repeat
        yield from ((name, table.iloc[:, at]) for at, name in enumerate(table.columns))
    else:
        yield from ((name, table[name]) for name in _names(table))


def _names(table: Any) -> Any:
    return table.column_names if hasattr(table, "column_names") else table.columns


def _column(name: str, given: Any) -> Column:
    if isinstance(given, list | tuple) and are_tags(given):
        values = np.empty(len(given), dtype=object)
        values[:] = [each if each is None else list(each) for each in given]
    else:
        values = plain(f"labels[{name!r}]", given)
    if values.ndim != 1:
        raise InputError(
            f"Argument `labels` must have one value a sample in each column, but column {shortened(name)} has shape "
            f"{values.shape}."
        )
    return Column(name, given, values, is_categorical(given))


def is_categorical(column: Any) -> bool:
    """Whether a column's type says that its values are categories, whatever they are."""
    kind = str(getattr(column, "dtype", getattr(column, "type", ""))).lower()
    return kind.startswith(("category", "categorical", "enum", "dictionary"))


NAMED = 4
"""Columns that a note names; it counts the others."""


def could_be_classes(columns: Iterable[tuple[str, Array]]) -> tuple[str, ...]:
    """Return a note if whole numbers are read as concepts beside other columns, although they may number classes.

    ``columns``: names and values of those that are concepts or features; such as hold 0 and 1 are not meant.
    """
    found = [(name, values) for name, values in columns if _is_whole(values) and not is_binary(values)]
    if not found:
        return ()
    if len(found) == 1:
        name, values = found[0]
        said = f"Column {name!r} of whole numbers is read as a concept, present above its median, {np.median(values):g}"
        return (f"{said}; if its numbers are classes, pass them as texts or as a category.",)
    names = ", ".join(repr(name) for name, _ in found[:NAMED])
    more = f" and {len(found) - NAMED:,} others" if len(found) > NAMED else ""
    return (
        f"Columns {names}{more} of whole numbers are read as concepts, present above their medians; if the numbers of "
        "one are classes, pass them as texts or as a category.",
    )


def _is_whole(values: Array) -> bool:
    """Whether a column holds whole numbers that repeat, as those of classes do."""
    if values.dtype.kind not in "iuf" or (values.dtype.kind == "f" and not (values % 1 == 0).all()):
        return False
    return len(np.unique(values)) <= max(2, len(values) // 2)


def read_columns(columns: Sequence[Column], kind: str | None) -> tuple[str, Booleans, tuple[str, ...]]:
    """Return the kind of labels, who has which feature (samples, features), and the features' names.

    Columns of 0 and 1 are features and real numbers are concepts. Texts and categories become a feature each, named
    ``column=category``; so do tags. Raises :class:`polygenesis.InputError` for a missing value, for times, and for
    a column that the given ``kind`` does not allow.
    """
    parts = [_features(each, kind) for each in columns]
    concepts = any(concept for _, _, concept in parts)
    present = np.concatenate([each for each, _, _ in parts], axis=1)
    names = tuple(name for _, each, _ in parts for name in each)
    return kind or ("continuous" if concepts else "multi-label"), present, names


def _features(column: Column, kind: str | None) -> tuple[Booleans, Sequence[str], bool]:
    """One column's features (samples, features), their names, and whether it was a concept."""
    name = column.name
    listed = column.values.tolist() if column.values.dtype.kind == "O" else []
    if are_tags(listed):
        matrix, tags = read_tags(listed)
        return matrix.toarray(), [f"{name}={tag}" for tag in tags], False
    values = of_one_kind(column.values)
    check_known(values, name)
    _check_none_ignored(values, name)
    if is_binary(values) and not column.categories:
        return values.astype(bool)[:, None], [name], False
    if column.categories or values.dtype.kind in "OUS":
        if kind == "continuous":
            raise InputError(
                f"Argument `labels` must be real numbers for concepts, but column {name!r} has categories."
            )
        return categories(values, name)
    if values.dtype.kind not in "iuf":
        raise InputError(f"Argument `labels` must be numbers or categories, but column {name!r} has {values.dtype}.")
    if kind == "multi-label":
        raise InputError(f"Argument `labels` must be 0 or 1 everywhere for multi-label features, but not in {name!r}.")
    return above(values[:, None]), [name], True


def _check_none_ignored(values: Array, name: str) -> None:
    """Refuse −100 among numbers that are otherwise not negative: it is PyTorch's word for no label."""
    if values.dtype.kind != "i" or not (values == IGNORED).any() or (values[values != IGNORED] < 0).any():
        return
    raise InputError(
        f"Argument `labels` must be known for every sample, but column {name!r} is {IGNORED}, PyTorch's word for none, "
        f"for {int((values == IGNORED).sum()):,} of {len(values):,}; leave those samples out."
    )


def categories(values: Array, name: str) -> tuple[Booleans, Sequence[str], bool]:
    """A column of categories as one feature each, refused where hardly any repeats."""
    texts = values.astype(str) if values.dtype.kind == "O" else values
    known = np.unique(texts)
    if len(known) > max(2, len(texts) // 2):
        raise InputError(
            f"Argument `labels` must repeat its categories, but column {name!r} has {len(known)} different ones in "
            f"{len(texts)} samples."
        )
    return np.asarray(texts[:, None] == known), [f"{name}={each}" for each in known], False
