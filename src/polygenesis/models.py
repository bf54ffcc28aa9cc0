"""Models: what a network computes from its weights."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from polygenesis.checks import PositiveInt, part


@part
class TiedAutoencoder:
    """A tied autoencoder y = ReLU(W Wᵀ x) with a linear hidden layer and no bias (arXiv:2312.03096, §2).

    ``n`` features, ``m`` neurons; weights have shape (n, m), row i encodes feature i.
    """

    n: PositiveInt
    m: PositiveInt
    kind: Literal["tied-autoencoder"] = field(default="tied-autoencoder", kw_only=True, repr=False)


Model = TiedAutoencoder
