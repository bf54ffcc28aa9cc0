import math
from dataclasses import replace

import pytest
from handmade import judged

from polygenesis import stats
from polygenesis.stats.estimate import pivotal
from polygenesis.studies.claim import Claim, Reading, Verdict, read, too_little
from polygenesis.studies.evidence import Counted, Every, Exact, Fit, NeverSeen, Provided, Tails, sure
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
    said = "Alone it would count as inside the margin; corrected, there are too few networks to decide"
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
    assert "too few draws" in found[0].sentence
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
        (Provided(Exact(1.0), holds=True), CLAIM.margin, Verdict.SUPPORTED),
        (Provided(Exact(1.0), holds=False), CLAIM.margin, Verdict.REFUTED),
        (Tails(0.01, 1.0, 0.5, 9), Margin.below("p", 0.05), Verdict.SUPPORTED),
        (Tails(1.0, 0.01, 0.5, 9), Margin.below("p", 0.05), Verdict.REFUTED),
        (Tails(0.3, 0.7, 0.5, 9), Margin.below("p", 0.05), Verdict.UNDECIDED),
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
