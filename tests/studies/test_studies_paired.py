"""Cells that share starts are compared start by start; the judge refuses evidence that takes them for independent."""

import math

import numpy as np
import pytest
from handmade import judged
from scipy import stats as reference

from polygenesis import stats
from polygenesis.interference import NoInterference
from polygenesis.models import Autoencoder, TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies import paired, pools
from polygenesis.studies.claim import Claim, Verdict, read
from polygenesis.studies.counts import CountRatio, Poisson
from polygenesis.studies.evidence import Clustered, Counted, Drawn, Exact, Pool, allows_for_starts
from polygenesis.studies.margin import Margin
from polygenesis.studies.power import times_as_many
from polygenesis.studies.shares import by_start
from polygenesis.studies.starts import Sample, design_effect, draw_of, share_starts, starts_of
from polygenesis.training import AdamW

SPEC = RunSpec(TiedAutoencoder(8, 16), penalty=L1(0.01), replicates=16)
WEAK = SPEC.replace(penalty=L1(0.001))
APART = SPEC.replace(seed=1)


def sample(values, spec=SPEC, kept=None):
    return Sample.of(spec, values, kept)


def test_specs_say_which_cells_share_starts():
    assert share_starts([SPEC, WEAK])
    assert share_starts([SPEC, SPEC.replace(training=AdamW(), precision="float32", interference=NoInterference())])
    assert not share_starts([SPEC, SPEC, APART, SPEC.replace(model=TiedAutoencoder(8, 17))])
    assert not share_starts([SPEC.replace(schema=1), WEAK.replace(schema=1)])
    assert draw_of(SPEC) == draw_of(SPEC.replace(model=Autoencoder(8, 16, tied=True, hidden="relu")))
    assert draw_of(SPEC) != draw_of(SPEC.replace(model=Autoencoder(8, 16)))  # an encoder is drawn for itself
    assert starts_of(SPEC, 2, [False, True, True])[0] == starts_of(WEAK, 3)[1]
    with pytest.raises(ValueError, match="3 values, but 2 replicates"):
        starts_of(SPEC, 3, [True, False, True])


def test_pairs_are_those_of_the_paired_t_test():
    generator = np.random.default_rng(0)
    a, b = generator.normal(5, 1, (2, 16)) + generator.normal(0, 3, 16)
    found = paired.difference(sample(a), sample(b, WEAK)).estimate
    by_hand = stats.mean(a - b, level=0.9)
    assert (found.value, found.error, found.freedom) == pytest.approx((by_hand.value, by_hand.error, 15))
    p = paired.heterogeneity([paired.mean(sample(a)), paired.mean(sample(b, WEAK))])
    assert p == pytest.approx(reference.ttest_rel(a, b).pvalue)


def test_cells_with_other_starts_are_compared_as_by_welch():
    generator = np.random.default_rng(1)
    a, b = generator.poisson(5, 16), generator.poisson(7, 12)
    for mine, theirs in (
        (paired.ratio(sample(a), sample(b, APART), counted=True), stats.ratio(a, b, level=0.9)),
        (paired.difference(sample(a), sample(b, APART)), stats.difference(a, b, level=0.9)),
        (paired.mean(sample(a)), stats.mean(a, level=0.9)),
    ):
        e = mine.estimate
        assert (e.value, e.error, e.freedom) == pytest.approx((theirs.value, theirs.error, theirs.freedom))


def test_a_ratio_is_paired_by_replicate_although_some_are_left_out():
    """Replicates that only one cell kept count as its own: by hand over the three sets of starts."""
    a, b = np.array([4.0, 6.0, 5.0, 9.0]), np.array([5.0, 7.0, 3.0])
    found = paired.ratio(sample(a, kept=[1, 1, 1, 1, 0, 0]), sample(b, WEAK, [0, 1, 1, 0, 1, 0]))
    pull_a = (a - 6) / 6 / math.sqrt(12)
    pull_b = (b - 5) / 5 / math.sqrt(6)
    sets = [pull_a[[0, 3]], pull_a[[1, 2]] - pull_b[[0, 1]], -pull_b[[2]]]
    variances = [float((each**2).sum()) for each in sets]
    assert found.estimate.value == pytest.approx(6 / 5)
    assert found.estimate.error == pytest.approx(math.sqrt(sum(variances)))
    spread = variances[0] ** 2 + variances[1] ** 2 + variances[2] ** 2
    assert found.estimate.freedom == pytest.approx(sum(variances) ** 2 / spread)


def test_counts_that_are_equal_in_every_pair_are_not_known_exactly():
    """One more pair that differs by one is assumed: of 80 counts that is 1.2 %, and of 8 counts 12 %."""
    many, few = np.full(16, 5) + np.arange(16) % 2 * 2 - 1, np.arange(16) % 2
    for counts, error in ((many, 1 / 80), (few, 1 / 8)):
        found = paired.ratio(sample(counts), sample(counts, WEAK), counted=True).estimate
        assert found.value == 1
        assert found.error == pytest.approx(error)
        assert found.freedom == 15
    assert paired.ratio(sample(many), sample(many, WEAK)).estimate.caution


def test_cells_too_small_or_empty_of_counts_are_refused():
    with pytest.raises(ValueError, match="at least two networks"):
        paired.mean(sample([1]))
    with pytest.raises(ValueError, match="means above 0"):
        paired.ratio(sample([0, 0]), sample([1, 2], WEAK))


def shared_sets(sets, cells, seed=2):
    """Counts of networks without any effect: what comes with the start is common to the cells, the rest is not."""
    generator = np.random.default_rng(seed)
    common = generator.poisson(6, (sets, 1, 16))
    return common + generator.poisson(2, (sets, cells, 16))


SPECS = [SPEC.replace(penalty=L1(each)) for each in (0.001, 0.002, 0.004, 0.008)]


def test_a_test_of_cells_that_share_starts_keeps_its_level():
    """Without an effect p ≤ 0.05 in 5 % of 400 sets; outside 2 to 8.3 % lies a right test once in 300 times.

    As if the cells were independent, it would be hardly ever: the variance that cells have in common is counted twice.
    """
    right, wrong = [], []
    for counts in shared_sets(400, 4):
        cells = [paired.mean(sample(each, spec)) for each, spec in zip(counts, SPECS, strict=True)]
        estimates = [each.estimate for each in cells]
        right.append(pools.heterogeneity(estimates, cells))
        wrong.append(pools.heterogeneity(estimates))
    assert 0.02 <= np.mean(np.array(right) <= 0.05) <= 0.083
    assert np.mean(np.array(wrong) <= 0.05) < 0.01


def test_a_ratio_of_cells_that_share_starts_keeps_its_level():
    """A truth at the margin's end is called outside in 5 % of 400 sets (2 to 8.3 %), and inside as often."""
    outside, inside = [], []
    for counts in shared_sets(400, 2, seed=3):
        found = paired.ratio(sample(counts[0]), sample(counts[1], WEAK), counted=True)
        outside.append(found.test(1.0, 2.0).verdict is stats.Verdict.DIFFERENT)
        inside.append(found.test(1.0, 2.0).verdict is stats.Verdict.EQUIVALENT)
    assert 0.02 <= np.mean(outside) <= 0.083
    assert 0.02 <= np.mean(inside) <= 0.083


def test_pairs_tell_smaller_effects_and_need_fewer_networks():
    counts = shared_sets(1, 2, seed=4)[0]
    alone = stats.ratio(counts[0], counts[1], level=0.9)
    together = paired.ratio(sample(counts[0]), sample(counts[1], WEAK), counted=True).estimate
    assert together.value == alone.value
    assert (alone.error / together.error) ** 2 > 2
    needed = [
        times_as_many(stats.agrees(each, 0.9, 1.5, alpha=0.05)) / (each.error / alone.error) ** 2
        for each in (together, alone)
    ]
    assert needed[0] == pytest.approx(needed[1], rel=0.15)  # in proportion to the variance, but for Student's quantile


def claim(evidence, of, margin=None):
    margin = margin or Margin.around("It", 1, 0.1)
    return Claim("It is one.", "nobody", margin, "here", "Found {found}.", lambda _: read(evidence, of))


@pytest.mark.parametrize(
    "evidence",
    [
        stats.ratio([4, 5, 6], [5, 6, 5]),
        Counted(5, 10),
        Clustered([1, 2], [2, 2]),
        Poisson(3, 4.0),
        CountRatio([1, 2], [2, 2]),
        Pool(Drawn(stats.mean([1, 2])), {"one": stats.mean([1, 2]), "other": stats.mean([2, 3])}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_the_judge_refuses_cells_that_share_starts_as_if_they_were_independent(evidence):
    with pytest.raises(ValueError, match="reads cells that share their starts"):
        judged(claim(evidence, [SPEC, WEAK]), None)
    judged(claim(evidence, [SPEC, APART]), None)


@pytest.mark.parametrize(
    "evidence",
    [
        paired.ratio(sample([4, 5, 6]), sample([5, 6, 5], WEAK)),
        Exact(1.0),
        Clustered([1, 2], [2, 2], starts_of(SPEC, 2)),
        Poisson(3, 4.0, 2.0),
        CountRatio([1, 2], [2, 2], starts_of(SPEC, 2) + starts_of(WEAK, 2)),
        Pool(Drawn(stats.mean([1, 2])), {"one": Counted(1, 2), "other": paired.mean(sample([1, 2]))}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_evidence_that_knows_its_starts_is_judged(evidence):
    assert allows_for_starts(evidence)
    judged(claim(evidence, [SPEC, WEAK]), None)


def test_cells_that_move_together_by_start_are_told_apart():
    """Their numbers differ by much less than the error of each."""
    common = np.random.default_rng(5).normal(0, 0.5, 16)
    drawn = [paired.mean(sample(1 + common)), paired.mean(sample(1.02 + common * 1.01, WEAK))]
    assert pools.heterogeneity([each.estimate for each in drawn]) > 0.9
    assert pools.heterogeneity([each.estimate for each in drawn], drawn) < 0.001


def test_entries_of_one_start_are_one_cluster():
    starts = starts_of(SPEC, 3) + starts_of(WEAK, 2)
    hits, cases = by_start([1, 0, 1, 1, 0], [2, 2, 2, 2, 2], starts)
    assert hits.tolist() == [2, 0, 1]
    assert cases.tolist() == [4, 4, 2]
    alone = judged(claim(Clustered([1, 0] * 8, [2] * 16), [SPEC], Margin.share("s", above=0.05)), None)
    assert alone.verdict is Verdict.SUPPORTED


def test_counts_that_repeat_with_the_start_are_no_more_evidence():
    counts = np.arange(16) % 4
    assert design_effect([sample(counts), sample(counts, WEAK)]) == pytest.approx(2)
    assert design_effect([sample(counts), sample(counts, APART)]) == pytest.approx(1)
    assert design_effect([sample(counts), sample(counts[::-1], WEAK)]) == 1  # never below that of independent cells
    assert design_effect([sample(np.zeros(16)), sample(np.zeros(16), WEAK)]) == 2  # nothing tells how they depend
    twice = Poisson(0, 40.0, 2.0).test(0.0, 0.1)
    assert twice.estimate.upper == pytest.approx(Poisson(0, 20.0).test(0.0, 0.1).estimate.upper)
    assert twice.estimate.value == 0
