"""Activations, neuron by neuron: arrays, data frames, tensors, or chunks of samples that never fit at once."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Collection, Iterator
from typing import IO, Any

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.checks import plain_array
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.inputs.nested import unnested

IN_MEMORY = 2**29
"""Bytes of streamed activations that stay in memory; more than this goes to a temporary file."""

CHUNK = 2**27
"""Bytes of activations, as float64, that are worked on at once."""

PIECE = 2**26
"""Bytes of streamed activations that are turned from samples to neurons at once."""

LARGEST = 1e100
"""Activations stay below this in size, so that sums of their squares are finite."""


class Activations:
    """Activations of m neurons on a number of samples, read in blocks of neurons, (neurons, samples) each."""

    def __init__(self, by_sample: Floats | None, pieces: Pieces | None = None, rows: Booleans | None = None) -> None:
        self._by_sample, self._pieces, self._rows = by_sample, pieces, rows
        self._checked: set[tuple[int, int]] = set()
        self.samples, self.neurons = (
            pieces.shape if pieces is not None else (int(n) for n in np.asarray(by_sample).shape)
        )
        if rows is not None:
            self.samples = int(rows.sum())

    def of(self, rows: Booleans | None) -> Activations:
        """Return the activations of some samples, true in ``rows``, or all of them for None."""
        return self if rows is None else Activations(self._by_sample, self._pieces, rows)

    @property
    def half(self) -> bool:
        """Whether the activations are kept in half precision."""
        return (self._by_sample if self._pieces is None else self._pieces).dtype == np.float16  # type: ignore[union-attr]

    @property
    def size(self) -> int:
        """Bytes of all activations, as they are kept."""
        kept = (self._by_sample if self._pieces is None else self._pieces).dtype  # type: ignore[union-attr]
        return self.samples * self.neurons * int(kept.itemsize)

    def blocks(self, wanted: Collection[int] | None = None) -> Iterator[tuple[int, Floats]]:
        """Yield (first neuron, activations (neurons, samples)), all finite: float64, or float16 where they are kept so.

        ``wanted``: leave out blocks without any of these neurons.
        """
        width = max(1, CHUNK // (8 * self.samples))
        for first in range(0, self.neurons, width):
            last = min(first + width, self.neurons)
            if wanted is not None and not any(first <= k < last for k in wanted):
                continue
            block = self._block(first, last)
            if (first, last) not in self._checked and not _sound(block):
                finite = bool(np.isfinite(block).all())
                must = f"below {LARGEST:g} in size" if finite else "finite"
                wrong = abs(block) >= LARGEST if finite else ~np.isfinite(block)
                neuron, sample = (int(i) for i in np.argwhere(wrong)[0])
                raise InputError(
                    f"Argument `activations` must be {must}, but is "
                    f"{block[neuron, sample]} for sample {sample}, neuron {first + neuron}."
                )
            self._checked.add((first, last))
            yield first, block

    def array(self) -> Floats:
        """Return all activations at once, (samples, neurons), in the numbers in which they are kept."""
        from polygenesis.probe.inputs.turning import turned

        kept = self._pieces
        found = np.asarray(self._by_sample) if kept is None else turned(kept.read(0, self.neurons))
        return found if self._rows is None else found[self._rows]

    def _block(self, first: int, last: int) -> Floats:
        from polygenesis.probe.inputs.turning import turned

        if self._pieces is not None:
            block = self._pieces.read(first, last)
        else:
            block = turned(np.asarray(self._by_sample)[:, first:last])
        block = block if self._rows is None else np.ascontiguousarray(block[:, self._rows])
        return block if block.dtype == np.float16 else np.asarray(block, dtype=np.float64)

    def __repr__(self) -> str:
        return f"Activations({self.samples} samples, {self.neurons} neurons)"


def _sound(block: Floats) -> bool:
    """Whether all is finite and not too large."""
    from polygenesis.probe.inputs.turning import halves_finite

    if block.dtype == np.float16:  # by its bits: arithmetic in half precision is slow
        return bool(halves_finite(block.view(np.uint16)))
    return bool(block.max() < LARGEST and block.min() > -LARGEST)  # False for NaN, too


class Pieces:
    """Chunks of samples, taken one after the other and kept by neuron: in memory, and in an unnamed file beyond.

    Every chunk has the same neurons. Half and single precision stay as they are; all else becomes single.
    """

    def __init__(self) -> None:
        self._waiting: list[Floats] = []
        self._held: list[Floats] = []
        self._sizes: list[int] = []
        self._file: IO[bytes] | None = None
        self._width = 0
        self._kept: np.dtype[Any] = np.dtype("float32")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numbers in which activations are kept."""
        return self._kept

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and neurons so far."""
        self._settle()
        return sum(self._sizes), self._width

    def add(self, chunk: Any) -> None:
        """Take the next samples, (some, neurons)."""
        array = numbers(chunk)
        if array.ndim != 2 or ((self._sizes or self._waiting) and array.shape[1] != self._width):
            raise bad_argument(
                "activations", "be chunks of shape (samples, neurons) of one width", f"shape {array.shape}"
            )
        if not self._width:
            self._width = array.shape[1]
            self._kept = np.dtype("float16" if array.dtype == np.float16 else "float32")
        self._waiting.append(np.array(array, dtype=self._kept))
        if sum(each.nbytes for each in self._waiting) >= PIECE:
            self._settle()

    def read(self, first: int, last: int) -> Floats:
        """Read some neurons, (neurons, samples)."""
        self._settle()
        if self._file is None:
            return np.concatenate([each[first:last] for each in self._held], axis=1)
        found = np.empty((last - first, sum(self._sizes)), self._kept)
        start = column = 0
        for size in self._sizes:  # read, not mapped: pages that are mapped count as this process's memory
            self._file.seek((start + first * size) * self._kept.itemsize)
            piece = np.frombuffer(self._file.read((last - first) * size * self._kept.itemsize), self._kept)
            found[:, column : column + size] = piece.reshape(-1, size)
            start, column = start + self._width * size, column + size
        return found

    def _settle(self) -> None:
        """Turn what waits to neurons × samples, and let it go to the file once there is much of it."""
        if not self._waiting:
            return
        from polygenesis.probe.inputs.turning import turned

        piece = turned(np.concatenate(self._waiting) if len(self._waiting) > 1 else self._waiting[0])
        self._waiting.clear()
        self._sizes.append(piece.shape[1])
        self._held.append(piece)
        if self._file is None and sum(each.nbytes for each in self._held) > IN_MEMORY:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the activations are read)
        if self._file is not None:
            for each in self._held:
                self._file.write(each.data)
            self._held.clear()


def read_activations(activations: Any) -> Activations:
    """Read activations (samples, neurons), or an iterator of chunks (some samples, neurons).

    Chunks are kept by neuron, in a temporary file where they are large, so that any number of samples can be
    streamed; so are large arrays on disk. Raises :class:`polygenesis.InputError` for other shapes and for what is
    not real numbers; NaN is found when blocks are read.
    """
    if isinstance(activations, Activations):
        return activations
    if isinstance(activations, Iterator):
        return streamed(activations)
    if isinstance(activations, np.memmap) and activations.ndim == 2 and activations.nbytes > IN_MEMORY:
        return streamed(_rows(activations))
    array = numbers(activations)
    if array.ndim == 2 and 0 in array.shape:
        what = "samples" if not len(array) else "neurons"
        raise InputError(f"Argument `activations` must have {what}, but has none: its shape is {array.shape}.")
    if array.ndim != 2:
        raise bad_argument("activations", "have shape (samples, neurons)", f"shape {array.shape}")
    if len(array) < 4:
        raise bad_argument("activations", "have at least 4 samples", f"shape {array.shape}")
    return Activations(array)


def streamed(chunks: Iterator[Any]) -> Activations:
    """Take all chunks (some samples, neurons) of an iterator."""
    pieces = Pieces()
    empty = True
    for chunk in chunks:
        pieces.add(chunk)
        empty = False
    if empty:
        raise InputError("Argument `activations` must hold samples, but its iterator is empty.")
    return Activations(None, pieces)


def numbers(activations: Any) -> Floats:
    """Return activations as an array, if it is one of real numbers."""
    array = plain_array("activations", activations)
    if array.dtype.kind in "OUS":
        array = unnested("activations", activations, array)
    if array.dtype.kind not in "fiub":
        raise InputError(f"Argument `activations` must be real numbers, but is an array of {array.dtype}.")
    return array


def _rows(mapped: Any) -> Iterator[Floats]:
    """Read a large array on disk once, by its samples; from the file where it is all of it, so that no page stays."""
    rows = max(1, PIECE // (mapped.dtype.itemsize * mapped.shape[1]))
    whole = isinstance(mapped.base, mmap.mmap) and mapped.flags.c_contiguous  # a slice has its parent's offset
    if not whole:
        yield from (np.asarray(mapped[first : first + rows]) for first in range(0, len(mapped), rows))
        return
    with open(mapped.filename, "rb") as file:
        file.seek(mapped.offset)
        for first in range(0, len(mapped), rows):
            count = min(rows, len(mapped) - first) * mapped.shape[1]
            yield np.fromfile(file, mapped.dtype, count).reshape(-1, mapped.shape[1])
