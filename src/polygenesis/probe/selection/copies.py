"""Copies: units of one run that carry the same features in the same way are one piece of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.probe.inputs.activations import Activations
from polygenesis.probe.selection.occurrence import Occurrence

ALIKE = 0.9
"""Correlation from which on two units are copies, before and after labels are regressed out. Copies with a fifth of
their spread as noise of their own are at .91 and above, distinct units of one feature at .07 and below."""

MOST_SAMPLES = 8192
"""Samples, evenly spaced, that are compared: the standard error of a correlation of .9 is then .002."""

MOST_LABELS = 256
"""Labels that are regressed out: where there are more, those that explain most of the units at hand."""

EXPLAINED = 1e-3
"""Share of a unit's standard deviation below which what labels leave of it is rounding."""


def copies(
    source: Activations, known: Occurrence, selections: Sequence[Booleans], effect: Floats, auroc: Floats
) -> list[Integers]:
    """Return each neuron's representative, one array (m,) for each selection.

    ``selections``: what neurons carry, (n, m); ``effect`` (n, m): its sign is theirs; ``auroc`` (n, m). Two neurons are
    copies if they carry the same features, with the same signs or all of them turned, and their activations correlate
    at ``ALIKE`` both as they are and with the labels regressed out. The first of its copies represents a neuron; one
    that carries nothing is evidence of nothing and represents itself.
    """
    listed = [_listed(each, effect) for each in selections]
    grouped = [_equal(each) for each in listed]
    units = _Units(source, known, auroc, sorted({k for groups in grouped for each in groups for k in each}))
    found: list[Integers] = []
    for carried, groups in zip(listed, grouped, strict=True):
        copy_of = np.arange(source.neurons)
        for each in groups:
            turn = np.array([carried[k][1][0] for k in each])
            same_way = np.outer(turn, turn)
            alike = units.alike(each) * same_way >= ALIKE
            for at, k in enumerate(each):
                first = next(o for o in range(at + 1) if alike[at, o] and copy_of[each[o]] == each[o])
                copy_of[k] = each[first]
        found.append(copy_of)
    return found


Carried = dict[int, tuple[Integers, Integers]]
"""Neuron → the features that it carries, and their signs; neurons that carry nothing are left out."""


def _listed(carried: Booleans, effect: Floats) -> Carried:
    """List what neurons carry, from matrices (n, m)."""
    neurons, features = np.nonzero(carried.T)
    signs = np.sign(effect[features, neurons]).astype(np.int8)
    starts = np.searchsorted(neurons, np.arange(carried.shape[1] + 1))
    return {
        int(k): (features[starts[k] : starts[k + 1]], signs[starts[k] : starts[k + 1]])
        for k in np.flatnonzero(np.diff(starts))
    }


def _equal(listed: Carried) -> list[tuple[int, ...]]:
    """Group the neurons that carry the same features, by signs up to a turn of all; groups of one are left out."""
    groups: dict[tuple[bytes, bytes], list[int]] = {}
    for k, (features, signs) in listed.items():
        groups.setdefault((features.tobytes(), (signs * signs[0]).tobytes()), []).append(k)
    return [tuple(each) for each in groups.values() if len(each) > 1]


class _Units:
    """Centred activations, of length 1, of some neurons on at most ``MOST_SAMPLES`` samples."""

    def __init__(self, source: Activations, known: Occurrence, auroc: Floats, wanted: Sequence[int]) -> None:
        self._known, self._auroc, self._place = known, auroc, {k: at for at, k in enumerate(wanted)}
        count = min(source.samples, MOST_SAMPLES)
        self._samples = np.arange(count) * source.samples // count
        self._values = np.empty((len(wanted), count), np.float32)
        for first, block in source.blocks(wanted) if wanted else ():
            for k in self._place.keys() & set(range(first, first + len(block))):
                row = np.asarray(block[k - first][self._samples], dtype=np.float64)
                self._values[self._place[k]] = _unit(row - row.mean())
        self._found: dict[tuple[int, ...], Floats] = {}

    def alike(self, neurons: tuple[int, ...]) -> Floats:
        """Correlations (k, k), the smaller in size of those before and after labels are regressed out."""
        if neurons not in self._found:
            rows = self._values[[self._place[k] for k in neurons]]
            raw = np.asarray(rows @ rows.T, dtype=np.float64)
            near = np.flatnonzero((np.abs(raw) >= ALIKE).sum(axis=1) > 1)
            found = np.where(np.abs(raw) >= ALIKE, 0.0, raw)
            np.fill_diagonal(found, 1.0)
            if len(near):
                rest = self._residuals(rows[near], [neurons[at] for at in near])
                pairs = np.ix_(near, near)
                found[pairs] = np.where(np.abs(raw[pairs]) < np.abs(rest), raw[pairs], rest)
                np.fill_diagonal(found, 1.0)
            self._found[neurons] = found
        return self._found[neurons]

    def _residuals(self, rows: Floats, neurons: Sequence[int]) -> Floats:
        """Correlations of what the labels leave; of units that they explain wholly, those as they are."""
        labels = self._all_labels
        if labels is None:
            spread = self._known.counts[:, None] * (2 * self._auroc[:, neurons] - 1) ** 2
            labels = self._labels(np.sort(np.argsort(-spread.max(axis=1), kind="stable")[:MOST_LABELS]))
        rest = rows - (rows @ labels) @ labels.T
        left = np.linalg.norm(rest, axis=1)
        known = left > EXPLAINED
        rest = np.divide(rest, left[:, None], out=np.zeros_like(rest), where=known[:, None])
        return np.where(~known[:, None] & ~known, rows @ rows.T, rest @ rest.T).astype(np.float64)

    @cached_property
    def _all_labels(self) -> Floats | None:
        n = len(self._known.counts)
        return self._labels(np.arange(n)) if n <= MOST_LABELS else None

    def _labels(self, chosen: Integers) -> Floats:
        """Orthonormal columns that span the centred labels, (samples, rank)."""
        known, columns = self._known, np.zeros((len(self._samples), len(chosen)), np.float32)
        for at, feature in enumerate(chosen):
            with_ = known.samples[known.firsts[feature] : known.firsts[feature + 1]]
            columns[np.isin(self._samples, with_, assume_unique=True), at] = 1
        columns -= columns.mean(axis=0)
        size, turned = np.linalg.eigh(columns.T @ columns)
        keep = size > 1e-5 * max(1.0, float(size.max()))
        return np.asarray(columns @ (turned[:, keep] / np.sqrt(size[keep])))


def _unit(row: Floats) -> Floats:
    norm = np.linalg.norm(row)
    return np.asarray(row / norm if norm > 0 else row)
