"""Equivalence tests: their three-way logic, p-values and error rates."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats import weightstats

from polygenesis import stats
from polygenesis.errors import InputError
from polygenesis.stats import Verdict

SAMPLE = np.array([9.8, 10.1, 10.4, 9.9, 10.2, 10.0, 9.7, 10.3])


def test_mean_agrees_is_the_two_one_sided_tests_of_statsmodels():
    found = stats.mean_agrees(SAMPLE, 10.0, 0.3)
    p, _, _ = weightstats.DescrStatsW(SAMPLE).ttost_mean(9.7, 10.3)
    assert found.p_equivalent == pytest.approx(p)
    assert found.verdict is Verdict.EQUIVALENT
    assert found.estimate.level == pytest.approx(0.9)


def test_samples_agree_is_the_two_one_sided_tests_of_statsmodels():
    other = SAMPLE[:6] + 0.1
    found = stats.samples_agree(SAMPLE, other, 0.4)
    p, _, _ = weightstats.ttost_ind(SAMPLE, other, -0.4, 0.4, usevar="unequal")
    assert found.p_equivalent == pytest.approx(p)


def test_the_three_verdicts():
    assert stats.mean_agrees(SAMPLE, 10.0, 0.05, relative=True).verdict is Verdict.EQUIVALENT
    assert stats.mean_agrees(SAMPLE, 12.0, 0.05, relative=True).verdict is Verdict.DIFFERENT
    assert stats.mean_agrees(SAMPLE, 10.4, 0.03, relative=True).verdict is Verdict.UNDECIDED
    assert stats.mean_agrees(SAMPLE, -10.0, 0.5, relative=True).verdict is Verdict.DIFFERENT


@settings(max_examples=100, deadline=None)
@given(st.floats(7, 13), st.floats(0.01, 2), st.floats(0.01, 0.3))
def test_verdict_and_p_values_say_the_same(target, margin, alpha):
    found = stats.mean_agrees(SAMPLE, target, margin, alpha=alpha)
    assert (found.verdict is Verdict.EQUIVALENT) == (found.p_equivalent <= alpha)
    assert (found.verdict is Verdict.DIFFERENT) == (found.p_different < alpha)


def test_at_the_edge_of_the_margin_each_claim_is_wrong_at_most_alpha():
    rng = np.random.default_rng(0)
    verdicts = [stats.mean_agrees(rng.normal(1.0, 1.0, 10), 0.0, 1.0).verdict for _ in range(1500)]
    # Standard error 0.6 %: the truth lies on the edge, so either claim is made in 5 % of cases.
    assert verdicts.count(Verdict.EQUIVALENT) / 1500 <= 0.07
    assert verdicts.count(Verdict.DIFFERENT) / 1500 == pytest.approx(0.05, abs=0.02)


def test_counts_against_a_prediction():
    rng = np.random.default_rng(1)
    predicted = np.repeat([8.0, 16.0, 32.0, 64.0], 30)
    counts = rng.binomial((predicted / 0.4).astype(int), 0.4)
    assert stats.ratio_agrees(counts, predicted, 0.05).verdict is Verdict.EQUIVALENT
    assert stats.ratio_agrees(counts, 0.7 * predicted, 0.05).verdict is Verdict.DIFFERENT
    assert stats.ratio_agrees(counts[:6], predicted[:6], 0.05).verdict is Verdict.UNDECIDED
    grouped = stats.ratio_agrees(counts, predicted, 0.05, groups=np.tile(np.arange(30), 4))
    assert "clustered" in grouped.estimate.method


def test_nothing_counted_can_still_differ():
    found = stats.ratio_agrees(np.zeros(20), 5.0, 0.1)
    assert found.verdict is Verdict.DIFFERENT
    assert found.p_equivalent is None
    assert "All counts are zero" in found.sentence


def test_two_samples_by_ratio():
    rng = np.random.default_rng(2)
    a, b = rng.poisson(50, 200), rng.poisson(50, 200)
    assert stats.samples_agree(a, b, 0.05, relative=True).verdict is Verdict.EQUIVALENT
    assert stats.samples_agree(a, 2 * b, 0.05, relative=True).verdict is Verdict.DIFFERENT


def test_values_without_spread_decide_nothing():
    found = stats.mean_agrees([5.0, 5.0], 5.0, 0.1)
    assert found.verdict is Verdict.UNDECIDED
    assert "says nothing about their spread" in found.caution


def test_exact_binomial_margins_against_scipy():
    found = stats.proportion_agrees(2, 200, 0.0, 0.05)
    less = scipy_stats.binomtest(2, 200, 0.05, alternative="less").pvalue
    assert found.p_equivalent == pytest.approx(less)
    assert found.verdict is Verdict.EQUIVALENT
    both = stats.proportion_agrees(100, 200, 0.4, 0.6)
    sides = [
        scipy_stats.binomtest(100, 200, p, alternative=side).pvalue for p, side in ((0.4, "greater"), (0.6, "less"))
    ]
    assert both.p_equivalent == pytest.approx(max(sides))
    outside = stats.proportion_agrees(190, 200, 0.4, 0.6)
    assert outside.verdict is Verdict.DIFFERENT
    assert outside.p_different == pytest.approx(
        scipy_stats.binomtest(190, 200, 0.6, alternative="greater").pvalue, rel=1e-6
    )
    assert stats.proportion_agrees(0, 10, 0.0, 0.05).verdict is Verdict.UNDECIDED


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 60), st.sampled_from([0.0, 0.2, 0.5]), st.sampled_from([0.6, 0.9, 1.0]))
def test_binomial_verdict_and_p_values_say_the_same(successes, lower, upper):
    found = stats.proportion_agrees(successes, 60, lower, upper)
    assert (found.verdict is Verdict.EQUIVALENT) == (found.p_equivalent <= 0.05)
    assert (found.verdict is Verdict.DIFFERENT) == (found.p_different < 0.05)


def test_any_estimate_can_be_tested_for_which_the_interval_is_known():
    exponent = stats.log_slope(np.arange(1, 20), np.arange(1, 20) ** 2.0 * np.tile([0.99, 1.01, 1.0], 7)[:19]).slope
    assert stats.agrees(exponent, 1.9, 2.1).verdict is Verdict.EQUIVALENT
    boot = stats.bootstrap(SAMPLE, seed=0, level=0.9, resamples=499)
    assert stats.agrees(boot, 9.5, 10.5).verdict is Verdict.EQUIVALENT
    with pytest.raises(InputError, match=r"`level` must be 0.95"):
        stats.agrees(stats.bootstrap(SAMPLE, seed=0, resamples=99), 9.5, 10.5)


def test_the_sentence_carries_number_interval_margin_and_p():
    text = str(stats.mean_agrees(SAMPLE, 10.0, 0.3))
    assert text.startswith(
        "Equivalent: 10.05 [9.886, 10.21] against a margin of 9.7 to 10.3 (90% interval, t, 8 values"
    )
    assert re.search(r"; test that it lies inside: p = [\d.e-]+, outside: p = [\d.e-]+; a small p is evidence", text)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.mean_agrees(SAMPLE, 0.0, 0.1, relative=True), "differ from 0 for a relative margin"),
        (lambda: stats.mean_agrees(SAMPLE, 1.0, -0.1), "`margin` must be a finite number above 0"),
        (lambda: stats.ratio_agrees([1, 2], 1.0, 1.5), "`margin` must lie strictly between 0 and 1"),
        (lambda: stats.agrees(stats.mean(SAMPLE), 2.0, 1.0), "above lower = 2, but is 1"),
        (lambda: stats.mean_agrees(SAMPLE, 1.0, 0.1, alpha=0.5), "`alpha`"),
    ],
)
def test_wrong_input_is_one_sentence(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_side_may_be_open_on_the_log_scale_too():
    ratio = stats.ratio([11.0, 12.0, 13.0, 12.5], [4.0, 5.0, 4.5, 5.5])
    assert stats.agrees(ratio, 1.5, float("inf")).verdict is stats.Verdict.EQUIVALENT
    assert stats.agrees(ratio, 4.0, float("inf")).verdict is stats.Verdict.DIFFERENT
    assert ratio.chance_above(float("inf")) == 0.0
    assert ratio.chance_below(float("inf")) == 1.0


def test_a_percentile_interval_has_p_values_and_other_levels_from_its_draws():
    draws = np.random.default_rng(3).normal(1.0, 0.02, 999)
    found = stats.percentile(1.0, draws, 0.9, "bootstrap over groups", 30)
    test = stats.agrees(found, 0.97, 1.5)
    assert test.p_equivalent == (1 + np.sum(draws <= 0.97)) / 1000
    assert test.p_different == (1 + np.sum(draws >= 0.97)) / 1000
    assert stats.agrees(found, -np.inf, 1.5).p_equivalent == 1 / 1000  # no draw lies beyond: the estimate counts as one
    assert stats.agrees(found, 1.5, np.inf).p_different == 1 / 1000
    assert (found.at(0.5).lower, found.at(0.5).upper) == tuple(np.quantile(draws, [0.25, 0.75]))
    unknown = stats.percentile(1.0, np.append(draws, np.nan), 0.9, "bootstrap over groups", 30)
    assert unknown.lower == found.lower
    assert unknown.chance_below(0.0) == unknown.chance_above(9.0) == 2 / 1001  # what has no number counts against both


def test_a_bootstrap_of_groups_keeps_its_level_in_a_margin():
    """With the truth on the edge a bootstrap of 40 groups says "inside" in 5 % of samples, by interval or p-value."""
    generator = np.random.default_rng(8)
    p = []
    for _ in range(300):
        values = generator.normal(0.0, 1.0, 40)
        found = stats.cluster_bootstrap(np.mean, (values,), np.arange(40), seed=generator, level=0.9, resamples=199)
        p.append(stats.agrees(found, 0.0, np.inf).p_equivalent)
    assert 0.02 < np.mean(np.array(p) <= 0.05) < 0.095
