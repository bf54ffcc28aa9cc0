"""Sorting of a neuron's samples: stable, whatever their number and however many are equal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygenesis.probe.selection.ranking import FEW, RUN, full_keys, half_keys, rising


def sorted_by(values):
    """The samples by rising value, and the keys of that order."""
    keys, spare = np.empty(len(values), np.uint64), np.empty(len(values), np.uint64)
    if values.dtype == np.uint16:
        half_keys(values, keys)
    else:
        full_keys(values, keys)
    before = keys.copy()
    found, order = rising(keys, spare)
    assert np.array_equal(found, before[order])
    return order


@given(st.lists(st.floats(allow_nan=False, width=64), max_size=60))
def test_samples_are_in_rising_order_and_equal_ones_as_they_come(values):
    values = np.array(values, np.float64)
    assert np.array_equal(sorted_by(values), np.argsort(values + 0.0, kind="stable"))


@pytest.mark.parametrize("size", [0, 1, RUN - 1, RUN, RUN + 1, 2 * RUN + 1, 1000, FEW - 1, FEW, FEW + 1, 70_000])
@pytest.mark.parametrize("kind", ["float64", "float32", "few values", "one value", "half"])
def test_every_size_and_kind(size, kind):
    random = np.random.default_rng(size)
    values = random.normal(size=size)
    if kind == "float32":
        values = values.astype(np.float32).astype(np.float64)
    elif kind == "few values":
        values = random.integers(-3, 4, size).astype(np.float64)
    elif kind == "one value":
        values = np.full(size, -2.5)
    elif kind == "half":
        halves = values.astype(np.float16)
        order = np.argsort(halves.astype(np.float64), kind="stable")
        assert np.array_equal(sorted_by(halves.view(np.uint16)), order)
        return
    assert np.array_equal(sorted_by(values), np.argsort(values, kind="stable"))
