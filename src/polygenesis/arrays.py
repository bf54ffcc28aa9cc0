"""The shapes that the whole package speaks of, named once.

=====  ==============================================
name   meaning
=====  ==============================================
r      replicates: independent instances of one spec
n      features
m      neurons
T      saved times
=====  ==============================================

Weights are always ``(r, n, m)``: row ``W[a, i]`` is the encoding of feature i, column
``W[a, :, k]`` is neuron k.
Tests check these shapes by machine (``tests/test_shapes.py``); at run time they are plain NumPy arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
"""Real numbers of either precision, any shape."""

Weights = NDArray[np.floating[Any]]
"""Real weights, shape (r, n, m)."""

Integers = NDArray[np.integer[Any]]
"""Whole numbers: counts and indices, any shape."""

Booleans = NDArray[np.bool_]
"""Truth values, any shape."""
