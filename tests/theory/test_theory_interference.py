"""Overlaps at the start against closed forms and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, special

from polygenesis import theory
from polygenesis.errors import InputError


def rows(n, m, seed, runs=1):
    return np.random.default_rng(seed).standard_normal((runs, n, m)) / math.sqrt(m)


@pytest.mark.parametrize("m", [1, 2, 5, 50])
def test_density_is_the_closed_form_where_that_can_be_computed(m):
    x = np.array([[0.05, 0.3], [1.0, -2.0]])
    s, order = np.abs(m * x), (m - 1) / 2
    closed = m * s**order * special.kv(order, s) / (math.sqrt(math.pi) * math.gamma(m / 2) * 2**order)
    np.testing.assert_allclose(theory.overlap_density(x, m), closed, rtol=1e-9)


@pytest.mark.parametrize("m", [2, 16, 4096])
def test_density_has_mass_one_variance_one_over_m_and_the_stated_tail(m):
    width = 1 / math.sqrt(m)

    def moment(power, low):
        return integrate.quad(
            lambda x: x**power * float(theory.overlap_density(x, m)), low, 60 * width, epsabs=0, limit=200
        )[0]

    assert 2 * moment(0, 0) == pytest.approx(1, rel=1e-6)
    assert 2 * moment(2, 0) == pytest.approx(1 / m, rel=1e-6)
    assert moment(0, 4 * width) == pytest.approx(float(theory.overlap_tail(4 * width, m)), rel=1e-6)
    assert theory.overlap_tail(0.0, m) == pytest.approx(0.5)


def test_overlap_interval_covers_what_it_says():
    low, high = theory.start_overlap(6, level=0.8).interval
    pair = rows(2, 6, seed=0, runs=40_000)
    overlap = np.einsum("rk,rk->r", pair[:, 0], pair[:, 1])
    # Standard error 0.2 %.
    assert np.mean((overlap > low) & (overlap < high)) == pytest.approx(0.8, abs=0.008)
    wide = theory.start_overlap(100_000).interval[1]
    assert wide == pytest.approx(1.959964 / math.sqrt(100_000), rel=1e-3)


@pytest.mark.parametrize("signed", [False, True])
def test_largest_overlap_is_exceeded_no_more_often_than_stated_and_not_much_less(signed):
    n, m, runs, failure = 20, 16, 4000, 0.1
    W = rows(n, m, seed=7, runs=runs)
    overlaps = (W @ W.transpose(0, 2, 1))[:, *np.triu_indices(n, 1)]
    largest = (overlaps if signed else np.abs(overlaps)).max(axis=1)
    rate = np.mean(largest >= float(theory.largest_overlap(n, m, failure=failure, signed=signed)))
    error = math.sqrt(failure * (1 - failure) / runs)
    # Union loses to correlations between pairs: rates near 0.09 are expected, zero would be a useless bound.
    assert 0.6 * failure < rate < failure + 3 * error
    bound = float(theory.mean_largest_overlap(n, m, signed=signed))
    assert 0.75 * bound < largest.mean() < bound


def test_bounds_take_their_large_width_form():
    n, m, failure = 100, 10**7, 0.01
    chernoff = math.sqrt(2 * math.log(n * (n - 1)) / m)
    assert float(theory.mean_largest_overlap(n, m)) == pytest.approx(chernoff, rel=1e-3)
    normal = -special.ndtri(failure / (n * (n - 1))) / math.sqrt(m)
    assert float(theory.largest_overlap(n, m, failure=failure)) == pytest.approx(normal, rel=1e-3)


def test_mean_positive_overlap_is_exact():
    for m in (2, 7):
        integral = integrate.quad(lambda x, m=m: x * float(theory.overlap_density(x, m)), 0, 60 / math.sqrt(m))[0]
        assert float(theory.mean_positive_overlap(m)) == pytest.approx(integral, rel=1e-6)
    assert float(theory.mean_positive_overlap(10**6)) == pytest.approx(1 / math.sqrt(2e6 * math.pi), rel=1e-5)


def test_eigenvalues_at_the_start_agree_with_a_simulated_matrix():
    for n, m in ((256, 256), (400, 200), (300, 900)):
        W = rows(n, m, seed=4)[0]
        gram = W @ W.T
        top = np.linalg.eigvalsh(gram)[-1]
        rectified = np.linalg.eigvalsh(np.maximum(gram, 0))[-1]
        assert float(theory.gram_eigenvalue(n, m)) == pytest.approx(top, rel=0.04)
        assert float(theory.rectified_gram_eigenvalue(n, m)) == pytest.approx(rectified, rel=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.largest_overlap(1, 8), "`n` must be a whole number of at least 2"),
        (lambda: theory.largest_overlap(4, 8, failure=0), "`failure` must lie strictly between 0 and 1"),
        (lambda: theory.rectified_gram_eigenvalue(4, 8), r"\(n-1\)/√\(2πm\) > 2"),
        (lambda: theory.start_overlap(0), "`m`"),
    ],
)
def test_outside_the_regime_one_sentence_says_so(call, message):
    with pytest.raises(InputError, match=message):
        call()
