import numpy as np
import pytest
from handmade import judged, measured, rounded, said, slot_counts

from polygenesis.studies import published
from polygenesis.studies.claim import Verdict
from polygenesis.studies.collision_count import adam_size, claims, other_constant
from polygenesis.studies.collision_count.claims import CLAIMS, Found, published_ratio
from polygenesis.studies.collision_count.figures import count_illustration, published_counts
from polygenesis.studies.collision_count.tables import counts_by_width, how_replicates_ended
from polygenesis.studies.judging import judge_all

WIDTHS = (256, 512, 1024, 2048, 4096)


def of_flows(claim):
    return lambda runs: judged(claim, Found(runs))


law, slots, exponent, start_pairs = map(of_flows, (claims.LAW, claims.SLOTS, claims.EXPONENT, claims.START_PAIRS))


def exists(run):
    return judged(claims.EXISTS, Found([run]))


def published_law():
    return judged(claims.PUBLISHED_LAW, Found([]))


def same_process(runs):
    return judged(claims.SAME_PROCESS, Found([], runs))


def flows(keep=1.0, replicates=64, n=256, widths=WIDTHS):
    return [measured(n, m, slot_counts(n, m, replicates, 1, keep)) for m in widths]


def test_counts_of_the_slot_model_are_recognized():
    runs = flows()
    assert [check(runs).verdict for check in (law, slots, exponent)] == [Verdict.SUPPORTED] * 3


def test_seven_tenths_of_the_law_are_refuted_and_the_number_is_told():
    runs = flows(keep=0.7)
    assert law(runs).verdict is Verdict.REFUTED
    assert slots(runs).verdict is Verdict.REFUTED
    assert exponent(runs).verdict is Verdict.SUPPORTED  # the power is right, only the constant is not
    counts = sum(int(run.counts.sum()) for run in runs[1:])
    law_total = sum(64 * 256**2 / (4 * run.m) for run in runs[1:])
    assert said(law(runs).sentence)[0] == rounded(counts / law_total)


def test_another_power_is_refuted():
    generator = np.random.default_rng(3)
    runs = [measured(256, m, generator.poisson(2e4 * m**-1.0 * (m / 512) ** 0.5, 64)) for m in WIDTHS]
    assert exponent(runs).verdict is Verdict.REFUTED


def test_few_replicates_decide_nothing():
    runs = flows(replicates=2, n=16, widths=(16, 32, 64))
    assert [check(runs).verdict for check in (law, slots, exponent)] == [Verdict.UNDECIDED] * 3


def test_nothing_converged_is_no_crash():
    runs = [measured(16, m, [1, 2], usable=[False, False]) for m in (16, 32, 64)]
    found = [law(runs), slots(runs), exponent(runs), exists(runs[2])]
    assert [each.verdict for each in found] == [Verdict.UNDECIDED] * 4


def test_the_law_is_not_judged_below_2n_and_unusable_replicates_do_not_count():
    wrong = measured(256, 256, [0] * 64)
    assert law([wrong, *flows()[1:]]) == law(flows())
    spoilt = [measured(r.n, r.m, [*r.counts, 999], usable=[True] * 64 + [False]) for r in flows()]
    assert law(spoilt).sentence == law(flows()).sentence


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ([3, 1, 2, 5, 1, 2, 4, 1], Verdict.SUPPORTED),
        ([0] * 8, Verdict.REFUTED),
        ([1, 0, 1, 0, 2, 0, 1, 1], Verdict.UNDECIDED),
        ([1], Verdict.UNDECIDED),
    ],
)
def test_one_lucky_network_is_not_existence(counts, verdict):
    assert exists(measured(32, 128, counts)).verdict is verdict


def test_start_pairs_count_in_every_replicate():
    generator = np.random.default_rng(2)
    pairs = {m: generator.poisson(256 * 255 / 2 / m, 64) for m in WIDTHS}
    right = [measured(256, m, [0] * 64, usable=[False] * 64, start_pairs=pairs[m]) for m in WIDTHS]
    double = [measured(256, m, [0] * 64, start_pairs=2 * pairs[m]) for m in WIDTHS]
    assert start_pairs(right).verdict is Verdict.SUPPORTED
    assert start_pairs(double).verdict is Verdict.REFUTED


def test_the_published_counts_against_the_law_by_hand():
    wide = [m for m in published.POLYSEMANTIC_MEANS if m >= 512]
    ratio = sum(published.POLYSEMANTIC_MEANS[m] for m in wide) / sum(256**2 / (4 * m) for m in wide)
    found = published_ratio()
    assert found.value == pytest.approx(ratio)
    spread = np.sqrt(sum(published.POLYSEMANTIC_DEVIATIONS[m] ** 2 / 16 for m in wide))
    sampling = spread / sum(published.POLYSEMANTIC_MEANS[m] for m in wide)
    assert found.error == pytest.approx(np.hypot(sampling, 0.03 / np.sqrt(3)))
    assert published_law().verdict is Verdict.REFUTED
    assert said(published_law().sentence) == tuple(map(rounded, (found.value, found.lower, found.upper)))


def test_published_counts_are_recognized_at_another_n():
    generator = np.random.default_rng(4)
    runs = [
        measured(64, m, generator.poisson(published.POLYSEMANTIC_MEANS[4 * m] / 4, 100), adam=True)
        for m in range(64, 1025, 64)
    ]
    assert same_process(runs).verdict is Verdict.SUPPORTED
    halved = [measured(64, r.m, r.counts // 2, adam=True) for r in runs]
    assert same_process(halved).verdict is Verdict.REFUTED
    assert same_process([measured(64, 64, [9, 9], adam=True)]).verdict is Verdict.UNDECIDED


def test_the_error_of_the_published_means_is_in_the_comparison():
    many = [measured(256, m, [round(c)] * 500, adam=True) for m, c in published.POLYSEMANTIC_MEANS.items()]
    _, lower, upper = said(same_process(many).sentence)
    wide = [m for m in published.POLYSEMANTIC_MEANS if m >= 512]
    spread = np.sqrt(sum(published.POLYSEMANTIC_DEVIATIONS[m] ** 2 / 16 for m in wide))
    sampling = spread / sum(published.POLYSEMANTIC_MEANS[m] for m in wide)
    assert np.log(upper / lower) / 2 == pytest.approx(1.645 * np.hypot(sampling, published.READING_DEVIATION), rel=0.03)


def test_adam_is_counted_as_published_and_flow_where_it_converged():
    flow = measured(32, 64, [1, 2, 3], usable=[True, False, True], published=np.array([7, 7, 7]))
    adam = measured(32, 64, [1, 2, 3], adam=True, usable=[False, False, True], published=np.array([4, 5, 6]))
    assert flow.counts.tolist() == [1, 3]
    assert adam.counts.tolist() == [4, 5, 6]
    table = counts_by_width([flow, adam])
    assert table["mean"].tolist() == pytest.approx([2.0, 5.0])
    assert table["replicates"].tolist() == [2, 3]
    ended = how_replicates_ended([flow, adam])
    assert ended["every feature settled"].tolist() == [2, 1]
    assert ended["outcomes"][0] == "2 converged, 1 undecided"


def test_the_other_study_of_the_constant_is_named_with_the_crowding_of_this_one():
    text = other_constant(flows())
    assert "The study rate-constant" in text
    assert "within 1 ± 0.05" in text
    assert "(here from 1.6 to 4.5 for m ≥ 2n)" in text


def test_captions_and_limits_fit_what_was_run():
    small = [measured(32, m, [1, 2, 3]) for m in (32, 64)]
    adams = [measured(16, m, [1, 2, 3], adam=True) for m in (16, 32)]
    caption = count_illustration(small, adams).caption
    assert "n = 32" in caption
    assert "published AdamW counts" not in caption
    assert "n = 16" in caption
    assert "times 2." in caption
    assert "--profile thorough" in adam_size(64)
    assert "--profile" not in adam_size(256)


def test_published_intervals_are_t_intervals():
    series = published_counts()
    assert (series.high - series.y)[0] == pytest.approx(2.1314 * 4.0 / 4, rel=1e-4)


def test_every_claim_is_judged_once():
    runs = [measured(256, m, slot_counts(256, m, 8, 1), start_pairs=np.arange(1, 9)) for m in WIDTHS]
    adams = [measured(64, m, [1, 2, 3], adam=True) for m in (64, 128, 256)]
    found = judge_all(CLAIMS, Found(runs, adams))
    assert len({each.claim for each in found}) == len(found) == 7
