"""Arrays in a safetensors file, written and read without trusting it.

The format (a length, a header of JSON, the bytes of all arrays) is that of the safetensors library, and each reads what
the other wrote. Ours writes with the umask's mode and no second copy in memory, reads by file descriptor, so that a
file cut short under a reader is an error and not the end of the process, and tells what cannot be read from what is
damaged.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from polygenesis import files

Arrays = dict[str, np.ndarray[Any, Any]]

KINDS = {
    "BOOL": "|b1", "U8": "|u1", "I8": "|i1", "U16": "<u2", "I16": "<i2", "F16": "<f2", "U32": "<u4", "I32": "<i4",
    "F32": "<f4", "U64": "<u8", "I64": "<i8", "F64": "<f8",
}  # fmt: skip
"""Element types by the format's names."""

_NAMES = {np.dtype(kind): name for name, kind in KINDS.items()}

MOST_HEADER = 100_000_000
"""Bytes of a header that the format allows."""

MOST_TEXT = 2**28
"""Bytes of a text file that are read: what we write is far smaller."""


class Unfit(ValueError):
    """A file that is there and can be read, but is not what it should be; the sentence says in what."""


def read_bytes(path: Path, most: int = MOST_TEXT) -> bytes:
    """Read a file at once; :class:`Unfit` for what is no file, or larger than ``most``."""
    with _opened(path) as file:
        data: bytes = file.read(most + 1)
    if len(data) > most:
        raise Unfit(f"{path.name} is larger than {most} bytes")
    return data


def write_tensors(path: Path, arrays: Mapping[str, np.ndarray[Any, Any]], metadata: Mapping[str, str]) -> None:
    """Write arrays and some text as a new file; OSError where the disk does not take it."""
    order = sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name))
    ends = list(itertools.accumulate((arrays[name].nbytes for name in order), initial=0))
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    for name, (start, stop) in zip(order, itertools.pairwise(ends), strict=True):
        array = arrays[name]
        kind = _NAMES[array.dtype.newbyteorder("<")]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [start, stop]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with files.create(path) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            array = np.ascontiguousarray(arrays[name], dtype=arrays[name].dtype.newbyteorder("<"))
            if array.size:
                file.write(array.reshape(-1).view(np.uint8).data)


def read_tensors(path: Path) -> Arrays:
    """Read all arrays of a file; OSError where it cannot be read, :class:`Unfit` where it is damaged."""
    with Tensors(path) as file:
        return {name: file.array(name) for name in file.names}


class Tensors:
    """An open safetensors file: its names and texts, and arrays read when asked for."""

    def __init__(self, path: Path) -> None:
        self._file = _opened(path)
        try:
            self.size = os.fstat(self._file.fileno()).st_size
            self.metadata, self._places, self._start = _header(self._file, self.size)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Tensors:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._file.close()

    @property
    def names(self) -> list[str]:
        """Names of the arrays."""
        return list(self._places)

    def array(self, name: str) -> np.ndarray[Any, Any]:
        """Read one array."""
        if name not in self._places:
            raise Unfit(f"array {name!r} is missing")
        kind, shape, start, stop = self._places[name]
        data = bytearray(stop - start)
        self._file.seek(self._start + start)
        if self._file.readinto(data) != len(data):
            raise Unfit("it is cut off")
        return np.frombuffer(data, dtype=kind).reshape(shape)


def _opened(path: Path) -> Any:
    """Open a regular file for reading; never wait for a pipe."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Unfit(f"{path.name} is not a file")
    return os.fdopen(descriptor, "rb")


_Place = tuple[np.dtype[Any], tuple[int, ...], int, int]


def _header(file: Any, size: int) -> tuple[dict[str, str], dict[str, _Place], int]:
    """Texts, places of the arrays by name, and where their bytes begin."""
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(MOST_HEADER, size - 8):
        raise Unfit("its header is cut off")
    try:
        header = json.loads(file.read(length).decode(), object_pairs_hook=_once)
        metadata = header.pop("__metadata__", {})
        places = {name: _place(each) for name, each in header.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Unfit("its header is damaged") from None
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise Unfit("its header is damaged")
    end = 0
    for _, _, start, stop in sorted(places.values(), key=lambda each: each[2:]):
        if start != end:
            raise Unfit("its header is damaged")
        end = stop
    if end != size - 8 - length:
        raise Unfit("it is cut off")
    return metadata, places, 8 + length


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _place(entry: dict[str, Any]) -> _Place:
    kind, shape, (start, stop) = np.dtype(KINDS[entry["dtype"]]), entry["shape"], entry["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (*shape, start, stop)):
        raise ValueError("not whole numbers")
    if stop - start != math.prod(shape) * kind.itemsize:
        raise ValueError("sizes differ")
    return kind, tuple(shape), start, stop
