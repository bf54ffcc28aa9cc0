"""Intervals against scipy, closed forms, and their stated coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from polygenesis import stats
from polygenesis.errors import InputError


def test_mean_is_student_s():
    x = np.array([1.0, 2.0, 4.0, 4.5, 7.0, 9.0])
    found = stats.mean(x, level=0.9)
    low, high = scipy_stats.t.interval(0.9, 5, x.mean(), scipy_stats.sem(x))
    assert (found.lower, found.upper) == (pytest.approx(low), pytest.approx(high))
    assert found.size == 6
    assert found.caution == ""


def test_intervals_move_to_another_level_as_if_made_there():
    x = np.array([3.0, 5, 4, 8, 6, 5, 7, 2, 5, 5])
    for make in (stats.mean, stats.mean_count):
        moved, made = make(x).at(0.8), make(x, level=0.8)
        assert moved.lower == pytest.approx(made.lower)
        assert moved.upper == pytest.approx(made.upper)
    with pytest.raises(InputError, match=r"be 0.95, the level this interval was made at, but is 0.9"):
        stats.poisson(3).at(0.9)


def test_one_sided_p_values_are_those_of_the_t_test():
    x = np.array([3.0, 5, 4, 8, 6, 5])
    found = stats.mean(x)
    above = scipy_stats.ttest_1samp(x, 4.0, alternative="greater").pvalue
    below = scipy_stats.ttest_1samp(x, 4.0, alternative="less").pvalue
    assert found.chance_below(4.0) == pytest.approx(above)
    assert found.chance_above(4.0) == pytest.approx(below)
    assert found.chance_below(-math.inf) == 0
    assert found.chance_above(math.inf) == 0


def test_garwood_against_the_chi_square_form():
    found = stats.poisson(7, exposure=2.0)
    assert found.lower == pytest.approx(scipy_stats.chi2.ppf(0.025, 14) / 4)
    assert found.upper == pytest.approx(scipy_stats.chi2.ppf(0.975, 16) / 4)
    assert stats.poisson(0).lower == 0
    assert stats.poisson(0).upper == pytest.approx(-math.log(0.025))


@pytest.mark.parametrize("method", ["exact", "wilson"])
def test_proportions_cover_what_they_say(method):
    trials, truth = 40, 0.13
    chances = scipy_stats.binom.pmf(np.arange(trials + 1), trials, truth)
    covered = [stats.proportion(k, trials, method=method).covers(truth) for k in range(trials + 1)]
    coverage = chances @ covered
    assert coverage >= (0.95 if method == "exact" else 0.93)
    assert coverage < 0.99


def test_quasi_poisson_interval_is_right_where_poisson_s_is_too_wide():
    """Under-dispersed counts (variance half the mean): the stated level for one, near certainty for the other."""
    rng = np.random.default_rng(6)
    n, p, size, runs = 40, 0.5, 12, 1500
    counts = rng.binomial(n, p, size=(runs, size))
    quasi = np.mean([stats.mean_count(row).covers(n * p) for row in counts])
    poisson = np.mean([stats.poisson(int(row.sum()), exposure=size).covers(n * p) for row in counts])
    # Standard error 0.6 %.
    assert quasi == pytest.approx(0.95, abs=0.02)
    assert poisson > 0.985


def test_mean_count_says_when_to_distrust_it():
    assert "All counts are zero" in stats.mean_count([0, 0, 0]).caution
    assert stats.mean_count([0, 0, 0]).upper == pytest.approx(-math.log(0.025) / 3)
    assert "equal" in stats.mean_count([4, 4, 4]).caution
    assert "events" in stats.mean_count([0, 1, 0, 2]).caution
    assert stats.mean_count([10, 12, 9, 11]).caution == ""
    assert "Only 3 values" in stats.mean([1, 2, 3]).caution


def test_bootstrap_of_a_mean_is_near_student_s_and_repeats_with_its_seed():
    x = np.random.default_rng(2).standard_exponential(60)
    found = stats.bootstrap(x, seed=1, resamples=1999)
    student = stats.mean(x)
    assert found.lower == pytest.approx(student.lower, abs=0.08)
    assert found.upper == pytest.approx(student.upper, abs=0.12)
    assert found.upper - found.value > found.value - found.lower  # BCa follows the skew, t cannot
    assert stats.bootstrap(x, seed=1, resamples=1999) == found
    assert stats.bootstrap(x, seed=2, resamples=1999) != found


def test_bootstrap_takes_any_statistic_and_says_when_it_is_rough():
    found = stats.bootstrap([1.0, 2, 3, 4, 9], np.median, seed=0, resamples=499)
    assert found.value == 3
    assert "Only 5 values" in found.caution
    assert stats.bootstrap([2.0, 2.0], seed=0).lower == 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=2, max_size=30), st.floats(0.5, 0.99))
def test_every_interval_holds_its_estimate_and_widens_with_the_level(counts, level):
    for make in (stats.mean, stats.mean_count):
        found, wider = make(counts, level=level), make(counts, level=0.995)
        assert found.lower <= found.value <= found.upper
        assert wider.lower <= found.lower
        assert wider.upper >= found.upper


def test_difference_and_ratio_against_scipy_and_the_delta_method():
    a, b = np.array([5.0, 7, 6, 9, 8]), np.array([4.0, 3, 5, 4])
    welch = scipy_stats.ttest_ind(a, b, equal_var=False)
    found = stats.difference(a, b)
    assert (found.lower, found.upper) == pytest.approx(tuple(welch.confidence_interval(0.95)))
    assert 2 * min(found.chance_below(0), found.chance_above(0)) == pytest.approx(welch.pvalue)
    ratio = stats.ratio(a, b)
    assert ratio.value == pytest.approx(7 / 4)
    assert ratio.error == pytest.approx(math.sqrt(2.5 / 5 / 49 + (2 / 3) / 4 / 16))
    assert math.sqrt(ratio.lower * ratio.upper) == pytest.approx(ratio.value)
    flipped = stats.ratio(b, a)
    assert flipped.lower == pytest.approx(1 / ratio.upper)


def test_an_estimate_prints_itself():
    assert repr(stats.proportion(5, 20)) == "0.25 [0.08657, 0.491] (95 %, Clopper-Pearson, 20 values)"
    assert repr(stats.mean([1, 2, 3])).endswith("the interval assumes that they are normally distributed.")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.mean([1.0]), r"`sample` must hold at least 2 values, but is shape \(1,\)"),
        (lambda: stats.mean([1.0, math.nan]), "`sample` must be finite everywhere"),
        (lambda: stats.mean(["a", "b"]), "array of numbers"),
        (lambda: stats.mean([1, 2], level=95), "`level` must lie strictly between 0 and 1, but is 95"),
        (lambda: stats.mean_count([1.5, 2]), "whole numbers that are not negative"),
        (lambda: stats.mean_count([-1, 2]), "not negative"),
        (lambda: stats.poisson(-1), "`total`"),
        (lambda: stats.poisson(1, exposure=0.0), "`exposure` must be a finite number above 0"),
        (lambda: stats.proportion(3, 2), "at most trials = 2"),
        (lambda: stats.proportion(1, 2, method="wald"), "known: exact, wilson"),
        (lambda: stats.ratio([0, 0], [1, 2]), "`a` must have a mean above 0"),
    ],
)
def test_wrong_input_is_one_sentence(call, message):
    with pytest.raises(InputError, match=message):
        call()
