"""Effect sizes of blocks of neurons: AUROC with its exact variance by chance, Cohen's d, bits."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.probe.selection.chance import chance_variance
from polygenesis.probe.selection.occurrence import Occurrence

LEVELS = 8
"""Levels of activation, equal shares of the samples, between which mutual information is computed."""

MOST_CLASSES, LEAST_SAMPLES = 64, 2**15
"""Exclusive features up to which, and samples from which on, half-precision activations are counted by their 65,536
values instead of sorted: the counts of one neuron then fit in a processor's cache."""

ROOM = 2**22
"""Samples, with their features and orders, that a core visits before it returns to Python: a few hundredths of a
second, so that Ctrl-C ends the work."""


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of k neurons: ``auroc``, its ``z`` by chance, ``difference``, ``information`` (k, n); ``flat`` and
    ``signed`` (k,): whether the activation is constant, and whether it varies and is negative somewhere."""

    auroc: Floats
    z: Floats
    difference: Floats
    information: Floats
    flat: Booleans
    signed: Booleans

    @classmethod
    def empty(cls, neurons: int, features: int) -> Effects:
        """Make room for the effects of some neurons."""
        auroc, z, difference, information = (np.empty((neurons, features)) for _ in range(4))
        flat, signed = np.empty((2, neurons), dtype=bool)
        return cls(auroc, z, difference, information, flat, signed)

    def part(self, first: int, last: int) -> Effects:
        """Return some neurons' part, as views."""
        return replace(self, **{name: each[first:last] for name, each in vars(self).items()})


@dataclass(frozen=True, eq=False)
class Ordered:
    """Labels under several orders of the samples, (P, …): activation i has the labels ``features[starts[i]:…]``.

    ``classes``: the only feature of each sample, n where it has none; empty where samples have several.
    """

    starts: Integers
    features: Integers
    weights: Floats
    classes: Integers
    known: Floats
    logs: Floats

    @classmethod
    def of(cls, known: Occurrence, orders: Integers) -> Ordered:
        """Bring the labels into each order (P, samples)."""
        lengths, n = np.diff(known.starts), len(known.counts)
        starts = np.zeros((len(orders), known.size + 1), np.int64)
        np.cumsum(lengths[orders], axis=1, out=starts[:, 1:])
        features = np.empty((len(orders), len(known.features)), np.int32)
        for own, order, first in zip(features, orders, starts, strict=True):
            at = np.repeat(known.starts[:-1][order] - first[:-1], lengths[order]) + np.arange(len(own))
            own[:] = known.features[at]
        classes = np.zeros((len(orders), 0), np.int32)
        if known.exclusive:
            one = np.full(known.size, n, np.int32)
            one[lengths == 1] = known.features
            classes = one[orders]
        counts = np.arange(known.size + 1, dtype=np.float64)
        logs = counts * np.log2(np.maximum(counts, 1))
        return cls(starts, features, known.weights[orders], classes, np.stack([known.counts, *known.outside]), logs)

    def at(self, order: int) -> Ordered:
        """Return the labels under one order."""
        by_order = ("starts", "features", "weights", "classes")
        return replace(self, **{name: getattr(self, name)[order : order + 1] for name in by_order})

    @property
    def visits(self) -> int:
        """Samples that are visited for one neuron, with their features, under all orders."""
        return int(self.starts.size + self.features.size)


def block_effects(block: Floats, known: Occurrence, orders: Integers) -> list[Effects]:
    """Measure a block of neurons (k, samples), float64 or float16, under each order of the labels (P, samples)."""
    labels, found = Ordered.of(known, orders), []
    for p in range(len(orders)):
        out = Effects.empty(len(block), len(known.counts))
        measure_block(block, labels.at(p), out)
        found.append(out)
    return found


def measure_block(block: Floats, labels: Ordered, out: Effects) -> Floats:
    """Write the effects of a block of neurons under the first order; return the largest under each, (P, 3).

    ``block`` (k, samples): float64 or float16. The largest are |AUROC − ½|, |difference| and bits.
    """
    from polygenesis.probe.selection.ranking import class_effects, row_effects

    half = block.dtype == np.float16
    rows, largest = np.empty((len(block), 2), dtype=bool), np.zeros((len(block), len(labels.starts), 3))
    four = out.auroc, out.z, out.difference, out.information
    table = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64)
    counted = half and _few_classes(labels)
    bits = block.view(np.uint16) if half else np.zeros((len(block), 0), np.uint16)
    values = np.zeros((len(block), 0)) if half else block

    def work(at: slice) -> None:
        parts = *(each[at] for each in four), rows[at], largest[at]
        if counted:
            class_effects(bits[at], table, labels.classes, labels.weights, labels.known, labels.logs, LEVELS, *parts)
        else:
            row_effects(
                values[at], bits[at], table, labels.starts, labels.features, labels.weights, labels.classes,
                labels.known, labels.logs, LEVELS, *parts,
            )  # fmt: skip

    in_parts(len(block), work, most=max(1, ROOM // labels.visits))
    out.flat[:], out.signed[:] = rows.T
    return np.asarray(largest.max(axis=0, initial=0.0))


def _few_classes(labels: Ordered) -> bool:
    samples, n = labels.classes.shape[1], labels.known.shape[1]
    return bool(samples >= LEAST_SAMPLES and n <= MOST_CLASSES)


def in_parts(rows: int, work: Callable[[slice], None], most: int) -> None:
    """Do compiled work on the rows, at most ``most`` at a time on every core; it lets go of Python's lock.

    What interrupts it (Ctrl-C) ends it once the rows at hand are done.
    """
    cores = max(1, min(os.cpu_count() or 1, 8))
    step = max(1, min(most, -(-rows // cores)))
    slices = [slice(first, min(first + step, rows)) for first in range(0, rows, step)]
    with ThreadPoolExecutor(cores) as pool:
        waiting = [pool.submit(work, each) for each in slices]
        try:
            for each in waiting:
                each.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


__all__ = ["LEVELS", "Effects", "Ordered", "block_effects", "chance_variance", "in_parts", "measure_block"]
