"""Products in registers are those of NumPy, for sizes of whole tiles, of parts of one, and of none."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from polygenesis.dynamics.products import panel_width, product, product_of_rows, wide_product

SIZES = [(1, 1, 1), (4, 16, 3), (5, 17, 8), (3, 7, 1), (9, 31, 12), (8, 33, 40), (12, 100, 5), (2, 4, 257)]


@njit(error_model="numpy")
def direct(left, right, out, terms, row_step, term_step):
    product(left, right, out, out.shape[0], out.shape[1], terms, row_step, term_step, False)


@njit(error_model="numpy")
def wide(left, right, out, terms, row_step, term_step):
    panel = np.full(terms * panel_width(out.itemsize), np.nan).astype(out.dtype)
    wide_product(left, right, out, out.shape[0], out.shape[1], terms, row_step, term_step, panel)


@njit(error_model="numpy")
def upper(left, right, out, terms):
    product(left, right, out, out.shape[0], out.shape[1], terms, 1, out.shape[0], True)


@njit(error_model="numpy")
def of_rows(left, right, out):
    product_of_rows(left, right, out, left.shape[0], right.shape[0], left.shape[1])


def numbers(generator, whole, shape, dtype):
    drawn = generator.integers(-9, 9, shape) if whole else generator.standard_normal(shape)
    return drawn.astype(dtype)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("rows", "width", "terms"), SIZES)
def test_products_are_those_of_numpy(rows, width, terms, dtype, whole):
    """Exact on whole numbers; every number of the result is written, and nothing beyond."""
    generator = np.random.default_rng([rows, width, terms])
    left, right = (numbers(generator, whole, shape, dtype) for shape in ((rows, terms), (terms, width)))
    exact = left.astype(float) @ right.astype(float)
    error = 0 if whole else 4 * terms * np.finfo(dtype).eps * np.abs(left).max() * np.abs(right).max()
    for call in (direct, wide):
        for stored, steps in ((left, (terms, 1)), (np.ascontiguousarray(left.T), (1, rows))):
            room = np.full((rows + 2, width), np.nan, dtype)
            call(stored, right, room[1:-1], terms, *steps)
            np.testing.assert_allclose(room[1:-1], exact, rtol=0, atol=error)
            assert np.isnan(room[[0, -1]]).all()
    room = np.full((rows + 2, width), np.nan, dtype)
    of_rows(left, np.ascontiguousarray(right.T), room[1:-1])
    np.testing.assert_allclose(room[1:-1], exact, rtol=0, atol=error)
    assert np.isnan(room[[0, -1]]).all()


@pytest.mark.parametrize("n", [1, 4, 7, 16, 36, 41])
def test_the_upper_half_of_a_square_is_whole(n):
    weights = np.random.default_rng(n).integers(-9, 9, (5, n)).astype(float)
    out = np.zeros((n, n))
    upper(weights, weights, out, 5)
    np.testing.assert_array_equal(np.triu(out), np.triu(weights.T @ weights))


def test_what_is_not_finite_comes_through():
    left, right = np.ones((5, 9), np.float32), np.ones((9, 20), np.float32)
    right[3, 4], left[2, 8] = np.inf, np.nan
    for call in (direct, wide):
        found = np.empty((5, 20), np.float32)
        call(left, right, found, 9, 9, 1)
        np.testing.assert_array_equal(found, left @ right)


def test_arrays_with_gaps_or_of_two_types_are_refused_by_the_compiler():
    square = np.zeros((4, 4))
    for left, right in ((np.zeros((4, 8))[:, ::2], square), (square.astype(np.float32), square), (square, square > 0)):
        with pytest.raises(TypingError, match="of one type, without gaps"):
            of_rows(left, right, square)
