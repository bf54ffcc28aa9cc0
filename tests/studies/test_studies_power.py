"""What a run could have told: exact tests have exact power, at the value outside the margin."""

import math

import numpy as np
import pytest
from handmade import judged
from scipy import stats as reference

from polygenesis.studies.claim import Claim, Verdict, read
from polygenesis.studies.counts import CountRatio, Poisson
from polygenesis.studies.evidence import Clustered, Counted, Every, Exact, NeverSeen, pool
from polygenesis.studies.exact_power import Cases, chance, detectable, times_needed
from polygenesis.studies.margin import Margin


def judge(evidence, margin):
    return judged(Claim("It is.", "nobody", margin, "here", "Found {found}.", lambda _: read(evidence)), None)


def effect(evidence, margin):
    return float(judge(evidence, margin).effect)


def by_hand(cases, lower, level=0.05):
    """How far below `lower` a share must lie to be refuted in 80 % of runs, from binomial sums on a grid."""
    most = max(k for k in range(cases + 1) if reference.binom.cdf(k, cases, lower) <= level)
    grid = np.linspace(0, lower, 20001)
    return lower - grid[reference.binom.cdf(most, cases, grid) >= 0.8].max()


@pytest.mark.parametrize(("cases", "hits", "lower"), [(16, 16, 0.5), (16, 8, 0.5), (40, 40, 0.9), (200, 195, 0.9)])
def test_the_smallest_effect_on_a_share_is_that_of_exact_power(cases, hits, lower):
    """The number that was found does not matter: at 16 of 16 the old formula said .129 where .30 is needed."""
    margin = Margin.share("s", above=lower)
    assert effect(Counted(hits, cases), margin) == pytest.approx(by_hand(cases, lower), rel=0.006)
    cells = {str(k): Counted(1, 1) for k in range(2)}
    assert effect(pool(Counted(hits, cases), cells), margin) == effect(Counted(hits, cases), margin)


def test_simulated_runs_are_told_as_often_as_the_power_says():
    """At the smallest effect 80 % of runs refute; of 200, three standard deviations are 0.085."""
    generator = np.random.default_rng(2)
    margin = Margin.share("s", above=0.9)
    truth = 0.9 - effect(Counted(60, 60), margin)
    refuted = [
        judge(Counted(int(hits), 60), margin).verdict is Verdict.REFUTED for hits in generator.binomial(60, truth, 200)
    ]
    assert np.mean(refuted) > 0.8 - 0.085
    assert np.mean(refuted) < 0.8 + 0.085


def test_a_margin_with_two_ends_needs_the_larger_of_two_effects():
    sides = [detectable(Cases(100), side, (0.4, 0.6), 0.05, 0.8) for side in ("below", "above")]
    assert sides[0] == pytest.approx(sides[1])
    count = Margin.around("r", 1, 0.1)
    few = judge(Poisson(30, 30.0), count)
    below, above = 0.9 - 15.23 / 30, 1.1 + float(few.effect)
    assert reference.poisson.cdf(18, 15.23) == pytest.approx(0.8, abs=0.003)
    assert reference.poisson.cdf(18, 27) <= 0.05 < reference.poisson.cdf(19, 27)
    least = next(k for k in range(99) if reference.poisson.sf(k - 1, 33) <= 0.05)
    assert reference.poisson.sf(least - 1, 30 * above) == pytest.approx(0.8, abs=0.01)
    assert float(few.effect) > below
    assert float(judge(Poisson(30, 30.0, 2.0), count).effect) > float(few.effect)


def test_where_nothing_could_be_told_the_page_says_so():
    none = judge(Counted(4, 4), Margin.share("s", above=0.5))  # even 0 of 4 has a chance of 1/16 at a half
    assert none.effect == "none"
    assert none.power.startswith("The runs detect no number outside the margin with power 0.8.")
    one = judge(Poisson(2, 2.0), Margin.around("r", 1, 0.1))  # none at all has a chance of e^−1.8 = 0.17
    assert one.blind == "below"
    assert one.detectable == f"{one.effect} (none below)"
    assert f"no number below the margin, and one {one.effect} above the margin with power 0.8" in one.power


def test_clustered_cases_count_as_their_effective_number():
    margin = Margin.share("s", above=0.4)
    together = Clustered([10, 0] * 20, [10] * 40)  # 36.8 of 400: see test_studies_shares
    assert effect(together, margin) == pytest.approx(by_hand(36, 0.4), rel=0.06)
    assert effect(together, margin) > 2 * effect(Clustered([5] * 40, [10] * 40), margin)


def test_a_ratio_of_counts_is_told_by_its_conditional_test():
    """Against a ratio of .5 and 40 counts: simulated, the smallest effect is told in about 80 % of runs."""
    margin = Margin.below("r", 0.5, least=0.0)
    found = judge(CountRatio([0] * 10, [4] * 10), margin)
    truth = 0.5 + float(found.effect)
    generator = np.random.default_rng(4)
    told = []
    for top, bottom in zip(generator.poisson(40 * truth, 400), np.full(400, 40), strict=True):
        p = reference.binom.sf(top - 1, top + bottom, 1 / 3)
        told.append(p <= 0.05)
    assert 0.7 < np.mean(told) < 0.9


def test_a_family_needs_larger_effects():
    margin = Margin.share("s", above=0.5)
    assert detectable(Cases(50), "below", margin.bounds(), 0.05 / 6, 0.8) > effect(Counted(50, 50), margin)


def test_what_one_case_refutes_or_what_was_computed_has_no_smallest_effect():
    assert judge(NeverSeen([0] * 9, [9] * 9), Margin.share("s", below=0.5)).effect == ""
    assert judge(Exact(1.0), Margin.around("It", 1, 0.1)).effect == ""
    assert judge(Every((Exact(1.0), Exact(1.0))), Margin.around("It", 1, 0.1)).effect == ""


def test_times_needed_is_the_first_number_that_tells():
    """All of 10 against "at least .9": 29 of 29 has a chance of .9^29 = .047; 28 of 28 one of .052."""
    assert times_needed(Cases(10), 1.0, (0.9, math.inf), 0.05, 0.8, 100) == pytest.approx(2.9, rel=0.03)
    times = times_needed(Cases(50), 0.8, (0.9, math.inf), 0.05, 0.8, 100)
    cases = math.floor(50 * times)
    most = max(k for k in range(cases) if reference.binom.cdf(k, cases, 0.9) <= 0.05)
    assert reference.binom.cdf(most, cases, 0.8) >= 0.8
    assert math.isinf(times_needed(Cases(50), 0.9, (0.9, math.inf), 0.05, 0.8, 100))


def test_a_share_inside_two_ends_is_told_by_both_tests():
    found = chance(Cases(400), "inside", 0.5, (0.4, 0.6), 0.05)
    hits = [k for k in range(401) if reference.binom.sf(k - 1, 400, 0.4) <= 0.05 >= reference.binom.cdf(k, 400, 0.6)]
    assert found == pytest.approx(reference.binom.pmf(hits, 400, 0.5).sum())
    assert chance(Cases(20), "inside", 0.5, (0.45, 0.55), 0.05) == 0.0
