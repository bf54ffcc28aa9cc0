import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from polygenesis import stats
from polygenesis.studies.shares import by_cluster, share, share_agrees, too_few_to_tell


def test_independent_cases_give_almost_clopper_and_pearsons_interval():
    generator = np.random.default_rng(5)
    hits = generator.binomial(1, 0.3, 4000)
    exact = stats.proportion(int(hits.sum()), 4000)
    found = share(hits, np.ones(4000))
    assert found.value == exact.value
    assert (found.lower, found.upper) == pytest.approx((exact.lower, exact.upper), rel=1e-3)


def test_cases_that_go_together_count_once():
    """Clusters of ten equal answers are as good as one case each: by hand n* = 39, times the t quantiles is 36.8."""
    found = share([10, 0] * 20, [10] * 40)
    assert 39 * (stdtrit(399, 0.975) / stdtrit(39, 0.975)) ** 2 == pytest.approx(36.8, abs=0.1)
    exact = [stats.proportion(18, 36), stats.proportion(19, 38)]
    assert exact[0].lower < found.lower < exact[1].lower
    assert exact[1].upper < found.upper < exact[0].upper


def test_none_of_many_has_an_upper_bound_and_a_single_cluster_says_little():
    assert share([0] * 300, [10] * 300, level=0.9).upper == pytest.approx(3 / 3000, rel=0.02)  # the rule of three
    assert share([5], [10]).lower < 0.02
    assert share([5], [10]).upper > 0.98


def test_the_widest_interval_counts_every_cluster_once():
    none = by_cluster([0] * 300, [10] * 300, level=0.9)
    assert none.upper == pytest.approx(1 - 0.05 ** (1 / 300))
    assert by_cluster([10] * 16 + [0], [10] * 16 + [0], level=0.9).lower == pytest.approx(0.05 ** (1 / 16))
    assert by_cluster([5, 0], [5, 5], level=0.9).lower == pytest.approx(stats.proportion(1, 2, level=0.9).lower)


@pytest.mark.parametrize(
    ("hits", "cases", "few"),
    [([0] * 9, [5] * 9, True), ([5] * 8 + [0], [5] * 9, True), ([2] * 9, [5] * 9, False), ([0] * 9, [1] * 9, False)],
)
def test_too_few_hits_or_misses_cannot_show_dependence(hits, cases, few):
    assert too_few_to_tell(hits, cases) is few


def test_clusters_without_cases_say_nothing():
    assert share([1, 0, 2], [3, 0, 4]) == share([1, 2], [3, 4])


def test_the_interval_covers_where_the_plain_one_does_not():
    """Overdispersed clusters: 90 % intervals; 500 trials, so the share covered has a standard deviation of 0.014."""
    generator = np.random.default_rng(11)
    covered = plain = 0
    for _ in range(500):
        chance = generator.beta(1.2, 2.8, 24)
        hits = generator.binomial(20, chance)
        covered += share(hits, np.full(24, 20), level=0.90).covers(0.3)
        plain += stats.proportion(int(hits.sum()), 480, level=0.90).covers(0.3)
    assert covered / 500 > 0.86
    assert plain / 500 < 0.70  # the control


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=2, max_size=12),
    st.floats(0.05, 0.45),
    st.floats(0.55, 0.95),
)
def test_verdict_and_p_values_say_the_same(clusters, lower, upper):
    hits, cases = [min(a, b) for a, b in clusters], [b for _, b in clusters]
    found = share_agrees(hits, cases, lower, upper)
    assert 0 <= found.estimate.lower <= found.estimate.value <= found.estimate.upper <= 1
    if min(abs(found.p_equivalent - 0.05), abs(found.p_different - 0.05)) < 1e-9:
        return
    assert (found.verdict is stats.Verdict.EQUIVALENT) == (found.p_equivalent < 0.05)
    assert (found.verdict is stats.Verdict.DIFFERENT) == (found.p_different < 0.05)
