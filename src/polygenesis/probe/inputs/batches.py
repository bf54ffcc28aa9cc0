"""Batches: which part of what a loader yields are inputs, labels and the attention mask, whatever its form."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from polygenesis.errors import InputError, shortened
from polygenesis.probe.inputs.columns import check_not_tokenized
from polygenesis.probe.inputs.labels import plain
from polygenesis.probe.inputs.masks import resembles_mask

LABEL_KEYS = ("labels", "label", "label_ids", "targets", "target", "y")
"""Keys under which labels are looked for in a mapping, the first of them that is there."""


@dataclass(frozen=True, eq=False)
class Batch:
    """One batch: ``named`` inputs or ``listed`` ones, and its labels, one for each input, or None.

    ``whole``: the inputs as the loader yields them, for modules that take a mapping or a tuple as one argument; None
    where they are several values of the loader's tuple, which are arguments of their own. ``before``: how many of the
    listed inputs stand before labels whose position was named; the others may be left out.
    """

    named: dict[str, Any]
    listed: list[Any]
    whole: Any
    labels: np.ndarray[Any, Any] | None
    before: int | None = None


@dataclass(frozen=True)
class Wanted:
    """Which labels of the loader are wanted: by name or position, or None.

    ``labelled``: labels are given elsewhere, so that those of the loader are left out. ``optional``: it need not have
    any. ``needed``: names of the module's arguments without a default, which are inputs even where they are called as
    labels are.
    """

    label: str | int | None = None
    labelled: bool = False
    optional: bool = False
    needed: frozenset[str] = frozenset()


def batches_of(loader: Iterable[Any], wanted: Wanted) -> Iterator[Batch]:
    """Yield the batches of a loader. Raises :class:`polygenesis.InputError` for those that cannot be read."""
    _check_loader(loader)
    for batch in _yielded(loader):
        yield _read(batch, wanted)


def is_mapping(value: Any) -> bool:
    """Whether a value has keys, as dictionaries, BatchEncodings and TensorDicts do."""
    return isinstance(value, Mapping) or (hasattr(value, "keys") and hasattr(value, "__getitem__"))


def _check_loader(loader: Any) -> None:
    """Refuse what is no list or loader of batches, with the call that would work where it is one batch."""
    must = "Argument `loader` must be a list or a loader of batches, but is"
    if hasattr(loader, "detach") or isinstance(loader, np.ndarray):
        raise InputError(f"{must} of type {type(loader).__name__}; write [x], or [(x, labels)], for one batch.")
    if is_mapping(loader):
        raise InputError(f"{must} one batch, a {type(loader).__name__}; write [batch].")
    if hasattr(loader, "train_dataloader"):
        raise InputError(f"{must} a {type(loader).__name__}; pass its .train_dataloader().")
    if not isinstance(loader, Iterable):
        if not hasattr(loader, "__getitem__"):
            raise InputError(f"{must} of type {type(loader).__name__}.")
        raise InputError(
            f"{must} a data set of type {type(loader).__name__}; write torch.utils.data.DataLoader(dataset, "
            "batch_size=64)."
        )
    if isinstance(loader, str | bytes):
        raise InputError(f"{must} the text {shortened(loader)}.")
    if isinstance(loader, tuple | list) and len(loader) == 2 and all(_is_array(each) for each in loader):
        first, second = loader
        if first.ndim != second.ndim and len(first) == len(second):
            raise InputError(f"{must} one batch of inputs and labels; write [(x, labels)].")


def _yielded(loader: Iterable[Any]) -> Iterator[Any]:
    """Yield what a loader yields; say which collate function helps where PyTorch's own cannot make a batch."""
    try:
        yield from loader
    except (RuntimeError, TypeError) as error:
        text = str(error)
        if "equal size" not in text and "collate" not in text:
            raise
        raise InputError(
            f"Argument `loader` cannot make a batch ({shortened(text, 120)}); give the DataLoader a collate_fn that "
            "pads, such as transformers.DataCollatorWithPadding(tokenizer)."
        ) from error


TOKENIZE = 'tokenize first, such as tokenizer(texts, return_tensors="pt", padding=True)'
"""What to do with texts that a module cannot take."""


def are_texts(value: Any) -> bool:
    """Whether a value is a text or a list of texts."""
    if isinstance(value, list | tuple) and len(value):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str)


def _read(batch: Any, wanted: Wanted) -> Batch:
    inputs, labels = _parted(batch, wanted)
    if isinstance(inputs, _Several):
        before = wanted.label % len(batch) if isinstance(wanted.label, int) else None
        return Batch({}, list(inputs.values), None, _as_labels(labels), before)
    if is_mapping(inputs) or _is_record(inputs):
        return Batch(_as_dict(inputs), [], inputs, _as_labels(labels))
    if isinstance(inputs, tuple | list) and inputs and all(_is_array(each) for each in inputs):
        return Batch({}, list(inputs), inputs, _as_labels(labels))
    return Batch({}, [inputs], inputs, _as_labels(labels))


@dataclass(frozen=True, eq=False)
class _Several:
    """Inputs that the loader's tuple holds beside its labels: arguments of their own."""

    values: tuple[Any, ...]


def _parted(batch: Any, wanted: Wanted) -> tuple[Any, Any]:
    """Part one batch into inputs and labels, or None where it has none."""
    if is_mapping(batch) or _is_record(batch):
        return _from_mapping(batch, wanted)
    if _is_array(batch):
        return _without_label(batch, wanted.label)
    if not isinstance(batch, tuple | list) or not batch:
        raise _unreadable(batch)
    if isinstance(batch, list) and are_texts(batch):
        return _without_label(batch, wanted.label)  # a list of texts, for modules with a tokenizer of their own
    if not all(map(_can_be_part, batch)):
        raise _unreadable(batch)
    return _from_tuple(batch, wanted)


def _from_mapping(batch: Any, wanted: Wanted) -> tuple[Any, Any]:
    named, label = _as_dict(batch), wanted.label
    if isinstance(label, int):
        raise InputError(f"Argument `label` must be one of the keys {_keys(named)}, but is the position {label}.")
    if label is not None and label not in named:
        raise InputError(f"Argument `label` must be one of the keys {_keys(named)} of the batches, but is {label!r}.")
    known = [key for key in LABEL_KEYS if key in named and key not in wanted.needed]
    if label is None and not wanted.labelled and not known and not wanted.optional:
        raise InputError(
            f"Argument `loader` yields mappings with {_keys(named)}, none of which is called labels; say which holds "
            "them, label=KEY, or give them as labels=."
        )
    if label is None and not wanted.labelled and len(known) > 1:
        raise InputError(
            f"Argument `loader` yields mappings with {' and '.join(map(repr, known))}; say which are the labels, "
            f"label={known[0]!r}."
        )
    out = [label] if label is not None else known
    inputs = {key: value for key, value in named.items() if key not in out} if out else batch
    return inputs, (None if wanted.labelled or not out else named[str(out[0])])


def _from_tuple(batch: Any, wanted: Wanted) -> tuple[Any, Any]:
    if len(batch) > 1 and is_mapping(batch[-1]) and not wanted.labelled:
        batch, wanted = _with_named_labels(batch, wanted)
    at = _position(batch, wanted)
    rest = [each for i, each in enumerate(batch) if i != at]
    labels = None if at is None or wanted.labelled else batch[at]
    if not rest:
        raise _unreadable(batch)
    if len(rest) > 1:
        return _Several(tuple(rest)), labels
    if not is_mapping(rest[0]) and not _is_record(rest[0]):
        return rest[0], labels
    if at is None:
        return _from_mapping(rest[0], wanted)
    return _from_mapping(rest[0], replace(wanted, label=None, labelled=True))[0], labels


def _with_named_labels(batch: Any, wanted: Wanted) -> tuple[Any, Wanted]:
    """Replace a mapping of labels at a tuple's end by the labels that are meant, where its keys say which."""
    several = _as_dict(batch[-1])
    known = [wanted.label] if wanted.label in several else [key for key in LABEL_KEYS if key in several]
    if len(known) != 1 or (wanted.label is not None and wanted.label not in several):
        return batch, wanted
    return (*batch[:-1], several[str(known[0])]), replace(wanted, label=None)


def _position(batch: Any, wanted: Wanted) -> int | None:
    """Where the labels stand in a tuple, or None where it has none."""
    label, last = wanted.label, len(batch) - 1
    if isinstance(label, str):
        fields = getattr(batch, "_fields", ())
        if label in fields:
            return int(fields.index(label))
        if is_mapping(batch[0]) and last == 0:
            return None
        raise InputError(
            f"Argument `label` must be a position in the tuples of {last + 1} that the loader yields, but is {label!r}."
        )
    if isinstance(label, int):
        if not -len(batch) <= label <= last:
            raise InputError(f"Argument `label` must be a position in tuples of {last + 1}, but is {label}.")
        return label % len(batch)
    named = [i for i, name in enumerate(getattr(batch, "_fields", ())) if name in LABEL_KEYS]
    if named:
        return named[0]
    if last == 0:
        return None
    if not wanted.labelled:
        return last
    all_needed = len(wanted.needed) == len(batch)  # the module takes as many inputs as the tuple has
    inputs_too = resembles_mask(batch[last], batch[0]) or (last > 1 and _same_places(batch[last], batch[0]))
    return None if all_needed or inputs_too else last


def _same_places(value: Any, inputs: Any) -> bool:
    """Whether a value has a place for each token of the inputs, as masks and token types have."""
    return _is_array(value) and _is_array(inputs) and value.ndim > 1 and tuple(value.shape) == tuple(inputs.shape[:2])


def _without_label(batch: Any, label: str | int | None) -> tuple[Any, None]:
    if label is not None:
        raise InputError(f"Argument `label` is {label!r}, but the loader yields inputs alone; give labels=.")
    return batch, None


def _as_labels(labels: Any) -> np.ndarray[Any, Any] | None:
    if labels is None:
        return None
    if is_mapping(labels):
        check_not_tokenized(labels)
        raise InputError(
            f"Argument `loader` yields labels under the keys {_keys(_as_dict(labels))}; say which, label=KEY."
        )
    array = plain("labels", labels)
    if array.ndim == 0:
        raise InputError(
            f"Argument `loader` must yield batches with one label for each input, but has the single label "
            f"{shortened(array.item())}; write torch.utils.data.DataLoader(dataset, batch_size=64) for a data set, or "
            "say with label= which part of a tuple holds the labels."
        )
    return array


def _as_dict(value: Any) -> dict[str, Any]:
    if _is_record(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    named = {key: value[key] for key in value.keys()}  # noqa: SIM118 (not every mapping iterates over its keys)
    if not all(isinstance(key, str) for key in named):
        raise InputError(f"Argument `loader` yields mappings whose keys must be texts, but has {_keys(named)}.")
    return named


def _is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _is_array(value: Any) -> bool:
    return hasattr(value, "detach") or isinstance(value, np.ndarray)


def _can_be_part(value: Any) -> bool:
    """Whether a value can stand in a batch's tuple."""
    if value is None or _is_array(value) or isinstance(value, tuple | list | int | float | np.number):
        return True
    return is_mapping(value) or _is_record(value) or hasattr(value, "to_numpy")


def _keys(named: Mapping[Any, Any]) -> str:
    return ", ".join(map(repr, named)) or "no keys"


def _unreadable(batch: Any) -> InputError:
    if are_texts(batch):
        held = f"the text {shortened(batch, 40)}" if isinstance(batch, str) else f"a tuple of {len(batch)} texts"
        return InputError(f"Argument `loader` yields {held}; {TOKENIZE}.")
    kind = type(batch).__name__ + (f" of {len(batch)}" if isinstance(batch, tuple | list) else "")
    return InputError(
        "Argument `loader` must yield tensors, mappings, or tuples such as (inputs, labels), but yields a "
        f"{kind}; a module can be given any batch by a loader of ((inputs, ...), labels)."
    )
