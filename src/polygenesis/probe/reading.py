"""Reading: activations, labels and starts of every run, once, into one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.arguments import Options
from polygenesis.probe.battery.base import Samples
from polygenesis.probe.inputs.activations import Activations, read_activations
from polygenesis.probe.inputs.files import loaded, loaded_labels
from polygenesis.probe.inputs.fingerprint import fingerprint
from polygenesis.probe.inputs.holders import check_parts
from polygenesis.probe.inputs.labels import Labels, LeftOut, read_labels
from polygenesis.probe.inputs.row_order import check_row_order


@dataclass(frozen=True, eq=False)
class Read:
    """Activations and labels of every run, read once; ``samples``: whether all runs were read on the same."""

    activations: tuple[Activations, ...]
    labels: tuple[Labels, ...]
    initial: tuple[Activations, ...] | None
    samples: Samples

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names."""
        return self.labels[0].names

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Features that are left out of all runs, because some run's samples are all alike in them."""
        return self.labels[0].left_out


def read(activations: Any, labels: Any, runs: Sequence[Any], initial: Any, options: Options) -> Read:
    """Read the activations of every run with its labels, and those of the untrained networks."""
    activations, labels = _array_of(activations), _labels_of(labels)
    _check_axes(activations, labels)
    listed = _listed(activations)
    own = _has_own_labels(labels, listed)
    if not own:
        check_parts(activations, labels)
    _check_number(labels, listed, own)
    rows = [_labels_of(each) for each in labels] if own else [labels]
    given = [read_labels(each, options.kind) for each in rows]
    given *= 1 if own else len(listed)
    rows *= 1 if own else len(listed)
    for each in runs:
        both = isinstance(each, tuple) and len(each) == 2
        listed.append(_array_of(each[0] if both else each))
        rows.append(_labels_of(each[1]) if both else rows[0])
        given.append(read_labels(rows[-1], options.kind) if both else given[0])
    for each, beside in zip(listed, rows, strict=True):
        check_row_order(each, beside)
    found = [read_activations(each) for each in listed]
    given = _varying_everywhere(given)
    _check_fit(found, given)
    starts = _read_initial(initial, found)
    if starts is not None:
        for r, (start, one) in enumerate(zip(starts, given, strict=True)):
            if start.samples != one.samples:
                must = f"have the {one.samples} samples of `labels`"
                raise InputError(f"Argument `initial` must {must}, but has {start.samples}{_of_run(r, starts)}.")
    return Read(tuple(found), tuple(given), starts, _samples(given))


def _listed(activations: Any) -> list[Any]:
    if isinstance(activations, list | tuple):
        activations = [_array_of(each) for each in activations]
    several = isinstance(activations, list) and len(activations) and _is_run(activations[0])
    if not several and getattr(activations, "ndim", 2) == 3:
        several = True
    return list(activations) if several else [activations]


def _is_run(value: Any) -> bool:
    return isinstance(value, Activations | Iterator) or np.ndim(value) == 2


def _check_axes(activations: Any, labels: Any) -> None:
    """Refuse caches (samples, tokens, neurons), which would be read as one run a sample, with the calls that work."""
    several = isinstance(activations, list | tuple) and len(activations) > 0
    shape = tuple(np.shape(activations[0]) if several else getattr(activations, "shape", ()))
    if len(shape) != 3:
        return
    own = isinstance(labels, list | tuple) and len(labels) == shape[0] and np.ndim(labels[0]) > 0
    given = _shape(labels)
    if not several and (own or given[:1] != shape[:1]):
        return  # labels of each run, or one label for each sample of every run
    pooled = "activations.mean(1), or another number a sample and neuron, with these labels"
    flat = "activations.reshape(-1, activations.shape[-1]) with labels.reshape(-1)"
    first = f"is a list of {shape[0]} runs of {shape[1]} samples, but `labels` has {given[0] if given else 0} labels"
    if several:
        first = "is no run, (samples, neurons), in a list of runs"
    elif given[:1] == shape[1:2]:
        first = f"can be {shape[0]} runs of {shape[1]} samples: pass list(activations) if it is"
    raise InputError(
        f"Argument `activations` has shape {shape}, which {first}; if its axes are samples, tokens and neurons, pass "
        f"{flat if given[:2] == shape[:2] else pooled}."
    )


def _shape(labels: Any) -> tuple[int, ...]:
    labels = labels.present if isinstance(labels, Labels) else labels
    if hasattr(labels, "shape"):
        return tuple(labels.shape)
    return (len(labels),) if hasattr(labels, "__len__") else ()


def _has_own_labels(labels: Any, listed: list[Any]) -> bool:
    if not isinstance(labels, list | tuple) or len(labels) != len(listed) or not len(labels) or not _axes(labels[0]):
        return False
    return len(listed) > 1 or getattr(listed[0], "shape", (1,))[0] != 1  # one label cannot be of several samples


def _axes(labels: Any) -> int:
    """How many axes one run's labels have, or 0 for what is one label: a table has two, a list at least one."""
    if isinstance(labels, Labels | Mapping) or hasattr(labels, "columns") or hasattr(labels, "column_names"):
        return 2
    if isinstance(labels, list | tuple):
        return 1 + any(isinstance(each, list | tuple | set | frozenset) for each in labels)
    return int(getattr(labels, "ndim", 0) or len(getattr(labels, "shape", ())))


def _varying_everywhere(given: list[Labels]) -> list[Labels]:
    """Leave out of every run's labels what is present everywhere or nowhere in one of them."""
    gone = {each.place: each for one in given for each in one.left_out}
    once = {id(one): one.without(gone.values()) for one in given if one.kind != "classes"}
    return [once.get(id(one), one) for one in given]


def _check_number(labels: Any, listed: list[Any], own: bool) -> None:
    """Say so if there are several columns of classes, as long as the samples, but not one for each run."""
    if own or not isinstance(labels, list | tuple) or len(listed) < 2 or _axes(labels[0] if labels else 0) != 1:
        return
    samples = {len(each) for each in listed if hasattr(each, "__len__")}
    if samples == {len(labels[0])} and len(labels) not in samples:
        raise InputError(
            f"Argument `labels` must be one for all runs, or one for each of the {len(listed)} runs, but is a list of "
            f"{len(labels)}."
        )


def _check_fit(found: Sequence[Activations], given: Sequence[Labels]) -> None:
    for r, one in enumerate(given):
        if one.names != given[0].names:
            raise InputError(
                f"All runs must have the same features, but their labels name different ones: {_other(given, r)}."
            )
    widths = [each.neurons for each in found]
    if len(set(widths)) > 1:
        raise InputError(f"All runs must have the same width, but have {', '.join(map(str, widths))} neurons.")
    for r, (each, one) in enumerate(zip(found, given, strict=True)):
        if each.samples != one.samples:
            raise InputError(
                f"Argument `labels` must have one row a sample, but has {one.samples} rows for {each.samples} samples "
                f"of activations{_of_run(r, found)}."
            )


def _of_run(run: int, every: Sequence[Activations]) -> str:
    """The run for the end of a message; nothing where there is only one."""
    return f" of run {run}" if len(every) > 1 else ""


def _other(given: Sequence[Labels], r: int) -> str:
    """Say which features run r has beside those of run 0, or lacks."""
    first, names = given[0].names, given[r].names
    lacks, has = ([name for name in one if name not in other] for one, other in ((first, names), (names, first)))
    named = ", ".join(repr(name) for name in (lacks or has)[:3]) or "them in another order"
    return f"run {r} {'lacks' if lacks else 'has'} {named}{' and others' if len(lacks or has) > 3 else ''}"


def _samples(given: Sequence[Labels]) -> Samples:
    """Runs with labels in common were read on the same samples; equal labels of their own may be of different ones."""
    if all(each is given[0] for each in given):
        return "same"
    return "alike" if len({fingerprint(each) for each in given}) == 1 else "different"


def _read_initial(initial: Any, found: Sequence[Activations]) -> tuple[Activations, ...] | None:
    """Read the activations of the untrained networks, one array a run."""
    if initial is None:
        return None
    listed = list(initial) if isinstance(initial, list | tuple) or getattr(initial, "ndim", 2) == 3 else [initial]
    if len(listed) != len(found):
        must = "one array" if len(found) == 1 else f"one array for each of the {len(found)} runs"
        raise InputError(f"Argument `initial` must have {must}, but has {len(listed)}.")
    try:
        starts = tuple(read_activations(_array_of(each)) for each in listed)
    except InputError as error:
        raise InputError(str(error).replace("`activations`", "`initial`")) from None
    for start, end in zip(starts, found, strict=True):
        if start.neurons != end.neurons:
            raise bad_argument("initial", f"have the runs' {end.neurons} neurons", start.neurons)
    return starts


def _array_of(value: Any) -> Any:
    """Read what is a path of an array; a dictionary's folder holds weights, which have no samples to label."""
    return _no_folder(loaded(value))


def _labels_of(value: Any) -> Any:
    """Read what is a path of labels."""
    return _no_folder(loaded_labels(value))


def _no_folder(value: Any) -> Any:
    if isinstance(value, Path):
        raise InputError(f"Folder {str(value)!r} holds weights, which are diagnosed without `labels`, and no samples.")
    return value
