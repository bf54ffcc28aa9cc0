"""Activations, neuron by neuron: arrays, data frames, tensors, or chunks of samples that never fit at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.labels import plain

IN_MEMORY = 2**30
"""Bytes of streamed activations that stay in memory; more than this goes to a temporary file."""

CHUNK = 2**27
"""Bytes of activations, as float64, that are worked on at once."""


class Activations:
    """Activations of m neurons on a number of samples, read in blocks of neurons, (neurons, samples) each."""

    def __init__(self, by_neuron: Floats, by_sample: Floats | None = None) -> None:
        self._by_neuron, self._by_sample = by_neuron, by_sample
        held = by_sample if by_sample is not None else by_neuron.T
        self.samples, self.neurons = int(held.shape[0]), int(held.shape[1])

    def blocks(self) -> Iterator[tuple[int, Floats]]:
        """Yield (first neuron, activations (neurons, samples) as float64), all finite."""
        width = max(1, CHUNK // (8 * self.samples))
        for first in range(0, self.neurons, width):
            block = self._block(first, min(first + width, self.neurons))
            if not np.isfinite(block).all():
                neuron, sample = (int(i) for i in np.argwhere(~np.isfinite(block))[0])
                raise InputError(
                    "Argument `activations` must be finite, but is "
                    f"{block[neuron, sample]} for sample {sample}, neuron {first + neuron}."
                )
            yield first, block

    def _block(self, first: int, last: int) -> Floats:
        if self._by_sample is not None:
            return np.ascontiguousarray(self._by_sample[:, first:last].T, dtype=np.float64)
        return np.ascontiguousarray(self._by_neuron[first:last], dtype=np.float64)

    def __repr__(self) -> str:
        return f"Activations({self.samples} samples, {self.neurons} neurons)"


def read_activations(activations: Any) -> Activations:
    """Read activations (samples, neurons), or an iterator of chunks (some samples, neurons).

    Chunks are kept by neuron, in a temporary file where they are large, so that any number of samples can be
    streamed. Raises :class:`polygenesis.InputError` for other shapes and for what is not real numbers; NaN is
    found when blocks are read.
    """
    if isinstance(activations, Activations):
        return activations
    if isinstance(activations, Iterator):
        return _spool(activations)
    if isinstance(activations, np.memmap) and activations.ndim == 2 and activations.nbytes > IN_MEMORY:
        rows = max(1, CHUNK // (4 * activations.shape[1]))  # by sample on disk: one pass, not one a block of neurons
        return _spool(activations[first : first + rows] for first in range(0, len(activations), rows))
    array = _numbers(plain("activations", activations))
    if array.ndim != 2 or 0 in array.shape:
        raise bad_argument("activations", "have shape (samples, neurons)", f"shape {array.shape}")
    if len(array) < 4:
        raise bad_argument("activations", "have at least 4 samples", f"shape {array.shape}")
    return Activations(array.T, array)


def _numbers(array: np.ndarray[Any, Any]) -> Floats:
    if array.dtype.kind not in "fiub":
        raise InputError(f"Argument `activations` must be real numbers, but is an array of {array.dtype}.")
    return array


def _spool(chunks: Iterator[Any]) -> Activations:
    """Keep chunks of samples by neuron, float32, in memory up to IN_MEMORY and in an unnamed file beyond."""
    waiting: list[Floats] = []
    for chunk in chunks:
        array = _numbers(plain("activations", chunk))
        if array.ndim != 2 or (waiting and array.shape[1] != waiting[0].shape[0]):
            raise bad_argument(
                "activations", "be chunks of shape (samples, neurons) of one width", f"shape {array.shape}"
            )
        waiting.append(np.ascontiguousarray(array.T, dtype=np.float32))
        if sum(each.nbytes for each in waiting) > IN_MEMORY:
            return _spool_to_file(waiting, chunks)
    if not waiting:
        raise InputError("Argument `activations` must hold samples, but its iterator is empty.")
    return Activations(np.concatenate(waiting, axis=1))


def _spool_to_file(waiting: list[Floats], chunks: Iterator[Any]) -> Activations:
    """Write chunks one after the other, then bring each neuron's samples together in a second file."""
    sizes = []
    neurons = waiting[0].shape[0]
    pieces = tempfile.TemporaryFile()  # noqa: SIM115 (memory maps keep it open)
    for array in waiting:
        pieces.write(array.tobytes())
        sizes.append(array.shape[1])
    waiting.clear()
    for chunk in chunks:
        array = _numbers(plain("activations", chunk))
        if array.ndim != 2 or array.shape[1] != neurons:
            raise bad_argument(
                "activations", "be chunks of shape (samples, neurons) of one width", f"shape {array.shape}"
            )
        pieces.write(np.ascontiguousarray(array.T, dtype=np.float32).tobytes())
        sizes.append(len(array))
    pieces.flush()
    whole = np.memmap(tempfile.TemporaryFile(), np.float32, "w+", shape=(neurons, sum(sizes)))  # noqa: SIM115
    offset = column = 0
    for size in sizes:
        piece = np.memmap(pieces, np.float32, "r", offset, (neurons, size))
        whole[:, column : column + size] = piece
        offset, column = offset + piece.nbytes, column + size
    return Activations(whole)
