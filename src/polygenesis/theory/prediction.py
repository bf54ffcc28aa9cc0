"""What a theory says: a value, how far chance moves it, where it holds, and who says so."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError
from polygenesis.html import facts, fragment, prose

PAPER = "arXiv:2312.03096"
"""The source of the project: "What Causes Polysemanticity?", v1 "Incidental Polysemanticity"."""


@dataclasses.dataclass(frozen=True, eq=False)
class Prediction:
    """A predicted number or curve, with the regime where it holds and its source.

    `value` is a float, or an array where the quantity is a curve. `interval` is (lower, upper) of the
    *random outcome* that is predicted, each shaped like `value`, or None where the theory gives only a mean.

    >>> Prediction(16.0, regime="n ≤ m.", source="arXiv:2312.03096, claim C4")
    Prediction 16 | n ≤ m. | arXiv:2312.03096, claim C4
    >>> float(Prediction(16.0, regime="", source="")) + 1
    17.0
    """

    value: float | Floats
    interval: tuple[float | Floats, float | Floats] | None = None
    regime: str = ""
    source: str = ""

    def __float__(self) -> float:
        if np.ndim(self.value) != 0:
            raise InputError("This prediction is a curve: use `prediction.array`, not float(prediction).")
        return float(self.value)

    @property
    def array(self) -> Floats:
        """The value as an array of whatever shape it has."""
        return np.asarray(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(self.value, dtype=dtype)

    def __repr__(self) -> str:
        return " | ".join(part for part in (f"Prediction {self._number()}", self.regime, self.source) if part)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = [("value", self._number()), ("holds for", prose(self.regime)), ("source", prose(self.source))]
        return fragment(facts(rows), "Prediction")

    def _number(self) -> str:
        if np.ndim(self.value) != 0:
            array = self.array
            ends = f"{array.flat[0]:.4g} … {array.flat[-1]:.4g}" if array.size else "empty"
            return f"{ends} (shape {array.shape})"
        if self.interval is None:
            return f"{float(self.value):.4g}"
        return f"{float(self.value):.4g} [{float(self.interval[0]):.4g}, {float(self.interval[1]):.4g}]"
