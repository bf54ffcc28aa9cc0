"""Classes of synthetic features, learnt with the cross-entropy."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.checks import PositiveInt, part
from polygenesis.errors import bad_argument


@part
class Classes:
    """The class of the largest feature, learnt with the mean cross-entropy; the outputs are logits.

    ``count``: number of classes, each of n/count neighbouring features; by default every feature is a class of its own.
    With one-hot features and one neuron it is the single neuron with exclusive classes of Bricken et al. (2023).
    An input in which nothing fires is of the first class.
    """

    count: PositiveInt | None = None
    kind: Literal["classes"] = field(default="classes", kw_only=True, repr=False)

    def outputs(self, n: int) -> int:
        """Return the number of classes; refuses one that does not divide n, and fewer than two."""
        count = self.count or n
        if n % count:
            raise bad_argument("target.count", f"divide n = {n}", count)
        if count < 2:
            raise bad_argument("target.count", "be at least 2", count)
        return count

    def classes(self, n: int) -> int:
        """Return the number of classes."""
        return self.outputs(n)

    def answers(self, inputs: Floats) -> Floats:
        """Return the classes as one-hot vectors, (b, classes)."""
        labels = self.labels(inputs)
        return np.asarray(np.eye(self.outputs(inputs.shape[-1]))[labels])

    def labels(self, inputs: Floats) -> Integers:
        """Return the class of each input's largest feature, (b,).

        >>> Classes(2).labels(np.array([[0.0, 0.5, 0.0, 2.0], [0.1, 0.0, 0.0, 0.0]])).tolist()
        [1, 0]
        """
        n = inputs.shape[-1]
        return np.asarray(inputs.argmax(axis=-1) // (n // self.outputs(n)))

    def importance(self, importance: Floats) -> Floats:
        """Return 1 for every output: the cross-entropy has no importance."""
        return np.ones(self.outputs(len(importance)))
