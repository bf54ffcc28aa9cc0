"""Fingerprints: SHA-256 of what a diagnosis was given, so that a record says whether the same inputs came back."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import mmap
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.errors import InputError
from polygenesis.probe.inputs.activations import Activations
from polygenesis.probe.inputs.sparse_labels import compressed, is_sparse

BLOCK = 2**24
"""Bytes that are read at once, whatever the size of the input."""


def fingerprint(value: Any) -> str:
    """Return the SHA-256 of a value, 64 hexadecimal digits: the same in every process and on every machine.

    Arrays count by dtype, shape and values, in whatever order they lie in memory. Tensors, series and flat lists of
    numbers or texts count as the arrays they hold, data frames by their columns and the names of these, not by index.
    Activations count by neuron, in whatever chunks they came. A :class:`polygenesis.Run`
    counts by its spec's key and its first and last parameters, a module by its class and state, a path by the bytes
    of its file or folder; labels, dataclasses, lists, mappings and plain values by their parts. At most 16 MB of an
    array, or a block of activations, is copied at once.

    Raises :class:`polygenesis.InputError` for what has no lasting content (functions, iterators, objects of other
    classes), and for activations that are not finite.

    >>> fingerprint([1, 2, 3])[:12] == fingerprint(np.array([1, 2, 3]))[:12]
    True
    """
    hashed = hashlib.sha256()
    try:
        _feed(hashed, value)
    except RecursionError:
        raise InputError(f"A {type(value).__name__} that holds itself has no fingerprint.") from None
    return hashed.hexdigest()


def _feed(hashed: Any, value: Any) -> None:
    """Add one value. Every part begins with what it is and how much follows, so that no two values read alike."""
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | np.generic | enum.Enum):
        _feed_scalar(hashed, value)
    elif isinstance(value, np.ndarray):
        _feed_array(hashed, value)
    elif isinstance(value, Activations):
        _feed_activations(hashed, value)
    elif isinstance(value, Path):
        _feed_path(hashed, value)
    elif is_sparse(value) and getattr(value, "ndim", 2) == 2:
        _feed_sparse(hashed, compressed("value", value))
    elif hasattr(value, "detach"):
        _feed_tensor(hashed, value)
    elif hasattr(value, "columns") or hasattr(value, "to_numpy"):
        _feed_frame(hashed, value)
    elif hasattr(value, "state_dict"):
        _feed_parts(hashed, "module", [type(value).__qualname__, dict(value.state_dict())])
    elif hasattr(value, "spec") and hasattr(value, "initial_parameters"):
        _feed_parts(hashed, "run", [value.spec.key, value.initial_parameters, value.parameters])
    else:
        _feed_container(hashed, value)


def _start(hashed: Any, *what: object) -> None:
    text = "\x1f".join(map(str, what)).encode("utf-8", "surrogatepass")
    hashed.update(len(text).to_bytes(8, "little") + text)


def _feed_parts(hashed: Any, what: str, parts: Sequence[Any]) -> None:
    _start(hashed, what, len(parts))
    for each in parts:
        _feed(hashed, each)


def _feed_scalar(hashed: Any, value: Any) -> None:
    if isinstance(value, enum.Enum):
        _start(hashed, "enum", type(value).__qualname__, value.name)
        return
    if isinstance(value, np.generic):
        value = value.item()
    text = value.hex() if isinstance(value, bytes) else repr(value)
    _start(hashed, type(value).__name__, text)


def _feed_container(hashed: Any, value: Any) -> None:
    if isinstance(value, Mapping):
        _feed_unordered(hashed, "mapping", value.items())
    elif isinstance(value, Set):
        _feed_unordered(hashed, "set", value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.compare}
        _feed_parts(hashed, "value", [type(value).__qualname__, parts])
    elif isinstance(value, Sequence):
        kinds = {type(each) for each in value}
        if len(kinds) == 1 and kinds <= {bool, int, float, str}:
            _feed_array(hashed, np.array(value, dtype=object if kinds == {str} else None))
        else:
            _feed_parts(hashed, "sequence", value)
    else:
        raise InputError(f"A {type(value).__name__} has no fingerprint: only arrays, labels, runs and plain values do.")


def _feed_unordered(hashed: Any, what: str, parts: Any) -> None:
    _start(hashed, what, len(parts))
    for each in sorted(map(fingerprint, parts)):
        _start(hashed, each)


# Arrays and tensors


def _feed_array(hashed: Any, array: np.ndarray[Any, Any]) -> None:
    dtype = array.dtype.newbyteorder("<")
    if dtype.kind in "OUT":
        _feed_objects(hashed, array)
        return
    if dtype.kind not in "biufcmM" or dtype.itemsize > (16 if dtype.kind == "c" else 8):  # wider floats hold garbage
        raise InputError(f"An array of {array.dtype} has no fingerprint: only numbers, truth values, times and texts.")
    _start(hashed, "array", dtype.str.lstrip("<|"), *array.shape)
    on_disk = isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap) and array.mode == "r"
    for block in _read(array) if on_disk and array.flags.c_contiguous else _blocks(array, array.nbytes):
        _feed_bytes(hashed, np.asarray(block, dtype=dtype))


def _feed_sparse(hashed: Any, matrix: Any) -> None:
    """A sparse matrix as the array it stands for, a block of rows at a time."""
    dtype = matrix.dtype.newbyteorder("<")
    _start(hashed, "array", dtype.str.lstrip("<|"), *matrix.shape)
    rows = max(1, BLOCK // max(1, matrix.shape[1] * dtype.itemsize))
    for first in range(0, matrix.shape[0], rows):
        _feed_bytes(hashed, np.asarray(matrix[first : first + rows].toarray(), dtype=dtype))


def _feed_bytes(hashed: Any, block: np.ndarray[Any, Any]) -> None:
    hashed.update(np.ascontiguousarray(block).reshape(-1).view(np.uint8))


def _feed_objects(hashed: Any, array: np.ndarray[Any, Any]) -> None:
    """Texts, whether of fixed width or objects, and the numbers and missing values that stand among them."""
    _start(hashed, "objects", *array.shape)
    for each in array.flat:
        if type(each).__name__ in ("NAType", "NaTType"):
            _start(hashed, "missing")
        else:
            _feed(hashed, str(each) if isinstance(each, str) else each)


def _feed_tensor(hashed: Any, tensor: Any) -> None:
    """A tensor as the array it is; short floats that NumPy lacks by their bits; a block at a time from its device."""
    if tensor.is_quantized:
        tensor = tensor.dequantize()  # as it is read
    if str(tensor.layout) != "torch.strided":
        raise InputError(f"A tensor of layout {tensor.layout} has no fingerprint; make it dense.")
    tensor = tensor.detach().resolve_conj().resolve_neg()
    name = str(tensor.dtype).removeprefix("torch.")
    if name == "bfloat16" or name.startswith("float8"):
        import torch

        tensor = tensor.view(torch.int16 if name == "bfloat16" else torch.uint8)
    else:
        name = tensor.new_empty(0).cpu().numpy().dtype.newbyteorder("<").str.lstrip("<|")
    _start(hashed, "array", name, *tensor.shape)
    for block in _blocks(tensor, tensor.element_size() * tensor.numel()):
        array = block.cpu().numpy()
        _feed_bytes(hashed, np.asarray(array, dtype=array.dtype.newbyteorder("<")))


def _blocks(array: Any, size: int) -> Iterator[Any]:
    """Yield the values of an array or tensor of ``size`` bytes in C order, about :data:`BLOCK` bytes at a time."""
    if size <= BLOCK or not array.ndim:
        yield array
        return
    each_size = size // len(array)
    if each_size > BLOCK:
        for each in array:
            yield from _blocks(each, each_size)
        return
    rows = max(1, BLOCK // each_size)
    for first in range(0, len(array), rows):
        yield array[first : first + rows]


def _read(mapped: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the values of a mapped file; read, because pages that are mapped count as this process's memory."""
    with open(mapped.filename, "rb") as file:
        file.seek(mapped.offset)
        for first in range(0, mapped.size, BLOCK // mapped.dtype.itemsize):
            yield np.fromfile(file, mapped.dtype, min(mapped.size - first, BLOCK // mapped.dtype.itemsize))


def _feed_activations(hashed: Any, activations: Activations) -> None:
    _start(hashed, "activations", activations.neurons, activations.samples)
    for first, block in activations.blocks():
        if first == 0:
            _start(hashed, block.dtype.name)
        _feed_bytes(hashed, np.asarray(block, dtype=block.dtype.newbyteorder("<")))


# Frames and files


def _feed_frame(hashed: Any, frame: Any) -> None:
    """Columns with their names, one after the other; a series is its array."""
    if not hasattr(frame, "columns"):
        _feed(hashed, np.asarray(frame.to_numpy()))
        return
    names = list(frame.columns)
    _start(hashed, "frame", len(names))
    for k, name in enumerate(names):
        column = frame.iloc[:, k] if hasattr(frame, "iloc") else frame[name]
        _feed_parts(hashed, "column", [str(name), np.asarray(column.to_numpy())])


def _feed_path(hashed: Any, path: Path) -> None:
    """The bytes of a file, or of all files of a folder with their names."""
    try:
        if path.is_dir():
            files = sorted(each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file())
            _start(hashed, "folder", len(files))
            for name in files:
                _start(hashed, name)
                _feed_path(hashed, path / name)
            return
        with path.open("rb") as file:
            _start(hashed, "file", hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise InputError(f"Cannot read {str(path)!r}: {error.strerror}.") from None
