"""The compiled loops as plain Python, for as long as they are being compiled: the same steps, and the same bits.

Nothing is written twice: Python runs the functions that the compiler reads (``kernels.Interpreter``), with passes over
whole arrays (``elementwise_arrays``) and the products of the BLAS that compiled code calls.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.linalg import blas

from polygenesis.arrays import Floats
from polygenesis.dynamics.flow import (
    active_set,
    dense_compiled,
    elementwise,
    elementwise_arrays,
    small_products,
    step_control,
)
from polygenesis.kernels import Interpreter

PASSES = ("count", "interfere", "extrapolate", "first_stage", "stage", "compare", "correct")
"""What ``elementwise_arrays`` does in place of ``elementwise``."""


def _of(name: str, precision: Any) -> Any:
    """A function of BLAS for a precision."""
    return getattr(blas, {"float32": "s", "float64": "d"}[precision.name] + name)


def _overlaps(weights: Floats, overlap: Floats) -> None:
    m, n = weights.shape
    if fit(n, m, weights.itemsize):
        small_products.overlaps_in_registers(weights, overlap)
        return
    columns = weights.T
    _of("gemm", weights.dtype)(1.0, columns, columns, trans_b=True, c=overlap.T, overwrite_c=True)


def _pull(weights: Floats, overlap: Floats, out: Floats) -> None:
    m, n = weights.shape
    if fit(n, m, weights.itemsize):
        small_products.pull_in_registers(weights, overlap, out)
        return
    _of("gemm", weights.dtype)(1.0, overlap.T, weights.T, c=out.T, overwrite_c=True)


def _towards(overlap: Floats, direction: Floats) -> tuple[Floats, Any]:
    ahead = _of("gemv", overlap.dtype)(1.0, overlap.T, direction, trans=True)
    return ahead, np.sqrt(overlap.dtype.type(_of("dot", overlap.dtype)(ahead, ahead)))


_interpreter = Interpreter(
    {
        **{getattr(elementwise, name): getattr(elementwise_arrays, name) for name in PASSES},
        small_products.overlaps: _overlaps,
        small_products.pull: _pull,
        small_products.towards: _towards,
    }
)
fit: Callable[[int, int, int], bool] = _interpreter(small_products.fit)


def _quiet(function: Any) -> Callable[..., Any]:
    """Run a function as plain Python, silent about what is not finite, as compiled code is."""
    plain = _interpreter(function)

    @functools.wraps(plain)
    def call(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return plain(*arguments)

    return call


ASKED = (
    "even_from",
    "relative_speed",
    "fastest",
    "second",
    "single",
    "typical",
    "decide",
    "legendre",
    "legendre_stages",
)
"""Functions of ``step_control`` that the dense phase calls from Python."""

control: Any = SimpleNamespace(**{name: _quiet(getattr(step_control, name)) for name in ASKED})
"""The same as plain Python."""

dense = _quiet(dense_compiled.advance)
advance, peek = _quiet(active_set.advance), _quiet(active_set.peek)
