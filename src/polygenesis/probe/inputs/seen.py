"""What a capture has seen of each batch: its labels, token ids, and the places of every layer that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Integers
from polygenesis.numerals import counted
from polygenesis.probe.inputs.collated import collated


@dataclass(frozen=True, eq=False)
class Seen:
    """What one batch had: its labels or None, and of each layer the inputs and their places, (inputs, ...).

    ``kept``: of each layer the places that are samples, (inputs, ...), or None where all are. ``text``: inputs and
    tokens of a batch of texts, or None. ``ids``: its token ids, (inputs, tokens), or None.
    """

    labels: np.ndarray[Any, Any] | None
    shapes: dict[str, tuple[int, ...]]
    kept: dict[str, Booleans | None]
    text: tuple[int, int] | None = None
    ids: Integers | None = None


def made_by_collator(batches: Sequence[Seen]) -> bool:
    """Whether the labels of all batches are what a language model is trained to guess: token ids, no features."""
    return bool(batches and collated([each.labels for each in batches], [each.ids for each in batches]))


class One:
    """One batch as a layer sees it."""

    def __init__(self, batch: Seen, layer: str) -> None:
        self.labels, self.layer, self.ids = batch.labels, layer, batch.ids
        self.shape, self.kept = batch.shapes[layer], batch.kept[layer]
        self.inputs, self.text = self.shape[0], batch.text is not None
        counts = np.full(self.inputs, prod(self.shape[1:]))
        self.counts: Integers = counts if self.kept is None else self.kept.sum(axis=tuple(range(1, self.kept.ndim)))
        self.samples, self.places = int(self.counts.sum()), prod(self.shape)
        self.placed = len(self.shape) == 2
        self.tokens = self.shape[1] if self.placed else 0 if batch.text is None else batch.text[1]

    @property
    def all_kept(self) -> Booleans:
        """Which places count, in one axis."""
        return np.ones(self.places, bool) if self.kept is None else self.kept.reshape(-1)

    def own(self, labels: np.ndarray[Any, Any]) -> bool:
        """Whether every place has a label of its own."""
        return len(self.shape) > 1 and labels.shape[: len(self.shape)] == self.shape

    def of_places(self, labels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Labels (inputs, places...), or of all places in one axis, as one for each place that counts."""
        own = labels.shape[len(self.shape) :] if self.own(labels) else labels.shape[1:]
        flat = labels.reshape(-1, *own)
        return flat if self.kept is None or len(flat) == self.samples else flat[self.kept.reshape(-1)]


def number_of_samples(seen: Sequence[One]) -> str:
    """Say how many places count, and what they are: "the 1,633 tokens that are not padding"."""
    count, every = sum(one.samples for one in seen), sum(one.places for one in seen)
    noun = "token" if all(one.text for one in seen) else "place"
    rest = "" if count == every else " that is not padding" if count == 1 else " that are not padding"
    return f"the {counted(count, noun)}{rest}"


def number_of_inputs(seen: Sequence[One]) -> str:
    """Say how many inputs there are, and what they are: "the 64 texts"."""
    return f"the {counted(sum(one.inputs for one in seen), 'text' if all(one.text for one in seen) else 'input')}"


def widths(seen: Sequence[One]) -> str:
    """Say how many tokens the texts of the batches have, padding included: "43", or "42 to 43"."""
    low, high = min(one.tokens for one in seen), max(one.tokens for one in seen)
    return str(low) if low == high else f"{low} to {high}"
