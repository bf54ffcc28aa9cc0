"""One replicate's parameters as one array, and arrays whose place in memory cannot change a result."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.spec import RunSpec


class Flat:
    """Where each parameter of a spec's model stands in the flat array, (P,); ``size`` is P."""

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        self.dtype = np.dtype(spec.precision)
        self.places: dict[str, slice] = {}
        begin = 0
        for name, shape in spec.model.shapes.items():
            end = begin + int(np.prod(shape))
            self.places[name], begin = slice(begin, end), end
        self.size = begin

    def named(self, flat: Floats) -> dict[str, Floats]:
        """Return flat parameters (…, P) by name, (…, shape)."""
        return {
            name: flat[..., place].reshape(*flat.shape[:-1], *self.spec.model.shapes[name])
            for name, place in self.places.items()
        }

    def segments(self) -> Integers:
        """Return of each parameter where it begins and ends, whether it is penalized, and whether it is trained."""
        penalized = set(self.spec.model.matrices({name: _Turnable() for name in self.places}))
        untrained = getattr(self.spec.model, "untrained", ())
        rows = [
            [place.start, place.stop, name in penalized, name not in untrained] for name, place in self.places.items()
        ]
        return np.array(rows, dtype=np.int64)


class _Turnable:
    """Stands for a matrix where only its name is asked for."""

    @property
    def mT(self) -> _Turnable:
        return self


def aligned(shape: tuple[int, ...], dtype: Any) -> Floats:
    """Return zeros that begin on a line of the cache, so that results cannot depend on where they stand."""
    count = int(np.prod(shape)) * dtype.itemsize
    raw = np.zeros(count + 64, np.uint8)
    begin = -raw.ctypes.data % 64
    return np.asarray(raw[begin : begin + count].view(dtype).reshape(shape))
