"""Tests of counts and signs, corrections, permutations and clustered bootstraps."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats import multitest

from polygenesis import stats
from polygenesis.errors import InputError


def test_dispersion_of_poisson_and_under_dispersed_counts():
    rng = np.random.default_rng(0)
    p = [stats.dispersion_test(rng.poisson(20, 16)).p_under for _ in range(1000)]
    # Uniform under Poisson: Kolmogorov at the 0.1 % level.
    assert scipy_stats.kstest(p, "uniform").pvalue > 0.001
    tight = stats.dispersion_test(rng.binomial(40, 0.5, 64))
    assert tight.p_under < 1e-3
    assert tight.p_over > 0.99
    assert tight.index == pytest.approx(0.5, abs=0.25)


def test_dispersion_is_added_over_cells_and_not_inflated_by_their_means():
    rng = np.random.default_rng(1)
    cells = np.repeat([0, 1, 2], 30)
    counts = rng.binomial(np.array([20, 100, 400])[cells], 0.5)
    pooled, by_cell = stats.dispersion_test(counts), stats.dispersion_test(counts, cells=cells)
    assert pooled.p_over < 1e-10
    assert by_cell.p_under < 1e-4
    assert by_cell.freedom == 87
    assert stats.dispersion_test([0, 0, 0]).freedom == 0
    assert stats.dispersion_test([3, 4, 9], cells=[7, 7, 7]) == stats.dispersion_test([3, 4, 9])
    assert "rough" in stats.dispersion_test([0, 0, 1, 0]).caution


def test_signs_are_counted_exactly():
    found = stats.sign_test([1, 2, 3, -1, 0, 4])
    assert (found.positive, found.negative, found.ties) == (4, 1, 1)
    assert found.p_value == pytest.approx(scipy_stats.binomtest(4, 5).pvalue)
    assert found.p_positive == pytest.approx(6 / 32)
    assert stats.sign_test([0.0, 0.0]).p_value == 1


def test_same_counts_sees_shape_as_well_as_mean():
    rng = np.random.default_rng(2)
    narrow, wide, again = rng.binomial(40, 0.5, 80), rng.poisson(20, 80), rng.binomial(40, 0.5, 80)
    spread = stats.same_counts(narrow, 3 * (wide - 20) + 60, seed=0, resamples=499)
    assert spread.p_value == pytest.approx(1 / 500)
    assert stats.same_counts(narrow, again, seed=0, resamples=499).p_value > 0.05
    gap = scipy_stats.ks_2samp(narrow, again).statistic
    assert stats.same_counts(narrow, again, seed=0, resamples=9).statistic == pytest.approx(gap)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_holm_is_the_closed_test_of_bonferroni(p):
    """A claim is dropped as far as every set of claims that holds it is dropped."""
    sets = [s for size in range(1, len(p) + 1) for s in itertools.combinations(range(len(p)), size)]
    closed = [max(min(1, len(s) * min(p[j] for j in s)) for s in sets if i in s) for i in range(len(p))]
    np.testing.assert_allclose(stats.holm(p), closed, atol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_benjamini_hochberg_is_that_of_statsmodels(p):
    expected = multitest.multipletests(p, method="fdr_bh")[1]
    np.testing.assert_allclose(stats.benjamini_hochberg(p), expected, atol=1e-12)


def test_permutation_p_value_approaches_full_enumeration():
    a, b = np.array([5.0, 7, 9, 4]), np.array([3.0, 2, 6])
    pool = np.concatenate([a, b])
    seen = a.mean() - b.mean()
    gaps = [
        pool[list(chosen)].mean() - np.delete(pool, chosen).mean() for chosen in itertools.combinations(range(7), 4)
    ]
    exact = np.mean(np.array(gaps) >= seen - 1e-9)
    found = stats.permutation_test(a, b, seed=0, resamples=4000, tail="high")
    # Standard error at most 0.8 %.
    assert found.p_value == pytest.approx(exact, abs=0.02)
    assert found.expected == pytest.approx(0, abs=0.1)
    assert found == stats.permutation_test(a, b, seed=0, resamples=4000, tail="high")


def test_p_value_counts_the_observation_in():
    assert stats.p_value(5.0, np.zeros(99)) == 0.01
    assert stats.p_value(0.0, np.zeros(99)) == 1
    assert stats.p_value(5.0, np.zeros(99), tail="low") == 1
    assert stats.p_value(5.0, np.zeros(99), tail="two-sided") == 0.02


def test_bootstrap_over_groups_is_wider_than_over_observations():
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(30), 20)
    x = rng.standard_normal(30)[groups] + 0.1 * rng.standard_normal(600)
    clustered = stats.cluster_bootstrap(np.mean, (x,), groups, seed=0, resamples=499)
    single = stats.cluster_bootstrap(np.mean, (x,), np.arange(600), seed=0, resamples=499)
    width, narrow = clustered.upper - clustered.lower, single.upper - single.lower
    assert width > 3 * narrow
    means = x.reshape(30, 20).mean(axis=1)
    assert width == pytest.approx(2 * 1.96 * means.std() / math.sqrt(30), rel=0.15)
    few = stats.cluster_bootstrap(np.mean, (x[:60],), groups[:60], seed=0, resamples=99)
    assert "Only 3 groups" in few.caution


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.holm([0.2, 1.2]), "`p_values` must lie from 0 to 1"),
        (lambda: stats.p_value(1.0, [1.0], tail="upper"), "known: high, low, two-sided"),
        (lambda: stats.cluster_bootstrap(np.mean, (np.ones(3),), [0, 1], seed=0), "`groups` must hold 3 labels"),
        (lambda: stats.permutation_test([1.0], [2.0], seed=0, resamples=0), "`resamples`"),
    ],
)
def test_wrong_input_is_one_sentence(call, message):
    with pytest.raises(InputError, match=message):
        call()
