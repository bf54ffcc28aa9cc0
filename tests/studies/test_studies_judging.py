import math

import pytest

from polygenesis import stats
from polygenesis.studies.base import Claim, Verdict
from polygenesis.studies.judging import blurred, judge, judge_family, judge_fit, undecided, worded

CLAIM = Claim("It is one.", "nobody", "within 1 ± 0.1", "anywhere")


def result_of(inside, outside=1.0):
    estimate = stats.Estimate(1.0, 0.9, 1.1, 0.90, "t", 16)
    return CLAIM, stats.Agreement(stats.Verdict.UNDECIDED, estimate, 0.9, 1.1, 0.05, inside, outside), "Found {found}."


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.99, 1.0, 1.01, 1.0], Verdict.SUPPORTED),
        ([1.49, 1.5, 1.51, 1.5], Verdict.REFUTED),
        ([0.6, 1.4, 0.8, 1.2], Verdict.UNDECIDED),
    ],
)
def test_a_verdict_is_where_the_interval_lies(values, verdict):
    assert judge(CLAIM, stats.mean_agrees(values, 1.0, 0.1), "{found}").verdict is verdict


def test_the_sentence_shows_the_interval_that_was_tested():
    judgement = judge(CLAIM, stats.mean_agrees([1.0, 1.1, 0.9, 1.05, 0.95], 1.0, 0.5), "It is {found}.")
    tested = stats.mean([1.0, 1.1, 0.9, 1.05, 0.95], level=0.90)
    assert judgement.sentence == f"It is 1.00 (90 % interval {tested.lower:.3f} to {tested.upper:.2f})."


def test_a_caution_is_part_of_the_sentence():
    assert worded(stats.mean([1.0, 2.0]), "{found}").endswith("that they are normally distributed.")


def test_a_fit_to_too_few_counts_decides_nothing():
    found = stats.ratio_agrees([4, 5, 4, 5, 4], [9.0] * 5, 0.1)
    assert found.verdict is stats.Verdict.DIFFERENT
    assert judge_fit(CLAIM, found, "{found}").verdict is Verdict.UNDECIDED
    assert "Only 5 counts above zero" in judge_fit(CLAIM, found, "{found}").sentence
    assert judge_fit(CLAIM, stats.ratio_agrees([4, 5] * 10, [9.0] * 20, 0.1), "").verdict is Verdict.REFUTED


def test_holm_lets_stand_what_survives_the_family_and_no_more():
    found = judge_family([result_of(0.01), result_of(0.02), result_of(0.04)])  # adjusted: 0.03, 0.04, 0.04
    assert found[0].sentence.endswith("Inside the margin, corrected for 3 like claims (p = 0.03).")
    assert [each.verdict for each in found] == [Verdict.SUPPORTED] * 3
    found = judge_family([result_of(0.02), result_of(0.03), result_of(0.04)])  # each alone would stand; adjusted: 0.06
    assert [each.verdict for each in found] == [Verdict.UNDECIDED] * 3
    tested = "(corrected for 3 like claims: p = 0.06 for inside the margin, p = 1 for outside)."
    assert found[0].sentence.endswith(f"Too few networks to tell {tested}")


def test_what_only_the_correction_leaves_open_says_so():
    inside = stats.mean_agrees([0.99, 1.0, 1.01, 1.0], 1.0, 0.018)
    assert inside.verdict is stats.Verdict.EQUIVALENT
    crowd = [(CLAIM, inside, "Found {found}.")] * 3 + [(CLAIM, None, "Nothing.")] * 3
    alone = judge_family(crowd, cases="draws")[0]
    assert alone.verdict is Verdict.UNDECIDED
    assert (
        "Alone it would count as inside the margin; among its like there are too few draws to tell (" in alone.sentence
    )
    assert f"p = {6 * inside.p_equivalent:.2g} for inside" in alone.sentence


def test_holm_corrects_refutations_as_well():
    found = judge_family([result_of(1.0, 0.004), result_of(1.0, 0.02), result_of(1.0, 0.03)])
    assert [each.verdict for each in found] == [Verdict.REFUTED, Verdict.REFUTED, Verdict.REFUTED]
    found = judge_family([result_of(1.0, 0.004), result_of(1.0, 0.03), result_of(1.0, 0.03)])
    assert [each.verdict for each in found] == [Verdict.REFUTED, Verdict.UNDECIDED, Verdict.UNDECIDED]


def test_a_claim_without_a_test_is_undecided_and_counts():
    alone = judge_family([result_of(0.04), (CLAIM, None, "Nothing converged.")])
    assert [each.verdict for each in alone] == [Verdict.UNDECIDED, Verdict.UNDECIDED]
    assert alone[1].sentence == "Nothing converged."
    assert judge_family([(CLAIM, None, "Nothing.")])[0] == undecided(CLAIM, "Nothing.")


def test_a_family_of_one_is_judged_alone():
    claim, agreement, sentence = CLAIM, stats.mean_agrees([0.99, 1.0, 1.01], 1.0, 0.1), "{found}"
    assert judge_family([(claim, agreement, sentence)]) == [judge(claim, agreement, sentence)]


def test_an_added_error_adds_in_squares():
    linear = blurred(stats.Estimate(2.0, 0, 0, 0.9, "t", 16, error=0.06, freedom=15), 0.04)  # 0.06 and 0.08
    assert linear.error == pytest.approx(0.10)
    assert linear.freedom == pytest.approx(15 * (0.10 / 0.06) ** 4)
    logarithmic = blurred(stats.Estimate(2.0, 0, 0, 0.9, "t", 16, error=0.03, freedom=math.inf, scale="log"), 0.04)
    assert logarithmic.upper == pytest.approx(2 * math.exp(1.6449 * 0.05), rel=1e-4)


def test_what_has_no_error_gets_none():
    exact = stats.proportion(3, 10)
    assert blurred(exact, 0.5) is exact
    same = stats.mean([1.0, 1.0, 1.0])
    assert blurred(same, 0.5) is same
