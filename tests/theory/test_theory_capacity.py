"""Capacity, noise levels and the Prediction value itself."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from polygenesis import theory
from polygenesis.errors import InputError


@pytest.mark.parametrize(("n", "m"), [(2, 3), (3, 3), (4, 3), (6, 3)])
def test_forced_floor_is_the_least_over_all_arrangements(n, m):
    least = min(
        sum(slots.count(neuron) == 2 for neuron in range(m))
        for chosen in itertools.combinations(range(2 * m), n)
        for slots in [[slot // 2 for slot in chosen]]
    )
    assert float(theory.forced_neurons(n, m)) == least


def test_beyond_two_features_a_neuron_features_are_lost():
    with pytest.raises(InputError, match="beyond that features must die"):
        theory.forced_neurons(7, 3)
    assert float(theory.lost_features(7, 3)) == 1
    assert float(theory.lost_features(6, 3)) == 0


def test_chance_shares_more_than_must_be_even_below_m_equals_n():
    excess = theory.incidental_excess(300, 256)
    assert float(excess) == pytest.approx(300 * 299 / (2 * 511) - 44)
    assert excess.interval[0] > 0
    assert float(theory.incidental_excess(6, 3)) == pytest.approx(0)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=30), st.integers(8, 12))
def test_one_neuron_a_feature_leaves_no_gap_in_the_accounts(neurons, m):
    held = np.bincount(neurons, minlength=m)
    excess = int(np.maximum(held - 1, 0).sum())
    books = theory.accounting(len(neurons), m, int((held > 0).sum()), excess)
    assert books.is_exact
    assert books.necessary + books.rest == books.excess == excess
    assert books.necessary == max(0, len(neurons) - m)


def test_accounting_says_when_it_is_only_a_bound():
    books = theory.accounting(n_live=4, m_live=5, occupied=5, excess=3)
    assert (books.necessary, books.idle, books.rest) == (0, 0, 3)
    assert "a bound" in str(books)
    assert theory.accounting(10, 8, 6, 4).necessary_share == 0.5
    assert math.isnan(theory.accounting(2, 5, 2, 0).necessary_share)
    assert str(theory.accounting(2, 5, 2, 0)) == "Nothing is shared."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.accounting(4, 5, 6, 0), "`occupied` must be at most m_live = 5"),
        (lambda: theory.accounting(9, 5, 4, 2), "`n_live` must be at most occupied"),
        (lambda: theory.accounting(-1, 5, 4, 2), "`n_live`"),
        (lambda: theory.excess_kurtosis("cauchy"), "known: bipolar, gaussian, laplace, uniform"),
        (lambda: theory.projected_kurtosis("bipolar", 1.2), "at most 1"),
        (lambda: float(theory.Prediction(np.arange(3.0))), "a curve"),
    ],
)
def test_outside_the_regime_one_sentence_says_so(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_kurtoses_are_those_of_the_laws():
    laws = {"uniform": stats.uniform, "gaussian": stats.norm, "laplace": stats.laplace}
    for name, law in laws.items():
        assert theory.excess_kurtosis(name) == pytest.approx(float(law.stats(moments="k")))
    signs = np.array([-1.0, 1.0])
    assert theory.excess_kurtosis("bipolar") == np.mean(signs**4) / np.mean(signs**2) ** 2 - 3


def test_projected_kurtosis_by_enumeration_of_bipolar_noise():
    row = np.array([0.8, 0.5, 0.3, 0.1])
    row /= np.linalg.norm(row)
    seen = np.array(list(itertools.product((-1, 1), repeat=4))) @ row
    kurtosis = np.mean(seen**4) / np.mean(seen**2) ** 2 - 3
    assert float(theory.projected_kurtosis("bipolar", np.sum(row**4))) == pytest.approx(kurtosis)


@pytest.mark.parametrize("m", [1, 2, 16])
def test_fourth_norm_of_random_rows(m):
    rows = np.random.default_rng(0).standard_normal((40_000, m))
    fourth = np.sum((rows / np.linalg.norm(rows, axis=1, keepdims=True)) ** 4, axis=1)
    prediction, variance = theory.random_row_fourth_norm(m), theory.random_row_fourth_norm_variance(m)
    assert abs(fourth.mean() - float(prediction)) < 4 * math.sqrt(variance / 40_000) + 1e-12
    assert fourth.var() == pytest.approx(variance, rel=0.05, abs=1e-12)
    low, high = prediction.interval
    assert np.mean((fourth < low - 1e-12) | (fourth > high + 1e-12)) <= 0.05


def test_a_prediction_prints_its_number_interval_regime_and_source():
    law = theory.slot_model(256, 256).prediction()
    assert repr(law).startswith("Prediction 63.87 [56, 72] | ")
    assert str(law) == repr(law)
    assert float(law) == law.value
    curve = theory.Prediction(np.linspace(1, 0.5, 7))
    assert repr(curve) == "Prediction 1 … 0.5 (shape (7,))"
    np.testing.assert_array_equal(np.asarray(curve), curve.array)
    assert "mean 63.87" in repr(theory.slot_model(256, 256))
