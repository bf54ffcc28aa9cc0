"""One-hot features: each input is exactly one feature."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from polygenesis.checks import part


@part
class OneHot:
    """The n one-hot vectors, each once, as one full batch (arXiv:2312.03096, §2)."""

    kind: Literal["one-hot"] = field(default="one-hot", kw_only=True, repr=False)
