import re

import pytest
from handmade import judged, measured, said

from polygenesis import stats
from polygenesis.studies import wording
from polygenesis.studies.claim import Claim, Judgement, Verdict
from polygenesis.studies.collision_count.claims import EXISTS, Found
from polygenesis.studies.judging import worded
from polygenesis.studies.margin import Margin


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ([1] * 16, "all 16 networks have at least one polysemantic neuron (90 % interval: at least 83 %)"),
        ([1] * 7 + [0], "7 of 8 networks have at least one polysemantic neuron (88 %, 90 % interval 53 to 99 %)"),
        ([3] + [0] * 7, "1 of 8 networks has at least one polysemantic neuron (12 %, 90 % interval 1 to 47 %)"),
        ([0] * 8, "none of 8 networks has at least one polysemantic neuron (90 % interval: at most 31 %)"),
    ],
)
def test_a_share_of_all_some_or_no_networks_reads_as_one_says_it(counts, sentence):
    found = judged(EXISTS, Found([measured(32, 128, counts)]))
    assert sentence in found.sentence
    exact = stats.proportion(sum(count > 0 for count in counts), len(counts), level=0.9)
    assert said(found.sentence) == pytest.approx((exact.value, exact.lower, exact.upper), abs=0.006)


def test_a_percentage_has_the_decimals_that_its_interval_deserves():
    wide, narrow = stats.proportion(73, 100, level=0.9), stats.proportion(73_000, 100_000, level=0.9)
    assert wording.share(wide) == "73 % (90 % interval 65 to 80 %)"
    assert wording.share(narrow) == "73.00 % (90 % interval 72.77 to 73.23 %)"


def test_digits_that_are_known_to_be_zero_are_shown():
    assert worded(stats.Estimate(1.0, 0.9, 1.1, 0.9, "t", 9), "{found}", {}) == "1.00 (90 % interval 0.900 to 1.10)"


def test_an_interval_beyond_what_a_share_can_be_is_cut():
    assert wording.reach(stats.Estimate(0.99, 0.97, 1.01, 0.9, "t", 9)) == "97.0 to 100 %"
    assert wording.reach(stats.Estimate(0.5, -0.1, 1.1, 0.9, "t", 9)) == "0 to 100 %"


def test_a_negative_number_has_a_true_minus_sign_wherever_a_sentence_comes_from():
    claim = Claim("It is.", "nobody", Margin.around("It", 0, 1), "anywhere")
    found = Judgement(claim, Verdict.SUPPORTED, "From -0.5 (-1e-05) to `--x -1`, range 3–4, seed-3.")
    assert found.sentence == "From −0.5 (−1e−05) to `--x -1`, range 3–4, seed-3."
    assert not re.search(r"-\d", worded(stats.Estimate(-0.88, -1.2, -0.5, 0.9, "t", 9), "{found}", {}))
