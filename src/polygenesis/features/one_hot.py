"""One-hot features: each input is exactly one feature."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import part
from polygenesis.features.base import Batch


@part
class OneHot:
    """The n one-hot vectors, each once, as one full batch (arXiv:2312.03096, §2)."""

    kind: Literal["one-hot"] = field(default="one-hot", kw_only=True, repr=False)
    samples: ClassVar[int] = 0

    def firing_probabilities(self, n: int) -> Floats:
        """Return 1/n for every feature."""
        return np.full(n, 1 / n)

    def mean_squares(self, n: int) -> Floats:
        """Return 1/n for every feature."""
        return np.full(n, 1 / n)

    def importance(self, n: int) -> Floats | None:
        """All features are equally important."""
        return None

    def enumerate(self, n: int) -> Batch:
        """Return the identity matrix."""
        return Batch(np.eye(n))

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw one feature an input."""
        return Batch(np.eye(n)[generator.integers(n, size=count)])
