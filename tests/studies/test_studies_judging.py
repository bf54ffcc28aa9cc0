import math
from dataclasses import replace

import numpy as np
import pytest
from handmade import judged

from polygenesis import stats
from polygenesis.stats.estimate import pivotal
from polygenesis.studies.claim import Claim, Reading, Verdict, read, too_little
from polygenesis.studies.counts import CountRatio
from polygenesis.studies.evidence import (
    Clustered,
    Counted,
    Every,
    Exact,
    Fit,
    NeverSeen,
    Pool,
    Tails,
    sure,
)
from polygenesis.studies.judging import blurred, judge_all, worded
from polygenesis.studies.margin import Margin
from polygenesis.studies.paired import Drawn

CLAIM = Claim("It is one.", "nobody", Margin.around("It", 1, 0.1), "anywhere", "Found {found}.")


def claim(evidence, margin=CLAIM.margin, **fields):
    """A claim whose estimand reads this evidence, or these pieces of it, whatever was found."""
    several = evidence if isinstance(evidence, list) else [evidence]
    readings = [each if isinstance(each, Reading) else read(each) for each in several]
    return replace(CLAIM, margin=margin, estimand=lambda _: readings, **fields)


def verdicts(evidence, **fields):
    return [each.verdict for each in judge_all([claim(evidence, **fields)], None)]


def normal(value, error):
    return pivotal(value, error, math.inf, 0.9, "normal", 16)


def at_p(inside):
    """An estimate inside 1 ± 0.1 with this one-sided p-value at the upper end."""
    from scipy import special

    return normal(1.05, 0.05 / float(special.ndtri(1 - inside)))


def beyond(outside):
    """An estimate above 1.1 with this one-sided p-value."""
    from scipy import special

    return normal(1.2, 0.1 / float(special.ndtri(1 - outside)))


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.99, 1.0, 1.01, 1.0], Verdict.SUPPORTED),
        ([1.49, 1.5, 1.51, 1.5], Verdict.REFUTED),
        ([0.6, 1.4, 0.8, 1.2], Verdict.UNDECIDED),
    ],
)
def test_a_verdict_is_where_the_interval_lies(values, verdict):
    assert judged(claim(stats.mean(values)), None).verdict is verdict


def test_the_sentence_shows_the_interval_that_was_tested():
    found = judged(claim(stats.mean([1.0, 1.1, 0.9, 1.05, 0.95])), None)
    tested = stats.mean([1.0, 1.1, 0.9, 1.05, 0.95], level=0.90)
    assert found.sentence == f"Found 1.00 (90 % interval {tested.lower:.3f} to {tested.upper:.2f})."
    assert found.bounds == (0.9, 1.1)
    assert found.margin == "It within 1 ± 0.1"


def test_a_caution_is_part_of_the_sentence():
    assert worded(stats.mean([1.0, 2.0]), "{found}", {}).endswith("that they are normally distributed.")


def test_a_fit_to_too_few_counts_decides_nothing():
    few, many = (stats.ratio_to_prediction(n * [4, 5], [9.0] * 2 * n, level=0.9) for n in (2, 10))
    assert judged(claim(few), None).verdict is Verdict.REFUTED
    found = judged(claim(Fit(few)), None)
    assert found.verdict is Verdict.UNDECIDED
    assert "Only 4 counts above zero" in found.sentence
    assert judged(claim(Fit(many)), None).verdict is Verdict.REFUTED


def test_holm_lets_stand_what_survives_the_family_and_no_more():
    found = judge_all([claim([at_p(0.01), at_p(0.02), at_p(0.04)], family="x")], None)  # adjusted: 0.03, 0.04, 0.04
    assert found[0].sentence.endswith("Inside the margin, corrected for 3 like claims (p = 0.03).")
    assert found[0].margin == "It within 1 ± 0.1; Holm's correction over 3 claims"
    assert [each.verdict for each in found] == [Verdict.SUPPORTED] * 3
    found = judge_all([claim([at_p(0.02), at_p(0.03), at_p(0.04)], family="x")], None)  # each alone would stand
    assert [each.verdict for each in found] == [Verdict.UNDECIDED] * 3
    said = "Alone it would count as inside the margin; corrected, these networks do not decide it"
    assert (
        f"{said} (corrected for 3 like claims: p = 0.06 for inside the margin, p = 1 for outside)." in found[0].sentence
    )


def test_claims_of_one_family_are_corrected_together_and_others_are_not():
    one, other = claim(at_p(0.03), family="x"), claim(at_p(0.03), family="x", text="It is, too.")
    assert [each.verdict for each in judge_all([one, other], None)] == [Verdict.UNDECIDED] * 2
    assert [each.verdict for each in judge_all([replace(one, family=""), replace(other, family="")], None)] == [
        Verdict.SUPPORTED
    ] * 2


def test_holm_corrects_refutations_as_well():
    assert verdicts([beyond(0.004), beyond(0.02), beyond(0.03)], family="x") == [Verdict.REFUTED] * 3
    found = verdicts([beyond(0.004), beyond(0.03), beyond(0.03)], family="x")
    assert found == [Verdict.REFUTED, Verdict.UNDECIDED, Verdict.UNDECIDED]


def test_a_claim_without_evidence_is_undecided_and_counts():
    found = judge_all([claim([at_p(0.04), too_little("Nothing converged.")], family="x", cases="draws")], None)
    assert [each.verdict for each in found] == [Verdict.UNDECIDED, Verdict.UNDECIDED]
    assert "hese draws do not decide it" in found[0].sentence
    assert found[1].sentence == "Nothing converged."
    assert judged(claim(too_little("Nothing.")), None).sentence == "Nothing."


def test_a_family_of_one_is_judged_alone():
    one = claim(at_p(0.04), family="x")
    assert judge_all([one], None)[0].sentence == judge_all([replace(one, family="")], None)[0].sentence
    assert verdicts(at_p(0.04), family="x") == [Verdict.SUPPORTED]


def test_words_of_a_case_stand_in_text_and_sentence():
    one = claim(read(normal(1.0, 0.01), size=8), text="It is one at {size}.", sentence="At {size}: {found}.")
    found = judged(one, None)
    assert found.claim.text == "It is one at 8."
    assert found.template == "It is one at {size}."
    assert found.sentence.startswith("At 8: 1.00")


def test_a_margin_measured_from_each_case_says_what_was_tested():
    margin = Margin.around("Ratio", 0, 0.2, origin="the prediction")
    found = judged(claim(read(normal(0.6, 0.01), origin=0.5), margin), None)
    assert found.verdict is Verdict.SUPPORTED
    assert found.margin == "Ratio within the prediction ± 0.2 (within 0.5 ± 0.2)"
    unit = Margin.around("Mean", 1, 0.1, unit="times the published one")
    assert judged(claim(read(normal(0.033, 0.0001), unit=0.033), unit), None).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("evidence", "margin", "verdict"),
    [
        (Counted(99, 100), Margin.share("s", above=0.9), Verdict.SUPPORTED),
        (Counted(50, 100), Margin.share("s", above=0.9), Verdict.REFUTED),
        (Counted(9, 10), Margin.share("s", above=0.9), Verdict.UNDECIDED),
        (NeverSeen([0] * 50, [20] * 50), Margin.share("s", below=0.01), Verdict.SUPPORTED),
        (NeverSeen([0] * 4, [5] * 4), Margin.share("s", below=0.01), Verdict.UNDECIDED),
        (NeverSeen([1] + [0] * 49, [2000] * 50), Margin.share("s", below=0.01), Verdict.REFUTED),
        (Exact(1.05), CLAIM.margin, Verdict.SUPPORTED),
        (Exact(1.05, 1.0, 1.2), CLAIM.margin, Verdict.UNDECIDED),
        (Exact(1.3, 1.2, math.inf), CLAIM.margin, Verdict.REFUTED),
        (Every((Exact(1.0), Exact(1.05))), CLAIM.margin, Verdict.SUPPORTED),
        (Every((Exact(1.0), Exact(1.3))), CLAIM.margin, Verdict.REFUTED),
        (Every((Exact(1.0), Exact(1.3)), alike=True), CLAIM.margin, Verdict.UNDECIDED),
        (Every((Exact(1.0), Exact(1.1, 1.0, 1.2))), CLAIM.margin, Verdict.UNDECIDED),
        (Tails(0.01, 1.0, 9), Margin.below("p", 0.05), Verdict.SUPPORTED),
        (Tails(1.0, 0.01, 9), Margin.below("p", 0.05), Verdict.REFUTED),
        (Tails(0.3, 0.7, 9), Margin.below("p", 0.05), Verdict.UNDECIDED),
        (sure(Drawn(stats.mean([1.0, 1.0, 1.0]))), CLAIM.margin, Verdict.SUPPORTED),
        (sure(Drawn(stats.mean([1.4, 1.4, 1.4]))), CLAIM.margin, Verdict.REFUTED),
    ],
)
def test_every_kind_of_evidence_can_stand_and_fall(evidence, margin, verdict):
    assert verdicts(evidence, margin=margin) == [verdict]


def test_a_verdict_that_a_tenth_of_the_margin_would_turn_is_marked():
    assert judged(claim(normal(1.095, 0.001)), None).near  # 1.1 less a tenth of 0.1 is 1.09
    assert judged(claim(normal(1.105, 0.001)), None).near
    assert not judged(claim(normal(1.05, 0.001)), None).near
    share = Margin.share("s", above=0.98)
    assert not judged(claim(Counted(1000, 1000), Margin.share("s", above=1.0)), None).near  # there is nothing above 1
    assert not judged(claim(Counted(1000, 1000), share), None).near  # a tenth of 0.98 … 1 is 0.002
    assert not judged(claim(Counted(500, 1000), share), None).near
    assert "near the margin" in judged(claim(normal(1.095, 0.001)), None).fragile


def test_what_the_runs_could_have_told_is_said():
    found = judged(claim(normal(1.0, 0.02)), None)
    assert found.effect == "0.0497"  # 0.02 (1.645 + 0.842)
    assert "outside the margin with power 0.8" in found.power
    open_ = judged(claim(normal(1.05, 0.05)), None)
    assert open_.verdict is Verdict.UNDECIDED
    times = (0.05 * (1.6449 + 0.8416) / 0.05) ** 2
    assert f"About {times:.2g} times as many networks" in open_.needed
    assert "the number lies on the margin" in judged(claim(normal(1.1001, 0.05)), None).needed
    assert judged(claim(Exact(1.0)), None).power == ""


def test_every_undecided_claim_says_what_would_decide_it():
    def said(evidence, margin=CLAIM.margin, **fields):
        found = judge_all([claim(evidence, margin, **fields)], None)[0]
        assert found.verdict is Verdict.UNDECIDED
        return found.needed

    share = Margin.share("s", above=0.9)
    assert said(Counted(10, 10), share).startswith("About 2.9 times as many networks")  # 0.9^29 is the first below .05
    assert "the number lies on the margin" in said(Counted(90, 100), share)
    assert said(NeverSeen([0] * 4, [5] * 4), Margin.share("s", below=0.01)).startswith("About 28 times")
    assert "no number to test" in said(too_little("Nothing."))
    assert "lie between 1.00 and 1.20, and closer bounds would" in said(Exact(1.05, 1.0, 1.2))
    assert "some of its numbers lie inside" in said(Every((Exact(1.0), Exact(1.3)), alike=True))
    assert "closer bounds would" in said(Every((Exact(1.0), Exact(1.1, 1.0, 1.2))))
    assert "without this caution" in said(Fit(stats.ratio_to_prediction([4, 5, 4, 5], [9.0] * 4, level=0.9)))
    assert "values differ would decide it" in said(stats.mean([1.0, 1.0, 1.0]))
    assert said(Tails(0.3, 0.7, 9), Margin.below("p", 0.05)).startswith("About 22 times")  # (2.486/0.524)²
    assert said(Tails(0.5, 0.5, 9), Margin.below("p", 0.05)).startswith("More networks would not")
    assert "no finite interval" in said(stats.Estimate(1.0, -math.inf, math.inf, 0.9, "none", 3))
    few = stats.percentile(1.0, np.linspace(0.95, 1.05, 99), 0.9, "bootstrap over groups", 30)
    assert "More than 99 resamples" in said([few] * 6, family="x")
    for evidence in (normal(1.5, 0.01), normal(1.0, 0.01), Counted(10, 100)):
        assert judged(claim(evidence), None).needed == ""  # decided


def test_error_that_does_not_shrink_with_networks_is_not_promised_away():
    """The number is 0.1 inside: its error must be 0.1/2.486, of which 0.03 stays and 0.06/√t is the runs'."""
    far = blurred(normal(1.0, 0.06), 0.03)
    times = 0.06**2 / ((0.1 / 2.4865) ** 2 - 0.03**2)
    assert judged(claim(far), None).needed.startswith(f"About {times:.1f} times")
    plain = judged(claim(normal(1.0, math.hypot(0.06, 0.03))), None).needed
    assert plain.startswith("About 2.8 times")  # the control: what is said if all of it shrinks
    edge = judged(claim(blurred(normal(1.06, 0.03), 0.03)), None)  # 2.486 · 0.03 · 1.06 is more than 0.04
    assert edge.verdict is Verdict.UNDECIDED
    assert edge.needed == (
        "No number of networks would decide it: the error of the published values does not shrink with them."
    )


def test_a_fit_with_a_caution_decides_nothing_in_a_family_either():
    few = Fit(stats.ratio_to_prediction([4, 5, 4, 5], [90.0] * 4, level=0.9))
    assert few.test(0.9, 1.1).p_different == 1.0
    assert verdicts([few, normal(1.0, 0.01)], family="x") == [Verdict.UNDECIDED, Verdict.SUPPORTED]


def test_several_pieces_say_in_a_family_what_they_say_alone():
    mixed, good = Every((normal(1.0, 0.01), normal(1.3, 0.01))), Every((normal(1.0, 0.01), normal(1.02, 0.01)))
    assert verdicts([mixed, good], family="x") == [Verdict.REFUTED, Verdict.SUPPORTED]
    alike = Every((normal(1.0, 0.01), normal(1.3, 0.01)), alike=True)
    assert verdicts([alike, good], family="x") == [Verdict.UNDECIDED, Verdict.SUPPORTED]
    one = Every((beyond(0.04), normal(1.0, 0.01)))  # one of two at p = .04: with two looks that is .08
    assert verdicts(one) == [Verdict.UNDECIDED]
    assert one.test(0.9, 1.1).p_different == pytest.approx(0.08)


def test_what_is_never_seen_has_p_values_that_a_family_can_correct():
    never, margin = NeverSeen([0] * 50, [20] * 50), Margin.share("s", below=0.01)
    p = never.test(*margin.bounds()).p_equivalent
    assert 0.99**1000 < p < 0.99**940  # 1,000 cases in 50 clusters, less the correction for few clusters
    assert verdicts([never] * 3, margin=margin, family="x") == [Verdict.SUPPORTED] * 3
    once = NeverSeen([1] + [0] * 49, [2000] * 50)
    assert verdicts([once, never], margin=margin, family="x") == [Verdict.REFUTED, Verdict.SUPPORTED]


def test_a_percentile_interval_survives_a_family():
    draws = np.random.default_rng(3).normal(1.0, 0.02, 999)
    inside = stats.percentile(1.0, draws, 0.9, "bootstrap over groups", 30)
    outside = stats.percentile(1.5, draws + 0.5, 0.9, "bootstrap over groups", 30)
    assert inside.lower == pytest.approx(1.0 - 1.645 * 0.02, abs=0.004)
    test = stats.agrees(inside, 0.99, 1.1, alpha=0.05)
    assert test.p_equivalent == (1 + np.sum(draws <= 0.99)) / 1000
    assert stats.agrees(inside, 0.9, 1.1, alpha=0.05).p_equivalent == 1 / 1000
    assert verdicts([inside, outside, inside, inside], family="x") == [
        Verdict.SUPPORTED,
        Verdict.REFUTED,
        Verdict.SUPPORTED,
        Verdict.SUPPORTED,
    ]
    assert inside.at(0.95).upper == np.quantile(draws, 0.975)


def test_an_interval_without_p_values_counts_with_its_level():
    """Inside at 90 % says p ≤ 0.05 and no more: enough alone, too little in a family."""
    bare = stats.Estimate(1.0, 0.95, 1.05, 0.9, "exact", 9)
    assert verdicts(bare) == [Verdict.SUPPORTED]
    assert verdicts([bare, bare], family="x") == [Verdict.UNDECIDED] * 2


def test_cases_taken_as_independent_are_said_to_be_with_what_follows_if_they_are_not():
    margin = Margin.share("s", above=0.99)
    found = judged(claim(Clustered([256] * 16, [256] * 16), margin), None)
    assert found.verdict is Verdict.SUPPORTED
    assert found.assumed == (
        "All 4,096 cases in 16 networks are alike, which cannot show how far the cases of one network go together; "
        "they are taken as independent. With one network as one case the 90 % interval would be at least 83 %, and the "
        "claim undecided."
    )
    assert ("Assumed", found.assumed) in found.facts
    few = judged(claim(Clustered([256] * 15 + [255], [256] * 16), margin), None)
    assert few.assumed.startswith("Only 1 of 4,096 cases in 16 networks differs, which cannot show how far the cases")
    assert "the interval allows for no more than these show" in few.assumed
    never = judged(claim(NeverSeen([0] * 50, [20] * 50), Margin.share("s", below=0.01)), None)
    assert "would be at most 5.8 %, and the claim undecided" in never.assumed  # 1 − 0.05^(1/50)
    pooled = Pool(Clustered([256] * 16, [256] * 16), {"m = 8": Counted(1, 1), "m = 9": Counted(1, 1)})
    assert judged(claim(pooled, margin), None).assumed == found.assumed
    ratio = CountRatio([0] * 8, [9] * 8, tuple(range(16)))
    assert "All 72 counts in 8 networks are alike" in judged(claim(ratio, Margin.below("r", 0.5)), None).assumed
    for plain in (Clustered([128] * 16, [256] * 16), Clustered([1] * 16, [1] * 16), Counted(16, 16)):
        assert judged(claim(plain, margin), None).assumed == ""


@pytest.mark.parametrize(
    ("evidence", "margin", "number"),
    [
        (Exact(1.05, 1.0, 1.2), CLAIM.margin, "1.05 (between 1.00 and 1.20)"),
        (stats.Estimate(1.05, 1.0, 1.2, 0.9, "bracket", 9), CLAIM.margin, "1.05 (between 1.00 and 1.20)"),
        (Exact(1.0), CLAIM.margin, "1.00"),
        (normal(1.00021, 0.0001), Margin.around("It", 1, 0.001), "1.0002 (90 % interval 1.0000 to 1.0004)"),
        (normal(0.9876, 0.01), CLAIM.margin, "0.988 (90 % interval 0.971 to 1.00)"),
        (normal(0.99966, 0.001), Margin.around("It", 1, 0.02), "1.000 (90 % interval 0.998 to 1.001)"),
        (normal(58.38, 5.0), Margin.around("It", 1, 0.2), "58.4 (90 % interval 50.2 to 66.6)"),  # no digits of noise
    ],
)
def test_numbers_have_the_digits_that_their_margin_asks_for(evidence, margin, number):
    found = judged(claim(evidence, margin), None)
    assert found.number == number
    assert found.sentence.startswith(f"Found {number}.")


def test_cells_have_the_digits_of_the_margin_too():
    cells = {"m = 8": normal(1.0002, 0.0001), "m = 9": normal(1.0003, 0.0001)}
    found = judged(claim(Pool(normal(1.00025, 0.0001), cells), Margin.around("It", 1, 0.001)), None)
    assert "m = 8 1.0002 [1.0000, 1.0004]" in found.cells


def test_a_bound_without_width_says_that_nearness_is_not_marked():
    assert "no width of which a tenth" in judged(claim(normal(0.1, 0.01), Margin.above("gap", 0.0)), None).unmarked
    scaled = judged(claim(normal(0.1, 0.001), Margin.above("gap", 0.0, scale=2.0)), None)
    assert scaled.unmarked == ""
    assert scaled.near  # a tenth of 2 is 0.2
    assert not judged(claim(normal(1.0, 0.001), Margin.below("loss", 1.05, least=0.0, ratio=True)), None).near
    assert judged(claim(normal(1.0, 0.001), Margin.below("loss", 1.05, least=0.0)), None).near  # the control


def test_an_added_error_adds_in_squares():
    linear = blurred(stats.Estimate(2.0, 0, 0, 0.9, "t", 16, error=0.06, freedom=15), 0.04)  # 0.06 and 0.08
    assert linear.error == pytest.approx(0.10)
    assert linear.fixed == linear.at(0.95).fixed == pytest.approx(0.08)
    assert blurred(linear, 0.03).fixed == pytest.approx(0.10)
    assert linear.freedom == pytest.approx(15 * (0.10 / 0.06) ** 4)
    logarithmic = blurred(stats.Estimate(2.0, 0, 0, 0.9, "t", 16, error=0.03, freedom=math.inf, scale="log"), 0.04)
    assert logarithmic.upper == pytest.approx(2 * math.exp(1.6449 * 0.05), rel=1e-4)


def test_what_has_no_error_gets_none():
    exact = stats.proportion(3, 10)
    assert blurred(exact, 0.5) is exact
    same = stats.mean([1.0, 1.0, 1.0])
    assert blurred(same, 0.5) is same
