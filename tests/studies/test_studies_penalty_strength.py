import numpy as np
import pytest
from handmade import measured, rounded, said

from legible import legible
from polygenesis.studies.base import Verdict
from polygenesis.studies.judging import judge_all
from polygenesis.studies.penalty_strength.claims import CLAIMS
from polygenesis.studies.penalty_strength.display import fast, illustration, table

STEADY = np.array([20, 21, 19, 20, 20, 19, 21, 20] * 2)


def judge_claims(measured):
    return judge_all(CLAIMS, measured)


def group(*factors, n=256, m=1024, adam=False, counts=STEADY, turn=0):
    """Counts of three strengths with the same starts; ``turn``: those of the k-th stand k · turn starts further."""
    return [
        measured(n, m, np.round(np.roll(counts, k * turn) * factor).astype(int), strength=strength, adam=adam)
        for k, (factor, strength) in enumerate(zip(factors, (0.001, 0.01, 0.1), strict=True))
    ]


def test_the_same_and_another_count():
    same, other = judge_claims(group(1, 1, 2))
    assert (same.verdict, other.verdict) == (Verdict.SUPPORTED, Verdict.REFUTED)
    assert said(same.sentence)[0] == 1
    assert said(other.sentence)[0] == 2


def test_all_comparisons_are_one_family():
    runs = [*group(1, 1, 1), *group(1, 1, 1, adam=True), *group(1, 1, 1, m=256)]
    found = judge_claims(runs)
    assert len(found) == 6
    assert all("corrected for 6 like claims" in each.sentence for each in found)
    assert all("Holm's correction over 6 claims" in each.margin for each in found)


def test_what_stands_alone_may_fall_in_a_family():
    counts = np.array([20, 22, 18, 21, 19, 20, 22, 18])
    alone = judge_claims(group(1, 1, 1, counts=counts, turn=1))
    crowd = judge_claims([each for m in range(256, 257 + 30) for each in group(1, 1, 1, counts=counts, m=m, turn=1)])
    assert alone[0].verdict is Verdict.SUPPORTED
    assert crowd[0].verdict is Verdict.UNDECIDED
    assert said(alone[0].sentence) == said(crowd[0].sentence)


def test_few_replicates_or_no_neuron_decide_nothing():
    assert {each.verdict for each in judge_claims(group(1, 1, 1, counts=np.array([20, 30])))} == {Verdict.UNDECIDED}
    empty = judge_claims(group(1, 0, 0))
    assert {each.verdict for each in empty} == {Verdict.UNDECIDED}
    assert "16 and 16 replicates with 0 and 320 polysemantic neurons" in empty[0].sentence


def test_a_rough_interval_says_so():
    few = judge_claims(group(1, 1, 1, counts=np.array([1, 0, 2, 1])))
    assert "rough, with only 4 and 4 polysemantic neurons in all" in few[0].sentence


def test_limits_name_the_runs_outside_the_slow_regime_and_only_those():
    assert fast(group(1, 1, 1, n=32, m=128)) == []
    (named,) = fast(group(1, 1, 1))
    assert "λ = 0.1 and m = 1024" in named
    assert "λ√m/4 = 0.8" in named


def test_the_table_has_the_published_medians_at_the_papers_size_only():
    assert table(group(1, 1, 1))["published median"].tolist() == [11.0, 10.0, 12.5]
    assert table(group(1, 1, 1, n=64))["published median"].isna().all()
    assert table(group(1, 1, 1))["mean"].tolist() == pytest.approx([20] * 3)


def test_the_figure_is_relative_to_the_law():
    line = legible(illustration(group(1, 1, 2)).draw()).axes[0].lines[0]
    np.testing.assert_allclose(line.get_ydata(), np.array([20, 20, 40]) / 16)
    assert rounded(line.get_xdata()[0]) == 0.001
