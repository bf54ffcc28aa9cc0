"""Ranking and calibration of forecasts against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygenesis import stats
from polygenesis.errors import InputError


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=25))
def test_auc_counts_pairs_with_ties_as_halves(pairs):
    scores, labels = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    if labels.all() or not labels.any():
        with pytest.raises(InputError, match="both true and false"):
            stats.auc(scores, labels)
        return
    gap = scores[labels][:, None] - scores[~labels][None, :]
    assert stats.auc(scores, labels) == pytest.approx(np.mean((gap > 0) + 0.5 * (gap == 0)))


def test_auc_interval_covers_the_truth_and_repeats():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 25)
    labels = rng.random(1000) < 0.3
    scores = labels + rng.standard_normal(1000)
    found = stats.auc_interval(scores, labels, groups, seed=1, resamples=299)
    # Two normals one standard deviation apart: AUC = Φ(1/√2) = 0.7602.
    assert found.covers(0.7602)
    assert 0.03 < found.upper - found.lower < 0.1
    assert found == stats.auc_interval(scores, labels, groups, seed=1, resamples=299)


def test_auc_interval_counts_resamples_without_both_labels():
    groups = np.repeat(np.arange(24), 2)
    labels = (groups == 0).astype(int)
    found = stats.auc_interval(np.arange(48.0), labels, groups, seed=0, resamples=200)
    assert "resamples had no value" in found.caution


def test_calibration_table_by_hand():
    chances = np.array([0.05, 0.15, 0.15, 0.9, 1.0, 0.95])
    outcomes = np.array([0, 0, 1, 1, 1, 0])
    table = stats.calibration(chances, outcomes, bins=10)
    np.testing.assert_allclose(table.lower, [0.0, 0.1, 0.9])
    np.testing.assert_array_equal(table.size, [1, 2, 3])
    np.testing.assert_allclose(table.forecast, [0.05, 0.15, 0.95])
    np.testing.assert_allclose(table.observed, [0.0, 0.5, 2 / 3])
    assert np.all(table.observed_lower <= table.observed)
    assert table.brier == pytest.approx(np.mean((chances - outcomes) ** 2))
    assert table.error == pytest.approx((0.05 + 2 * 0.35 + 3 * (0.95 - 2 / 3)) / 6)
    assert repr(table).count("\n") == 4


def test_true_chances_are_calibrated_and_sharpened_ones_are_not():
    rng = np.random.default_rng(1)
    truth = rng.random(20_000)
    outcomes = rng.random(20_000) < truth
    honest = stats.calibration(truth, outcomes)
    boastful = stats.calibration(np.clip(2 * truth - 0.5, 0, 1), outcomes)
    assert honest.error < 0.02 < 0.05 < boastful.error
    assert honest.brier == pytest.approx(1 / 6, abs=0.005)
    assert honest.brier < boastful.brier
    assert stats.brier([0.5, 0.5], [0, 1]) == 0.25


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.brier([1.2], [1]), "`chances` must lie from 0 to 1"),
        (lambda: stats.auc([1.0, 2.0], [1, 2]), "true or false"),
        (lambda: stats.auc([1.0, 2.0], [1]), "`labels` must hold 2 values"),
        (lambda: stats.calibration([0.5], [1], bins=0), "`bins`"),
    ],
)
def test_wrong_input_is_one_sentence(call, message):
    with pytest.raises(InputError, match=message):
        call()
